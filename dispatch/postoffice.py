"""Sends what is due: one thread keeps the book, some couriers do nothing but talk to the mail server.

The clerk's turn settles all finished tries and leases new letters in one transaction, so that many connections cost one
commit. A courier gets its next letter only after the last one is settled, and without a backlog one courier speaks at a
time: so few letters are in doubt when the machine dies (RELIABILITY G5, dispatch.doubt). No database is touched while a
server is spoken to.
"""

import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy.orm import Session

from config.clockwatch import ClockWatch
from config.crashpoints import crash_point
from config.database import Database
from config.settings import LetterSettings
from dispatch import letterbook
from dispatch.doubt import Doubt
from dispatch.letterbook import Acceptance, LeasedLetter
from dispatch.outlet import EVERYBODY, Outlet
from dispatch.smtp import Later, Never, Unknown

log = structlog.get_logger()
Clock = Callable[[], datetime]
Archive = Callable[[str], bool]  # whether the company's archive holds a letter with this Message-ID
GATHER = 0.01  # seconds that the clerk waits, with a backlog, for the other couriers: one commit for all of them
FOUND = "not sent again: the archive holds it"
LONGEST_REST = 30.0  # seconds between two tries to reach a mail server that is down


class Sends(Protocol):
    """One kept connection to the mail server."""

    def send(self, envelope_from: str, recipient: str, octets: bytes, deadline: float) -> str: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Try:
    """What became of one try to send a letter, and when."""

    letter: LeasedLetter
    at: datetime
    reply: str
    failure: Later | Never | Unknown | None = None
    untried: bool = False


class PostOffice:
    """Couriers and their clerk. `turn()` is one round of the clerk; `close()` lets the couriers finish or drop."""

    def __init__(
        self,
        database: Database,
        courier: Callable[[], Sends],
        clock: Clock,
        settings: LetterSettings,
        *,
        envelope_from: str,
        name: str,
        couriers: int = 4,
        archive: Archive | None = None,
        outlet: Outlet = EVERYBODY,
        senders: Mapping[str, str] = {},
    ) -> None:
        """`envelope_from`: where letters that fail come back to; `senders`: the same for further companies, by key."""
        self.database, self.clock, self.settings, self.archive = database, clock, settings, archive
        self.clocks = ClockWatch(clock(), time.monotonic())
        self.envelope_from, self.senders, self.name, self.outlet = envelope_from, senders, name, outlet
        self.waiting: queue.Queue[tuple[LeasedLetter, float] | None] = queue.Queue()
        self.done: queue.Queue[Try] = queue.Queue()
        self.in_hand: dict[int, LeasedLetter] = {}  # leased and not yet settled
        self.unsettled: list[Try] = []  # tries whose fate is not yet committed: kept until it is
        self.held_at = time.monotonic()  # when the leases of those in hand were last extended
        self.closing = threading.Event()
        self.doubt = Doubt(couriers)
        self.rest_until = 0.0  # monotonic: no try before, the server is out of reach
        self.rest = 1.0
        self.margin = min(
            10.0, settings.lease_seconds / 4
        )  # seconds of the lease that must be left before the dot (T3)
        self.last_error = ""
        self.away_since: float | None = None  # monotonic: since when the server has given no letter an answer
        self.couriers = [
            threading.Thread(target=self._deliver, args=(courier,), name=f"courier-{n}", daemon=True)
            for n in range(couriers)
        ]
        for thread in self.couriers:
            thread.start()

    def turn(self, wait: float = 0.0) -> int:
        """Settles what came back (waiting up to `wait` seconds for the first), then hands out new letters.

        Returns how many letters were settled or handed out: 0 means that there is nothing to do just now.
        """
        self.unsettled += self._finished(wait)
        room = self._room()
        if not self.unsettled and room <= 0 and not self._lease_grows_old():
            return 0
        lent_at = time.monotonic()
        self.clocks.look(self.clock(), lent_at)
        with self.database.write() as session:
            self._settle_all(session)
            if self.unsettled:
                crash_point("settle_begun")
            self._hold_on(session)
            leased = self._lease(session, room)
            if leased:
                crash_point("lease_begun")
        if self.unsettled:
            crash_point("settled")
        if leased:
            crash_point("leased")
        done, self.unsettled = self.unsettled, []
        for item in done:
            del self.in_hand[item.letter.id]
            self.doubt.leave()
        if room > 0:
            self.doubt.note_backlog(len(leased) == room)
        for letter in leased:
            self.in_hand[letter.id] = letter
            self.waiting.put((letter, lent_at + self.settings.lease_seconds))
        return len(done) + len(leased)

    def _room(self) -> int:
        """How many letters may be leased: a second one for each courier lies ready while the first is under way."""
        if self.closing.is_set() or time.monotonic() < self.rest_until:
            return 0
        return 2 * len(self.couriers) - len(self.in_hand) + len(self.unsettled)

    def _lease(self, session: Session, room: int) -> list[LeasedLetter]:
        """What is in hand here is never leased again, whatever a clock that jumped says of its lease."""
        if room <= 0:
            return []
        lease = timedelta(seconds=self.settings.lease_seconds)
        hand = list(self.in_hand)
        return letterbook.lease_due(
            self.database, session, self.name, self.clock(), room, lease, in_hand=hand, outlet=self.outlet
        )

    def _lease_grows_old(self) -> bool:
        return bool(self.in_hand) and time.monotonic() - self.held_at > self.settings.lease_seconds / 3

    def _hold_on(self, session: Session) -> None:
        """Keeps the leases of letters whose server takes minutes for its reply to the final dot."""
        if self._lease_grows_old():
            until = self.clock() + timedelta(seconds=self.settings.lease_seconds)
            letterbook.extend(session, list(self.in_hand.values()), until)
            self.held_at = time.monotonic()
        elif not self.in_hand:
            self.held_at = time.monotonic()

    def drain(self, patience: float = 30.0) -> None:
        """Turns until nothing is due and nothing is in hand; for commands that end, not for the daemon."""
        end = time.monotonic() + patience
        while time.monotonic() < end and (self.turn(wait=0.05) or self.in_hand):
            pass

    def close(self, patience: float = 8.0) -> None:
        """Takes no new letter, lets the ones in the dialogue finish, gives the rest back (G10)."""
        crash_point("stopping")
        self.closing.set()
        for _ in self.couriers:
            self.waiting.put(None)
        end = time.monotonic() + patience
        while self.in_hand and time.monotonic() < end:
            self.turn(wait=0.1)
        for thread in self.couriers:
            thread.join(max(0.0, end - time.monotonic()))

    def alive(self) -> bool:
        return all(thread.is_alive() for thread in self.couriers)

    def _finished(self, wait: float) -> list[Try]:
        tries: list[Try] = []
        try:
            if wait and self.in_hand:
                tries.append(self.done.get(timeout=wait))
            end = time.monotonic() + GATHER
            while self.doubt.allowed() > 1 and len(tries) < min(len(self.couriers), len(self.in_hand)):
                tries.append(self.done.get(timeout=max(0.0, end - time.monotonic())))
            while True:
                tries.append(self.done.get_nowait())
        except queue.Empty:
            return tries

    def silent(self) -> float | None:
        """Seconds for which the mail server has been out of reach while letters waited for it; None when it is not."""
        return None if self.away_since is None else time.monotonic() - self.away_since

    def _settle_all(self, session: Session) -> None:
        """Writes the fate of every try; what the server took, the common case, in one go."""
        accepted = [item for item in self.unsettled if item.failure is None and not item.untried]
        if accepted:
            self.away_since, self.rest, self.last_error = None, 1.0, ""
            taken = [
                Acceptance(item.letter, item.reply, item.at, self.clocks.gained(item.letter.written_at))
                for item in accepted
            ]
            for letter in letterbook.mark_all_sent(session, taken):
                log.warning("letter_settled_elsewhere", letter=letter.id, attempt=letter.attempt)
        for item in self.unsettled:
            if item not in accepted:
                self._settle(session, item)

    def _settle(self, session: Session, item: Try) -> None:
        letter, failure = item.letter, item.failure
        if not item.untried and not (isinstance(failure, Later) and failure.server):
            self.away_since = None
        if item.untried:
            ours = letterbook.give_back(session, letter, item.at)
        elif isinstance(failure, Unknown):
            pause = timedelta(seconds=self.settings.unknown_retry_seconds)
            ours = letterbook.mark_unknown(session, letter, item.reply, item.at, pause)
        elif isinstance(failure, Never):
            ours = letterbook.mark_refused(session, letter, item.reply, item.at)
        elif isinstance(failure, Later) and not failure.server:
            ours = letterbook.mark_later(session, letter, item.reply, item.at, self.settings)
        else:
            ours = letterbook.give_back(session, letter, item.at, item.reply)
            self._server_is_away(item.reply)
        if not ours:
            log.warning("letter_settled_elsewhere", letter=letter.id, attempt=letter.attempt)

    def _server_is_away(self, reply: str) -> None:
        """Said once, then tried again after pauses that grow (1 s to 30 s); letters wait, none is blamed."""
        if self.away_since is None:
            self.away_since = time.monotonic()
        if time.monotonic() < self.rest_until:
            return
        if reply != self.last_error:
            log.warning("mail_server_away", reply=reply)
            self.last_error = reply
        self.rest_until = time.monotonic() + self.rest
        self.rest = min(self.rest * 2, LONGEST_REST)

    def _deliver(self, courier: Callable[[], Sends]) -> None:
        connection = courier()
        try:
            while (job := self.waiting.get()) is not None:
                letter, lease_end = job
                self.doubt.enter()
                self.done.put(self._try(connection, letter, lease_end))
        finally:
            connection.close()

    def _try(self, connection: Sends, letter: LeasedLetter, lease_end: float) -> Try:
        if self.closing.is_set() or time.monotonic() > lease_end - self.margin or time.monotonic() < self.rest_until:
            return Try(letter, self.clock(), "", untried=True)
        if letter.in_doubt and self.archive is not None and self.archive(letter.message_id):
            return Try(letter, self.clock(), FOUND)
        sender = self.senders.get(letter.company, self.envelope_from)
        try:
            reply = connection.send(sender, letter.recipient, letter.octets, lease_end - self.margin)
        except (Later, Never, Unknown) as failure:
            return Try(letter, self.clock(), str(failure), failure)
        except Exception as fault:  # a fault of ours must not end the courier: the letter is tried again, and late
            log.exception("courier_fault", letter=letter.id)
            reply = f"a fault of ours: {fault!r}"
            return Try(letter, self.clock(), reply, Later(0, reply, server=False))
        crash_point("replied")
        return Try(letter, self.clock(), reply)
