"""An installation of consign under test: its settings, its process, its database seen from outside."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from string import Template
from typing import Any

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import ProgrammingError

from tests.faults.box import PASSWORD, USERNAME, until

SHORT = Path(__file__).with_name("chaos.toml")
SHIPPING = Path(__file__).with_name("shipping.toml")


class Installation:
    """One folder with consign.toml and database; the daemon is started, killed and started again in it."""

    def __init__(
        self,
        folder: Path,
        imap_port: int,
        smtp_port: int,
        mail_folder: str = "INBOX",
        url: str = "",
        *,
        template: Path = SHORT,
    ) -> None:
        self.folder = folder
        self.database = folder / "consign.db"
        self.url = url  # of a PostgreSQL database; "": SQLite in the folder
        self.looks_at = ""  # where a test looks at that database, when the daemon goes over a proxy
        self.log = folder / "daemon.log"
        values = {
            "imap_port": str(imap_port),
            "smtp_port": str(smtp_port),
            "imap_user": USERNAME,
            "imap_password": PASSWORD,
            "workdir": str(folder),
            "database": url or f"sqlite:///{self.database}",
            "folder": mail_folder,
        }
        folder.mkdir(parents=True, exist_ok=True)
        text = Template(template.read_text(encoding="utf-8")).substitute(values)
        (folder / "consign.toml").write_text(text, encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None
        self.log_begins = 0  # where in the log this start begins

    def start(self, environment: Mapping[str, str] = {}, wrapper: tuple[str, ...] = ()) -> None:
        """Starts `consign run`, behind `wrapper` (strace, faketime, prlimit) where one is given."""
        command = [*wrapper, sys.executable, "-m", "consign.cli", "run", "-c", str(self.folder / "consign.toml")]
        with self.log.open("ab") as log:
            self.log_begins = log.tell()
            self.process = subprocess.Popen(
                command,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self.folder,
            )

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def holds_port(self, port: int) -> bool:
        """Whether it has a connection that begins at this local port."""
        assert self.process is not None
        try:
            held = {os.readlink(each) for each in Path(f"/proc/{self.process.pid}/fd").iterdir()}
        except OSError:
            return False  # it has just ended
        for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
            _, local, _, _, _, _, _, _, _, inode, *_ = line.split()
            if local.endswith(f":{port:04X}") and f"socket:[{inode}]" in held:
                return True
        return False

    def has_started(self) -> bool:
        """Whether every part of it runs."""
        with self.log.open("rb") as log:
            log.seek(self.log_begins)
            return b'"event": "started"' in log.read()

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.running:
            os.killpg(self.process.pid, number)

    def ended(self, seconds: float) -> int:
        """Waits for the end of the process; its status, negative for a signal."""
        assert self.process is not None
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running after {seconds} s\n{self.tail()}") from None

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait(10)

    def stop(self) -> int:
        """Stops it cleanly; AssertionError when that takes longer than 10 s (G10)."""
        self.signal(signal.SIGTERM)
        return self.ended(10)

    def end_wrapped(self) -> None:
        """Ends the daemon behind a wrapper (strace), which then ends by itself."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        os.kill(int(children.split()[0]), signal.SIGTERM)
        self.ended(30)

    def command(self, *words: str, seconds: float = 30) -> subprocess.CompletedProcess[str]:
        """Another command of consign, with the same settings."""
        command = [sys.executable, "-m", "consign.cli", *words, "-c", str(self.folder / "consign.toml")]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=seconds, check=False)

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the database, read from outside; empty while there is no such table yet."""
        if self.url:
            return self._ask_server(query)
        if not self.database.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=5)) as connection:
            try:
                return connection.execute(query).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" not in str(error):
                    raise
                return []

    def _ask_server(self, query: str) -> list[tuple[Any, ...]]:
        engine = create_engine(self.looks_at or self.url, poolclass=NullPool)
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(query))]
        except ProgrammingError as error:
            if "does not exist" not in str(error):
                raise
            return []
        finally:
            engine.dispose()

    def count(self, query: str) -> int:
        """A number out of the database; 0 while there is no such table yet."""
        rows = self.ask(f"SELECT count(*) FROM {query}")  # noqa: S608 (the tests' own words)
        return int(rows[0][0]) if rows else 0

    def until(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        """As tests.faults.box.until, and fails at once, with the log, when the daemon has died."""

        def held() -> bool:
            assert self.running, f"the daemon ended while waiting for: {what}\n{self.tail()}"
            return bool(condition())

        try:
            until(held, seconds, what)
        except AssertionError as failed:
            raise AssertionError(f"{failed}\n{self.tail()}") from None
