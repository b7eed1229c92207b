"""The order mailbox, by IMAP: what is new since a mark, a word when something may have come, a note that mail is kept.

Enters: MailboxSettings. Leaves: RawMail in batches, oldest first, each with the Mark that holds once it is committed.
Fails: MailboxUnreachable, whatever went wrong; then close() and connect() again after a pause. The state is in our
database, not in the mailbox (RELIABILITY 0.2): nothing is read by its flags, nothing is expunged, \\Seen is left alone.
A Mailbox is used by one thread; only interrupt() may be called from others.
"""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import structlog
from imapclient import IMAPClient

from config.phrases import phrase
from config.settings import MailboxSettings
from intake import imap_fetch, imap_idle, imap_keep, imap_link, imap_search
from intake.imap_fetch import Listed
from intake.imap_link import MailboxUnreachable, told_as_one
from intake.rawmail import Mark, RawMail

__all__ = ["Mailbox", "MailboxUnreachable", "Mark", "Noticed", "RawMail", "test_login"]

log = structlog.get_logger()
Known = Callable[[Sequence[int]], set[int]]  # which of these UIDs are stored already
PATIENCE = 10  # times that a mail may end the link until only its header is asked for, then nothing


class Noticed(StrEnum):
    """Why wait() returned; the search that follows is due in every case but STOPPED."""

    CHANGED = "changed"
    DUE = "due"
    STOPPED = "stopped"


class Mailbox:
    """One folder of one account, over one kept connection."""

    def __init__(
        self,
        settings: MailboxSettings,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        look_only: bool = False,
    ) -> None:
        """`look_only`: the folder is examined, so that nothing in it can be changed (shadow mode)."""
        self.settings, self.clock, self.look_only = settings, clock, look_only
        self.name = settings.name
        self.uidvalidity = 0  # of the folder, while connected
        self._client: IMAPClient | None = None
        self._exists = 0
        self._idles = False
        self._keeper: imap_keep.Keeper | None = None
        self._compared_at = float("-inf")  # monotonic: last comparison of all UIDs
        self._breakers: Counter[int] = Counter()  # mails during whose fetch the link ended, and how often

    def connect(self) -> None:
        """Opens the connection and selects the folder; does nothing when connected. Raises MailboxUnreachable."""
        if self._client is not None:
            return
        client = imap_link.open_link(self.settings)
        try:
            selected = imap_link.select(client, self.settings.folder, readonly=self.look_only)
            with told_as_one():
                self._idles = self.settings.idle and client.has_capability("IDLE")
                self._keeper = imap_keep.Keeper(client, selected, self.settings.move_to)
        except BaseException:
            imap_link.cut(client)
            raise
        self._client = client
        self._exists = int(selected.get(b"EXISTS", 0))
        client._imap.untagged_responses.pop("EXISTS", None)  # no news: the first search takes it up
        self._compared_at = float("-inf")
        if self.uidvalidity not in (0, selected[b"UIDVALIDITY"]):
            log.warning("mailbox_renumbered", mailbox=self.name, before=self.uidvalidity)
            self._breakers.clear()
        self.uidvalidity = selected[b"UIDVALIDITY"]

    def close(self) -> None:
        """Ends the connection, politely where the server still answers."""
        client, self._client = self._client, None
        if client is not None:
            imap_link.part(client)

    def interrupt(self) -> None:
        """Makes a call that hangs in another thread fail at once with MailboxUnreachable."""
        client = self._client
        if client is not None:
            try:
                client.socket().shutdown(socket.SHUT_RDWR)
            except OSError:  # closed meanwhile: nothing hangs any more
                return

    def new_since(
        self, mark: Mark | None, *, known: Known | None = None, limit: int | None = None
    ) -> Iterator[tuple[Mark, list[RawMail]]]:
        """Batches of mails above `mark`, oldest first, each with the mark that is reached when it is stored.

        Without a mark, and after a new UIDVALIDITY, the last `rescan_days` are read: what was handled before is told by
        its fingerprint (G15). With `known`, all UIDs of these days are compared after each connect and every
        `reconcile_seconds`, so that a mail that appeared below the mark is found too (G16). At most `limit` mails.
        """
        client = self._connected()
        self._hear_news(client)
        mark = mark if mark and mark.uidvalidity == self.uidvalidity else None
        uids = self._wanted(client, mark, known)[:limit]
        reached = mark.uid if mark else 0
        for start in range(0, len(uids), imap_fetch.SIZES_AT_ONCE):
            chunk = uids[start : start + imap_fetch.SIZES_AT_ONCE]
            found = imap_fetch.listed(client, chunk, self.settings.max_mail_bytes)
            for batch in imap_fetch.batches(map(self._cautious, found), self._breakers):
                mails = self._fetch(client, batch)
                reached = max(reached, batch[-1].uid)
                yield Mark(self.uidvalidity, reached), mails
            if chunk[-1] > reached:  # the last ones vanished
                reached = chunk[-1]
                yield Mark(self.uidvalidity, reached), []

    def reconcile(self, since: date) -> list[int]:
        """All UIDs of mails received on `since` or later (the server's date), rising."""
        return imap_search.uids_above(self._connected(), 0, self._exists, since)

    def mark_stored(self, uids: Sequence[int]) -> None:
        """Notes on the server that these mails are kept: a keyword, or a move where that is set.

        Only for people who look into the mailbox; a failure is logged and changes nothing.
        """
        if uids and self._keeper is not None and not self.look_only:
            self._keeper.keep(uids)

    def wait(self, stop: threading.Event) -> Noticed:
        """Waits by IDLE, or by polling with NOOP, until something may have come or `stop` is set (noticed in 0.5 s).

        Returns after `idle_renew_seconds` or `poll_seconds` at the latest. Raises MailboxUnreachable on a dead link.
        """
        client = self._connected()
        if self._told_meanwhile(client):
            return Noticed.STOPPED if stop.is_set() else Noticed.CHANGED
        if self._idles:
            try:
                changed = imap_idle.idle(client, stop, self.settings.idle_renew_seconds)
            except imap_idle.IdleRefused:
                log.info("idle_refused", mailbox=self.name)
                self._idles = False
                return self.wait(stop)
        else:
            stop.wait(self.settings.poll_seconds)
            changed = not stop.is_set() and self._hear_news(client)
        if stop.is_set():
            return Noticed.STOPPED
        return Noticed.CHANGED if changed else Noticed.DUE

    def holds(self, folder: str, message_id: str) -> bool:
        """Whether `folder` holds a mail with this Message-ID of ours (G5: a letter of unknown outcome is looked up)."""
        client = self._connected()
        try:
            imap_link.select(client, folder, readonly=True)
            with told_as_one():
                return bool(client.search(["HEADER", "Message-ID", message_id]))
        finally:
            imap_link.select(client, self.settings.folder, readonly=self.look_only)

    # -- within

    def _connected(self) -> IMAPClient:
        if self._client is None:
            raise MailboxUnreachable("refused", "not connected")
        return self._client

    def _told_meanwhile(self, client: IMAPClient) -> bool:
        """Whether the server told of a mail beside its answer to a command since: IDLE would not say it again."""
        counts = [int(count) for count in client._imap.untagged_responses.pop("EXISTS", []) if count.isdigit()]
        self._exists = max([self._exists, *counts])
        return bool(counts)

    def _hear_news(self, client: IMAPClient) -> bool:
        """Has the server tell its news before a search (without NOOP Dovecot shows a mail one interval late)."""
        with told_as_one():
            client._imap.untagged_responses.clear()  # imaplib keeps every EXISTS for ever
            _words, news = client.noop()
            client._imap.untagged_responses.pop("EXISTS", None)  # heard: the search that follows takes it up
        counts = [line[0] for line in news if line[-1:] == (b"EXISTS",) and isinstance(line[0], int)]
        self._exists = max([self._exists, *counts])
        return bool(counts)

    def _wanted(self, client: IMAPClient, mark: Mark | None, known: Known | None) -> list[int]:
        """The UIDs to take up now, rising."""
        day = (self.clock() - timedelta(days=self.settings.rescan_days + 1)).date()  # a day more: the server's zone
        if mark is None:
            uids = imap_search.uids_above(client, 0, self._exists, day)
        else:
            uids = imap_search.uids_above(client, mark.uid, self._exists)
        if known is None or time.monotonic() - self._compared_at < self.settings.reconcile_seconds:
            return uids
        shown = uids if mark is None else self.reconcile(day)
        self._compared_at = time.monotonic()
        return sorted((set(shown) | set(uids)) - known(shown))

    def _cautious(self, mail: Listed) -> Listed:
        """A mail that ended the link too often is asked for its header only."""
        return replace(mail, whole=False) if self._breakers[mail.uid] >= PATIENCE else mail

    def _fetch(self, client: IMAPClient, batch: list[Listed]) -> list[RawMail]:
        """The mails of one batch. When the link breaks, they come one by one next time, to find out which one it is."""
        hopeless = [mail for mail in batch if self._breakers[mail.uid] >= 2 * PATIENCE]
        if hopeless:
            log.error("mail_not_to_be_had", mailbox=self.name, uids=[mail.uid for mail in hopeless])
        try:
            octets = imap_fetch.octets_of(client, [mail for mail in batch if mail not in hopeless])
        except MailboxUnreachable:
            self._breakers.update(mail.uid for mail in batch)
            raise
        for mail in batch:
            self._breakers.pop(mail.uid, None)
        octets |= {mail.uid: b"" for mail in hopeless}
        return [
            RawMail(
                self.name, self.uidvalidity, mail.uid, octets[mail.uid], mail.internal_date, mail.size, not mail.whole
            )
            for mail in batch
            if mail.uid in octets
        ]


def test_login(settings: MailboxSettings, language: str = "zh") -> list[str]:  # noqa: PT028 (not a test)
    """Logs in as the daemon would; what an administrator wants to know, a fact a line. Raises MailboxUnreachable."""
    client = imap_link.open_link(settings)
    try:
        selected = imap_link.select(client, settings.folder)
        with told_as_one():
            return _facts(client, settings, selected, language)
    finally:
        imap_link.part(client)


test_login.__test__ = False  # type: ignore[attr-defined]  # pytest: not a test, in spite of its name


def _facts(client: IMAPClient, settings: MailboxSettings, selected: imap_link.Selected, language: str) -> list[str]:
    offered = [name for name in ("IDLE", "MOVE", "UIDPLUS", "ID", "LITERAL+") if client.has_capability(name)]
    door = {"host": settings.host, "port": str(settings.port), "username": settings.username, "tls": settings.tls}
    if settings.idle and "IDLE" in offered:
        waiting = phrase("mailbox_idles", language, seconds=f"{settings.idle_renew_seconds:g}")
    else:
        waiting = phrase("mailbox_polls", language, seconds=f"{settings.poll_seconds:g}")
    return [
        phrase("mailbox_logged_in", language, **door),
        phrase("mailbox_offers", language, names=" ".join(offered) or "-"),
        waiting,
        phrase("mailbox_holds", language, folder=settings.folder, count=str(selected.get(b"EXISTS", 0))),
        imap_keep.Keeper(client, selected, settings.move_to).way(language),
    ]
