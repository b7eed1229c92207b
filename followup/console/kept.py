"""Figures of a long queue: dearer to count than the page that shows them, so kept for ten seconds for all who look."""

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

LONG = 5000  # open tasks: a queue in which nothing changes that much within …
KEPT_FOR = timedelta(seconds=10)


class Counted(Protocol):
    """Figures that know how many tasks were counted for them."""

    @property
    def open(self) -> int: ...


Figures = TypeVar("Figures", bound=Counted)


class Kept(Generic[Figures]):
    """The last figures, by what they were counted for. Threads may share it."""

    def __init__(self) -> None:
        self._last: dict[Hashable, tuple[datetime, Figures]] = {}

    def get(self, what: Hashable, now: datetime, count: Callable[[], Figures]) -> Figures:
        """The figures as they are; of a long queue, as they were up to ten seconds ago."""
        at, figures = self._last.get(what, (now, None))
        if figures is None or figures.open < LONG or not timedelta(0) <= now - at < KEPT_FOR:
            figures = count()
            self._last[what] = now, figures
        return figures
