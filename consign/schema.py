"""The schema of the database, brought up to date step by step (alembic); each start checks it.

A step is one transaction. Of two daemons that start at once the second waits for the first. An older program beside a
newer schema refuses to run, for it does not know what the new columns mean (RELIABILITY §3 y, row 41).
"""

from pathlib import Path

from sqlalchemy import inspect, text

import consign.tables
import dispatch.tables
import followup.tables
import followup.tables_cases
import followup.tables_desk
import followup.tables_journey
import followup.tables_webhooks
import intake.tables
from config.crashpoints import crash_point
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
    followup.tables_webhooks,
    consign.tables,
)
MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaTooNew(Exception):
    """The database was brought forward by a newer version of consign. Install that version here too."""


def version(database: Database) -> str | None:
    """The migration that the database stands at; None for an empty one."""
    with database.read() as session:
        if not inspect(session.connection()).has_table("alembic_version"):
            return None
        found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
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
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        crash_point("schema_begun")
