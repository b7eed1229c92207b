"""Shadow mode: a daemon beside the people's inbox that reads, decides and words everything, and sends nothing.

The mailbox is examined, so that no flag changes; letters are written with state "held", which no post office takes. A
shadow has a database of its own: its numbers and letters are no promise to anybody, and when the company goes live it
starts with an empty one.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from config.database import Database
from config.faults import ConfigurationError, Fault
from dispatch import letterbook
from dispatch.letterbook import LetterState
from dispatch.tables import Letter
from intake import register
from intake.record import OrderRecord
from intake.tables import InboundMail, Order

AT_ONCE = 200  # orders read at a time


@dataclass(frozen=True)
class HeldLetter:
    """A letter that would have gone out."""

    id: int
    purpose: str
    recipient: str
    subject: str
    written_at: datetime


@dataclass(frozen=True)
class ShadowOrder:
    """An order as the shadow decided it, with the letters that it would have sent."""

    number: str
    ordered_at: datetime
    state: str
    shipper: str
    codes: tuple[str, ...]  # why, where it was not accepted
    zone: str
    dispatcher: str
    total: str  # CNY; "" where nothing could be reckoned
    letters: tuple[HeldLetter, ...]


@dataclass(frozen=True)
class Report:
    """What a shadow would have done since a moment."""

    orders: tuple[ShadowOrder, ...]
    mails: dict[str, int]  # every mail of the time, by what became of it
    other_letters: tuple[HeldLetter, ...]  # that belong to no order


def refuse_open_letters(database: Database) -> None:
    """Raises ConfigurationError when letters wait to be sent: a shadow would keep them back without a word."""
    with database.read() as session:
        if letterbook.oldest_unsent(session) is None:
            return
    mend = "give the shadow a [database] url of its own, or let a daemon without shadow send them first"
    message = "letters in this database wait to be sent"
    raise ConfigurationError([Fault("consign.toml", None, "policy.shadow", message, mend)])


def report(database: Database, since: datetime) -> Report:
    """Everything that was decided since, oldest order first."""
    with database.read() as session:
        letters = _held(session, since)
        ids = list(session.scalars(select(Order.id).where(Order.opened_at >= since).order_by(Order.id)))
        orders = tuple(
            _order(record, letters.get(record.id, []))
            for start in range(0, len(ids), AT_ONCE)
            for _, record in sorted(register.records(session, ids[start : start + AT_ONCE]).items())
        )
        mails = Counter(session.scalars(select(InboundMail.state).where(InboundMail.kept_at >= since)))
    return Report(orders, dict(sorted(mails.items())), tuple(letters.get(None, ())))


def _held(session: Session, since: datetime) -> dict[int | None, list[HeldLetter]]:
    statement = select(Letter).where(Letter.state == LetterState.HELD, Letter.written_at >= since).order_by(Letter.id)
    found: dict[int | None, list[HeldLetter]] = {}
    for row in session.scalars(statement):
        held = HeldLetter(row.id, row.purpose, row.recipient, row.subject, row.written_at)
        found.setdefault(row.order_id, []).append(held)
    return found


def _order(order: OrderRecord, letters: list[HeldLetter]) -> ShadowOrder:
    verdict = order.verdict
    return ShadowOrder(
        number=order.number,
        ordered_at=order.ordered_at,
        state=order.state.value,
        shipper=order.shipper_address,
        codes=tuple(reason.code for reason in verdict.reasons),
        zone=verdict.zone.value if verdict.zone else "",
        dispatcher=verdict.dispatcher or "",
        total=str(verdict.quote.total) if verdict.quote else "",
        letters=tuple(letters),
    )


def write_letters(database: Database, since: datetime, folder: Path) -> int:
    """Writes every held letter since as .eml into `folder` (mode 0700); returns how many."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    held = select(Letter).where(Letter.state == LetterState.HELD, Letter.written_at >= since).order_by(Letter.id)
    statement = held.options(undefer(Letter.octets)).execution_options(yield_per=100)
    count = 0
    with database.read() as session:
        for letter in session.scalars(statement):
            count += 1
            file = folder / f"{letter.id:06d}-{letter.purpose}.eml"
            file.touch(mode=0o600)
            file.write_bytes(letter.octets)
    return count
