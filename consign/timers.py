"""The ticks of a daemon: what has become late, changed rules, what is too old to keep.

Ticks only: the truth is in the rows, so a missed tick is made good by the next.
"""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from config.clockwatch import ClockWatch
from config.database import Database
from config.settings import RetentionSettings
from consign.rounds import Rounds
from dispatch.smtp import CourierPool

log = structlog.get_logger()
LOOK = 2  # seconds between two looks at the clock
SEAL = 60  # seconds until what has happened is sealed in the audit chain
FIRST_FORGOTTEN = timedelta(minutes=20)  # after the start; then every day


class Timers:
    """Look at the clock every two seconds, forget every day; `late` is called when there is work for the next round."""

    def __init__(
        self,
        database: Database,
        rounds: Rounds,
        couriers: Sequence[CourierPool],
        retention: RetentionSettings,
        clock: Callable[[], datetime],
        *,
        reread: threading.Event,
        late: Callable[[], None],
        database_trouble: Callable[[str, SQLAlchemyError], None],
    ) -> None:
        self.database, self.rounds, self.couriers, self.retention = database, rounds, couriers, retention
        self.clock, self.reread, self.late, self.database_trouble = clock, reread, late, database_trouble
        self.clocks = ClockWatch(clock(), time.monotonic())
        self.scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )

    def start(self) -> None:
        self.scheduler.add_job(self._look_at_the_clock, "interval", seconds=LOOK, id="clocks")
        first = datetime.now(UTC) + FIRST_FORGOTTEN  # a daemon that is started anew every night must come to it too
        self.scheduler.add_job(self._forget, "interval", hours=24, id="retention", jitter=3600, next_run_time=first)
        self.scheduler.add_job(self._seal, "interval", seconds=SEAL, id="seal")
        self.scheduler.start()

    def reset(self) -> None:
        """The scheduler goes by the wall clock: after one that was put back it would wait until it has caught up."""
        self.scheduler.reschedule_job("clocks", trigger="interval", seconds=LOOK)

    def stop(self) -> None:
        self.scheduler.shutdown(wait=False)

    def _forget(self) -> None:
        """What is older than the company keeps it (RELIABILITY §8)."""
        from consign.retention import forget
        from followup.attachments import sweep
        from followup.shelf import shelf_of

        if self.clocks.fresh(time.monotonic()) is not None:
            return
        try:
            log.info("forgotten", **vars(forget(self.database, self.retention, self.clock())))
            if shelf := shelf_of(self.database, self.rounds.settings.attachments):
                log.info("papers_swept", files=sweep(self.database, shelf, self.clock()))
            self._seal(thorough=True)
        except SQLAlchemyError as error:
            self.database_trouble("retention", error)
        except OSError as error:
            log.error("papers_not_swept", error=repr(error))

    def _seal(self, *, thorough: bool = False) -> None:
        """The timeline is sealed (RELIABILITY G20); the digest in the log proves later what stood there by now."""
        from consign import audit

        try:
            sealed = audit.seal_all(self.database, thorough=thorough)
            if sealed:
                with self.database.read() as session:
                    head = audit.head_of(session)
                log.info("timeline_sealed", events=sealed, place=head.place, digest=head.digest.hex())
        except SQLAlchemyError as error:
            self.database_trouble("seal", error)

    def _look_at_the_clock(self) -> None:
        """Says what is late; not for a minute after the clock jumped: then nothing looks as late as it is (G13)."""
        now = time.monotonic()
        self.clocks.look(self.clock(), now)
        if self.clocks.fresh(now) is not None:
            return
        try:
            if self.reread.is_set():
                self.reread.clear()
                self.rounds.read_rules_again()
            if self.rounds.look_at_the_clock(self.clocks.gained):
                self.late()
            for pool in self.couriers:
                pool.close_idle()
        except SQLAlchemyError as error:
            self.database_trouble("clocks", error)
