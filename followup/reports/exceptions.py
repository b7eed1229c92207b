"""Exceptions (SPEC 9): opened in the period, by kind and by who is responsible, and what is still open at its close."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.company import Company
from followup.reports.narrowing import narrowed, streamed
from followup.reports.period import DAY, Period
from followup.reports.report import ALL, Chart, Column, Figure, Filters, Report, Table, Unit, listing
from followup.reports.tally import Ranks, Tally, span
from followup.tables_cases import ExceptionCase
from intake.tables import Order

NAME = "exceptions"
PARTS = ("closed", "open")
# By how long they have been open: a band begins with its age.
AGES = (("age_days_7", 7 * DAY), ("age_days_3", 3 * DAY), ("age_day_1", DAY), ("age_hours", timedelta(0)))


class Case(NamedTuple):
    number: str
    kind: str
    unit: str
    owner: str
    opened_at: datetime
    told_at: datetime | None
    closed_at: datetime | None
    beyond_control: bool
    compensation: Decimal | None

    def is_open(self, at: datetime) -> bool:
        return self.closed_at is None or self.closed_at >= at

    def age_band(self, at: datetime) -> str:
        """Exactly a day old belongs to the band that begins with a day."""
        return next(name for name, least in AGES if at - self.opened_at >= least)


def rows(session: Session, period: Period, filters: Filters) -> Iterable[Case]:
    """What was opened before the close of the period, unless it was closed before its start."""
    alive = ExceptionCase.closed_at.is_(None) | (ExceptionCase.closed_at >= period.start)
    statement = (
        select(
            Order.number,
            ExceptionCase.kind,
            ExceptionCase.unit,
            ExceptionCase.owner,
            ExceptionCase.opened_at,
            ExceptionCase.told_at,
            ExceptionCase.closed_at,
            ExceptionCase.beyond_control,
            ExceptionCase.compensation,
        )
        .join(Order, Order.id == ExceptionCase.order_id)
        .where(ExceptionCase.opened_at < period.close, alive)
        .order_by(ExceptionCase.opened_at)
    )
    statement = narrowed(statement, filters, ExceptionCase.order_id)
    return map(Case._make, streamed(session, statement))


def reckon(found: Iterable[Case], period: Period, filters: Filters = ALL) -> Report:
    by_kind, by_unit, by_time, by_age = Tally(*PARTS), Tally(*PARTS), Tally(*PARTS), Tally("open")
    parts, close = period.parts(), period.close
    open_cases, told = [], Ranks()
    closed, beyond, compensation = 0, 0, Decimal("0.00")
    for case in found:
        part = "open" if case.is_open(close) else "closed"
        if part == "open":
            open_cases.append(case)
            by_age.add(case.age_band(close), "open")
        else:
            closed += 1
            compensation += case.compensation or 0
        if case.opened_at >= period.start:
            by_kind.add(case.kind, part)
            by_unit.add(case.unit, part)
            by_time.add(next(each.label for each in parts if case.opened_at < each.end), part)
            beyond += case.beyond_control
            if case.told_at is not None:
                told.add((case.told_at - case.opened_at).total_seconds())
    figures = (
        Figure("opened", by_kind.whole),
        Figure("closed", closed),
        Figure("open", len(open_cases)),
        Figure("beyond_control", beyond),
        Figure("told", len(told)),
        Figure("median_told", span(told.at(50)), Unit.SPAN),
        Figure("compensation", compensation, Unit.MONEY),
    )
    tables = (
        by_kind.table("by_kind", Column("kind", Unit.EXCEPTION)),
        by_unit.table("by_unit", Column("unit", Unit.TEXT)),
        by_time.table("by_time", Column("time", Unit.TEXT), order=[each.label for each in parts]),
        by_age.table("by_age", Column("age", Unit.BAND), order=[name for name, _ in AGES[::-1]]),
        _open(open_cases, close),
    )
    charts = (Chart("by_kind", PARTS), Chart("by_unit", PARTS), Chart("by_time", PARTS, standing=True))
    return Report(NAME, period, figures, tables, charts, filters)


def figures(session: Session, company: Company, period: Period, filters: Filters = ALL) -> Report:
    return reckon(rows(session, period, filters), period, filters)


def _open(cases: list[Case], close: datetime) -> Table:
    columns = (
        Column("order", Unit.ORDER),
        Column("kind", Unit.EXCEPTION),
        Column("unit", Unit.TEXT),
        Column("owner", Unit.AGENT),
        Column("opened_at", Unit.MOMENT),
        Column("age", Unit.SPAN),
        Column("told_at", Unit.MOMENT),
    )
    found = [
        (case.number, case.kind, case.unit, case.owner, case.opened_at, close - case.opened_at, case.told_at)
        for case in cases
    ]
    return listing("open_cases", columns, found)
