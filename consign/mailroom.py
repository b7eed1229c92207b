"""The watching of one mailbox: a kept connection, one daemon at a time, and how the mailbox is.

Every mailbox of an installation has a mailroom and a thread of its own: one that hangs holds up no other.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog

from config.database import Database
from config.settings import FurtherMailbox, MailboxSettings
from consign.parts import Beat
from consign.sharing import STANDBY_SECONDS, SingleWatch
from consign.space import room_left
from intake.collecting import collect
from intake.mailbox import Mailbox, MailboxUnreachable

log = structlog.get_logger()
LONGEST_PAUSE = 30.0  # seconds between two tries to connect …
LOGIN_PAUSES = (5.0, 300.0)  # … and, first and last, after a refused login: no lock-out storm (RELIABILITY row 26)


class Mailroom:
    """Keeps what one mailbox shows; `arrived` is called whenever something new was kept."""

    def __init__(
        self,
        database: Database,
        settings: MailboxSettings,
        clock: Callable[[], datetime],
        stop: threading.Event,
        *,
        min_free_megabytes: int,
        look_only: bool,
        arrived: Callable[[], None],
    ) -> None:
        self.database, self.clock, self.stop, self.arrived = database, clock, stop, arrived
        self.name = settings.name
        self.company = settings.company if isinstance(settings, FurtherMailbox) else ""  # the key of whose it is
        self.min_free_megabytes = min_free_megabytes
        self.mailbox = Mailbox(settings, clock=clock, look_only=look_only)
        self.single_watch = SingleWatch(database, settings.name)
        self.standby = False  # another daemon watches the mailbox
        self.trouble = ""
        self.last_poll: datetime | None = None
        self.last_round = time.monotonic()  # last word of the mailbox

    @property
    def state(self) -> str:
        """ "ok", "standby", or what is wrong."""
        return self.trouble or ("standby" if self.standby else "ok")

    def told(self) -> dict[str, Any]:
        """How the mailbox is, for the health page."""
        return {"state": self.state, "last_poll": self.last_poll.isoformat() if self.last_poll else None}

    def silent(self) -> float:
        """Seconds since the mailbox was last read to its end."""
        return time.monotonic() - self.last_round

    def watch(self, beat: Beat) -> None:
        """Keeps one steady connection: sweep, wait, sweep (IDLE is a hint, the search is the truth)."""
        pause = 1.0
        while not self.stop.is_set():
            beat()
            self.standby = not self.single_watch.mine()
            if self.standby:
                self.last_round = time.monotonic()
                self.stop.wait(STANDBY_SECONDS)
                continue
            try:
                self.mailbox.connect()
                self.trouble = ""
                while not self.stop.is_set() and self.single_watch.mine():
                    self._sweep()
                    pause = 1.0
                    self.mailbox.wait(self.stop)
                    beat()
            except MailboxUnreachable as away:
                if self.stop.is_set():
                    return
                pause = self._pause_after(away, pause)
            finally:
                self.mailbox.close()

    def _pause_after(self, away: MailboxUnreachable, pause: float) -> float:
        """Says once what is wrong, waits, and returns the next pause."""
        if str(away) != self.trouble:
            log.warning("mailbox_away", mailbox=self.name, kind=away.kind, error=str(away))
        self.trouble = str(away)
        least, longest = LOGIN_PAUSES if away.kind == "login" else (pause, LONGEST_PAUSE)
        self.stop.wait(max(pause, least))
        return min(pause * 2, longest)

    def _sweep(self) -> None:
        """Keeps what is new, unless the disk is nearly full: then mail waits on the server (G11)."""
        if not room_left(self.database.file(), self.min_free_megabytes):
            log.warning("disk_nearly_full")
            self.last_round = time.monotonic()  # the mailbox is well, the disk has an alarm of its own
            return
        if collect(self.database, self.mailbox, self.clock, self.company):
            self.arrived()
        self.last_poll, self.last_round = self.clock(), time.monotonic()

    def interrupt(self) -> None:
        """Makes a read that hangs fail at once."""
        self.mailbox.interrupt()

    def give_up(self) -> None:
        """Lets another daemon watch."""
        self.single_watch.give_up()
