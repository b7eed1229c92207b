"""The three minutes (SPEC 5): from the moment an order is clear until its work order is in the dispatcher's server."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.company import Company
from dispatch.draft import Purpose
from dispatch.letterbook import LetterState
from dispatch.tables import Letter
from followup.reports.narrowing import narrowed, streamed
from followup.reports.period import Period
from followup.reports.report import ALL, LONGEST, Chart, Column, Figure, Filters, Report, Table, Unit, Value, listing
from followup.reports.tally import Ranks, Rate, Tally, share
from intake.tables import InboundMail, Order

NAME = "three_minutes"
PARTS = ("in_time", "broken", "under_way")
RATE: Rate = (("in_time",), ("in_time", "broken"))
STAGES = ("kept", "judged", "written", "sent")
HOURS = tuple(f"{hour:02d}" for hour in range(24))


class WorkOrder(NamedTuple):
    """One work order letter that carries the promise. The times of its mail stand here only where the order was clear
    at the very arrival of that mail."""

    number: str
    dispatcher: str | None
    clear_at: datetime
    due_by: datetime
    written_at: datetime
    sent_at: datetime | None
    broken_at: datetime | None
    kept_at: datetime | None
    judged_at: datetime | None

    @property
    def seconds(self) -> float | None:
        """From clear to accepted."""
        return (self.sent_at - self.clear_at).total_seconds() if self.sent_at else None

    def part(self, as_of: datetime) -> str:
        """Exactly at the end of the three minutes is in time; a breach that was recorded stays one."""
        if self.broken_at or (self.sent_at or as_of) > self.due_by:
            return "broken"
        return "in_time" if self.sent_at else "under_way"

    def stages(self) -> list[float] | None:
        """Seconds until kept, judged, written, accepted; None where not all is known."""
        if self.kept_at is None or self.judged_at is None or self.sent_at is None:
            return None
        moments = (self.clear_at, self.kept_at, self.judged_at, self.written_at, self.sent_at)
        return [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]


def rows(session: Session, period: Period, filters: Filters) -> Iterator[WorkOrder]:
    """By the moment at which the order was clear. What a shadow wrote, and what was sent once more by hand, carries no
    promise."""
    as_it_came = (InboundMail.id == Order.mail_id) & (InboundMail.arrived_at == Letter.clear_at)
    statement = (
        select(
            Order.number,
            Letter.dispatcher,
            Letter.clear_at,
            Letter.due_by,
            Letter.written_at,
            Letter.sent_at,
            Letter.broken_at,
            InboundMail.kept_at,
            InboundMail.judged_at,
        )
        .join(Order, Order.id == Letter.order_id)
        .outerjoin(InboundMail, as_it_came)
        .where(Letter.clear_at >= period.start, Letter.clear_at < period.end)
        .where(Letter.purpose == Purpose.WORK_ORDER, Letter.state != LetterState.HELD)
        .order_by(Letter.clear_at)
    )
    statement = narrowed(statement, filters, Letter.order_id, dispatcher=Letter.dispatcher)
    return map(WorkOrder._make, streamed(session, statement))


@dataclass
class _Sum:
    """What is kept while the rows go by."""

    whole: Ranks
    by_hour: Tally
    hour_ranks: dict[str, Ranks]
    by_dispatcher: Tally
    stages: dict[str, Ranks]
    breaches: list[WorkOrder]


def reckon(found: Iterable[WorkOrder], period: Period, filters: Filters = ALL) -> Report:
    kept = _Sum(
        Ranks(),
        Tally(*PARTS),
        {hour: Ranks() for hour in HOURS},
        Tally(*PARTS),
        {stage: Ranks() for stage in STAGES},
        [],
    )
    for row in found:
        _add(kept, row, period)
    parts = kept.by_hour
    figures = (
        Figure("count", parts.whole),
        Figure("in_time", parts.of("in_time")),
        Figure("broken", parts.of("broken")),
        Figure("under_way", parts.of("under_way")),
        Figure("share", share(parts.of("in_time"), parts.of("in_time", "broken")), Unit.SHARE),
        Figure("p50", kept.whole.at(50), Unit.SECONDS),
        Figure("p99", kept.whole.at(99), Unit.SECONDS),
        Figure("worst", kept.whole.worst, Unit.SECONDS),
    )
    tables = (
        _by_hour(kept),
        _by_stage(kept.stages),
        kept.by_dispatcher.table("by_dispatcher", Column("dispatcher", Unit.DISPATCHER), rate=RATE),
        _breaches(kept.breaches, parts.of("broken")),
    )
    charts = (Chart("by_hour", ("in_time", "broken", "under_way"), standing=True), Chart("by_stage", ("p99",)))
    return Report(NAME, period, figures, tables, charts, filters)


def figures(session: Session, company: Company, period: Period, filters: Filters = ALL) -> Report:
    return reckon(rows(session, period, filters), period, filters)


def _add(kept: _Sum, row: WorkOrder, period: Period) -> None:
    part = row.part(period.as_of)
    hour, seconds = HOURS[row.clear_at.astimezone(period.zone).hour], row.seconds
    kept.by_hour.add(hour, part)
    kept.by_dispatcher.add(row.dispatcher or "", part)
    if seconds is not None:
        kept.whole.add(seconds)
        kept.hour_ranks[hour].add(seconds)
    for stage, each in zip(STAGES, row.stages() or (), strict=False):
        kept.stages[stage].add(each)
    if part == "broken":
        kept.breaches.append(row)
        if len(kept.breaches) > 2 * LONGEST:
            kept.breaches = _worst(kept.breaches)


def _worst(breaches: list[WorkOrder]) -> list[WorkOrder]:
    """Those that are not accepted yet first, then the longest."""
    return nlargest(LONGEST, breaches, key=lambda row: float("inf") if row.seconds is None else row.seconds)


def _by_hour(kept: _Sum) -> Table:
    """From the first hour in which anything was clear to the last."""
    found = sorted(kept.by_hour.groups)
    order = HOURS[int(found[0]) : int(found[-1]) + 1] if found else ()
    table = kept.by_hour.table("by_hour", Column("hour", Unit.TEXT), rate=RATE, order=order)
    columns = (*table.columns, Column("p50", Unit.SECONDS), Column("worst", Unit.SECONDS))
    added = [(*row, kept.hour_ranks[str(row[0])].at(50), kept.hour_ranks[str(row[0])].worst) for row in table.rows]
    total = (*table.total, kept.whole.at(50), kept.whole.worst) if table.total else None
    return Table("by_hour", columns, tuple(added), total)


def _by_stage(stages: dict[str, Ranks]) -> Table:
    """Where the time goes: the stages of one order add up to its seconds."""
    columns = (
        Column("stage", Unit.BAND),
        Column("count"),
        *(Column(code, Unit.SECONDS) for code in ("p50", "p99", "worst")),
        Column("part_of_time", Unit.SHARE),
    )
    total = sum(ranks.total for ranks in stages.values())
    made: list[tuple[Value, ...]] = []
    for stage, ranks in stages.items():
        part = share(round(ranks.total * 1000), round(total * 1000))
        made.append((f"stage_{stage}", len(ranks), ranks.at(50), ranks.at(99), ranks.worst, part))
    return Table("by_stage", columns, tuple(made) if any(map(len, stages.values())) else ())


def _breaches(breaches: list[WorkOrder], count: int) -> Table:
    columns = (
        Column("order", Unit.ORDER),
        Column("dispatcher", Unit.DISPATCHER),
        Column("clear_at", Unit.MOMENT),
        Column("due_by", Unit.MOMENT),
        Column("sent_at", Unit.MOMENT),
        Column("seconds", Unit.SECONDS),
    )
    found = [
        (row.number, row.dispatcher or "", row.clear_at, row.due_by, row.sent_at, row.seconds)
        for row in _worst(breaches)
    ]
    return listing("breaches", columns, found, count)
