"""Receipts (回单, SPEC 7, 9): which were due and came back, and the list of those that are still out."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from config.company import Company
from followup.reports.narrowing import narrowed, streamed
from followup.reports.period import Period
from followup.reports.report import ALL, LONGEST, Chart, Column, Figure, Filters, Report, Table, Unit
from followup.reports.tally import Rate, Tally, share
from followup.tables import Shipment
from followup.tables_journey import OUT, Receipt
from intake.tables import Order

NAME = "receipts"
PARTS = ("in_time", "late", "overdue", "still_time", "lost")
RATE: Rate = (("in_time",), ("in_time", "late", "overdue", "lost"))
STANDING = ("in_days", "overdue")
LIMITS = {0: "limit_10", 1: "limit_15", 2: "limit_20"}  # days by transfers
LISTED = 5 * LONGEST  # the month-end list is worked through to its end
BANDS = ((25, "days_over_25"), (20, "days_21_25"), (15, "days_16_20"), (10, "days_11_15"), (0, "days_to_10"))


class Paper(NamedTuple):
    """A receipt that is out, or was due in the period."""

    number: str
    region: str
    responsible: str
    state: str
    copies: int
    counted: int
    due_at: datetime
    received_at: datetime | None
    lost_at: datetime | None
    handed_at: datetime | None
    transfers: int | None
    arrived_at: datetime | None

    def part(self, as_of: datetime) -> str:
        """Exactly at the deadline is in time. What counts is that we have it, not what we do with it afterwards."""
        if self.lost_at is not None:
            return "lost"
        if self.received_at is not None:
            return "in_time" if self.received_at <= self.due_at else "late"
        return "overdue" if self.due_at < as_of else "still_time"

    @property
    def is_out(self) -> bool:
        """Still owed to us."""
        return self.received_at is None and self.lost_at is None

    def days(self, as_of: datetime) -> int | None:
        """Whole days since the last batch arrived."""
        return (as_of - self.arrived_at).days if self.arrived_at else None

    def band(self, as_of: datetime) -> str:
        days = self.days(as_of)
        return "days_unknown" if days is None else next(name for over, name in BANDS if days > over or over == 0)

    @property
    def limit(self) -> str:
        return "limit_unknown" if self.transfers is None else LIMITS[min(self.transfers, 2)]


def rows(session: Session, period: Period, filters: Filters) -> Iterable[Paper]:
    """What was due in the period, and whatever is out at the moment of asking."""
    due = (Receipt.due_at >= period.start) & (Receipt.due_at < period.end)
    statement = (
        select(
            Order.number,
            Receipt.region,
            Receipt.responsible,
            Receipt.state,
            Receipt.copies,
            Receipt.counted,
            Receipt.due_at,
            Receipt.received_at,
            Receipt.lost_at,
            Receipt.handed_at,
            Shipment.transfers,
            Shipment.arrived_at,
        )
        .join(Order, Order.id == Receipt.order_id)
        .outerjoin(Shipment, Shipment.order_id == Receipt.order_id)
        .where(or_(due, OUT))
        .order_by(Receipt.due_at)
    )
    statement = narrowed(statement, filters, Receipt.order_id, zone=Shipment.zone, dispatcher=Shipment.dispatcher)
    return map(Paper._make, streamed(session, statement))


def reckon(found: Iterable[Paper], period: Period, filters: Filters = ALL) -> Report:
    as_of = period.as_of
    due = Tally(*PARTS)
    by_region, by_responsible, by_limit, by_days, by_state = (Tally(*STANDING) for _ in range(5))
    out: list[Paper] = []
    with_us = copies = 0
    for paper in found:
        if period.start <= paper.due_at < period.end:
            due.add(paper.responsible, paper.part(as_of))
        if paper.is_out:
            part = "overdue" if paper.due_at < as_of else "in_days"
            for tally, group in (
                (by_region, paper.region),
                (by_responsible, paper.responsible),
                (by_limit, paper.limit),
                (by_days, paper.band(as_of)),
                (by_state, paper.state),
            ):
                tally.add(group, part)
            copies += paper.copies
            out.append(paper)
        elif paper.lost_at is None and paper.handed_at is None:
            with_us += 1
    figures = (
        Figure("due", due.whole),
        *(Figure(part, due.of(part)) for part in PARTS),
        Figure("share", share(due.of(*RATE[0]), due.of(*RATE[1])), Unit.SHARE),
        Figure("out", by_region.whole),
        Figure("out_overdue", by_region.of("overdue")),
        Figure("copies", copies),
        Figure("with_us", with_us),
    )
    tables = (
        by_region.table("by_region", Column("region", Unit.TEXT)),
        by_responsible.table("by_responsible", Column("responsible", Unit.TEXT)),
        by_limit.table("by_limit", Column("limit", Unit.BAND), order=sorted(by_limit.groups)),
        by_days.table("by_days", Column("days_band", Unit.BAND), order=_bands(by_days)),
        by_state.table("by_state", Column("state", Unit.RECEIPT)),
        due.table("due_by_responsible", Column("responsible", Unit.TEXT), rate=RATE),
        _list(out, as_of),
    )
    charts = (Chart("by_region", STANDING), Chart("by_responsible", STANDING), Chart("by_days", STANDING))
    return Report(NAME, period, figures, tables, charts, filters)


def figures(session: Session, company: Company, period: Period, filters: Filters = ALL) -> Report:
    return reckon(rows(session, period, filters), period, filters)


def _bands(tally: Tally) -> list[str]:
    return [name for name in (*(name for _, name in BANDS[::-1]), "days_unknown") if name in tally.groups]


def _list(out: list[Paper], as_of: datetime) -> Table:
    """The month-end list (SPEC 9): by region and by who owes it, the longest out first."""
    columns = (
        Column("region", Unit.TEXT),
        Column("responsible", Unit.TEXT),
        Column("order", Unit.ORDER),
        Column("state", Unit.RECEIPT),
        Column("copies"),
        Column("arrived_at", Unit.MOMENT),
        Column("days"),
        Column("due_at", Unit.MOMENT),
        Column("late_by", Unit.SPAN),
    )
    ranked = sorted(out, key=lambda each: (each.region, each.responsible, each.due_at, each.number))
    found = [
        (
            *(each.region, each.responsible, each.number, each.state, each.copies),
            *(each.arrived_at, each.days(as_of), each.due_at),
            as_of - each.due_at if each.due_at < as_of else None,
        )
        for each in ranked[:LISTED]
    ]
    return Table("out_list", columns, tuple(found), more=len(ranked) - len(found))
