"""What the status asks the rows, it asks by an index: the answer comes as quickly at a million letters (G19)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from config.database import Database, open_database
from config.settings import Settings
from consign import health, schema
from dispatch import letterbook
from dispatch.letterbook import LetterState
from dispatch.tables import Letter
from intake.mailbook import MailState
from intake.tables import InboundMail
from tests.builders import new_letter

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = open_database(f"sqlite:///{tmp_path / 'consign.db'}")
    schema.upgrade(made)
    yield made
    made.close()


def told(database: Database) -> dict[str, tuple[Any, bool]]:
    return {each.name: (each.value, each.well) for each in health.findings(database, Settings(), NOW)}


def test_no_question_looks_through_a_whole_table(database: Database) -> None:
    asked: list[tuple[str, Any]] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, values, _context, _many: asked.append((statement, values)),
    )
    health.findings(database, Settings(), NOW)
    questions = [item for item in asked if item[0].startswith("SELECT")]
    assert len(questions) >= 6
    with database.engine.connect() as connection:
        for statement, values in questions:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            whole = [row[3] for row in plan if row[3].startswith("SCAN") and "USING" not in row[3]]
            assert not whole or whole == ["SCAN handover"], (statement, whole)


def test_what_is_wrong_is_counted(database: Database) -> None:
    assert told(database)["refused_letters_today"] == (0, True)
    with database.write() as session:
        letterbook.write(database, session, [new_letter(1), new_letter(2)], NOW - timedelta(hours=1))
        letterbook.write(database, session, [new_letter(3)], NOW - timedelta(days=2))
        session.execute(text("UPDATE letter SET state = 'refused' WHERE key IN ('letter-1', 'letter-3')"))
        mail = {"mailbox": "orders", "uidvalidity": 1, "size": 1, "arrived_at": NOW, "kept_at": NOW, "octets": b"x"}
        states = (MailState.STORED, MailState.QUARANTINED, MailState.DECIDED)
        session.add_all(
            InboundMail(uid=uid, state=state, **(mail | {"kept_at": NOW - timedelta(minutes=5)}))
            for uid, state in enumerate(states)
        )
    found = told(database)
    assert found["refused_letters_today"] == (1, True)
    assert found["mails_set_aside"] == (1, True)
    assert found["oldest_unparsed_seconds"] == (300.0, False)
    assert found["oldest_unsent_seconds"] == (3600.0, False)
    with database.read() as session:
        assert session.query(Letter).filter(Letter.state == LetterState.REFUSED).count() == 2
