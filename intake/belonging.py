"""Which company an event belongs to, in an installation with several: that of its order, otherwise that of its mail."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.company import Company
from intake.tables import Event, InboundMail, Order


def parted(session: Session, first: Company, events: Sequence[Event]) -> list[tuple[Company, list[Event]]]:
    """The events of each company, in their sequence. With one company nothing is asked of the database."""
    if not first.others:
        return [(first, list(events))]
    statement = (
        select(Event.id, func.coalesce(Order.company, InboundMail.company, ""))
        .outerjoin(Order, Order.id == Event.order_id)
        .outerjoin(InboundMail, InboundMail.id == Event.mail_id)
        .where(Event.id.in_([event.id for event in events]))
    )
    keys = dict(session.execute(statement).all())
    companies = {first.of(key).key: first.of(key) for key in keys.values()}
    return [
        (company, [event for event in events if first.of(keys[event.id]).key == own])
        for own, company in companies.items()
    ]
