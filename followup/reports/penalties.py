"""Penalties (SPEC 9): what the rules proposed, what a person confirmed or dropped, who is to pay."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.company import Company
from followup.reports.narrowing import narrowed, streamed
from followup.reports.period import Period
from followup.reports.report import ALL, Chart, Column, Figure, Filters, Report, Table, Unit, listing
from followup.reports.tally import Tally
from followup.tables_cases import Penalty
from intake.tables import Order

NAME = "penalties"
PARTS = ("confirmed", "dropped", "undecided")
NOTHING = Decimal("0.00")


class Proposal(NamedTuple):
    number: str
    rule: str
    unit: str
    amount: Decimal
    proposed_at: datetime
    decision: str

    @property
    def part(self) -> str:
        return self.decision or "undecided"


def rows(session: Session, period: Period, filters: Filters) -> Iterable[Proposal]:
    """By the moment at which the penalty was proposed."""
    statement = (
        select(Order.number, Penalty.rule, Penalty.unit, Penalty.amount, Penalty.proposed_at, Penalty.decision)
        .join(Order, Order.id == Penalty.order_id)
        .where(Penalty.proposed_at >= period.start, Penalty.proposed_at < period.end)
        .order_by(Penalty.proposed_at)
    )
    return map(Proposal._make, streamed(session, narrowed(statement, filters, Penalty.order_id)))


class _Amounts:
    """Counts and money by group."""

    def __init__(self) -> None:
        self.counts = Tally(*PARTS)
        self.money: dict[tuple[str, str], Decimal] = {}

    def add(self, group: str, proposal: Proposal) -> None:
        self.counts.add(group, proposal.part)
        key = group, proposal.part
        self.money[key] = self.money.get(key, NOTHING) + proposal.amount

    def sum(self, *parts: str, group: str | None = None) -> Decimal:
        return sum(
            (money for (name, part), money in self.money.items() if part in parts and group in (None, name)), NOTHING
        )

    def table(self, code: str, group: Column) -> Table:
        table = self.counts.table(code, group)
        added = (Column("amount", Unit.MONEY), Column("amount_confirmed", Unit.MONEY))
        rows = tuple(
            (*row, self.sum(*PARTS, group=str(row[0])), self.sum("confirmed", group=str(row[0]))) for row in table.rows
        )
        total = (*table.total, self.sum(*PARTS), self.sum("confirmed")) if table.total else None
        return Table(code, (*table.columns, *added), rows, total)


def reckon(found: Iterable[Proposal], period: Period, filters: Filters = ALL) -> Report:
    by_rule, by_unit, undecided = _Amounts(), _Amounts(), []
    for proposal in found:
        by_rule.add(proposal.rule, proposal)
        by_unit.add(proposal.unit, proposal)
        if proposal.part == "undecided":
            undecided.append(proposal)
    counts = by_rule.counts
    figures = (
        Figure("count", counts.whole),
        *(Figure(part, counts.of(part)) for part in PARTS),
        Figure("amount", by_rule.sum(*PARTS), Unit.MONEY),
        Figure("amount_confirmed", by_rule.sum("confirmed"), Unit.MONEY),
    )
    columns = (
        Column("order", Unit.ORDER),
        Column("rule", Unit.RULE),
        Column("unit", Unit.TEXT),
        Column("amount", Unit.MONEY),
        Column("proposed_at", Unit.MOMENT),
    )
    lines = [(each.number, each.rule, each.unit, each.amount, each.proposed_at) for each in undecided]
    tables = (
        by_rule.table("by_rule", Column("rule", Unit.RULE)),
        by_unit.table("by_unit", Column("unit", Unit.TEXT)),
        listing("undecided_list", columns, lines),
    )
    return Report(NAME, period, figures, tables, (Chart("by_rule", PARTS), Chart("by_unit", PARTS)), filters)


def figures(session: Session, company: Company, period: Period, filters: Filters = ALL) -> Report:
    return reckon(rows(session, period, filters), period, filters)
