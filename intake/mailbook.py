"""Reads and writes the mails that came in: kept as octets, claimed for reading, put into a final state.

No mail is ever deleted or forgotten: every row ends in a state of MailState that a person can see.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session, undefer

from config.database import Database, UtcDateTime, insert_all
from intake.message import Understanding
from intake.rawmail import Mark, RawMail
from intake.tables import WAITING, Cursor, InboundMail
from intake.timeline import Entry, Happening, record
from intake.turns import TURNS_BACK, places

SUSPECT = 3  # attempts that came to no end: from then on a mail is read alone …
HOPELESS = 8  # … and after so many it is set aside unread
LEASE = timedelta(seconds=60)  # a reader that has not answered by then is dead: its mail is read again


class MailState(StrEnum):
    STORED = "stored"  # waits to be read
    DECIDED = "decided"  # became an order, or changed one
    COPY = "copy"  # came before
    AUTOMATIC = "automatic"  # never answered (RFC 3834)
    BOUNCE = "bounce"
    ANSWERED = "answered"  # an enquiry that was answered
    REVIEW = "review"  # waits for a person
    QUARANTINED = "quarantined"  # reading it failed; waits for a person
    FILED = "filed"  # a person dealt with it


@dataclass(frozen=True)
class WaitingMail:
    """A mail that this daemon has in hand for reading."""

    id: int
    octets: bytes
    arrived_at: datetime
    attempts: int  # this one included
    headers_only: bool
    company: str = ""  # key of the company whose mailbox it came by


_NOW, _NO_LEASE = bindparam("now", type_=UtcDateTime()), bindparam("no_lease", type_=UtcDateTime())
_UNTIL = InboundMail.reading_until
_IDS: Any = bindparam("ids", expanding=True)
# Asked for every batch of mails: built once.
NEXT: Any = (
    select(
        InboundMail.id,
        InboundMail.octets,
        InboundMail.arrived_at,
        InboundMail.attempts,
        InboundMail.headers_only,
        InboundMail.company,
    )
    .where(WAITING, _UNTIL.is_(None) | (_UNTIL < _NOW) | (_UNTIL > _NO_LEASE))  # the last: a clock was put back (G13)
    .order_by(InboundMail.turn, InboundMail.stranger, InboundMail.id)
    .limit(bindparam("most"))
)
CLAIMED = (
    update(InboundMail)
    .where(InboundMail.id.in_(_IDS))
    .values(attempts=InboundMail.attempts + 1, reader=bindparam("b_reader"), reading_until=bindparam("b_until"))
)
OURS: Any = select(InboundMail.id).where(
    InboundMail.id.in_(_IDS), InboundMail.state == MailState.STORED, InboundMail.reader == bindparam("reader")
)
PRINTS: Any = select(InboundMail.fingerprint, InboundMail.id).where(
    InboundMail.fingerprint.in_(bindparam("prints", expanding=True))
)
SAME_IDENTIFIER: Any = select(InboundMail.message_id, InboundMail.id).where(
    InboundMail.message_id.in_(bindparam("identifiers", expanding=True))
)


def mark_of(session: Session, mailbox: str) -> Mark | None:
    """How far `mailbox` has been read; None when it never was."""
    cursor = session.get(Cursor, mailbox)
    return Mark(cursor.uidvalidity, cursor.uid) if cursor else None


def keep(
    database: Database,
    session: Session,
    mailbox: str,
    mails: Sequence[RawMail],
    mark: Mark,
    now: datetime,
    company: str = "",
) -> int:
    """Stores mails and moves the cursor: one commit, before any flag changes on the server (T1).

    `company` is the key of the one whose mailbox it is. Returns how many of them were new.
    """
    rows = [
        {
            "mailbox": mailbox,
            "company": company,
            "uidvalidity": mail.uidvalidity,
            "uid": mail.uid,
            "size": mail.size,
            "arrived_at": mail.internal_date,
            "kept_at": now,
            "state": MailState.STORED,
            "headers_only": mail.truncated,
            "octets": mail.octets,
            **vars(place),
        }
        for mail, place in zip(mails, places(session, [mail.octets for mail in mails]), strict=True)
    ]
    new = 0
    if rows:
        statement = database.insert(InboundMail).on_conflict_do_nothing(
            index_elements=["mailbox", "uidvalidity", "uid"]
        )
        new = len(insert_all(session, statement.returning(InboundMail.id), rows))
    upsert = database.insert(Cursor).values(mailbox=mailbox, uidvalidity=mark.uidvalidity, uid=mark.uid)
    session.execute(
        upsert.on_conflict_do_update(
            index_elements=["mailbox"], set_={"uidvalidity": mark.uidvalidity, "uid": mark.uid}
        )
    )
    return new


def known_uids(session: Session, mailbox: str, uidvalidity: int, uids: Sequence[int]) -> set[int]:
    """Which of these UIDs are stored already."""
    found: set[int] = set()
    for start in range(0, len(uids), 500):
        chunk = uids[start : start + 500]
        statement = select(InboundMail.uid).where(
            InboundMail.mailbox == mailbox, InboundMail.uidvalidity == uidvalidity, InboundMail.uid.in_(chunk)
        )
        found.update(session.scalars(statement))
    return found


def claim_waiting(database: Database, session: Session, reader: str, now: datetime, limit: int) -> list[WaitingMail]:
    """Takes the next waiting mails for reading; the attempt is counted, and committed, before the try (G8).

    Senders take turns (intake.turns). A mail that was in hand when the daemon died, too often, is taken alone: it may
    be the one that kills it.
    """
    asked = {"now": now, "no_lease": now + 2 * LEASE, "most": limit}
    mails = _without_suspects(session.execute(database.skip_locked(NEXT), asked).all())
    if mails:
        claim = {"ids": [mail.id for mail in mails], "b_reader": reader, "b_until": now + LEASE}
        session.connection().execute(CLAIMED, claim)
    return [
        WaitingMail(mail.id, mail.octets or b"", mail.arrived_at, mail.attempts + 1, mail.headers_only, mail.company)
        for mail in mails
    ]


def _without_suspects(mails: Sequence[Any]) -> Sequence[Any]:
    """The first alone when it is under suspicion, otherwise all that are not."""
    if mails and mails[0].attempts >= SUSPECT:
        return mails[:1]
    return [mail for mail in mails if mail.attempts < SUSPECT]


def still_ours(session: Session, reader: str, ids: Iterable[int]) -> set[int]:
    """Which of the mails that we read are still ours: the others were read by somebody else meanwhile."""
    return set(session.scalars(OURS, {"ids": list(ids), "reader": reader}))


def earlier_prints(session: Session, prints: Iterable[str]) -> dict[str, int]:
    """Fingerprints that were handled before, with the mail that had them."""
    return {seen: mail_id for seen, mail_id in session.execute(PRINTS, {"prints": list(prints)}) if seen}


def same_identifier(session: Session, identifiers: Iterable[str]) -> list[tuple[str, int]]:
    """Message-IDs with the mails that had them before."""
    found = session.execute(SAME_IDENTIFIER, {"identifiers": list(identifiers)})
    return [(identifier, mail_id) for identifier, mail_id in found]


@dataclass(frozen=True)
class Reading:
    """What became of one mail: its state, what was read, the fingerprint by which a copy will be known."""

    mail_id: int
    state: MailState
    read: Understanding
    fingerprint: str | None


READ_FIELDS = ("state", "fingerprint", "kind", "topic", "evidence", "judged_at", "sender", "subject", "message_id")
READ = (
    update(InboundMail)
    .where(InboundMail.id == bindparam("b_id"))
    .values(
        {name: bindparam(f"b_{name}") for name in (*READ_FIELDS, "sent_at")} | {"reading_until": None, "trouble": None}
    )
)


def note_readings(session: Session, readings: Sequence[Reading], now: datetime) -> None:
    """Writes what mails are, and that they were handled: one statement for all of them."""
    if readings:
        session.connection().execute(READ, [_row(reading, now) for reading in readings])


def note_reading(
    session: Session, mail_id: int, state: MailState, read: Understanding, fingerprint: str | None, now: datetime
) -> None:
    """Writes what one mail is, and that it was handled."""
    note_readings(session, [Reading(mail_id, state, read, fingerprint)], now)


def _row(reading: Reading, now: datetime) -> dict[str, object]:
    read, message = reading.read, reading.read.message
    return {
        "b_id": reading.mail_id,
        "b_state": reading.state,
        "b_fingerprint": reading.fingerprint,
        "b_kind": read.kind,
        "b_topic": read.topic,
        "b_evidence": list(read.evidence),
        "b_judged_at": now,
        "b_sender": message.sender.address if message.sender else "",
        "b_subject": message.subject,
        "b_message_id": message.message_id,
        "b_sent_at": message.sent_at,
    }


def note_copy(session: Session, mail_id: int, original: int, read: Understanding, now: datetime) -> None:
    """The mail came before: linked, answered by nothing (G2)."""
    note_reading(session, mail_id, MailState.COPY, read, None, now)
    session.execute(update(InboundMail).where(InboundMail.id == mail_id).values(copy_of=original))
    record(session, [Entry(Happening.COPY_SEEN, now, mail_id=mail_id, details={"copy_of": original})])


def readers(session: Session) -> set[str]:
    """Who has mails in hand for reading."""
    return {name for name in session.scalars(select(InboundMail.reader).where(WAITING).distinct()) if name}


def release_readers(session: Session, names: Iterable[str]) -> None:
    """Frees what these readers, who are dead, had in hand; the attempt stays counted (G8)."""
    held = (InboundMail.state == MailState.STORED, InboundMail.reader.in_(list(names)))
    session.execute(update(InboundMail).where(*held).values(reading_until=None))


def release(session: Session, ids: Iterable[int], *, uncount: bool = False) -> None:
    """Gives back mails that were not read after all, for some turns later: what came meanwhile is not held up.

    `uncount` takes back the attempt: the mail was not to blame.
    """
    values: dict[str, object] = {"reading_until": None, "turn": InboundMail.turn + TURNS_BACK}
    if uncount:
        values["attempts"] = InboundMail.attempts - 1
    session.execute(
        update(InboundMail)
        .where(InboundMail.id.in_(list(ids)), InboundMail.state == MailState.STORED)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def set_aside(session: Session, mail_id: int, happening: Happening, trouble: str, now: datetime) -> None:
    """Puts a mail before a person: the octets stay, `trouble` says why, a hand-over opens the task."""
    session.execute(
        update(InboundMail)
        .where(InboundMail.id == mail_id)
        .values(state=MailState.QUARANTINED, trouble=trouble, judged_at=now, reading_until=None)
    )
    record(session, [Entry(happening, now, mail_id=mail_id, details={"trouble": trouble.strip().splitlines()[-1:]})])


def requeue(session: Session, mail_id: int, actor: str, now: datetime) -> bool:
    """Has a mail read again from the start; False when there is no such mail or it became an order already."""
    result = session.execute(
        update(InboundMail)
        .where(
            InboundMail.id == mail_id,
            InboundMail.state.in_([MailState.QUARANTINED, MailState.REVIEW, MailState.FILED]),
            InboundMail.octets.is_not(None),
        )
        .values(state=MailState.STORED, attempts=0, reading_until=None, fingerprint=None, trouble=None)
        .returning(InboundMail.id)
    ).all()
    if result:
        record(session, [Entry(Happening.MAIL_REFILED, now, actor, mail_id=mail_id, details={"to": "stored"})])
    return bool(result)


def note_filed(session: Session, mail_id: int, how: str, actor: str, now: datetime) -> None:
    """A person has dealt with a mail that no rule fitted."""
    session.execute(update(InboundMail).where(InboundMail.id == mail_id).values(state=MailState.FILED))
    record(session, [Entry(Happening.MAIL_REFILED, now, actor, mail_id=mail_id, details={"to": how})])


def mail(session: Session, mail_id: int) -> InboundMail | None:
    """A mail with its octets."""
    return session.get(InboundMail, mail_id, options=[undefer(InboundMail.octets)])


def waiting_since(session: Session) -> datetime | None:
    """Since when the oldest mail waits to be read; None when none waits."""
    statement = select(func.min(InboundMail.kept_at)).where(WAITING)
    return session.scalar(statement)
