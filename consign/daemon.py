"""The daemon: a thread for each mailbox, the work threads, the post office and the timers, watched by the main thread.

No thread holds a truth: each asks the database, acts, and sleeps until it is woken or a few seconds have passed. A part
that dies, or is silent for too long, ends the process with status 1, so that the supervisor of the machine starts it
again (RELIABILITY row 42).

What was promised comes first: the post office and the mailboxes begin before the rules are loaded, for a daemon that
was killed has letters lying ready.
"""

import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from config.database import Database, open_database
from config.settings import MailboxSettings, Settings
from consign import presence, schema
from consign.databasewatch import DatabaseWatch
from consign.mailroom import Mailroom
from consign.parts import Beat, Crew
from consign.postroom import Postroom, servers
from consign.secret import token_secret
from consign.sharing import Waking
from consign.state import silences, state
from consign.watch import Supervisor
from dispatch import letterbook
from intake import handover, mailbook
from intake.message import ReadingRules
from intake.readers import ReaderPool

if TYPE_CHECKING:  # imported by the parts that need them, when their turn has come
    from config.company import Company
    from consign.rounds import Rounds

log = structlog.get_logger()
TICK = 2.0  # seconds until a thread that nobody woke looks by itself
OWED_SECONDS = 10.0  # for so long, at most, the mailbox waits for what was taken before
LOOK = 5.0  # seconds between two looks of the watchman
LAST_WORDS = 9.0  # seconds that the parts have to end


def utc_now() -> datetime:
    return datetime.now(UTC)


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
        if not settings.every_mailbox() or settings.smtp is None:
            raise ValueError("a daemon needs [mailbox] or [[mailboxes]], and [smtp]")
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
        self.caught_up = threading.Event()  # what was taken before this start is worked off
        self.reread = threading.Event()  # somebody asked for the rule files to be read again
        self.shadow = settings.policy.shadow  # everything but sending
        self.databasewatch = DatabaseWatch(self.database, self.give_up)
        self.crew = Crew(self.stop, self.databasewatch.trouble)
        self.postrooms: list[Postroom] = []
        self.mailrooms = [self._mailroom(each) for each in settings.every_mailbox()]
        self.waking = Waking(self.database, self._heard)
        self.last_commit: datetime | None = None
        self.supervisor = Supervisor(os.environ)
        self.readers = ReaderPool(ReadingRules(), settings.reading)
        self.desk_url = ""  # where the console answers, once it does
        self.extras: list[Callable[[], None]] = []  # what else is to be stopped at the end

    @property
    def company(self) -> "Company":
        """The company in force."""
        return self.rounds.company

    # -- beginning

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
        self.postrooms = self._postrooms()
        for postroom in self.postrooms:
            self.crew.begin(f"post {postroom.key}".strip(), postroom.idle if self.shadow else postroom.work)
        if not self._is_owed():
            self.caught_up.set()
        for room in self.mailrooms:
            self.crew.begin(part_of(room), self._watching(room))
        self.rounds = self._load_rules()
        self.crew.begin("judge", self._judge)
        self.crew.begin("work", self._work)
        if not self.database.is_sqlite:
            self.crew.begin("hear", self.waking.listen)
        self._call_watchman()
        self._start_timers()
        self.crew.begin("watch", self._watch)
        if self.settings.console.enabled:
            self._open_desk()
        if not self.database.checked:
            threading.Thread(target=self.databasewatch.check_the_rest, name="check", daemon=True).start()
        log.info("started", daemon=self.name, database="sqlite" if self.database.is_sqlite else "postgresql")

    def _is_owed(self) -> bool:
        """Whether mail waits to be read, or an event to be acted on, from before this start."""
        with self.database.read() as session:
            return mailbook.waiting_since(session) is not None or handover.is_owed(session)

    def _take_over_from_the_dead(self) -> None:
        """What a daemon that was killed on this machine had in hand is free at once, not only when its leases end."""
        with self.database.read() as session:
            gone = sorted(filter(presence.is_gone, mailbook.readers(session) | letterbook.senders(session)))
        if gone:
            with self.database.write() as session:
                mailbook.release_readers(session, gone)
                letterbook.release_senders(session, gone)
            log.info("taken_over", daemons=len(gone))

    def _mailroom(self, settings: MailboxSettings) -> Mailroom:
        return Mailroom(
            self.database,
            settings,
            self.clock,
            self.stop,
            min_free_megabytes=self.settings.watch.min_free_megabytes,
            look_only=self.shadow,
            arrived=self._mail_arrived,
        )

    def _postrooms(self) -> list[Postroom]:
        return [
            Postroom(
                self.database,
                server,
                self.settings,
                self.clock,
                self.stop,
                key=key,
                outlet=outlet,
                daemon=self.name,
                sent=self.work.set,
            )
            for key, server, outlet in servers(self.settings)
        ]

    def _load_rules(self) -> "Rounds":
        from consign.rounds import Rounds

        return Rounds(self.database, self.settings, self.clock, self.readers, name=self.name, secret=self.secret)

    def _call_watchman(self) -> None:
        from consign.watchman import Watchman

        self.watchman = Watchman(
            self.database,
            self.settings,
            lambda: self.company,
            self.clock,
            host=socket.gethostname(),
            silences=lambda: silences(self),
            state=lambda: state(self),
        )
        self.watchman.start()
        self.extras.append(self.watchman.stop)

    def _start_timers(self) -> None:
        from consign.timers import Timers

        self.timers = Timers(
            self.database,
            self.rounds,
            [postroom.couriers for postroom in self.postrooms],
            self.settings.retention,
            self.clock,
            reread=self.reread,
            late=self.work.set,
            database_trouble=self.databasewatch.trouble,
        )
        self.timers.start()
        self.extras.append(self.timers.stop)

    def _open_desk(self) -> None:
        from consign.frontdesk import open_desk

        desk = open_desk(
            self.database,
            self.settings,
            lambda: self.company,
            self.clock,
            health=lambda: state(self),
            demo_agent=self.demo_agent,
            secret=self.secret,
        )
        if desk is not None:
            self.extras.append(desk.stop)
            self.desk_url = desk.entry_url

    # -- ending

    def close(self) -> None:
        """No new work; letters in the dialogue are finished or dropped before the dot; within 10 s (G10)."""
        self.stop.set()
        self.mails.set()
        self.caught_up.set()
        self.work.set()
        self._wake_postrooms()
        self.waking.close()
        for extra in self.extras:
            extra()
        self.readers.close()
        until = time.monotonic() + LAST_WORDS
        rooms = {part_of(room) for room in self.mailrooms}
        self.crew.join({part.name for part in self.crew.parts} - rooms, until)
        for room in self.mailrooms:  # they may hang in a read: the last
            room.interrupt()
        self.crew.join(rooms, until)
        for room in self.mailrooms:
            room.give_up()
        self.database.close()
        log.info("stopped", daemon=self.name, fatal=self.fatal)

    def give_up(self, why: str) -> None:
        """Ends the process with status 1: something is wrong that a new start may mend."""
        self.fatal = why
        self.stop.set()

    # -- the parts

    def _watching(self, room: Mailroom) -> Callable[[Beat], None]:
        """After a start that finds work left over, that is done before the mailbox is read: a daemon that dies of what
        it fetches, again and again, still sends what it took before."""

        def watch(beat: Beat) -> None:
            self.caught_up.wait(OWED_SECONDS)
            room.watch(beat)

        return watch

    def _mail_arrived(self) -> None:
        self.mails.set()
        self.waking.tell("consign_work")

    def _judge(self, beat: Beat) -> None:
        while not self.stop.is_set():
            beat()
            self.mails.wait(TICK)
            self.mails.clear()
            while not self.stop.is_set() and self.rounds.judge():
                beat()
                self.work.set()
            self.databasewatch.answered()

    def _work(self, beat: Beat) -> None:
        while not self.stop.is_set():
            beat()
            self.work.wait(TICK)
            self.work.clear()
            while not self.stop.is_set() and self.rounds.follow(self._letters_written):
                beat()
            if not self.caught_up.is_set() and not self._is_owed():
                self.caught_up.set()
            self.last_commit = self.clock()
            self.databasewatch.answered()

    def _letters_written(self) -> None:
        self._wake_postrooms()
        self.waking.tell("consign_post")

    def _heard(self, channel: str) -> None:
        if channel == "consign_post":
            self._wake_postrooms()
        else:
            self.mails.set()
            self.work.set()

    def _wake_postrooms(self) -> None:
        for postroom in self.postrooms:
            postroom.woken.set()

    def _watch(self, beat: Beat) -> None:
        while not self.stop.is_set():
            beat()
            if self.watchman.look():
                self.timers.reset()
            self.stop.wait(LOOK)


def part_of(room: Mailroom) -> str:
    """The name of the part that watches this mailbox."""
    return f"mailbox {room.name}"
