"""What is told of the rows, over both databases: the gauges of the metrics page, and events committed out of turn."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from config.database import Database
from consign.journal import Journal
from consign.metrics import Metrics
from dispatch import letterbook
from intake import mailbook
from intake.rawmail import Mark
from intake.timeline import Entry, Happening, record
from tests.builders import new_letter, raw_mail

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def test_the_gauges_are_read_from_the_rows(database: Database) -> None:
    later = NOON + timedelta(minutes=4)
    metrics = Metrics(database, lambda: later)
    with database.write() as session:
        mailbook.keep(database, session, "orders", [raw_mail(1)], Mark(7, 1), NOON)
        late = new_letter(1, clear_at=NOON, due_by=NOON + timedelta(minutes=3))
        letterbook.write(database, session, [late, new_letter(2)], NOON)
    value = metrics.registry.get_sample_value
    assert value("consign_database_up") == 1
    assert value("consign_mails_waiting") == 1
    assert value("consign_oldest_mail_seconds") == 240
    assert value("consign_letters", {"state": "due"}) == 2
    assert value("consign_oldest_letter_seconds") == 240
    assert value("consign_work_orders_late") == 1
    assert value("consign_failed_steps") == 0


def test_every_event_is_told_once(database: Database) -> None:
    journal = Journal(database)
    journal.news()
    told = []
    for _ in range(3):
        with database.write() as session:
            record(session, [Entry(Happening.ENQUIRED, NOON, details={"n": n}) for n in range(700)])
        told += [item.id for item in journal.news()]
    assert len(told) == len(set(told)) == 2100
    assert told == sorted(told)


def test_more_than_one_look_holds_is_told_in_the_next(database: Database) -> None:
    journal = Journal(database)
    journal.news()
    with database.write() as session:
        record(session, [Entry(Happening.ENQUIRED, NOON) for _ in range(2500)])
    counts = [len(journal.news()) for _ in range(4)]
    assert counts == [1000, 1000, 500, 0]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
def test_an_event_that_is_committed_late_is_told_too(database: Database) -> None:
    """On PostgreSQL ids are given before the commit: a lower one can appear after a higher one."""
    journal = Journal(database)
    journal.news()
    with Session(database.engine) as slow:
        record(slow, [Entry(Happening.COMPLAINED, NOON)])
        with database.write() as quick:
            record(quick, [Entry(Happening.ENQUIRED, NOON)])
        assert [item.kind for item in journal.news()] == ["enquired"]
        slow.commit()
    assert [item.kind for item in journal.news()] == ["complained"]
    assert journal.news() == []
