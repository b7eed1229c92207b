"""Fetching mails whole and unmarked: sizes first, then bodies by PEEK in batches, each checked against its size.

A mail over the limit is not fetched: its header is. A mail whose octets are fewer or more than RFC822.SIZE says is
fetched again; when it comes twice alike, the server counts wrongly and the octets stand (RELIABILITY row 18).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from imapclient import IMAPClient

from intake.imap_link import told_as_one

log = structlog.get_logger()
SIZES_AT_ONCE = 500
MAILS_AT_ONCE = 50
BYTES_AT_ONCE = 8 * 1024 * 1024
HEADER_BYTES = 65_536  # of a mail that is not fetched whole
FETCHES = 3  # of a mail that comes with another size than announced
HEADER = f"BODY.PEEK[HEADER]<0.{HEADER_BYTES}>"


@dataclass(frozen=True)
class Listed:
    """What is known of a mail before its body is asked for."""

    uid: int
    size: int
    internal_date: datetime
    whole: bool  # False: only its header will be fetched

    @property
    def weight(self) -> int:
        return self.size if self.whole else HEADER_BYTES


def listed(client: IMAPClient, uids: Sequence[int], max_bytes: int) -> list[Listed]:
    """Size and date of those of `uids` that are still there, in their order. Raises MailboxUnreachable."""
    with told_as_one():
        found = client.fetch(list(uids), ["RFC822.SIZE", "INTERNALDATE"])
        return [
            Listed(uid, size, _utc(data.get(b"INTERNALDATE")), size <= max_bytes)
            for uid in uids
            if (data := found.get(uid)) and isinstance(size := data.get(b"RFC822.SIZE"), int)
        ]


def _utc(internal_date: datetime | None) -> datetime:
    """Aware and in UTC; a server that tells no date gives us the mail just now."""
    return internal_date.astimezone(UTC) if internal_date else datetime.now(UTC)


def batches(mails: Iterable[Listed], alone: Iterable[int] = ()) -> Iterator[list[Listed]]:
    """Batches to fetch at once, in order: at most 50 mails or 8 MB; the mails `alone` each by itself."""
    by_themselves = set(alone)
    batch: list[Listed] = []
    weight = 0
    for mail in mails:
        single = mail.uid in by_themselves
        if batch and (single or len(batch) >= MAILS_AT_ONCE or weight + mail.weight > BYTES_AT_ONCE):
            yield batch
            batch, weight = [], 0
        batch.append(mail)
        weight += mail.weight
        if single:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


def octets_of(client: IMAPClient, batch: Sequence[Listed]) -> dict[int, bytes]:
    """The octets of a batch by UID: whole mails, or headers; a mail that vanished meanwhile is missing."""
    whole = {mail.uid: mail for mail in batch if mail.whole}
    found = _bodies(client, whole.values())
    for uid in [uid for uid, octets in found.items() if len(octets) != whole[uid].size]:
        again = _until_alike(client, whole[uid], found.pop(uid))
        if again is not None:
            found[uid] = again
    heads = [mail.uid for mail in batch if not mail.whole]
    return found | _bytes_of(client, heads, HEADER, b"BODY[HEADER]")


def _bodies(client: IMAPClient, mails: Iterable[Listed]) -> dict[int, bytes]:
    return _bytes_of(client, [mail.uid for mail in mails], "BODY.PEEK[]", b"BODY[]")


def _bytes_of(client: IMAPClient, uids: list[int], item: str, key: bytes) -> dict[int, bytes]:
    """The answers to `item` by UID; a part of a body comes under its name with or without "<0>"."""
    if not uids:
        return {}
    with told_as_one():
        found: dict[int, dict[bytes, Any]] = client.fetch(uids, [item])
        values = {uid: data.get(key, data.get(key + b"<0>")) for uid, data in found.items()}
        return {uid: value for uid, value in values.items() if isinstance(value, bytes)}


def _until_alike(client: IMAPClient, mail: Listed, octets: bytes) -> bytes | None:
    """Fetches a mail of the wrong size again; None when it vanished."""
    tries = [octets]
    for _ in range(FETCHES - 1):
        again = _bodies(client, [mail]).get(mail.uid)
        if again is None:
            return None
        if len(again) == mail.size:
            return again
        if again == tries[-1]:
            log.info("mail_size_miscounted", uid=mail.uid, told=mail.size, counted=len(again))
            return again
        tries.append(again)
    log.warning("mail_differs_each_time", uid=mail.uid, told=mail.size, counted=[len(one) for one in tries])
    return max(tries, key=len)
