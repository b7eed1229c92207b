"""The newest migration is the one that the program knows, and makes what the tables say."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from config.database import open_database
from consign import schema


def test_head_is_the_newest_migration() -> None:
    steps = sorted(file.name[:4] for file in (schema.MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert steps[-1] == schema.HEAD


def test_the_migrations_make_what_the_tables_say(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'consign.db'}")
    schema.upgrade(database)
    with database.engine.begin() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, schema.METADATA) == []
    database.close()
