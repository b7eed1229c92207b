"""Whether the wall clock was set: two clocks compared, the one of the wall and the one that only goes on (G13)."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

JUMP = 5.0  # seconds by which the wall clock may differ from the monotonic one between two looks
FRESH = 60.0  # seconds that a jump stays an alarm
KEPT = 50  # jumps that are remembered
Gained = Callable[[datetime], timedelta]  # by how much the wall clock was put forward since it showed a time


def no_jump(_since: datetime) -> timedelta:
    """Of a clock that nobody sets."""
    return timedelta(0)


@dataclass
class ClockWatch:
    """Notices when the wall clock is set, by comparing it with the monotonic clock at each look."""

    wall: datetime
    monotonic: float
    jump: float = 0.0
    jumped_at: float | None = None
    jumps: deque[tuple[datetime, timedelta]] = field(default_factory=lambda: deque(maxlen=KEPT))  # from, by

    def look(self, wall: datetime, monotonic: float) -> float:
        """Seconds by which the wall clock jumped since the last look; 0.0 for anything up to 5 s."""
        jump = (wall - self.wall).total_seconds() - (monotonic - self.monotonic)
        self.wall, self.monotonic = wall, monotonic
        if abs(jump) <= JUMP:
            return 0.0
        self.jump, self.jumped_at = jump, monotonic
        self.jumps.append((wall - timedelta(seconds=jump), timedelta(seconds=jump)))
        return jump

    def fresh(self, monotonic: float) -> float | None:
        """The last jump in seconds while it is less than a minute old."""
        if self.jumped_at is None or monotonic - self.jumped_at > FRESH:
            return None
        return self.jump

    def gained(self, since: datetime) -> timedelta:
        """By how much the wall clock was put forward since it showed `since`, as far as seen.

        What was put back is left out: of a time that the clock showed twice nobody knows which of the two is meant.
        """
        forward = [by for stood_at, by in self.jumps if by > timedelta(0) and stood_at >= since]
        return sum(forward, timedelta(0))
