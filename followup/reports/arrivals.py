"""Arrivals against the days of the lane (SPEC 4.4, 7): on time, late, not yet; by destination and transfers."""

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

NAME = "arrivals"
PARTS = ("on_time", "late", "missing", "still_time", "withdrawn")
RATE: Rate = (("on_time",), ("on_time", "late", "missing"))
CANCELLED = "cancelled"


class Arrival(NamedTuple):
    number: str
    destination: str
    transfers: int | None
    arrive_by: datetime
    promised_at: datetime | None
    arrived_at: datetime | None
    closed_at: datetime | None
    closed_why: str

    def part(self, as_of: datetime) -> str:
        """Against the first promise, whatever was promised later; exactly then is on time. What was lost is missing."""
        if self.arrived_at is not None:
            return "on_time" if self.arrived_at <= self.arrive_by else "late"
        if self.closed_at is not None and self.closed_why == CANCELLED:
            return "withdrawn"
        return "missing" if self.closed_at is not None or self.arrive_by < as_of else "still_time"

    @property
    def was_moved(self) -> bool:
        """Whether another arrival was promised than at the pickup."""
        return self.promised_at is not None and self.promised_at > self.arrive_by


def rows(session: Session, period: Period, filters: Filters) -> Iterator[Arrival]:
    """By the arrival that was promised at the pickup."""
    statement = (
        select(
            Order.number,
            Shipment.destination,
            Shipment.transfers,
            Shipment.arrive_by,
            Shipment.promised_at,
            Shipment.arrived_at,
            Shipment.closed_at,
            Shipment.closed_why,
        )
        .join(Order, Order.id == Shipment.order_id)
        .where(Shipment.arrive_by >= period.start, Shipment.arrive_by < period.end)
        .order_by(Shipment.arrive_by)
    )
    statement = narrowed(statement, filters, Shipment.order_id, zone=Shipment.zone, dispatcher=Shipment.dispatcher)
    return map(Arrival._make, streamed(session, statement))


def reckon(found: Iterable[Arrival], period: Period, filters: Filters = ALL) -> Report:
    by_destination, by_transfers = Tally(*PARTS), Tally(*PARTS)
    lateness, moved = Ranks(), 0
    behind: list[Arrival] = []
    for arrival in found:
        part = arrival.part(period.as_of)
        by_destination.add(arrival.destination, part)
        by_transfers.add("" if arrival.transfers is None else str(arrival.transfers), part)
        moved += arrival.was_moved
        if part in ("late", "missing"):
            lateness.add(((arrival.arrived_at or period.as_of) - arrival.arrive_by).total_seconds())
            if len(behind) < LONGEST:
                behind.append(arrival)
    figures = (
        Figure("count", by_destination.whole),
        *(Figure(part, by_destination.of(part)) for part in PARTS),
        Figure("share", share(by_destination.of(*RATE[0]), by_destination.of(*RATE[1])), Unit.SHARE),
        Figure("moved", moved),
        Figure("median_late", span(lateness.at(50)), Unit.SPAN),
        Figure("latest", span(lateness.worst), Unit.SPAN),
    )
    tables = (
        by_destination.table("by_destination", Column("destination", Unit.TEXT), rate=RATE),
        by_transfers.table(
            "by_transfers", Column("transfers", Unit.TEXT), rate=RATE, order=sorted(by_transfers.groups)
        ),
        _behind(behind, by_destination.of("late", "missing"), period.as_of),
    )
    charts = (Chart("by_destination", PARTS[:4]), Chart("by_transfers", PARTS[:4]))
    return Report(NAME, period, figures, tables, charts, filters)


def figures(session: Session, company: Company, period: Period, filters: Filters = ALL) -> Report:
    return reckon(rows(session, period, filters), period, filters)


def _behind(arrivals: list[Arrival], count: int, as_of: datetime) -> Table:
    columns = (
        Column("order", Unit.ORDER),
        Column("destination", Unit.TEXT),
        Column("arrive_by", Unit.MOMENT),
        Column("promised_at", Unit.MOMENT),
        Column("arrived_at", Unit.MOMENT),
        Column("late_by", Unit.SPAN),
    )
    found = [
        (
            each.number,
            each.destination,
            each.arrive_by,
            each.promised_at,
            each.arrived_at,
            (each.arrived_at or as_of) - each.arrive_by,
        )
        for each in arrivals
    ]
    return listing("behind", columns, found, count)
