"""What several daemons on one PostgreSQL database share: one watches a mailbox, all hear of each other's work.

SQLite needs neither: unique keys alone make two daemons on one file safe, and they find each other's work by looking.
"""

import threading
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from config.database import PATIENT_LINK, Database

if TYPE_CHECKING:  # the driver is loaded only where there is a PostgreSQL: SQLite starts quicker
    from psycopg import Connection

log = structlog.get_logger()
# A server keeps the locks of a client that vanished without a word until its keepalive gives up: 10 + 3 × 5 s here.
PARTING = (b"SET tcp_keepalives_idle = 10", b"SET tcp_keepalives_interval = 5", b"SET tcp_keepalives_count = 3")
NOTIFY = {"consign_work": b"NOTIFY consign_work", "consign_post": b"NOTIFY consign_post"}
LISTEN = {"consign_work": b"LISTEN consign_work", "consign_post": b"LISTEN consign_post"}
STANDBY_SECONDS = 5.0  # how often a standby asks whether it may watch


def _connect(database: Database) -> "Connection[tuple[object, ...]]":
    """A connection of our own beside the pool, in autocommit, that both sides give up within half a minute."""
    import psycopg

    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg.connect(
        url,
        autocommit=True,
        **PATIENT_LINK,
    )
    for statement in PARTING:
        connection.execute(statement)
    return connection


class SingleWatch:
    """The right to watch one mailbox: held by one daemon at a time, by an advisory lock of the database.

    It keeps two daemons from fetching every mail twice; that no mail is handled twice does not hang on it (G2, G14).
    """

    def __init__(self, database: Database, mailbox: str) -> None:
        self.database = database
        self.key = zlib.crc32(f"consign mailbox {mailbox}".encode())
        self.connection: Connection[tuple[object, ...]] | None = None

    def mine(self) -> bool:
        """Whether this daemon may watch now; asks for the right when it does not have it. False when out of reach."""
        if self.database.is_sqlite:
            return True
        import psycopg

        try:
            if self.connection is not None:
                self.connection.execute("SELECT 1")  # the lock lives as long as this connection
                return True
            return self._ask()
        except psycopg.Error as error:
            log.warning("watch_lost", error=str(error).strip()[:200])
            self.give_up()
            return False

    def _ask(self) -> bool:
        import psycopg

        connection = _connect(self.database)
        try:
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", (self.key,)).fetchone()
        except psycopg.Error:
            connection.close()
            raise
        if not row or not row[0]:
            connection.close()
            return False
        self.connection = connection
        return True

    def give_up(self) -> None:
        """Lets another daemon watch."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()


class Waking:
    """NOTIFY and LISTEN: what one daemon has committed is taken up by the others at once, not at their next look.

    Only a hint, like every waking here: a word that is lost costs the seconds until the next look.
    """

    def __init__(self, database: Database, heard: Callable[[str], None]) -> None:
        self.database, self.heard = database, heard
        self.stop, self.lock = threading.Event(), threading.Lock()
        self.speaker: Connection[tuple[object, ...]] | None = None

    def tell(self, channel: str) -> None:
        """Wakes the other daemons; a failure is logged and changes nothing."""
        if self.database.is_sqlite:
            return
        import psycopg

        with self.lock:
            try:
                if self.speaker is None:
                    self.speaker = _connect(self.database)
                self.speaker.execute(NOTIFY[channel])
            except psycopg.Error as error:
                log.warning("not_told", channel=channel, error=str(error).strip()[:200])
                self.speaker = None

    def listen(self, beat: Callable[[], None]) -> None:
        """Hears until `close()`; `beat` is called at least every second. Raises psycopg.Error when the link breaks."""
        with _connect(self.database) as connection:
            for channel in LISTEN:
                connection.execute(LISTEN[channel])
            while not self.stop.is_set():
                beat()
                for notice in connection.notifies(timeout=1.0):
                    self.heard(notice.channel)

    def close(self) -> None:
        self.stop.set()
        speaker, self.speaker = self.speaker, None
        if speaker is not None:
            speaker.close()
