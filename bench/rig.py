"""What measurements stand on: a real Dovecot, smtp-sink, `consign run` as a process of its own, durable settings."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from bench.distance import far_away
from config.database import Database, open_database
from tests.servers import PASSWORD, DovecotServer, SmtpSink

CONFIG = """
[company]
address = "orders@consign.example"
[mailbox]
name = "{user}"
host = "127.0.0.1"
port = {imap}
tls = "none"
username = "{user}"
password = "{password}"
{mailbox}
[smtp]
host = "127.0.0.1"
port = {smtp}
tls = "none"
connections = {connections}
[database]
url = "{database}"
[console]
enabled = false
"""


@dataclass
class Rig:
    """Servers and daemon of one measurement."""

    dovecot: DovecotServer
    sink_port: int
    far_imap: int  # the ports at which the daemon finds the servers: behind the distance, if there is one
    far_smtp: int
    folder: Path
    database_url: str
    mailbox: str = ""  # further lines of [mailbox]
    connections: int = 4

    @contextmanager
    def daemon(self, user: str = "orders") -> Iterator[subprocess.Popen[bytes]]:
        """`consign run` on the mailbox of `user`, ended by SIGTERM."""
        config = self.folder / f"consign-{user}.toml"
        config.write_text(
            CONFIG.format(
                user=user,
                imap=self.far_imap,
                smtp=self.far_smtp,
                password=PASSWORD,
                database=self.database_url,
                mailbox=self.mailbox,
                connections=self.connections,
            ),
            encoding="utf-8",
        )
        argv = [sys.executable, "-m", "consign.cli", "run", "-c", str(config)]
        key = {"CONSIGN_TOKEN_SECRET": "of the measurement"}  # daemons that share a database share the key
        with (self.folder / "daemon.log").open("ab") as log:
            process = subprocess.Popen(argv, stdout=log, stderr=log, start_new_session=True, env=os.environ | key)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)

    def fill(self, mails: Sequence[bytes], user: str = "orders") -> None:
        """Lays mails into a mailbox as if they had been waiting there, oldest first."""
        new = self.dovecot.maildir(user) / "new"
        new.mkdir(parents=True, exist_ok=True)
        for number, octets in enumerate(mails):
            (new / f"{1_700_000_000 + number}.M{number}.bench").write_bytes(octets)
        if os.getuid() == 0:
            owner = f"{self.dovecot.account.pw_uid}:{self.dovecot.account.pw_gid}"
            subprocess.run(["chown", "-R", owner, str(self.dovecot.maildir(user).parent)], check=True)

    def open(self) -> Database:
        return open_database(self.database_url)


@contextmanager
def rig(round_trip: float = 0, **changes: object) -> Iterator[Rig]:
    """Servers in folders of their own, removed at the end; `round_trip`: seconds to them and back."""
    folder = Path(tempfile.mkdtemp(prefix="consign-bench-"))
    values: dict[str, object] = {"database_url": f"sqlite:///{folder / 'consign.db'}"} | changes
    try:
        with (
            DovecotServer() as dovecot,
            SmtpSink() as sink,
            far_away(dovecot.imap_port, round_trip) as imap,
            far_away(sink.port, round_trip) as smtp,
        ):
            yield Rig(dovecot, sink.port, imap, smtp, folder, **values)  # type: ignore[arg-type]  # each key has its own type
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def count(database: Database, query: str) -> int:
    """What a counting query says; 0 while the daemon has not made the tables yet."""
    try:
        with database.read() as session:
            return int(session.scalar(text(query)) or 0)
    except (OperationalError, ProgrammingError) as error:
        if "no such table" not in str(error) and "does not exist" not in str(error):
            raise
        return 0


def until(what: Callable[[], bool], seconds: float, pause: float = 0.1) -> bool:
    """Whether `what` came true within `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(pause)
    return False


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
