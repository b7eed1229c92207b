"""The scorecard of the agents (SPEC 9): what each solved, in time, how their customers were content."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.company import Company
from followup.agenda import TaskKind
from followup.reports.narrowing import narrowed, streamed
from followup.reports.period import Period
from followup.reports.report import ALL, Chart, Column, Figure, Filters, Report, Table, Unit, Value
from followup.reports.tally import Ranks, Rate, Tally, mean, share, span
from followup.tables import Attempt, Task
from followup.tables_cases import Complaint
from followup.tables_journey import Satisfaction

NAME = "agents"
PARTS = ("in_time", "late")
RATE: Rate = (("in_time",), PARTS)
PREFIX = "agent:"
UNREACHABLE, PUT_OFF = "unreachable", "put_off"


class Solved(NamedTuple):
    """A task that somebody closed."""

    agent: str
    kind: str
    due_at: datetime
    closed_at: datetime

    @property
    def part(self) -> str:
        """Against the time at which it was first due: putting it off does not make it timely."""
        return "in_time" if self.closed_at <= self.due_at else "late"


class Tried(NamedTuple):
    agent: str
    outcome: str
    at: datetime
    taken_at: datetime | None


class Scored(NamedTuple):
    """A customer's score for an order on which the agent solved a task."""

    agent: str
    score: int


class Settled(NamedTuple):
    """A complaint that the agent closed, and whether the customer was satisfied."""

    agent: str
    satisfied: bool | None


@dataclass
class Work:
    """All that is needed of a period."""

    solved: Iterable[Solved] = ()
    tried: Iterable[Tried] = ()
    scored: Iterable[Scored] = ()
    settled: Iterable[Settled] = ()


def work(session: Session, period: Period, filters: Filters) -> Work:
    """By the moment at which something was done."""
    return Work(
        _solved(session, period, filters),
        _tried(session, period, filters),
        _scored(session, period, filters),
        _settled(session, period, filters),
    )


def _solved(session: Session, period: Period, filters: Filters) -> Iterable[Solved]:
    statement = select(
        Task.closed_by, Task.kind, func.coalesce(Task.first_due_at, Task.due_at, type_=Task.due_at.type), Task.closed_at
    ).where(Task.closed_at >= period.start, Task.closed_at < period.end, _by_agent(Task.closed_by, filters))
    statement = narrowed(
        statement, filters, Task.order_id, zone=Task.zone, dispatcher=Task.dispatcher, mail_id=Task.mail_id
    )
    for who, kind, due_at, closed_at in streamed(session, statement):
        yield Solved(who.removeprefix(PREFIX), kind, due_at, closed_at)


def _tried(session: Session, period: Period, filters: Filters) -> Iterable[Tried]:
    """What dispatchers wrote is kept as an attempt too, under their own name."""
    statement = (
        select(Attempt.agent, Attempt.outcome, Attempt.at, Attempt.taken_at)
        .join(Task, Task.id == Attempt.task_id)
        .where(Attempt.at >= period.start, Attempt.at < period.end, Attempt.agent.not_like("%:%"))
    )
    if filters.agent:
        statement = statement.where(Attempt.agent == filters.agent)
    statement = narrowed(
        statement, filters, Task.order_id, zone=Task.zone, dispatcher=Task.dispatcher, mail_id=Task.mail_id
    )
    return map(Tried._make, streamed(session, statement))


def _scored(session: Session, period: Period, filters: Filters) -> Iterable[Scored]:
    """Whoever only asked for the score is not judged by it."""
    statement = (
        select(Task.closed_by, Satisfaction.order_id, Satisfaction.score)
        .join(Task, Task.order_id == Satisfaction.order_id)
        .where(Satisfaction.at >= period.start, Satisfaction.at < period.end)
        .where(Task.kind != TaskKind.SATISFACTION_CALL, _by_agent(Task.closed_by, filters))
        .distinct()
    )
    statement = narrowed(statement, filters, Satisfaction.order_id)
    for who, _, score in streamed(session, statement):
        yield Scored(who.removeprefix(PREFIX), score)


def _settled(session: Session, period: Period, filters: Filters) -> Iterable[Settled]:
    statement = select(Complaint.closed_by, Complaint.satisfied).where(
        Complaint.closed_at >= period.start, Complaint.closed_at < period.end, _by_agent(Complaint.closed_by, filters)
    )
    for who, satisfied in streamed(
        session, narrowed(statement, filters, Complaint.order_id, mail_id=Complaint.mail_id)
    ):
        yield Settled(who.removeprefix(PREFIX), satisfied)


def _by_agent(column: Any, filters: Filters) -> Any:
    return column == PREFIX + filters.agent if filters.agent else column.startswith(PREFIX)


@dataclass
class _Card:
    """One agent's."""

    attempts: int = 0
    unreachable: int = 0
    minutes: Ranks = field(default_factory=Ranks)
    scores: list[int] = field(default_factory=list)
    satisfied: int = 0
    not_satisfied: int = 0


def reckon(done: Work, period: Period, filters: Filters = ALL) -> Report:
    solved, by_kind = Tally(*PARTS), Tally(*PARTS)
    cards: dict[str, _Card] = {}
    for task in done.solved:
        solved.add(task.agent, task.part)
        by_kind.add(task.kind, task.part)
    for agent in solved.groups:
        cards[agent] = _Card()
    for attempt in done.tried:
        if attempt.agent not in cards:
            cards[attempt.agent] = _Card()
        _count(cards[attempt.agent], attempt)
    for scored in done.scored:
        cards.setdefault(scored.agent, _Card()).scores.append(scored.score)
    for settled in done.settled:
        card = cards.setdefault(settled.agent, _Card())
        card.satisfied += settled.satisfied is True
        card.not_satisfied += settled.satisfied is False
    figures = (
        Figure("solved", solved.whole),
        Figure("in_time", solved.of("in_time")),
        Figure("late", solved.of("late")),
        Figure("share", share(solved.of("in_time"), solved.whole), Unit.SHARE),
        Figure("attempts", sum(card.attempts for card in cards.values())),
        Figure("unreachable", sum(card.unreachable for card in cards.values())),
    )
    tables = (_scorecard(cards, solved), by_kind.table("by_kind", Column("kind", Unit.TASK), rate=RATE))
    charts = (Chart("scorecard", PARTS), Chart("by_kind", PARTS))
    return Report(NAME, period, figures, tables, charts, filters)


def figures(session: Session, company: Company, period: Period, filters: Filters = ALL) -> Report:
    return reckon(work(session, period, filters), period, filters)


def _count(card: _Card, attempt: Tried) -> None:
    """Putting a task off without having called is no attempt."""
    if attempt.outcome == PUT_OFF:
        return
    card.attempts += 1
    card.unreachable += attempt.outcome == UNREACHABLE
    if attempt.taken_at is not None:
        card.minutes.add((attempt.at - attempt.taken_at).total_seconds())


def _scorecard(cards: dict[str, _Card], solved: Tally) -> Table:
    columns = (
        Column("agent", Unit.AGENT),
        Column("solved"),
        Column("in_time"),
        Column("late"),
        Column("share", Unit.SHARE),
        Column("attempts"),
        Column("unreachable"),
        Column("median_handling", Unit.SPAN),
        Column("scores"),
        Column("mean", Unit.SCORE),
        Column("satisfied"),
        Column("not_satisfied"),
    )
    made: list[tuple[Value, ...]] = []
    for agent, card in cards.items():
        counts = solved.groups.get(agent, dict.fromkeys(PARTS, 0))
        whole = sum(counts.values())
        made.append(
            (
                *(agent, whole, counts["in_time"], counts["late"], share(counts["in_time"], whole)),
                *(card.attempts, card.unreachable, span(card.minutes.at(50))),
                *(len(card.scores), mean(sum(card.scores), len(card.scores))),
                *(card.satisfied, card.not_satisfied),
            )
        )
    made.sort(key=lambda row: (-int(str(row[1])), str(row[0])))
    return Table("scorecard", columns, tuple(made))
