"""Complaints (SPEC 9): how many, the first answer within the hour, who was responsible, whether they were settled."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.company import Company
from followup.agenda import DUE, TaskKind
from followup.reports.narrowing import narrowed, streamed
from followup.reports.period import Period
from followup.reports.report import ALL, Chart, Column, Figure, Filters, Report, Table, Unit, listing
from followup.reports.tally import Ranks, Rate, Tally, share, span
from followup.tables_cases import Complaint
from intake.tables import Order

NAME = "complaints"
ANSWER_WITHIN = DUE[TaskKind.HANDLE_COMPLAINT]
PARTS = ("in_time", "late", "unanswered", "still_time")
RATE: Rate = (("in_time",), ("in_time", "late", "unanswered"))
ENDS = ("satisfied", "not_satisfied", "not_said", "open")
SATISFIED: Rate = (("satisfied",), ("satisfied", "not_satisfied"))


class Case(NamedTuple):
    number: str | None
    unit: str
    owner: str
    opened_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    satisfied: bool | None
    compensation: Decimal | None

    @property
    def first_word_at(self) -> datetime | None:
        """The first answer; one that was closed without it was answered then."""
        return self.answered_at or self.closed_at

    def part(self, as_of: datetime) -> str:
        """Exactly an hour is in time."""
        due = self.opened_at + ANSWER_WITHIN
        if self.first_word_at is not None:
            return "in_time" if self.first_word_at <= due else "late"
        return "unanswered" if due < as_of else "still_time"

    @property
    def end(self) -> str:
        if self.closed_at is None:
            return "open"
        return {True: "satisfied", False: "not_satisfied", None: "not_said"}[self.satisfied]


def rows(session: Session, period: Period, filters: Filters) -> Iterable[Case]:
    """By the moment at which the complaint was opened; one of a mail without an order has no number."""
    statement = (
        select(
            Order.number,
            Complaint.unit,
            Complaint.owner,
            Complaint.opened_at,
            Complaint.answered_at,
            Complaint.closed_at,
            Complaint.satisfied,
            Complaint.compensation,
        )
        .outerjoin(Order, Order.id == Complaint.order_id)
        .where(Complaint.opened_at >= period.start, Complaint.opened_at < period.end)
        .order_by(Complaint.opened_at)
    )
    statement = narrowed(statement, filters, Complaint.order_id, mail_id=Complaint.mail_id)
    return map(Case._make, streamed(session, statement))


def reckon(found: Iterable[Case], period: Period, filters: Filters = ALL) -> Report:
    by_unit, answers, by_time = Tally(*ENDS), Tally(*PARTS), Tally(*PARTS)
    parts, first_word, unsettled = period.parts(), Ranks(), []
    compensation = Decimal("0.00")
    for case in found:
        part = case.part(period.as_of)
        by_unit.add(case.unit, case.end)
        answers.add(case.owner, part)
        by_time.add(next(each.label for each in parts if case.opened_at < each.end), part)
        compensation += case.compensation or 0
        if case.first_word_at is not None:
            first_word.add((case.first_word_at - case.opened_at).total_seconds())
        if case.closed_at is None:
            unsettled.append(case)
    figures = (
        Figure("count", answers.whole),
        *(Figure(part, answers.of(part)) for part in PARTS),
        Figure("share", share(answers.of(*RATE[0]), answers.of(*RATE[1])), Unit.SHARE),
        Figure("median_answer", span(first_word.at(50)), Unit.SPAN),
        *(Figure(end, by_unit.of(end)) for end in ENDS),
        Figure("share_satisfied", share(by_unit.of("satisfied"), by_unit.of(*SATISFIED[1])), Unit.SHARE),
        Figure("compensation", compensation, Unit.MONEY),
    )
    tables = (
        by_unit.table("by_unit", Column("unit", Unit.TEXT), rate=SATISFIED, called="share_satisfied"),
        answers.table("by_owner", Column("owner", Unit.AGENT), rate=RATE),
        by_time.table("by_time", Column("time", Unit.TEXT), order=[each.label for each in parts]),
        _unsettled(unsettled, period.as_of),
    )
    charts = (Chart("by_unit", ENDS), Chart("by_time", PARTS, standing=True))
    return Report(NAME, period, figures, tables, charts, filters)


def figures(session: Session, company: Company, period: Period, filters: Filters = ALL) -> Report:
    return reckon(rows(session, period, filters), period, filters)


def _unsettled(cases: list[Case], as_of: datetime) -> Table:
    columns = (
        Column("order", Unit.ORDER),
        Column("unit", Unit.TEXT),
        Column("owner", Unit.AGENT),
        Column("opened_at", Unit.MOMENT),
        Column("answered_at", Unit.MOMENT),
        Column("age", Unit.SPAN),
    )
    found = [
        (case.number, case.unit, case.owner, case.opened_at, case.answered_at, as_of - case.opened_at) for case in cases
    ]
    return listing("unsettled", columns, found)
