"""The verification calls (SPEC 7): each work order is called about within the hour after it was accepted."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.company import Company
from followup.agenda import VERIFY, TaskKind
from followup.reports.narrowing import narrowed, streamed
from followup.reports.period import Period
from followup.reports.report import ALL, LONGEST, Chart, Column, Figure, Filters, Report, Table, Unit, listing
from followup.reports.tally import Ranks, Rate, Tally, share, span
from followup.tables import Attempt, Task
from intake.tables import Order

NAME = "calls"
PARTS = ("called_in_time", "told_in_time", "late", "missed", "still_time", "withdrawn")
RATE: Rate = (("called_in_time", "told_in_time"), ("called_in_time", "told_in_time", "late", "missed"))
POINTLESS = ("cancelled", "superseded")


class Call(NamedTuple):
    """One verification call with its first attempt; putting it off is no attempt."""

    number: str
    zone: str
    dispatcher: str
    due_at: datetime  # one hour after the work order was accepted
    closed_at: datetime | None
    outcome: str | None
    tried_at: datetime | None
    agent: str | None  # of the first attempt; "dispatcher:…" where his mail was it

    @property
    def heard_at(self) -> datetime | None:
        """The first attempt; without one, when the dispatcher's own word made the call needless."""
        return self.tried_at or (None if self.outcome in POINTLESS else self.closed_at)

    @property
    def was_called(self) -> bool:
        """Whether a person of ours called; otherwise the dispatcher wrote."""
        return self.agent is not None and ":" not in self.agent

    def part(self, as_of: datetime) -> str:
        """In time is up to the very second at which it is due."""
        if self.heard_at is not None:
            in_time = "called_in_time" if self.was_called else "told_in_time"
            return in_time if self.heard_at <= self.due_at else "late"
        if self.closed_at is not None:
            return "withdrawn"
        return "missed" if self.due_at < as_of else "still_time"


def rows(session: Session, period: Period, filters: Filters) -> Iterator[Call]:
    """By the time at which the call was due."""
    first = (
        select(func.min(Attempt.id))
        .where(Attempt.task_id == Task.id, Attempt.outcome != "put_off")
        .correlate(Task)
        .scalar_subquery()
    )
    statement = (
        select(
            Order.number,
            Task.zone,
            Task.dispatcher,
            Task.first_due_at,
            Task.closed_at,
            Task.outcome,
            Attempt.at,
            Attempt.agent,
        )
        .join(Order, Order.id == Task.order_id)
        .outerjoin(Attempt, Attempt.id == first)
        .where(Task.kind == TaskKind.VERIFY_PICKUP, Task.why == VERIFY)
        .where(Task.first_due_at >= period.start, Task.first_due_at < period.end)
        .order_by(Task.first_due_at)
    )
    statement = narrowed(statement, filters, Task.order_id, zone=Task.zone, dispatcher=Task.dispatcher)
    return map(Call._make, streamed(session, statement))


def reckon(found: Iterable[Call], period: Period, filters: Filters = ALL) -> Report:
    by_hour, by_zone, by_agent, by_dispatcher = (Tally(*PARTS) for _ in range(4))
    lateness = Ranks()
    behind: list[Call] = []
    for call in found:
        part = call.part(period.as_of)
        by_hour.add(f"{call.due_at.astimezone(period.zone).hour:02d}", part)
        by_zone.add(call.zone, part)
        by_dispatcher.add(call.dispatcher, part)
        if call.agent is not None and call.was_called:
            by_agent.add(call.agent, part)
        if part in ("late", "missed"):
            lateness.add((call.heard_at or period.as_of).timestamp() - call.due_at.timestamp())
            if len(behind) < LONGEST:
                behind.append(call)
    figures = (
        Figure("count", by_zone.whole),
        *(Figure(part, by_zone.of(part)) for part in PARTS),
        Figure("share", share(by_zone.of(*RATE[0]), by_zone.of(*RATE[1])), Unit.SHARE),
        Figure("latest", span(lateness.worst), Unit.SPAN),
    )
    tables = (
        by_hour.table("by_hour", Column("hour", Unit.TEXT), rate=RATE, order=sorted(by_hour.groups)),
        by_agent.table("by_agent", Column("agent", Unit.AGENT), rate=RATE),
        by_zone.table("by_zone", Column("zone", Unit.ZONE), rate=RATE),
        by_dispatcher.table("by_dispatcher", Column("dispatcher", Unit.DISPATCHER), rate=RATE),
        _behind(behind, by_zone.of("late", "missed"), period.as_of),
    )
    return Report(NAME, period, figures, tables, (Chart("by_hour", PARTS, standing=True),), filters)


def figures(session: Session, company: Company, period: Period, filters: Filters = ALL) -> Report:
    return reckon(rows(session, period, filters), period, filters)


def _behind(calls: list[Call], count: int, as_of: datetime) -> Table:
    columns = (
        Column("order", Unit.ORDER),
        Column("dispatcher", Unit.DISPATCHER),
        Column("due_at", Unit.MOMENT),
        Column("heard_at", Unit.MOMENT),
        Column("late_by", Unit.SPAN),
        Column("agent", Unit.AGENT),
    )
    found = [
        (call.number, call.dispatcher, call.due_at, call.heard_at, (call.heard_at or as_of) - call.due_at, call.agent)
        for call in calls
    ]
    return listing("behind", columns, found, count)
