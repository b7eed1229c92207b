"""Reads and writes letters: written once, leased for sending, settled behind a fence (RELIABILITY T3, T4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from config.clockwatch import Gained, no_jump
from config.database import Database, UtcDateTime, insert_all
from config.settings import LetterSettings
from dispatch.draft import Purpose
from dispatch.outlet import EVERYBODY, Outlet
from dispatch.tables import OPEN, Letter
from intake.timeline import Entry, Happening, record

LONGEST_PAUSE = 900.0  # seconds between two tries of a letter that is refused for the moment (G7)
TO_DISPATCHERS = (Purpose.WORK_ORDER, Purpose.STOP_ORDER)
SENT = {Purpose.WORK_ORDER: Happening.WORK_ORDER_SENT, Purpose.STOP_ORDER: Happening.STOP_ORDER_SENT}


class LetterState(StrEnum):
    DUE = "due"
    LEASED = "leased"
    UNKNOWN = "unknown"  # the final dot was sent, no reply came: the same bytes again soon (G5)
    SENT = "sent"
    REFUSED = "refused"  # for good: a task for a person
    HELD = "held"  # written by a shadow: never sent


@dataclass(frozen=True)
class NewLetter:
    """A letter complete in its bytes, not yet in the book."""

    key: str
    purpose: Purpose
    recipient: str
    subject: str
    message_id: str
    octets: bytes
    order_id: int | None = None
    mail_id: int | None = None
    revision: int = 0
    round: int = 0
    dispatcher: str | None = None
    clear_at: datetime | None = None
    due_by: datetime | None = None
    counted: bool = False
    company: str = ""  # key of the company that writes it


@dataclass(frozen=True)
class LeasedLetter:
    """A letter in the hands of one sender; `attempt` is the fence."""

    id: int
    attempt: int
    recipient: str
    octets: bytes
    purpose: Purpose
    failures: int
    written_at: datetime
    message_id: str = ""
    company: str = ""  # key of the company that writes it
    in_doubt: bool = False  # an earlier try got as far as its final dot, or may have: the server may hold the letter


@dataclass(frozen=True)
class Acceptance:
    """A letter that the mail server took, with its words and the time.

    `gained`: by how much the clock was put forward while the letter waited, which is not held against it (G13).
    """

    letter: LeasedLetter
    reply: str
    at: datetime
    gained: timedelta = timedelta(0)


# The statements of the clerk's every turn are built once, and asked past the ORM, which doubles their price: that is
# more than the database takes for them.
_NOW, _NO_PAUSE = bindparam("now", type_=UtcDateTime()), bindparam("no_pause", type_=UtcDateTime())
DUE: Any = (
    select(
        Letter.id,
        Letter.attempt,
        Letter.recipient,
        Letter.octets,
        Letter.purpose,
        Letter.failures,
        Letter.written_at,
        Letter.message_id,
        Letter.company,
        Letter.state,
    )
    .where(
        OPEN,
        (Letter.due_at <= _NOW) | (Letter.due_at > _NO_PAUSE),
        Letter.leased_until.is_(None) | (Letter.leased_until < _NOW) | (Letter.leased_until > _NO_PAUSE),
        Letter.id.not_in(bindparam("in_hand", expanding=True)),
    )
    .order_by(Letter.priority, Letter.due_at, Letter.id)
    .limit(bindparam("most"))
)
LEASED = (
    update(Letter)
    .where(Letter.id.in_(bindparam("ids", expanding=True)))
    .values(
        state=LetterState.LEASED,
        sender=bindparam("sender"),
        leased_until=bindparam("until"),
        attempt=Letter.attempt + 1,
    )
)
HELD = (
    select(
        Letter.id,
        Letter.attempt,
        Letter.purpose,
        Letter.recipient,
        Letter.revision,
        Letter.message_id,
        Letter.dispatcher,
        Letter.order_id,
        Letter.mail_id,
        Letter.due_by,
        Letter.broken_at,
    )
    .where(Letter.id.in_(bindparam("ids", expanding=True)), Letter.state == LetterState.LEASED)
    .with_for_update()
)
ACCEPTED = (
    update(Letter)
    .where(Letter.id == bindparam("b_id"))
    .values(
        state=LetterState.SENT,
        sent_at=bindparam("at"),
        last_reply=bindparam("reply"),
        broken_at=bindparam("broken"),
        leased_until=None,
        sender=None,
    )
)


def write(
    database: Database, session: Session, letters: Sequence[NewLetter], now: datetime, *, held: bool = False
) -> None:
    """Puts letters into the book; one that stands there already (same key) is left as it is (G3).

    `held`: they are to be looked at only, and never go out (shadow mode).
    """
    if not letters:
        return
    rows = [
        {
            **vars(letter),
            "state": LetterState.HELD if held else LetterState.DUE,
            "priority": 0 if letter.purpose in TO_DISPATCHERS else 1,
            "written_at": now,
            "due_at": now,
        }
        for letter in letters
    ]
    new = {row.key for row in insert_all(session, database.built(_new), rows)}
    record(
        session,
        [
            Entry(
                Happening.LETTER_WRITTEN, now, order_id=letter.order_id, mail_id=letter.mail_id, details=_about(letter)
            )
            for letter in letters
            if letter.key in new
        ],
    )


def _new(database: Database) -> Any:
    return database.insert(Letter).on_conflict_do_nothing(index_elements=["key"]).returning(Letter.key)


def _about(letter: Any) -> dict[str, Any]:
    return {
        "purpose": str(letter.purpose),
        "recipient": letter.recipient,
        "revision": letter.revision,
        "message_id": letter.message_id,
    }


def lease_due(
    database: Database,
    session: Session,
    sender: str,
    now: datetime,
    limit: int,
    lease: timedelta,
    *,
    in_hand: Sequence[int] = (),
    outlet: Outlet = EVERYBODY,
) -> list[LeasedLetter]:
    """Takes the letters that are due, work orders first, oldest first (T3); none that the sender has `in_hand` already.

    `outlet` says whose letters: those that go by the sender's mail server.

    A due time or a lease further ahead than any pause can be was written by a clock that has been put back since: it
    does not hold (G13).
    """
    no_pause = now + timedelta(seconds=LONGEST_PAUSE) + 2 * lease
    asked = {"now": now, "no_pause": no_pause, "in_hand": list(in_hand), "most": limit}
    due = DUE if outlet == EVERYBODY else DUE.where(outlet.letters())
    rows = session.connection().execute(database.skip_locked(due), asked).all()
    if rows:
        mine = {"ids": [row.id for row in rows], "sender": sender, "until": now + lease}
        session.connection().execute(LEASED, mine)
    return [
        LeasedLetter(
            row.id,
            row.attempt + 1,
            row.recipient,
            row.octets,
            Purpose(row.purpose),
            row.failures,
            row.written_at,
            row.message_id,
            row.company,
            in_doubt=row.state != LetterState.DUE,
        )
        for row in rows
    ]


def _settle(session: Session, letter: LeasedLetter, **values: Any) -> Letter | None:
    """Writes the fate of a try; None when somebody else owns the letter by now (the fence of T4)."""
    return session.scalar(
        update(Letter)
        .where(Letter.id == letter.id, Letter.attempt == letter.attempt, Letter.state == LetterState.LEASED)
        .values(leased_until=None, sender=None, **values)
        .returning(Letter)
        .execution_options(populate_existing=True)
    )


def mark_sent(session: Session, letter: LeasedLetter, reply: str, at: datetime) -> bool:
    """The server took the letter at `at`. False: the lease was lost meanwhile; the try is then only a copy (G5)."""
    return not mark_all_sent(session, [Acceptance(letter, reply, at)])


def mark_all_sent(session: Session, accepted: Sequence[Acceptance]) -> list[LeasedLetter]:
    """Settles all letters that the server took, in three statements; returns those whose lease was lost meanwhile."""
    ids = [item.letter.id for item in accepted]
    rows = {(row.id, row.attempt): row for row in session.connection().execute(HELD, {"ids": ids})}
    ours = [item for item in accepted if (item.letter.id, item.letter.attempt) in rows]
    entries, values = [], []
    for item in ours:
        row = rows[item.letter.id, item.letter.attempt]
        kind = SENT.get(Purpose(row.purpose), Happening.LETTER_SENT)
        entries.append(_event(kind, row, item.at, reply=item.reply, letter=row.id))
        late = row.due_by is not None and item.at - item.gained > row.due_by and row.broken_at is None
        if late:
            entries.append(_event(Happening.PROMISE_BROKEN, row, item.at, letter=row.id))
        broken_at = item.at if late else row.broken_at
        values.append({"b_id": row.id, "at": item.at, "reply": item.reply, "broken": broken_at})
    if values:
        session.connection().execute(ACCEPTED, values)
        session.expire_all()
    record(session, entries)
    return [item.letter for item in accepted if (item.letter.id, item.letter.attempt) not in rows]


def mark_later(session: Session, letter: LeasedLetter, reply: str, now: datetime, settings: LetterSettings) -> bool:
    """Refused for the moment: tried again after a pause that grows; given up after `give_up_hours` (G7)."""
    if now - letter.written_at > timedelta(hours=settings.give_up_hours):
        return mark_refused(session, letter, f"given up: {reply}", now)
    due_at = now + timedelta(seconds=pause_after(letter.failures, settings))
    values = {"state": LetterState.DUE, "due_at": due_at, "failures": letter.failures + 1, "last_reply": reply}
    return _settle(session, letter, **values) is not None


def pause_after(failures: int, settings: LetterSettings) -> float:
    """Seconds until the next try: 15, 30, 60, 60, 60, then doubled up to 15 minutes."""
    steps = settings.retry_seconds
    if failures < len(steps):
        return steps[failures]
    return min(steps[-1] * 2.0 ** min(failures - len(steps) + 1, 20), max(LONGEST_PAUSE, steps[-1]))


def give_back(session: Session, letter: LeasedLetter, now: datetime, reply: str | None = None) -> bool:
    """The letter was not tried, or the server was out of reach: due again at once, nothing counted against it."""
    values: dict[str, Any] = {"state": LetterState.DUE, "due_at": now}
    if reply:
        values["last_reply"] = reply
    return _settle(session, letter, **values) is not None


def senders(session: Session) -> set[str]:
    """Who has letters in hand."""
    return {name for name in session.scalars(select(Letter.sender).where(OPEN).distinct()) if name}


def release_senders(session: Session, names: Sequence[str]) -> None:
    """Frees the letters of senders who are dead. Whether a server took one is not known: same bytes again (G5)."""
    held = (Letter.state == LetterState.LEASED, Letter.sender.in_(names))
    session.execute(update(Letter).where(*held).values(state=LetterState.UNKNOWN, leased_until=None, sender=None))


def extend(session: Session, letters: Sequence[LeasedLetter], until: datetime) -> None:
    """Keeps letters in the hands of a sender who is still waiting for the server's word."""
    for letter in letters:
        mine = (Letter.id == letter.id, Letter.attempt == letter.attempt, Letter.state == LetterState.LEASED)
        session.execute(update(Letter).where(*mine).values(leased_until=until))


def mark_unknown(session: Session, letter: LeasedLetter, reply: str, now: datetime, pause: timedelta) -> bool:
    """The final dot was sent and no reply came: the server may have it. The same bytes again after `pause` (G5)."""
    row = _settle(session, letter, state=LetterState.UNKNOWN, due_at=now + pause, last_reply=reply)
    if row is not None:
        record(session, [_event(Happening.LETTER_UNKNOWN, row, now, reply=reply)])
    return row is not None


def mark_refused(session: Session, letter: LeasedLetter, reply: str, now: datetime) -> bool:
    """Refused for good: never tried again at this address; a task for a person (G7)."""
    row = _settle(session, letter, state=LetterState.REFUSED, last_reply=reply)
    if row is not None:
        record(session, [_event(Happening.LETTER_REFUSED, row, now, reply=reply, letter=row.id)])
    return row is not None


def _event(kind: Happening, row: Any, at: datetime, **details: Any) -> Entry:
    about = _about(row) | {"dispatcher": row.dispatcher} | details
    return Entry(kind, at, order_id=row.order_id, mail_id=row.mail_id, details=about)


def watch_promises(
    session: Session, now: datetime, settings: LetterSettings, limit: int = 100, *, gained: Gained = no_jump
) -> int:
    """Records which work orders pass two minutes (alert) and three (breach) without being accepted (SPEC 5).

    `gained`: by how much the clock was put forward since a letter was written, which is not held against it (G13).
    """
    alert_from = now + timedelta(seconds=settings.promise_seconds - settings.alert_seconds)
    statement = (
        select(Letter)
        .where(OPEN, Letter.due_by <= alert_from)
        .where(Letter.alerted_at.is_(None) | (Letter.broken_at.is_(None) & (Letter.due_by <= now)))
    )
    entries = []
    for letter in session.scalars(statement.order_by(Letter.due_by).limit(limit)):
        jumped = gained(letter.written_at)
        if letter.due_by and letter.due_by > alert_from - jumped:
            continue
        if letter.alerted_at is None:
            letter.alerted_at = now
            entries.append(_event(Happening.LETTER_LATE, letter, now, letter=letter.id, reply=letter.last_reply))
        if letter.due_by and letter.due_by <= now - jumped and letter.broken_at is None:
            letter.broken_at = now
            entries.append(_event(Happening.PROMISE_BROKEN, letter, now, letter=letter.id))
    record(session, entries)
    return len(entries)


def next_due(session: Session) -> datetime | None:
    """When the next letter that nobody has in hand may be tried."""
    statement = select(Letter.due_at).where(OPEN, Letter.leased_until.is_(None)).order_by(Letter.due_at).limit(1)
    return session.scalar(statement)


def of_order(session: Session, order_id: int) -> list[Letter]:
    """All letters of an order, oldest first."""
    return list(session.scalars(select(Letter).where(Letter.order_id == order_id).order_by(Letter.id)))


def was_dispatched(session: Session, order_id: int, revision: int) -> bool:
    """Whether a work order of this revision has been written: from then on a change is a new revision."""
    statement = select(Letter.id).where(
        Letter.order_id == order_id, Letter.revision == revision, Letter.purpose == Purpose.WORK_ORDER
    )
    return session.scalar(statement.limit(1)) is not None


def work_order_holders(session: Session, order_id: int) -> dict[str, str]:
    """Who holds a work order of this order, by address, with the key of the roster; a stop order takes it away."""
    statement = (
        select(Letter.recipient, Letter.dispatcher, Letter.purpose)
        .where(Letter.order_id == order_id, Letter.purpose.in_(TO_DISPATCHERS), Letter.state != LetterState.REFUSED)
        .order_by(Letter.id)
    )
    holders: dict[str, str] = {}
    for recipient, dispatcher, purpose in session.execute(statement):
        if purpose == Purpose.WORK_ORDER:
            holders[recipient] = dispatcher or ""
        else:
            holders.pop(recipient, None)
    return holders


def answered(session: Session, recipient: str, since: datetime) -> list[datetime]:
    """When answers beyond real orders were written to an address."""
    statement = select(Letter.written_at).where(
        Letter.recipient == recipient, Letter.counted.is_(True), Letter.written_at > since
    )
    return list(session.scalars(statement.order_by(Letter.written_at.desc()).limit(100)))


def written_since(session: Session, purpose: Purpose, recipient: str, since: datetime, most: int) -> int:
    """How many letters of a purpose were written to an address, counted up to `most`."""
    statement = select(Letter.id).where(
        Letter.recipient == recipient, Letter.purpose == purpose, Letter.written_at > since
    )
    return len(session.scalars(statement.order_by(Letter.id.desc()).limit(most)).all())


def mark_returned(
    session: Session, message_ids: Sequence[str], addresses: Sequence[str], now: datetime, reply: str
) -> int:
    """A letter came back after it was accepted: refused for good, with all that follows. Returns how many were found.

    `addresses`: those that failed, lower case; empty where the notification names none.
    """
    letters = list(session.scalars(select(Letter).where(Letter.message_id.in_(list(message_ids)))))
    found = [letter for letter in letters if not addresses or letter.recipient.lower() in addresses]
    for letter in found:
        if letter.state != LetterState.REFUSED:
            letter.state, letter.last_reply, letter.leased_until = LetterState.REFUSED, reply, None
            record(session, [_event(Happening.LETTER_REFUSED, letter, now, reply=reply, letter=letter.id)])
    return len(found)


def oldest_unsent(session: Session) -> datetime | None:
    """When the oldest letter was written that is still not accepted."""
    return session.scalar(select(Letter.written_at).where(OPEN).order_by(Letter.written_at).limit(1))
