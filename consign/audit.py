"""The audit chain: whether the timeline is still what it was (RELIABILITY G20), sealed event by event.

digest = SHA-256(digest before ‖ JSON [place, event, kind, at, actor, order, mail, commitment]), and
commitment = SHA-256(salt ‖ JSON of the details). Whoever knows a digest from outside this database (the log of the
daemon, a backup, a print) can prove that nothing up to its place was changed, taken out or put in between; without one
a chain proves only that nobody meddled who did not rebuild it.

Events are sealed in the sequence in which they are found, not of their ids: on PostgreSQL a transaction that took its
id earlier may commit later.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, text
from sqlalchemy.orm import Session

from config.database import Database, insert_all
from consign.personal import DETAILS
from consign.tables_audit import Seal
from intake.tables import Event

GENESIS = hashlib.sha256(b"consign timeline").digest()
LOCK = 7062027  # of the one daemon that seals at a time, on PostgreSQL
BATCH = 2000
EVENT = (Event.id, Event.kind, Event.at, Event.actor, Event.order_id, Event.mail_id, Event.details)
WINDOW = 10_000  # ids below the highest sealed one that are looked through for late commits each time …
LONGEST_UNSEALED = timedelta(days=2)  # … and once a day all of them: nothing stays unsealed for longer


@dataclass(frozen=True)
class Head:
    """The end of the chain. Its digest, kept elsewhere, proves everything before it."""

    place: int
    digest: bytes


@dataclass(frozen=True)
class Audited:
    """What verifying found. `broken` names the first place that does not hold, in words; "" when all do."""

    sealed: int
    erased: int  # events whose words about people were erased: their skeleton still holds
    unsealed: int  # events since the last sealing
    head: Head
    broken: str


def seal(database: Database, *, thorough: bool = False, limit: int = BATCH) -> int:
    """Seals up to `limit` events that have no seal yet; returns how many. One daemon at a time; others return 0.

    `thorough` looks through all events instead of the newest ids.
    """
    with database.read() as session:
        head, events = head_of(session), _unsealed(session, thorough, limit)
        links = list(_links(head, events))
    if not links:
        return 0
    with database.write() as session:
        if not _may_seal(database, session) or head_of(session) != head:
            return 0  # another daemon was quicker: the next turn goes on behind it
        insert_all(session, insert(Seal), links)
    return len(links)


def seal_all(database: Database, *, thorough: bool = False) -> int:
    """Seals whatever has no seal, batch by batch; returns how many."""
    total = sealed = seal(database, thorough=thorough)
    while sealed == BATCH:
        sealed = seal(database, thorough=thorough)
        total += sealed
    return total


def _may_seal(database: Database, session: Session) -> bool:
    return database.is_sqlite or bool(session.scalar(text(f"SELECT pg_try_advisory_xact_lock({LOCK})")))


def head_of(session: Session) -> Head:
    last = session.execute(select(Seal.place, Seal.digest).order_by(Seal.place.desc()).limit(1)).one_or_none()
    return Head(last.place, bytes(last.digest)) if last else Head(0, GENESIS)


def _unsealed(session: Session, thorough: bool, limit: int) -> Sequence[Row[Any]]:
    wanted = select(*EVENT).where(~select(Seal.place).where(Seal.event_id == Event.id).exists())
    if not thorough:
        highest = session.scalar(select(func.max(Seal.event_id))) or 0
        wanted = wanted.where(Event.id > highest - WINDOW)
    return session.execute(wanted.order_by(Event.id).limit(limit)).all()


def _links(head: Head, events: Sequence[Row[Any]]) -> Iterator[dict[str, Any]]:
    digest = head.digest
    for place, event in enumerate(events, start=head.place + 1):
        salt = secrets.token_bytes(16)
        commitment = committed(salt, event.details)
        digest = chained(digest, place, event, commitment)
        yield {"place": place, "event_id": event.id, "salt": salt, "commitment": commitment, "digest": digest}


def committed(salt: bytes, details: dict[str, Any]) -> bytes:
    """The commitment to details under a salt."""
    return hashlib.sha256(salt + _json(details)).digest()


def chained(before: bytes, place: int, event: Any, commitment: bytes) -> bytes:
    """The digest of a link. `event`: anything with the columns of one."""
    at = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    said = [place, event.id, event.kind, at, event.actor, event.order_id, event.mail_id, commitment.hex()]
    return hashlib.sha256(before + _json(said)).digest()


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()


# -- verifying


def chain() -> Select[Any]:
    """Every link with its event, in their sequence; the columns of an event that is gone are None."""
    links = select(Seal.place, Seal.event_id, Seal.salt, Seal.commitment, Seal.digest, *EVENT)
    return links.outerjoin(Event, Event.id == Seal.event_id).order_by(Seal.place)


def verify(database: Database, now: datetime, known: bytes = b"") -> Audited:
    """Walks the whole chain. `known`: a digest kept elsewhere, which must be one of the chain's."""
    before, place, erased, broken, found_known = GENESIS, 0, 0, "", not known
    with database.read() as session:
        with session.execute(chain().execution_options(yield_per=1000)) as rows:
            for row in rows:
                broken = _fault(row, place + 1, before)
                if broken:
                    break
                place, before = row.place, bytes(row.digest)
                erased += row.salt is None
                found_known = found_known or before == known
        unsealed, forgotten = _left_out(session, now)
    if not broken and not found_known:
        broken = f"the digest {known.hex()} is not in this chain: it was cut off or rebuilt"
    if not broken and forgotten is not None:
        broken = f"event {forgotten} has no seal, though it is older than {LONGEST_UNSEALED.days} days"
    return Audited(place, erased, unsealed, Head(place, before), broken)


def _fault(row: Row[Any], place: int, before: bytes) -> str:
    """What is wrong with a link, in words; "" when it holds."""
    if row.place != place:
        return f"place {place} is missing: the next one is {row.place}"
    if row.id is None:
        return f"place {place}: event {row.event_id} is gone"
    if chained(before, place, row, bytes(row.commitment)) != bytes(row.digest):
        return f"place {place}: event {row.event_id} ({row.kind}, {row.at:%Y-%m-%d %H:%M:%S}) or its seal was changed"
    if row.salt is None:
        if row.details.keys() - DETAILS:
            return f"place {place}: event {row.event_id} says more than is left of an erased one"
    elif committed(bytes(row.salt), row.details) != bytes(row.commitment):
        return f"place {place}: the details of event {row.event_id} ({row.kind}) were changed"
    return ""


def _left_out(session: Session, now: datetime) -> tuple[int, int | None]:
    """How many events have no seal, and the first that should have had one long since."""
    unsealed = select(Event.id, Event.at).where(~select(Seal.place).where(Seal.event_id == Event.id).exists())
    rows = unsealed.subquery()
    count = session.scalar(select(func.count()).select_from(rows)) or 0
    late = select(func.min(rows.c.id)).where(rows.c.at < now - LONGEST_UNSEALED)
    return count, session.scalar(late)


def exported(session: Session) -> Iterator[dict[str, Any]]:
    """Every link with its event as plain values: all that somebody else needs to verify the chain by himself."""
    rows = session.execute(chain().execution_options(yield_per=1000))
    for row in rows:
        yield {
            "place": row.place,
            "event": row.event_id,
            "kind": row.kind,
            "at": row.at and row.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": row.actor,
            "order": row.order_id,
            "mail": row.mail_id,
            "details": row.details,
            "salt": row.salt and bytes(row.salt).hex(),
            "commitment": bytes(row.commitment).hex(),
            "digest": bytes(row.digest).hex(),
        }
