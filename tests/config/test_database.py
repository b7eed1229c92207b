import os
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from config.database import CorruptDatabase, _prepare_sqlite, blames_database, open_database
from consign import schema


def damaged(file: Path, octets: bytes) -> None:
    file.write_bytes(octets)
    with pytest.raises(CorruptDatabase):
        open_database(f"sqlite:///{file}").check()


def test_damage_is_found_before_anything_is_done(tmp_path: Path) -> None:
    """Row 32: bytes flipped in every page but the first, or in the first, or another file altogether."""
    file = tmp_path / "consign.db"
    database = open_database(f"sqlite:///{file}")
    schema.upgrade(database)
    database.check()
    database.close()
    sound = file.read_bytes()
    pages = bytearray(sound)
    for start in range(4096, len(pages), 4096):
        pages[start : start + 200] = os.urandom(200)
    damaged(file, bytes(pages))
    damaged(file, b"x" * 100 + sound[100:])
    damaged(file, b"this is no database" * 1000)


def test_a_large_database_is_looked_through_as_far_as_patience_goes(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'consign.db'}")
    schema.upgrade(database)
    with database.write() as session:
        rows = [{"day": str(number), "last": 1} for number in range(20_000)]
        session.execute(text("INSERT INTO number_series (day, last) VALUES (:day, :last)"), rows)
    database.check(patience=-1.0)
    assert not database.checked
    database.check()
    assert database.checked
    database.close()


def test_a_locked_database_is_not_called_damaged(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'consign.db'}", lock_seconds=0.05)
    schema.upgrade(database)
    locker = sqlite3.connect(tmp_path / "consign.db", isolation_level=None)
    locker.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(OperationalError, match="locked") as locked, database.write() as session:
            session.execute(text("SELECT 1"))
    finally:
        locker.close()
        database.close()
    assert blames_database(locked.value)


def test_what_was_to_be_written_is_not_the_fault_of_the_database() -> None:
    wrong = IntegrityError("INSERT …", None, sqlite3.IntegrityError("UNIQUE constraint failed"))
    assert isinstance(wrong, DBAPIError)
    assert not blames_database(wrong)
    assert not blames_database(ValueError("no"))


def test_what_is_deleted_is_written_over_however_sqlite_was_built(tmp_path: Path) -> None:
    link = sqlite3.connect(tmp_path / "consign.db")
    link.execute("PRAGMA secure_delete=OFF")
    _prepare_sqlite(link, None)
    assert link.execute("PRAGMA secure_delete").fetchall() == [(1,)]
    link.close()


def test_the_journal_is_emptied_also_while_others_have_the_file_open(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'consign.db'}")
    with database.write() as session:
        session.execute(text("CREATE TABLE said (words TEXT)"))
    journal = tmp_path / "consign.db-wal"
    assert journal.stat().st_size > 0
    database.wipe_journal()
    assert journal.stat().st_size == 0
    database.close()
