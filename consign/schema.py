"""The schema of the database, brought up to date step by step (alembic); each start checks it.

All steps of an upgrade are one transaction, and an SQLite file is copied before. Of two daemons that start at once the
second waits for the first. An older program beside a newer schema refuses to start, for it does not know what the new
columns mean; one that runs already goes on, for a step only adds (RELIABILITY §3 y, row 41).
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import inspect, text

import consign.tables
import consign.tables_audit
import dispatch.tables
import followup.tables
import followup.tables_cases
import followup.tables_desk
import followup.tables_journey
import followup.tables_trade
import followup.tables_webhooks
import intake.tables
from config.database import Base, Database

HEAD = "0002"  # the newest migration; a test compares it with the folder
METADATA = Base.metadata
# Imported so that METADATA knows their tables.
ROOMS = (
    intake.tables,
    dispatch.tables,
    followup.tables,
    followup.tables_journey,
    followup.tables_cases,
    followup.tables_desk,
    followup.tables_trade,
    followup.tables_webhooks,
    consign.tables,
    consign.tables_audit,
)
MIGRATIONS = Path(__file__).parent / "migrations"
VERSION = text("SELECT version_num FROM alembic_version")


class SchemaTooNew(Exception):
    """The database was brought forward by a newer version of consign. Install that version here too."""


def version(database: Database) -> str | None:
    """The migration that the database stands at; None for an empty one."""
    with database.read() as session:
        if not inspect(session.connection()).has_table("alembic_version"):
            return None
        found: str | None = session.scalar(VERSION)
        return found


def upgrade(database: Database) -> None:
    """Brings the database to HEAD. Raises SchemaTooNew; any other error leaves the last complete step."""
    current = version(database)
    if current == HEAD:
        return
    if current is not None and current > HEAD:
        raise SchemaTooNew(f"the database is at {current}, this program knows {HEAD}")
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(7062026)"))
        if current is not None and connection.scalar(VERSION) == current:  # no other daemon was quicker
            _keep_as_it_is(database, current)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _keep_as_it_is(database: Database, current: str) -> None:
    """A copy of an SQLite database beside it, before anything is changed: consign.db.0001 (RELIABILITY §3 y).

    It may be removed once the new version is trusted.
    """
    file = database.file()
    if file is None:
        return
    kept, unfinished = (file.with_name(f"{file.name}.{end}") for end in (current, "unfinished"))
    unfinished.touch(mode=0o600)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(unfinished)) as target:
        source.backup(target)
    unfinished.replace(kept)
