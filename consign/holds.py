"""Legal holds: of whom nothing is forgotten, by age or on request, until the hold is lifted (RELIABILITY §8)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from consign.subjects import Person
from consign.tables import STANDING, LegalHold
from intake.tables import Customer, Order
from intake.timeline import Entry, Happening, record


class NotHeld(Exception):
    """Only an order or a customer can be held: an address or a phone number may be several people's."""


@dataclass(frozen=True)
class Hold:
    """A hold that stands."""

    about: str  # order number, or key of the customer
    reason: str
    since: datetime
    by: str


def hold(session: Session, person: Person, reason: str, actor: str, now: datetime) -> None:
    """Holds an order, or a customer with all orders and mails. Raises NotHeld."""
    if person.order_id is None and person.customer_id is None:
        raise NotHeld
    row = LegalHold(order_id=person.order_id, customer_id=person.customer_id, reason=reason, set_at=now, set_by=actor)
    session.add(row)
    record(session, [Entry(Happening.HOLD_SET, now, actor, person.order_id)])


def lift(session: Session, person: Person, actor: str, now: datetime) -> bool:
    """Lifts what holds this order, or this customer; False when nothing did."""
    his = (LegalHold.order_id == person.order_id) if person.order_id else (LegalHold.customer_id == person.customer_id)
    lifted = update(LegalHold).where(STANDING, his).values(lifted_at=now, lifted_by=actor).returning(LegalHold.id)
    found = bool(session.execute(lifted).all())
    if found:
        record(session, [Entry(Happening.HOLD_LIFTED, now, actor, person.order_id)])
    return found


def standing(session: Session) -> list[Hold]:
    """Every hold that stands, oldest first."""
    statement = (
        select(LegalHold, Order.number, Customer.key)
        .outerjoin(Order, Order.id == LegalHold.order_id)
        .outerjoin(Customer, Customer.id == LegalHold.customer_id)
        .where(STANDING)
        .order_by(LegalHold.id)
    )
    return [
        Hold(number or key, row.reason, row.set_at, row.set_by) for row, number, key in session.execute(statement).all()
    ]
