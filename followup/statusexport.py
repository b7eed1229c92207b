"""How orders stand, for the systems of trade partners: a row an order, of everything that has moved since a moment."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from followup.reports.files import harmless
from followup.tables import Shipment
from followup.tables_trade import OrderReference
from intake.tables import Event, Order

MOMENTS = ("pickup_by", "picked_up_at", "arrive_by", "promised_at", "arrived_at", "signed_at", "closed_at")
COLUMNS = (
    *("number", "reference", "state", "revision", "ordered_at", "stage", *MOMENTS),
    *("signed_by", "receipt_state", "price", "moved_at"),
)
LATE = timedelta(hours=1)  # an event may be written so much later than the moment that it bears
BATCH = 500


def statuses(session: Session, since: datetime | None = None) -> Iterator[dict[str, Any]]:
    """The orders to which anything happened at `since` or later (all without it), by number; money and moments as text
    (ISO 8601, UTC), None for what has not come."""
    moved = select(Event.order_id, func.max(Event.at).label("moved_at")).where(Event.order_id.is_not(None))
    if since is not None:
        moved = moved.where(Event.id >= _first_event(session, since - LATE), Event.at >= since)
    last = moved.group_by(Event.order_id).subquery()
    rows = (
        select(Order, Shipment, OrderReference.reference, last.c.moved_at)
        .join(last, last.c.order_id == Order.id)
        .outerjoin(Shipment, Shipment.order_id == Order.id)
        .outerjoin(OrderReference, OrderReference.order_id == Order.id)
        .order_by(Order.number)
    )
    found = session.execute(rows.execution_options(yield_per=BATCH))
    for order, shipment, reference, moved_at in found:
        yield {
            "number": order.number,
            "reference": reference or None,
            "state": order.state,
            "revision": order.revision,
            "ordered_at": order.opened_at.isoformat(),
            "stage": shipment.stage if shipment else None,
            **{name: _iso(getattr(shipment, name, None)) for name in MOMENTS},
            "signed_by": shipment.signed_by or None if shipment else None,
            "receipt_state": shipment.receipt_state or None if shipment else None,
            "price": str(shipment.price) if shipment and shipment.price is not None else None,
            "moved_at": moved_at.isoformat(),
        }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _first_event(session: Session, since: datetime) -> int:
    """The id from which on events are as late as `since`, by halving: the timeline grows in time, and has no index."""
    low, high = 0, (session.scalar(select(func.max(Event.id))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        row = session.execute(select(Event.id, Event.at).where(Event.id >= middle).order_by(Event.id).limit(1)).first()
        if row is None or row.at >= since:
            high = middle
        else:
            low = row.id + 1
    return low


def as_csv(rows: Iterable[dict[str, Any]]) -> str:
    """The same as a sheet; a cell that a spreadsheet would run as a formula is made harmless."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(["" if row[name] is None else harmless(str(row[name])) for name in COLUMNS])
    return out.getvalue()
