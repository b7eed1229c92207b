"""How many letters may be in doubt at once: with the server, and not yet in the book as sent.

Each letter whose final dot was sent when the machine dies is sent once more (RELIABILITY G5). So one is enough while
one connection does the work; with a backlog, lateness is worse than a copy, and every connection may have its letter.
"""

import threading
import time
from collections.abc import Callable

CALM_SECONDS = 2.0  # a backlog that lasts for so long opens all connections
PATIENCE = 0.5  # seconds that a courier waits for another one whose server is slow


class Doubt:
    """The gate that couriers pass before they speak; the clerk lets them out once the fate of a letter is committed."""

    def __init__(self, most: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.most, self.monotonic = most, monotonic
        self.inside = 0
        self.backlog_since: float | None = None
        self.changed = threading.Condition()

    def enter(self) -> None:
        """Waits for room, but not for long: one slow server must not hold up the letters to all others."""
        with self.changed:
            self.changed.wait_for(lambda: self.inside < self.allowed(), PATIENCE)
            self.inside += 1

    def leave(self) -> None:
        with self.changed:
            self.inside -= 1
            self.changed.notify()

    def note_backlog(self, more: bool) -> None:
        """What the clerk saw when it took letters: whether more of them wait than it could take."""
        with self.changed:
            if not more:
                self.backlog_since = None
            elif self.backlog_since is None:
                self.backlog_since = self.monotonic()

    def allowed(self) -> int:
        """One; all connections while a backlog lasts."""
        lasts = self.backlog_since is not None and self.monotonic() - self.backlog_since >= CALM_SECONDS
        return self.most if lasts else 1
