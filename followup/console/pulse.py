"""Tells every open page when the queue has changed: one look a second for all of them, none when nobody looks."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from config.database import Database
from followup.tables import OPEN, Task
from followup.tables_desk import SaidWord
from intake.tables import Event

log = structlog.get_logger()
EVERY = 1.0  # seconds between two looks
WATCHED = 200  # of the tasks due first


def signature(database: Database) -> int:
    """A number that differs when anything differs that a queue shows, whoever changed it, in whichever process."""
    with database.read() as session:
        columns = (Task.id, Task.holder, Task.due_at, Task.role, Task.attempts)
        tasks = session.execute(select(*columns).where(OPEN).order_by(Task.due_at, Task.id).limit(WATCHED)).all()
        said = session.execute(select(SaidWord.task_id, SaidWord.final_at)).all()
        last = session.scalar(select(func.max(Event.id)))
    return hash((tuple(map(tuple, tasks)), tuple(map(tuple, said)), last))


class Pulse:
    """Counts changes; `changes()` yields the count whenever it rises, and ends when the desk closes."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.count = 0
        self.listeners: set[asyncio.Event] = set()
        self.closed = threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.sooner: asyncio.Event | None = None
        self.before: int | None = None

    async def run(self, also: Callable[[], None]) -> None:
        """Beats until closed; `also` is done at every beat, whether somebody looks or not."""
        self.loop, self.sooner = asyncio.get_running_loop(), asyncio.Event()
        while not self.closed.is_set():
            try:
                await asyncio.to_thread(also)
                if self.listeners:
                    await self._look()
            except SQLAlchemyError as away:  # the database is away: the pages keep what they show
                log.warning("desk_pulse", error=repr(getattr(away, "orig", None) or away)[:200])
            except Exception as error:  # noqa: BLE001 (the pulse must go on: words take effect by it)
                log.error("desk_pulse", error=type(error).__name__)
            try:
                await asyncio.wait_for(self.sooner.wait(), EVERY)
            except TimeoutError:
                continue
            self.sooner.clear()
        self._wake()

    async def _look(self) -> None:
        seen = await asyncio.to_thread(signature, self.database)
        if self.before is not None and seen != self.before:
            self.count += 1
            self._wake()
        self.before = seen

    def _wake(self) -> None:
        for listener in self.listeners:
            listener.set()

    def nudge(self) -> None:
        """From any thread: something has just changed, look now."""
        self._soon(lambda: self.sooner.set() if self.sooner else None)

    def close(self) -> None:
        """From any thread: every stream ends."""
        self.closed.set()
        self.nudge()
        self._soon(self._wake)

    def _soon(self, act: Callable[[], None]) -> None:
        if self.loop and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(act)

    async def changes(self) -> AsyncIterator[int]:
        """The count now, and again after every change."""
        mine = asyncio.Event()
        self.listeners.add(mine)
        try:
            yield self.count
            while not self.closed.is_set():
                await mine.wait()
                mine.clear()
                if not self.closed.is_set():
                    yield self.count
        finally:
            self.listeners.discard(mine)
