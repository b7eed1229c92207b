"""`consign db copy`: everything arrives in the other database as it was, or nothing does."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update
from sqlalchemy.engine import Connection

from config.database import Database, open_database
from consign import copying, schema
from consign.cli import main
from consign.copying import CopyRefused, copy_database
from dispatch import letterbook
from dispatch.tables import Letter
from intake import mailbook, register
from intake.rawmail import Mark
from intake.tables import InboundMail, Order
from intake.timeline import Entry, Happening, record
from tests.builders import new_letter, new_order, raw_mail

NOON = datetime(2026, 11, 24, 4, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Database]:
    """A SQLite database with something in every kind of column."""
    opened = open_database(f"sqlite:///{tmp_path / 'source.db'}")
    schema.upgrade(opened)
    with opened.write() as session:
        octets = bytes(range(256)) + "发货人:王建国".encode("gb18030")
        mails = [raw_mail(number, octets) for number in range(1, 2502)]
        mailbook.keep(opened, session, "orders", mails, Mark(7, 2501), NOON)
        session.execute(update(InboundMail).where(InboundMail.id == 1).values(copy_of=2501))  # a later one
        session.execute(update(InboundMail).where(InboundMail.id == 2).values(evidence=["SPF 通过", "\x00"]))
        register.enter(opened, session, [new_order(), new_order(NOON + timedelta(seconds=1))], "20261124", NOON)
        letterbook.write(opened, session, [new_letter(1, clear_at=NOON)], NOON)
        record(session, [Entry(Happening.ENQUIRED, NOON, details={"words": "到哪了？", "none": None, "n": 1.5})])
    yield opened
    opened.close()


@pytest.fixture
def target(database_url: str) -> Iterator[Database]:
    """A database without anything in it, not even a schema."""
    opened = open_database(database_url)
    yield opened
    opened.close()


def test_everything_arrives_as_it_was(source: Database, target: Database) -> None:
    copied = {one.table: one.rows for one in copy_database(source, target)}
    assert copied["inbound_mail"] == 2501
    assert copied["orders"] == 2
    assert set(copied) == set(schema.METADATA.tables)
    with source.read() as before, target.read() as after:
        for session in (before, after):
            assert session.scalar(select(InboundMail.copy_of).where(InboundMail.id == 1)) == 2501
            assert session.scalar(select(InboundMail.evidence).where(InboundMail.id == 2)) == ["SPF 通过", "\x00"]
            nulls = select(func.count()).where(InboundMail.evidence.is_(None))
            assert session.scalar(nulls) == 2500, "NULL stays NULL"
            assert session.scalar(select(Letter.clear_at)) == NOON
        assert register.by_number(before, "20261124-0002") == register.by_number(after, "20261124-0002")


def test_work_goes_on_in_the_new_database(source: Database, target: Database) -> None:
    copy_database(source, target)
    with target.write() as session:
        numbers = register.enter(target, session, [new_order()], "20261124", NOON)
        letterbook.write(target, session, [new_letter(2)], NOON)
        assert numbers == ["20261124-0003"]
        assert session.scalar(select(func.max(Order.id))) == 3


def test_a_target_with_rows_is_refused(source: Database, target: Database) -> None:
    copy_database(source, target)
    with pytest.raises(CopyRefused, match=r"not empty: it has rows in .*inbound_mail"):
        copy_database(source, target)


@pytest.mark.parametrize("harm", ["lost", "changed"])
def test_what_does_not_arrive_whole_is_undone(
    harm: str, source: Database, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that is lost, or a byte that changes on the way, is noticed by count or checksum."""

    batches, looks = copying._batches, []

    def arrived_badly(plain: Any, connection: Connection) -> Iterator[list[dict[str, Any]]]:
        looks.append(plain.name)
        for rows in batches(plain, connection):
            if looks.count("letter") < 2 or plain.name != "letter":
                yield rows
            elif harm == "changed":
                yield [row | {"octets": row["octets"].replace(b"x", b"y", 1)} for row in rows]

    monkeypatch.setattr(copying, "_batches", arrived_badly)
    with pytest.raises(CopyRefused, match=r"letter: 1 rows read"):
        copy_database(source, target)
    with target.read() as session:
        assert session.scalar(select(func.count()).select_from(InboundMail)) == 0, "all or nothing"


def test_a_source_that_changes_meanwhile_is_refused(
    source: Database, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_table = copying._copy_table

    def while_mail_comes(one: Any, reading: Connection, writing: Connection) -> Any:
        done = copy_table(one, reading, writing)
        if one.name == "inbound_mail":
            with source.write() as session:
                mailbook.keep(source, session, "orders", [raw_mail(9999)], Mark(7, 9999), NOON)
        return done

    monkeypatch.setattr(copying, "_copy_table", while_mail_comes)
    with pytest.raises(CopyRefused, match="stop every daemon"):
        copy_database(source, target)
    with target.read() as session:
        assert session.scalar(select(func.count()).select_from(InboundMail)) == 0


def test_the_command_tells_counts_and_the_secret(source: Database, database_url: str) -> None:
    file = source.file()
    assert file is not None
    file.with_suffix(".secret").write_text("key", encoding="ascii")
    result = CliRunner().invoke(main, ["db", "copy", f"sqlite:///{file}", database_url])
    assert result.exit_code == 0, result.output
    assert "2501" in result.output
    assert "token_secret" in result.output
    assert "key\n" not in result.output
    again = CliRunner().invoke(main, ["db", "copy", f"sqlite:///{file}", database_url])
    assert again.exit_code == 1
    assert "not empty" in again.output


def test_a_source_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    missing = tmp_path / "missing.db"
    result = CliRunner().invoke(main, ["db", "copy", f"sqlite:///{missing}", f"sqlite:///{tmp_path / 'new.db'}"])
    assert result.exit_code == 2
    assert not missing.exists()
