"""Pickups against their deadlines (SPEC 6): in time, late, not yet; by zone and dispatcher."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.company import Company
from followup.reports.narrowing import narrowed, streamed
from followup.reports.period import Period
from followup.reports.report import ALL, LONGEST, Chart, Column, Figure, Filters, Report, Table, Unit, listing
from followup.reports.tally import Ranks, Rate, Tally, share, span
from followup.tables import Shipment
from intake.tables import Order

NAME = "pickups"
PARTS = ("in_time", "late", "missing", "still_time", "withdrawn")
RATE: Rate = (("in_time",), ("in_time", "late", "missing"))


class Pickup(NamedTuple):
    number: str
    zone: str
    dispatcher: str
    pickup_by: datetime
    picked_up_at: datetime | None
    closed_at: datetime | None

    def part(self, as_of: datetime) -> str:
        """Exactly at the deadline is in time. A shipment that ended without a pickup was cancelled."""
        if self.picked_up_at is not None:
            return "in_time" if self.picked_up_at <= self.pickup_by else "late"
        if self.closed_at is not None:
            return "withdrawn"
        return "missing" if self.pickup_by < as_of else "still_time"


def rows(session: Session, period: Period, filters: Filters) -> Iterator[Pickup]:
    """By the deadline."""
    statement = (
        select(
            Order.number,
            Shipment.zone,
            Shipment.dispatcher,
            Shipment.pickup_by,
            Shipment.picked_up_at,
            Shipment.closed_at,
        )
        .join(Order, Order.id == Shipment.order_id)
        .where(Shipment.pickup_by >= period.start, Shipment.pickup_by < period.end)
        .order_by(Shipment.pickup_by)
    )
    statement = narrowed(statement, filters, Shipment.order_id, zone=Shipment.zone, dispatcher=Shipment.dispatcher)
    return map(Pickup._make, streamed(session, statement))


def reckon(found: Iterable[Pickup], period: Period, filters: Filters = ALL) -> Report:
    by_zone, by_dispatcher, by_deadline = (Tally(*PARTS) for _ in range(3))
    lateness = Ranks()
    behind: list[Pickup] = []
    for pickup in found:
        part = pickup.part(period.as_of)
        by_zone.add(pickup.zone, part)
        by_dispatcher.add(pickup.dispatcher, part)
        by_deadline.add(f"{pickup.pickup_by.astimezone(period.zone):%H:%M}", part)
        if part in ("late", "missing"):
            lateness.add(((pickup.picked_up_at or period.as_of) - pickup.pickup_by).total_seconds())
            if len(behind) < LONGEST:
                behind.append(pickup)
    figures = (
        Figure("count", by_zone.whole),
        *(Figure(part, by_zone.of(part)) for part in PARTS),
        Figure("share", share(by_zone.of(*RATE[0]), by_zone.of(*RATE[1])), Unit.SHARE),
        Figure("median_late", span(lateness.at(50)), Unit.SPAN),
        Figure("latest", span(lateness.worst), Unit.SPAN),
    )
    tables = (
        by_zone.table("by_zone", Column("zone", Unit.ZONE), rate=RATE),
        by_dispatcher.table("by_dispatcher", Column("dispatcher", Unit.DISPATCHER), rate=RATE),
        by_deadline.table("by_deadline", Column("deadline", Unit.TEXT), rate=RATE, order=sorted(by_deadline.groups)),
        _behind(behind, by_zone.of("late", "missing"), period.as_of),
    )
    charts = (Chart("by_zone", PARTS[:4]), Chart("by_dispatcher", PARTS[:4]))
    return Report(NAME, period, figures, tables, charts, filters)


def figures(session: Session, company: Company, period: Period, filters: Filters = ALL) -> Report:
    return reckon(rows(session, period, filters), period, filters)


def _behind(pickups: list[Pickup], count: int, as_of: datetime) -> Table:
    columns = (
        Column("order", Unit.ORDER),
        Column("zone", Unit.ZONE),
        Column("dispatcher", Unit.DISPATCHER),
        Column("pickup_by", Unit.MOMENT),
        Column("picked_up_at", Unit.MOMENT),
        Column("late_by", Unit.SPAN),
    )
    found = [
        (
            each.number,
            each.zone,
            each.dispatcher,
            each.pickup_by,
            each.picked_up_at,
            (each.picked_up_at or as_of) - each.pickup_by,
        )
        for each in pickups
    ]
    return listing("behind", columns, found, count)
