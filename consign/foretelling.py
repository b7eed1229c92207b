"""What would become of a mail of a conversation: heard as T2 hears it, against the orders as they stand, then undone.

Nothing is stored: the transaction in which it is heard always rolls back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.company import Company
from config.database import Database
from intake.authenticity import evidence
from intake.conversation import Conversation
from intake.fate import Enter
from intake.fingerprint import fingerprint
from intake.mailbook import MailState, WaitingMail
from intake.message import Understanding
from intake.readmail import ReadMail, Seal
from intake.tables import Event, InboundMail, Order
from intake.timeline import ROOMS, record


@dataclass(frozen=True)
class Arrival:
    """A mail that might come: its octets, what is read in them, when it would arrive."""

    octets: bytes
    read: Understanding
    arrived_at: datetime


class _Undone(Exception):
    """Ends the transaction without a trace."""


def foretell(database: Database, company: Company, seal: Seal, mail: Arrival, now: datetime) -> dict[str, Any]:
    """The state that the mail would end in, the order that it is about, and each event with who acts on it."""
    told: dict[str, Any] = {}
    try:
        with database.write() as session:
            told = _heard(session, company, seal, mail, now)
            raise _Undone
    except _Undone:
        return told


def _heard(session: Session, company: Company, seal: Seal, mail: Arrival, now: datetime) -> dict[str, Any]:
    octets, read = mail.octets, mail.read
    row = InboundMail(
        mailbox="explain", uidvalidity=0, uid=0, size=len(octets), arrived_at=mail.arrived_at, kept_at=now
    )
    row.state = MailState.STORED
    session.add(row)
    session.flush()
    sender, policy = read.message.sender, company.policy
    found = evidence(octets, sender.domain if sender else "", policy.trusted_authserv_id, policy.border_host)
    waiting = WaitingMail(row.id, octets, mail.arrived_at, 1, headers_only=False)
    before = session.scalar(select(func.max(Event.id))) or 0
    item = ReadMail(waiting, read, fingerprint(octets, company.key), found)
    fate = Conversation(session, company, seal, now).hear(item)
    if isinstance(fate, Enter):
        return {"becomes": "new_order", "order": None, "events": []}
    record(session, fate.entries)
    happened = select(Event, Order.number).outerjoin(Order, Order.id == Event.order_id)
    events = session.execute(happened.where(Event.id > before).order_by(Event.id)).all()
    return {
        "becomes": fate.state.value,
        "order": next((number for _, number in events if number), None),
        "events": [_event(event, number) for event, number in events],
    }


def _event(event: Event, number: str | None) -> dict[str, Any]:
    then = list(ROOMS.get(event.kind, ()))
    return {"kind": event.kind, "order": number, "details": event.details, "acted_on_by": then}
