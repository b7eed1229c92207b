"""The schema is brought forward: a crash in a step, an error at a statement, older daemons that still run (row 41)."""

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    event,
    insert,
    inspect,
    select,
)
from sqlalchemy.types import JSON, Integer

from config.database import Database, open_database
from consign import schema
from tests.faults.scene import Scene

STEPS = sorted(file.name[:4] for file in (schema.MIGRATIONS / "versions").glob("[0-9]*.py"))
LATER = STEPS[1:]


def bring_to(database: Database, step: str) -> None:
    """Brings a database to an older step, as the version of then did."""
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, step)


def before(step: str) -> str:
    return STEPS[STEPS.index(step) - 1]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = open_database(f"sqlite:///{tmp_path / 'consign.db'}")
    yield made
    made.close()


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_in_a_step_leaves_what_was(step: str, scene: Scene) -> None:
    """Killed when the step is made and not committed; the next start makes it, and the orders are answered."""
    installation = scene.installation
    older = open_database(f"sqlite:///{installation.database}")
    if step != STEPS[0]:
        bring_to(older, before(step))
    stood_at = schema.version(older)
    older.close()
    scene.order(2)
    installation.start({"CONSIGN_CRASH_AT": "schema_begun:1", "CONSIGN_TEST": "1"})
    assert installation.ended(30) == -signal.SIGKILL, installation.tail()
    assert installation.ask("PRAGMA integrity_check") == [("ok",)]
    assert schema.version(older) == stood_at
    older.close()
    installation.start()
    scene.finish()
    scene.check_rows()
    assert installation.ask("SELECT version_num FROM alembic_version") == [(schema.HEAD,)]


@pytest.mark.parametrize("step", LATER)
def test_an_error_at_any_statement_leaves_what_was(step: str, database: Database) -> None:
    """A full disk, a broken link: nothing of the step stays, and the next try makes it whole."""
    bring_to(database, before(step))
    shape = _shape(database)
    said = 0

    def fails(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal said
        if statement.strip().startswith(("CREATE", "ALTER", "DROP", "UPDATE", "INSERT")):
            said += 1
            if said == fatal:
                raise OSError("no space left")

    fatal = 1
    event.listen(database.engine, "before_cursor_execute", fails)
    while True:
        said = 0
        try:
            bring_to(database, step)
        except OSError:
            assert _shape(database) == shape, f"something of statement {fatal} stayed"
            fatal += 1
            continue
        break
    event.remove(database.engine, "before_cursor_execute", fails)
    assert fatal > 3, "no statement was seen: this proves nothing"
    assert schema.version(database) == step


def _shape(database: Database) -> dict[str, list[str]]:
    seen = inspect(database.engine)
    return {
        table: sorted(column["name"] for column in seen.get_columns(table))
        + sorted(str(index["name"]) for index in seen.get_indexes(table))
        for table in seen.get_table_names()
    }


@pytest.mark.parametrize("step", LATER)
def test_rows_of_an_older_schema_survive(step: str, database: Database) -> None:
    bring_to(database, before(step))
    tables = MetaData()
    tables.reflect(database.engine)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = on")
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                row = {column.name: _something(column) for column in table.columns}
                connection.execute(insert(table), [row])
    rows = {table.name: _rows(database, tables, table.name) for table in tables.sorted_tables}
    bring_to(database, step)
    for name, kept in rows.items():
        if name != "alembic_version":
            assert _rows(database, tables, name) == kept
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def _something(column: "Column[Any]") -> Any:
    """A value that the column takes; every key is 1, so that all references are met."""
    values: list[tuple[type, Any]] = [
        (Boolean, True),
        (Integer, 1),
        (Numeric, 1),
        (DateTime, datetime(2026, 11, 24, tzinfo=UTC).replace(tzinfo=None)),
        (Date, date(2026, 11, 24)),
        (LargeBinary, b"x"),
        (JSON, {"x": 1}),
        (String, "1"),
    ]
    return next(value for kind, value in values if isinstance(column.type, kind))


def _rows(database: Database, tables: MetaData, name: str) -> list[tuple[Any, ...]]:
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(tables.tables[name]))]


@pytest.mark.parametrize("step", LATER)
def test_a_step_only_adds(step: str, database: Database) -> None:
    """A daemon of the version before, which runs while the step is made, still finds and writes all that it knows."""
    bring_to(database, before(step))
    older = _columns(database)
    bring_to(database, step)
    newer = _columns(database)
    for place, what in older.items():
        assert newer.get(place) == what, f"{place} is gone or another"
    for (table, column), (_, nullable, default) in newer.items():
        if (table, column) not in older and any(place[0] == table for place in older):
            assert nullable or default is not None, f"{table}.{column} would be missing in what an older daemon writes"


def _columns(database: Database) -> dict[tuple[str, str], tuple[str, bool, str | None]]:
    seen = inspect(database.engine)
    return {
        (table, column["name"]): (str(column["type"]), bool(column["nullable"]), column["default"])
        for table in seen.get_table_names()
        for column in seen.get_columns(table)
    }


def test_an_upgrade_keeps_the_file_as_it_was(database: Database) -> None:
    bring_to(database, STEPS[0])
    schema.upgrade(database)
    file = database.file()
    assert file is not None
    kept = file.with_name(f"{file.name}.{STEPS[0]}")
    assert kept.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(kept)) as older:
        assert older.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert older.execute("SELECT version_num FROM alembic_version").fetchone() == (STEPS[0],)
    assert schema.version(database) == schema.HEAD


def test_a_daemon_that_runs_while_the_schema_grows_goes_on(scene: Scene) -> None:
    """A newer version adds columns and a table under load: ours works until it is stopped, then refuses to start."""
    installation = scene.installation
    installation.start()
    scene.order(4)
    installation.until(lambda: scene.has_delivered(2), 60, "letters go out")
    with closing(sqlite3.connect(installation.database, timeout=10, isolation_level=None)) as newer:
        newer.execute("BEGIN IMMEDIATE")
        for table in ("letter", "orders", "inbound_mail", "task", "event"):
            newer.execute(f"ALTER TABLE {table} ADD COLUMN of_tomorrow TEXT NOT NULL DEFAULT ''")
        newer.execute("CREATE TABLE tomorrow (id INTEGER PRIMARY KEY)")
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
        newer.execute("COMMIT")
    scene.order(4)
    scene.finish()
    scene.check_rows()
    assert scene.verdict().sound(), scene.verdict()
    installation.start()
    assert installation.ended(30) == 2
    assert "9999" in installation.tail()
