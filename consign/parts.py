"""The parts of a daemon: threads, each with its last sign of life, and what becomes of one that fails or is silent."""

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

log = structlog.get_logger()
STEADY = 5.0  # seconds after which a part that fails counts as one that had worked: its pauses begin anew
LONGEST_PAUSE = 30.0
Beat = Callable[[], None]  # a sign of life
Run = Callable[[Beat], None]


@dataclass
class Part:
    """One thread of the daemon, and its last sign of life."""

    name: str
    run: Run
    last_beat: float = field(default_factory=time.monotonic)
    trouble: str = ""
    thread: threading.Thread | None = None

    def beat(self) -> None:
        self.last_beat = time.monotonic()

    def alive(self) -> bool:
        return self.thread is not None and self.thread.is_alive()


class Crew:
    """All parts of one daemon, until `stop` is set; `database_trouble` is told what the database did to which part."""

    def __init__(self, stop: threading.Event, database_trouble: Callable[[str, SQLAlchemyError], None]) -> None:
        self.stop, self.database_trouble = stop, database_trouble
        self.parts: list[Part] = []

    def begin(self, name: str, run: Run) -> None:
        """Starts a part; `run` is called anew, after a pause, whenever it ends before the stop."""
        part = Part(name, run)
        part.thread = threading.Thread(target=self._keep_running, args=(part,), name=name, daemon=True)
        self.parts.append(part)
        part.thread.start()

    def unwell(self, limit: float) -> str:
        """Which part has died, or has given no sign of life for `limit` seconds; "" when all are well."""
        for part in self.parts:
            if not part.alive():
                return f"{part.name} has died"
            if time.monotonic() - part.last_beat > limit:
                return f"{part.name} has been silent for {limit:.0f} s"
        return ""

    def join(self, names: Collection[str], until: float) -> None:
        """Waits for these parts to end, until a monotonic time at the latest."""
        for part in self.parts:
            if part.name in names and part.thread:
                part.thread.join(max(0.0, until - time.monotonic()))

    def told(self) -> dict[str, Any]:
        """How each part is, for the health page."""
        now = time.monotonic()
        return {
            part.name: {"alive": part.alive(), "silent": round(now - part.last_beat, 1), "trouble": part.trouble}
            for part in self.parts
        }

    def _keep_running(self, part: Part) -> None:
        """Runs one part until the stop; an error that is not fatal is said, and the part goes on after a pause."""
        pause = 1.0
        while not self.stop.is_set():
            started = time.monotonic()
            try:
                part.run(part.beat)
                part.trouble = ""
            except SQLAlchemyError as error:
                part.trouble = repr(getattr(error, "orig", None) or error)
                self.database_trouble(part.name, error)
            except Exception as error:
                part.trouble = repr(error)
                log.exception("part_failed", part=part.name)
            pause = 1.0 if time.monotonic() - started > STEADY else min(pause * 2, LONGEST_PAUSE)
            self.stop.wait(pause)
        part.beat()
