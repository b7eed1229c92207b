"""Letters to the mail server: one at a time over a kept connection, each with a certain outcome or an honest doubt.

Enters: an envelope and the letter's octets, never changed here. Leaves: the server's reply. Fails: Later, Never, or
Unknown when the final dot was sent and no reply came: nobody can know then whether the letter was taken (RFC 1047, G5).
"""

import re
import threading
import time
from collections import deque

from config.phrases import phrase
from config.settings import SmtpSettings
from dispatch import smtp_link
from dispatch.smtp_greeting import Broken, LoginRefused
from dispatch.smtp_link import Link
from dispatch.smtp_outcome import Later, Never, Unknown, outcome_of, words

__all__ = ["Courier", "CourierPool", "Later", "Never", "Unknown", "probe"]

IDLE_SECONDS = 60.0  # a connection that had nothing to do for so long is closed
FIRST_LOGIN_PAUSE, LONGEST_LOGIN_PAUSE = 5.0, 300.0  # seconds between logins that are refused (RELIABILITY row 26)
ADDRESS = re.compile(r'[^\s<>()\[\]\\,;:"@\x00-\x1f\x7f]{1,64}@[^\s<>()\[\]\\,;:"@\x00-\x1f\x7f]{1,253}')


class CourierPool:
    """What all couriers to one server share: the letters allowed an hour, and the pause after a refused login."""

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._couriers: list[Courier] = []
        self._sent: deque[float] = deque()  # monotonic times of the letters of the last hour, where they are limited
        self._login_after = 0.0
        self._login_pause = FIRST_LOGIN_PAUSE

    def courier(self) -> "Courier":
        """A courier of this pool, for one thread."""
        courier = Courier(self.settings, self)
        with self._lock:
            self._couriers.append(courier)
        return courier

    def close_idle(self) -> None:
        """Closes the connections that had nothing to do for a minute; to be called now and then."""
        with self._lock:
            couriers = list(self._couriers)
        for courier in couriers:
            courier.close_idle()

    def take_turn(self) -> None:
        """Counts one letter against `letters_per_hour`. Raises Later when the hour is full."""
        allowed, now = self.settings.letters_per_hour, time.monotonic()
        if not allowed:
            return
        with self._lock:
            while self._sent and self._sent[0] <= now - 3600:
                self._sent.popleft()
            if len(self._sent) >= allowed:
                wait = self._sent[0] + 3600 - now
                full = phrase("smtp_hour_full", "en", count=str(allowed), seconds=f"{wait:.0f}")
                raise Later(0, full, server=True)
            self._sent.append(now)

    def open(self) -> Link:
        """A new connection, logged in. Raises Later(server=True) when the server cannot be reached or refuses us."""
        if time.monotonic() < self._login_after:
            raise Later(535, phrase("smtp_login_rests", "en"), server=True)
        try:
            link = smtp_link.open_link(self.settings)
        except LoginRefused as refused:
            with self._lock:
                self._login_after = time.monotonic() + self._login_pause
                self._login_pause = min(2 * self._login_pause, LONGEST_LOGIN_PAUSE)
            raise Later(refused.code, str(refused), server=True) from refused
        except Broken as broken:
            raise Later(broken.code, str(broken), server=True) from broken
        with self._lock:
            self._login_pause = FIRST_LOGIN_PAUSE
        return link


class Courier:
    """One kept connection to the mail server; used by one thread, close_idle() may be called from others."""

    def __init__(self, settings: SmtpSettings, pool: CourierPool | None = None) -> None:
        self.settings, self.pool = settings, pool or CourierPool(settings)
        self._link: Link | None = None
        self._carried = 0  # letters over this connection
        self._used_at = 0.0
        self._lock = threading.Lock()

    def send(self, envelope_from: str, recipient: str, octets: bytes, deadline: float) -> str:
        """Delivers one letter; returns the server's reply to the final dot.

        `deadline` (monotonic): past it the dot is not sent any more: the lease runs out, another sender may have the
        letter (T3). Raises Later, Never, Unknown.
        """
        body = _body(octets)
        if envelope_from:  # empty: the null path of notices
            _check_address(envelope_from)
        _check_address(recipient)
        with self._lock:
            self.pool.take_turn()
            while True:
                link, kept = self._connection()
                try:
                    return self._transact(link, envelope_from, recipient, body, deadline)
                except smtp_link.Stale as stale:
                    self._drop()
                    # A kept connection that died before it took anything: safe to say it all on a new one, at once.
                    if not kept:
                        raise Later(stale.code, str(stale), server=True) from stale

    def close(self) -> None:
        """Says QUIT and closes."""
        with self._lock:
            link, self._link = self._link, None
        if link is not None:
            link.part()

    def close_idle(self) -> None:
        """Closes a connection that had nothing to do for a minute; does not disturb one at work."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            if self._link is not None and time.monotonic() - self._used_at > IDLE_SECONDS:
                link, self._link = self._link, None
                link.part()
        finally:
            self._lock.release()

    # -- within

    def _connection(self) -> tuple[Link, bool]:
        """The connection to use, and whether it is a kept one; one that spoke unasked is not trusted."""
        link = self._link
        idle, self._used_at = time.monotonic() - self._used_at, time.monotonic()
        if link is not None:
            worn = self._carried >= self.settings.letters_per_connection
            if not worn and idle <= IDLE_SECONDS and link.unasked() is None:
                return link, True
            self._link = None
            link.part()
        self._link, self._carried = self.pool.open(), 0
        return self._link, False

    def _drop(self) -> None:
        """Leaves the connection without a word: no dot has been sent on it, or its answer is not to be had."""
        link, self._link = self._link, None
        if link is not None:
            link.cut()

    def _transact(self, link: Link, envelope_from: str, recipient: str, body: bytes, deadline: float) -> str:
        """One mail transaction. Raises smtp_link.Stale while the server has taken no notice of it yet."""
        try:
            link.announce(envelope_from, recipient, len(body), eight_bit=not body.isascii(), deadline=deadline)
            link.write(body, deadline)
        except smtp_link.Stale:
            raise
        except Broken as broken:
            self._drop()
            raise Later(broken.code, str(broken), server=False) from broken
        except smtp_link.Refused as refused:
            if refused.closing:
                self._drop()
            raise outcome_of(refused.code, refused.text) from refused
        if (said := link.unasked()) is not None:  # it broke off, or will not have the rest: without a dot, no letter
            self._drop()
            raise Later(0, f"broken off before the final dot: {words(0, said)}", server=False)
        if time.monotonic() > deadline:
            self._drop()
            raise Later(0, "lease_ran_out: the final dot was not sent", server=False)
        return self._finish(link)

    def _finish(self, link: Link) -> str:
        """Sends the final dot and waits for its reply, long (RFC 5321 4.5.3.2.6: ten minutes)."""
        try:
            code, text = link.dot(self.settings.dot_timeout)
        except Broken as broken:
            self._drop()
            raise Unknown(f"the final dot was sent, no reply came: {broken}") from broken
        self._used_at = time.monotonic()
        self._carried += 1
        if code == 421 or 300 <= code < 400:  # it goes, or it has lost track
            self._drop()
        if 200 <= code < 300:
            return words(code, text)
        raise outcome_of(code, text, after_dot=True)


def _body(octets: bytes) -> bytes:
    """The octets as they travel: ended by CRLF, dots at the start of lines doubled; the final dot is not in it.

    Raises Never for a bare CR or LF: servers read those differently, and one letter could become two.
    """
    if not octets.count(b"\r\n") == octets.count(b"\n") == octets.count(b"\r"):
        raise Never(554, "the letter holds a bare CR or LF and is not sent")
    if not octets.endswith(b"\r\n"):
        octets += b"\r\n"
    stuffed = octets.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def _check_address(address: str) -> None:
    """Raises Never for what could be more than one address, or a command (RELIABILITY §6 row 3)."""
    try:
        if ADDRESS.fullmatch(address) and smtp_link.on_the_wire(address):
            return
    except UnicodeError:
        pass  # no such domain name: said below
    raise Never(553, f"not an address that can be written to: {address!r}")


def probe(settings: SmtpSettings, language: str = "zh") -> list[str]:
    """Connects and logs in as the daemon would, sends nothing; a fact a line. Raises Later."""
    link = CourierPool(settings).open()
    try:
        door = {"host": settings.host, "port": str(settings.port), "tls": settings.tls}
        count = str(settings.connections)
        return [
            phrase("smtp_logged_in", language, username=settings.username, **door)
            if settings.username
            else phrase("smtp_no_login", language, **door),
            phrase("smtp_offers", language, names=" ".join(link.offers()) or "-"),
            phrase("smtp_pipelined", language, count=count)
            if link.pipelines
            else phrase("smtp_one_by_one", language, count=count),
        ]
    finally:
        link.part()
