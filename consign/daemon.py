"""The daemon: the mailbox thread, the work thread, the post office and the timers, watched by the main thread.

No thread holds a truth: each asks the database, acts, and sleeps until it is woken or a few seconds have passed. A part
that dies, or is silent for too long, ends the process with status 1, so that the supervisor of the machine starts it
again (RELIABILITY row 42).

What was promised comes first: the post office and the mailbox begin before the rules are loaded, for a daemon that was
killed has letters lying ready.
"""

import gc
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from config.database import CorruptDatabase, Database, open_database
from config.faults import ConfigurationError
from config.settings import Settings
from consign import presence, schema
from consign.secret import token_secret
from consign.sharing import STANDBY_SECONDS, SingleWatch, Waking
from consign.space import room_left
from consign.watch import ClockWatch, Supervisor
from dispatch import letterbook
from dispatch.postoffice import PostOffice
from dispatch.smtp import CourierPool
from intake import handover, mailbook
from intake.collecting import collect
from intake.mailbox import Mailbox, MailboxUnreachable
from intake.message import ReadingRules
from intake.readers import ReaderPool

if TYPE_CHECKING:  # imported by the parts that need them, when their turn has come
    from config.company import Company
    from consign.rounds import Rounds

log = structlog.get_logger()
TICK = 2.0  # seconds until a thread that nobody woke looks by itself
SWITCH = 0.001  # seconds until a thread that computes lets another one run: couriers and mailbox have little to say
OWED_SECONDS = 10.0  # for so long, at most, the mailbox waits for what was taken before
LOOK = 5.0  # seconds between two looks of the watchman
# What SQLite says when a sync failed or a page is damaged: who goes on with such a disk loses more (G11, G12).
UNTRUSTED = ("SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC", "SQLITE_CORRUPT", "SQLITE_NOTADB")


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Part:
    """One thread of the daemon, and its last sign of life."""

    name: str
    run: Callable[[], None]
    beat: float = field(default_factory=time.monotonic)
    trouble: str = ""
    thread: threading.Thread | None = None

    def alive(self) -> bool:
        return self.thread is not None and self.thread.is_alive()


class Daemon:
    """One process that does everything; any number of them may share a PostgreSQL database, two one SQLite file."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = utc_now,
        database: Database | None = None,
        demo_agent: str | None = None,
    ) -> None:
        if settings.mailbox is None or settings.smtp is None:
            raise ValueError("a daemon needs [mailbox] and [smtp]")
        self.settings, self.clock, self.demo_agent = settings, clock, demo_agent
        self.is_sound = database is not None  # whoever gives us one has checked it
        self.database: Database = database or open_database(
            settings.database.url, lock_seconds=settings.database.lock_seconds
        )
        self.name = presence.own_name()
        self.stop = threading.Event()
        self.fatal = ""
        self.mails = threading.Event()  # something may wait to be judged
        self.work = threading.Event()  # something may wait to be worded or followed
        self.post = threading.Event()  # something may wait to be sent
        self.caught_up = threading.Event()  # what was taken before this start is worked off
        self.reread = threading.Event()  # somebody asked for the rule files to be read again
        self.shadow = settings.policy.shadow  # everything but sending
        self.mailbox = Mailbox(settings.mailbox, clock=clock, look_only=self.shadow)
        self.mailbox_trouble = ""
        self.single_watch = SingleWatch(self.database, settings.mailbox.name)
        self.standby = False  # another daemon watches the mailbox
        self.waking = Waking(self.database, self._heard)
        self.last_poll: datetime | None = None
        self.last_round = time.monotonic()  # last word of the mailbox
        self.last_commit: datetime | None = None
        self.database_away: tuple[float, str] | None = None  # since when (monotonic), and what it says
        self.supervisor = Supervisor(os.environ)
        self.clocks = ClockWatch(clock(), time.monotonic())
        self.parts: list[Part] = []
        self.readers = ReaderPool(ReadingRules(), settings.reading)
        self.desk_url = ""  # where the console answers, once it does
        self.extras: list[Callable[[], None]] = []  # what else is to be stopped at the end

    @property
    def company(self) -> "Company":
        """The company in force."""
        return self.rounds.company

    def start(self) -> None:
        """Checks the database, brings its schema up to date, starts every part. Raises ConfigurationError."""
        self.readers.warm()
        if not self.is_sound:
            self.database.check()
            schema.upgrade(self.database)
        if self.shadow:
            from consign import shadow

            shadow.refuse_open_letters(self.database)
        self._take_over_from_the_dead()
        self.secret = token_secret(self.settings, self.database.file())
        self.office = self._open_post_office()
        self._begin("post", self._post)
        if not self._is_owed():
            self.caught_up.set()
        self._begin("mailbox", self._watch_mailbox)
        self.rounds = self._load_rules()
        self._begin("judge", self._judge)
        self._begin("work", self._work)
        if not self.database.is_sqlite:
            self._begin("hear", self._hear)
        self._call_watchman()
        self._start_timers()
        self._begin("watch", self._watch)
        if self.settings.console.enabled:
            self._open_desk()
        if not self.database.checked:
            threading.Thread(target=self._check_the_rest, name="check", daemon=True).start()
        log.info("started", daemon=self.name, database="sqlite" if self.database.is_sqlite else "postgresql")

    def _is_owed(self) -> bool:
        """Whether mail waits to be read, or an event to be acted on, from before this start."""
        with self.database.read() as session:
            return mailbook.waiting_since(session) is not None or handover.is_owed(session)

    def _check_the_rest(self) -> None:
        """A large database was only looked into before the start; damage that shows now ends the daemon (G12)."""
        try:
            self.database.check()
        except (CorruptDatabase, SQLAlchemyError) as error:
            if isinstance(error, SQLAlchemyError):
                self._database_trouble("check", error)
                return
            log.error("database_damaged", damage=str(error))
            self.fatal = f"the database is damaged: {error}"
            self.stop.set()

    def _begin(self, name: str, run: Callable[[], None]) -> None:
        part = Part(name, run)
        part.thread = threading.Thread(target=self._run_part, args=(part,), name=name, daemon=True)
        self.parts.append(part)
        part.thread.start()

    def _load_rules(self) -> "Rounds":
        from consign.rounds import Rounds

        return Rounds(self.database, self.settings, self.clock, self.readers, name=self.name, secret=self.secret)

    def _take_over_from_the_dead(self) -> None:
        """What a daemon that was killed on this machine had in hand is free at once, not only when its leases end."""
        with self.database.read() as session:
            gone = sorted(filter(presence.is_gone, mailbook.readers(session) | letterbook.senders(session)))
        if gone:
            with self.database.write() as session:
                mailbook.release_readers(session, gone)
                letterbook.release_senders(session, gone)
            log.info("taken_over", daemons=len(gone))

    def run(self) -> int:
        """Runs until told to stop; 0 after a clean stop, 1 when a part died."""
        signal.signal(signal.SIGTERM, self._told_to_stop)
        signal.signal(signal.SIGINT, self._told_to_stop)
        signal.signal(signal.SIGHUP, lambda _number, _frame: self.reread.set())
        gc.disable()  # next to nothing of what is made while starting becomes garbage
        try:
            self.start()
        except ConfigurationError:
            self.close()  # letters and mail were on their way already
            raise
        sys.setswitchinterval(SWITCH)
        gc.freeze()  # rules, place names and code stay until the end: no collection need look through them
        gc.enable()
        self.supervisor.ready()
        while not self.stop.wait(1.0):
            self._watch_parts()
        self.supervisor.stopping()
        self.close()
        return 1 if self.fatal else 0

    def close(self) -> None:
        """No new work; letters in the dialogue are finished or dropped before the dot; within 10 s (G10)."""
        self.stop.set()
        self.mails.set()
        self.caught_up.set()
        self.work.set()
        self.post.set()
        self.waking.close()
        for extra in self.extras:
            extra()
        self.readers.close()
        end = time.monotonic() + 9.0
        for part in sorted(self.parts, key=lambda part: part.name == "mailbox"):  # it may hang in a read: the last
            if part.name == "mailbox":
                self.mailbox.interrupt()
            if part.thread:
                part.thread.join(max(0.0, end - time.monotonic()))
        self.single_watch.give_up()
        self.database.close()
        log.info("stopped", daemon=self.name, fatal=self.fatal)

    def _open_post_office(self) -> PostOffice:
        smtp = self.settings.smtp
        assert smtp is not None
        self.couriers = CourierPool(smtp)
        return PostOffice(
            self.database,
            self.couriers.courier,
            self.clock,
            self.settings.letters,
            envelope_from=self.settings.company.address,
            name=self.name,
            couriers=smtp.connections,
        )

    def _open_desk(self) -> None:
        """The agents' desk; the main job goes on without it when its address is taken."""
        from followup.console.app import create_app
        from followup.console.server import ConsoleServer

        console = self.settings.console
        app = create_app(
            self.database,
            lambda: self.company,
            self.settings,
            self.clock,
            demo_agent=self.demo_agent,
            health=lambda: state(self),
        )
        server = ConsoleServer(app, console.host, console.port, trusted_proxies=console.trusted_proxies)
        try:
            server.start()
        except (OSError, RuntimeError) as error:
            log.error("desk_not_open", host=console.host, port=console.port, error=str(error))
            return
        self.extras.append(server.stop)
        self.desk_url = server.entry_url
        log.info("desk_open", url=server.url)

    def _call_watchman(self) -> None:
        from consign.watchman import Watchman

        self.watchman = Watchman(
            self.database,
            self.settings,
            lambda: self.company,
            self.clock,
            host=socket.gethostname(),
            silences=self._silences,
            state=lambda: state(self),
        )
        self.watchman.start()
        self.extras.append(self.watchman.stop)

    def _silences(self) -> dict[str, Any]:
        now = time.monotonic()
        since, words = self.database_away or (None, "")
        return {
            "mail_server_silent": self.office.silent(),
            "mail_server_words": self.office.last_error,
            "mailbox_silent": now - self.last_round,
            "mailbox_words": self.mailbox_trouble,
            "database_silent": None if since is None else now - since,
            "database_words": words,
            "rules_faults": tuple(map(str, self.rounds.rules.faults)),
        }

    def _start_timers(self) -> None:
        """Ticks only: the truth is in the rows, so a missed tick is made good by the next."""
        from apscheduler.schedulers.background import BackgroundScheduler

        scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        scheduler.add_job(self._look_at_the_clock, "interval", seconds=2, id="clocks")
        scheduler.add_job(self._forget, "interval", hours=24, id="retention", jitter=3600)
        scheduler.start()
        self.scheduler = scheduler
        self.extras.append(lambda: scheduler.shutdown(wait=False))

    def _reset_timers(self) -> None:
        """The scheduler goes by the wall clock: after one that was put back it would wait until it has caught up."""
        self.scheduler.reschedule_job("clocks", trigger="interval", seconds=2)

    def _forget(self) -> None:
        """What is older than the company keeps it (RELIABILITY §8)."""
        from consign.retention import forget

        if self.clocks.fresh(time.monotonic()) is not None:
            return
        try:
            log.info("forgotten", **vars(forget(self.database, self.settings.retention, self.clock())))
        except SQLAlchemyError as error:
            self._database_trouble("retention", error)

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
            if self.rounds.look_at_the_clock():
                self.work.set()
            self.couriers.close_idle()
        except SQLAlchemyError as error:
            self._database_trouble("clocks", error)

    # -- the parts

    def _run_part(self, part: Part) -> None:
        """Runs one part until the stop; an error that is not fatal is said, and the part goes on after a pause."""
        pause = 1.0
        while not self.stop.is_set():
            started = time.monotonic()
            try:
                part.run()
                part.trouble = ""
            except SQLAlchemyError as error:
                part.trouble = repr(getattr(error, "orig", None) or error)
                self._database_trouble(part.name, error)
            except Exception as error:
                part.trouble = repr(error)
                log.exception("part_failed", part=part.name)
            pause = 1.0 if time.monotonic() - started > 60 else min(pause * 2, 30.0)
            self.stop.wait(pause)
        part.beat = time.monotonic()

    def _database_trouble(self, where: str, error: SQLAlchemyError) -> None:
        cause = getattr(error, "orig", None) or error
        name = getattr(cause, "sqlite_errorname", "")
        log.warning("database_trouble", where=where, error=str(cause)[:200], code=name)
        if self.database_away is None:
            self.database_away = time.monotonic(), str(cause)[:200]
        if name.startswith(UNTRUSTED):
            self.fatal = f"the database cannot be trusted: {cause}"
            self.stop.set()

    def _beat(self, name: str) -> None:
        for part in self.parts:
            if part.name == name:
                part.beat = time.monotonic()

    def _watch_mailbox(self) -> None:
        """Keeps one steady connection: sweep, wait, sweep (IDLE is a hint, the search is the truth).

        After a start that finds work left over, that is done first: a daemon that dies of what it fetches, again and
        again, still sends what it took before.
        """
        self.caught_up.wait(OWED_SECONDS)
        pause = 1.0
        while not self.stop.is_set():
            self._beat("mailbox")
            self.standby = not self.single_watch.mine()
            if self.standby:
                self.last_round = time.monotonic()
                self.stop.wait(STANDBY_SECONDS)
                continue
            try:
                self.mailbox.connect()
                self.mailbox_trouble = ""
                while not self.stop.is_set() and self.single_watch.mine():
                    self._sweep()
                    pause = 1.0
                    self.mailbox.wait(self.stop)
                    self._beat("mailbox")
            except MailboxUnreachable as away:
                if self.stop.is_set():
                    return
                if str(away) != self.mailbox_trouble:
                    log.warning("mailbox_away", kind=away.kind, error=str(away))
                self.mailbox_trouble = str(away)
                longest = 300.0 if away.kind == "login" else 30.0
                self.stop.wait(max(pause, 5.0) if away.kind == "login" else pause)
                pause = min(pause * 2, longest)
            finally:
                self.mailbox.close()

    def _sweep(self) -> None:
        """Keeps what is new, unless the disk is nearly full: then mail waits on the server (G11)."""
        if not room_left(self.database.file(), self.settings.watch.min_free_megabytes):
            log.warning("disk_nearly_full")
            self.last_round = time.monotonic()  # the mailbox is well, the disk has an alarm of its own
            return
        if collect(self.database, self.mailbox, self.clock):
            self.mails.set()
            self.waking.tell("consign_work")
        self.last_poll, self.last_round = self.clock(), time.monotonic()

    def _judge(self) -> None:
        while not self.stop.is_set():
            self._beat("judge")
            self.mails.wait(TICK)
            self.mails.clear()
            while not self.stop.is_set() and self.rounds.judge():
                self._beat("judge")
                self.work.set()
            self.database_away = None

    def _work(self) -> None:
        while not self.stop.is_set():
            self._beat("work")
            self.work.wait(TICK)
            self.work.clear()
            while not self.stop.is_set() and self.rounds.follow(self._letters_written):
                self._beat("work")
            if not self.caught_up.is_set() and not self._is_owed():
                self.caught_up.set()
            self.last_commit, self.database_away = self.clock(), None

    def _letters_written(self) -> None:
        self.post.set()
        self.waking.tell("consign_post")

    def _hear(self) -> None:
        self.waking.listen(lambda: self._beat("hear"))

    def _heard(self, channel: str) -> None:
        for event in (self.post,) if channel == "consign_post" else (self.mails, self.work):
            event.set()

    def _post(self) -> None:
        try:
            while not self.stop.is_set():
                self._beat("post")
                if not self.shadow and self.office.turn(wait=0.2):
                    self.work.set()
                elif not self.office.in_hand:
                    self.post.wait(TICK / 2)
                    self.post.clear()
        finally:
            if self.stop.is_set():
                self.office.close()

    def _watch(self) -> None:
        while not self.stop.is_set():
            self._beat("watch")
            if self.watchman.look():
                self._reset_timers()
            self.stop.wait(LOOK)

    # -- watching

    def _watch_parts(self) -> None:
        if self.stop.is_set():
            return
        limit = self.settings.watch.dead_seconds + 120.0  # a mailbox may rightly wait for a minute and read for another
        for part in self.parts:
            if not part.alive():
                self.fatal = f"{part.name} has died"
            elif time.monotonic() - part.beat > limit:
                self.fatal = f"{part.name} has been silent for {limit:.0f} s"
        if not self.office.alive():
            self.fatal = "a courier has died"
        if self.fatal:
            log.error("giving_up", why=self.fatal)
            self.stop.set()
            return
        self.supervisor.alive(f"last poll {self.last_poll:%H:%M:%S} UTC" if self.last_poll else "no poll yet")

    def _told_to_stop(self, number: int, _frame: FrameType | None) -> None:
        if self.stop.is_set():
            os._exit(1)  # the second signal: at once
        self.stop.set()


def state(daemon: Daemon) -> dict[str, Any]:
    """How the parts are, for the health endpoint."""
    now = time.monotonic()
    return {
        "well": not daemon.fatal and all(part.alive() for part in daemon.parts),
        "daemon": daemon.name,
        "last_commit": daemon.last_commit.isoformat() if daemon.last_commit else None,
        "mailbox": daemon.mailbox_trouble or ("standby" if daemon.standby else "ok"),
        "last_poll": daemon.last_poll.isoformat() if daemon.last_poll else None,
        "parts": {
            part.name: {"alive": part.alive(), "silent": round(now - part.beat, 1), "trouble": part.trouble}
            for part in daemon.parts
        },
    }
