"""The time of a simulation: what happens next, and a clock that says what it is told."""

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count

Action = Callable[[], None]


class Clockwork:
    """A clock that stands still while something is done, and jumps to what comes next."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._waiting: list[tuple[datetime, int, Action]] = []
        self._order = count()  # of things at the same moment the one that was planned first comes first

    def __call__(self) -> datetime:
        return self.now

    def at(self, moment: datetime, action: Action) -> None:
        """Plans `action`; one for the past comes next."""
        heapq.heappush(self._waiting, (max(moment, self.now), next(self._order), action))

    @property
    def next_at(self) -> datetime | None:
        """When the next action is planned."""
        return self._waiting[0][0] if self._waiting else None

    def act_until(self, moment: datetime) -> int:
        """Does everything planned up to `moment`, each at its own time; returns how many there were."""
        done = 0
        while self._waiting and self._waiting[0][0] <= moment:
            self.now, _, action = heapq.heappop(self._waiting)
            action()
            done += 1
        self.now = moment
        return done
