"""Forgets what is older than the company keeps it (RELIABILITY §8): raw mail after 180 days, persons after three years.

Number, times, money, cargo and timeline stay; what lies under a legal hold stays whole. A clock that runs ahead must
not make anything look old: ages are counted from the newest mail's arrival by the mail server's clock, or from now,
whichever is earlier.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, false, func, null, select, update
from sqlalchemy.orm import Session

from config.database import Database
from config.settings import RetentionSettings
from consign.erasure import BATCH, Subject, empty
from consign.subjects import holds
from dispatch.letterbook import LetterState
from dispatch.tables import Letter
from followup.tables_desk import DeskSession
from followup.tables_journey import ShiftNote
from intake.mailbook import MailState
from intake.tables import InboundMail, Order, Revision

SLACK = timedelta(days=1)
OVER = (LetterState.SENT, LetterState.REFUSED, LetterState.HELD)


@dataclass(frozen=True)
class Forgotten:
    """How many of each were emptied, or would be."""

    raw_mails: int = 0
    quarantined: int = 0  # mails that could not be read
    letters: int = 0
    orders: int = 0
    mails: int = 0  # whose sender and subject went too
    sessions: int = 0
    shift_notes: int = 0


@dataclass(frozen=True)
class Chore:
    """One kind of thing that grows old: which ones are old, and how a batch of them is forgotten."""

    old: Select[int]
    forget: Callable[[Session, Sequence[int]], None]


def forget(database: Database, settings: RetentionSettings, now: datetime, *, only_count: bool = False) -> Forgotten:
    """Empties what is too old, in small transactions; called again it goes on where it was stopped."""
    with database.read() as session:
        newest = session.scalar(select(func.max(InboundMail.arrived_at)))
        today = min(now, newest + SLACK) if newest else now
        chores = _chores(session, settings, today, now)
        if only_count:
            counted = {
                name: session.scalar(select(func.count()).select_from(chore.old.subquery())) or 0
                for name, chore in chores.items()
            }
            return Forgotten(**counted)
    forgotten = Forgotten(**{name: _in_batches(database, chore) for name, chore in chores.items()})
    if any(vars(forgotten).values()):
        database.wipe_journal()
    return forgotten


def _chores(session: Session, settings: RetentionSettings, today: datetime, now: datetime) -> dict[str, Chore]:
    """By the names of `Forgotten`."""

    def before(days: int) -> datetime:
        return today - timedelta(days=days)

    def erase_orders(session: Session, ids: Sequence[int]) -> None:
        empty(session, Subject(orders=tuple(ids)), "age", "consign", now)

    def erase_mails(session: Session, ids: Sequence[int]) -> None:
        empty(session, Subject(mails=tuple(ids)), "age", "consign", now)

    raw, orders = before(settings.raw_mail_days), before(settings.order_days)
    held_orders, held_mails = holds(session)
    mails = select(InboundMail.id).where(InboundMail.state != MailState.STORED, InboundMail.id.not_in(held_mails))
    full = mails.where(InboundMail.octets.is_not(None))
    unread = full.where(InboundMail.state == MailState.QUARANTINED)
    sessions = select(DeskSession.id).where(DeskSession.seen_at < before(settings.session_days))
    return {
        "raw_mails": Chore(full.where(InboundMail.kept_at < raw), _empty_mails),
        "quarantined": Chore(unread.where(InboundMail.kept_at < before(settings.quarantine_days)), _empty_mails),
        "letters": Chore(_letters(held_orders, held_mails).where(Letter.written_at < raw), _empty_letters),
        "orders": Chore(_named_orders(held_orders).where(Order.opened_at < orders), erase_orders),
        "mails": Chore(_of_no_named_order(mails).where(InboundMail.kept_at < orders), erase_mails),
        "sessions": Chore(sessions, _drop_sessions),
        "shift_notes": Chore(select(ShiftNote.id).where(ShiftNote.at < orders), _drop_notes),
    }


def _letters(held_orders: Select[int], held_mails: Select[int]) -> Select[int]:
    """Letters that are over and have their bytes."""
    held = Letter.order_id.in_(held_orders) | Letter.mail_id.in_(held_mails)
    full = select(Letter.id).where(func.length(Letter.octets) > 0, Letter.state.in_(OVER))
    return full.where(func.coalesce(held, false()).is_(False))


def _named_orders(held: Select[int]) -> Select[int]:
    """Orders that still name somebody."""
    return (
        select(Order.id)
        .join(Revision, (Revision.order_id == Order.id) & (Revision.revision == Order.revision))
        .where(Revision.content_key != "", Order.id.not_in(held))
        .distinct()
    )


def _of_no_named_order(mails: Select[int]) -> Select[int]:
    """Mails that still name somebody, while no order does that came with them."""
    order = select(Revision.id).where(Revision.mail_id == InboundMail.id, Revision.content_key != "")
    return mails.where((InboundMail.sender != "") | (InboundMail.subject != ""), ~order.exists())


def _in_batches(database: Database, chore: Chore) -> int:
    total = 0
    while True:
        with database.write() as session:
            ids = session.scalars(chore.old.limit(BATCH)).all()
            if ids:
                chore.forget(session, ids)
        total += len(ids)
        if len(ids) < BATCH:
            return total


def _empty_mails(session: Session, ids: Sequence[int]) -> None:
    session.execute(update(InboundMail).where(InboundMail.id.in_(ids)).values(octets=None, trouble=null()))


def _empty_letters(session: Session, ids: Sequence[int]) -> None:
    session.execute(update(Letter).where(Letter.id.in_(ids)).values(octets=b""))


def _drop_sessions(session: Session, ids: Sequence[int]) -> None:
    session.execute(delete(DeskSession).where(DeskSession.id.in_(ids)))


def _drop_notes(session: Session, ids: Sequence[int]) -> None:
    session.execute(delete(ShiftNote).where(ShiftNote.id.in_(ids)))
