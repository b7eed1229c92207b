"""The shift (SPEC 9): the record of a day, and the hand-over of what is open at its end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session

from config.company import Company
from dispatch.draft import Purpose
from dispatch.tables import Letter
from followup.reports.narrowing import narrowed, streamed
from followup.reports.period import Period
from followup.reports.report import ALL, LONGEST, Chart, Column, Figure, Filters, Report, Table, Unit, Value, listing
from followup.reports.tally import Tally
from followup.tables import Attempt, Shipment, Task
from followup.tables_cases import Complaint, ExceptionCase
from followup.tables_journey import ShiftNote
from intake.tables import Order

NAME = "shift"
STILL_OPEN = text("task.state = 'open'")  # OPEN, beside orders that have a state too
NEAR = timedelta(days=7)
PARTS = ("in_days", "overdue")


class Open(NamedTuple):
    """A task that was open at the close."""

    id: int
    number: str | None
    kind: str
    role: str
    holder: str | None
    opened_at: datetime
    due_at: datetime
    attempts: int


class Said(NamedTuple):
    at: datetime
    agent: str
    words: str


@dataclass(frozen=True)
class Record:
    """What a shift did and leaves behind."""

    orders: int
    work_orders: int
    attempts: Sequence[tuple[str, str, int]]  # agent, outcome, how often
    closed: Sequence[tuple[str, int]]  # kind, how many
    picked_up: int
    exceptions: int
    complaints: int
    open_exceptions: int
    open_complaints: int
    open_tasks: Iterable[Open]
    notes: Sequence[Said]


def record(session: Session, period: Period, filters: Filters) -> Record:
    def count(table: Any, moment: Any, order_id: Any, *more: Any, **columns: Any) -> int:
        statement = select(func.count()).select_from(table).where(moment >= period.start, moment < period.end, *more)
        return session.scalar(narrowed(statement, filters, order_id, **columns)) or 0

    # There is no index by the time of a pickup, but one by its deadline.
    due_about = (Shipment.pickup_by >= period.start - NEAR, Shipment.pickup_by < period.end + NEAR)
    place = {"zone": Shipment.zone, "dispatcher": Shipment.dispatcher}
    return Record(
        orders=count(Order, Order.opened_at, Order.id),
        work_orders=count(
            Letter,
            Letter.sent_at,
            Letter.order_id,
            Letter.purpose == Purpose.WORK_ORDER,
            dispatcher=Letter.dispatcher,
        ),
        attempts=_attempts(session, period, filters),
        closed=_closed(session, period, filters),
        picked_up=count(Shipment, Shipment.picked_up_at, Shipment.order_id, *due_about, **place),
        exceptions=count(ExceptionCase, ExceptionCase.opened_at, ExceptionCase.order_id),
        complaints=count(Complaint, Complaint.opened_at, Complaint.order_id, mail_id=Complaint.mail_id),
        open_exceptions=_open_at(session, period, filters, ExceptionCase),
        open_complaints=_open_at(session, period, filters, Complaint),
        open_tasks=_open_tasks(session, period, filters),
        notes=_notes(session, period),
    )


def _attempts(session: Session, period: Period, filters: Filters) -> Sequence[tuple[str, str, int]]:
    statement = (
        select(Attempt.agent, Attempt.outcome, func.count())
        .join(Task, Task.id == Attempt.task_id)
        .where(Attempt.at >= period.start, Attempt.at < period.end)
        .group_by(Attempt.agent, Attempt.outcome)
    )
    statement = narrowed(
        statement, filters, Task.order_id, zone=Task.zone, dispatcher=Task.dispatcher, mail_id=Task.mail_id
    )
    return [(agent, outcome, number) for agent, outcome, number in session.execute(statement)]


def _closed(session: Session, period: Period, filters: Filters) -> Sequence[tuple[str, int]]:
    statement = (
        select(Task.kind, func.count())
        .where(Task.closed_at >= period.start, Task.closed_at < period.end)
        .group_by(Task.kind)
    )
    statement = narrowed(
        statement, filters, Task.order_id, zone=Task.zone, dispatcher=Task.dispatcher, mail_id=Task.mail_id
    )
    return [(kind, number) for kind, number in session.execute(statement)]


def _open_at(session: Session, period: Period, filters: Filters, table: Any) -> int:
    still = or_(table.closed_at.is_(None), table.closed_at >= period.close)
    statement = select(func.count()).select_from(table).where(table.opened_at < period.close, still)
    mail_id = table.mail_id if table is Complaint else None
    return session.scalar(narrowed(statement, filters, table.order_id, mail_id=mail_id)) or 0


def _open_tasks(session: Session, period: Period, filters: Filters) -> Iterable[Open]:
    """What is open now, and what was closed after the close: each from its own index."""
    columns = (
        *(Task.id, Order.number, Task.kind, Task.role, Task.holder),
        *(Task.opened_at, Task.due_at, Task.attempts),
    )
    for condition in (STILL_OPEN, Task.closed_at >= period.close):
        statement = (
            select(*columns)
            .outerjoin(Order, Order.id == Task.order_id)
            .where(condition, Task.opened_at < period.close)
            .order_by(Task.due_at)
        )
        statement = narrowed(
            statement, filters, Task.order_id, zone=Task.zone, dispatcher=Task.dispatcher, mail_id=Task.mail_id
        )
        yield from map(Open._make, streamed(session, statement))


def _notes(session: Session, period: Period) -> Sequence[Said]:
    statement = (
        select(ShiftNote.at, ShiftNote.agent, ShiftNote.words)
        .where(ShiftNote.at >= period.start, ShiftNote.at < period.end)
        .order_by(ShiftNote.at.desc())
        .limit(LONGEST)
    )
    return [Said._make(row) for row in session.execute(statement)]


def reckon(done: Record, period: Period, filters: Filters = ALL) -> Report:
    still_open, waiting = Tally(*PARTS), []
    for task in done.open_tasks:
        still_open.add(task.kind, "overdue" if task.due_at < period.close else "in_days")
        waiting.append(task)
    waiting.sort(key=lambda task: (task.due_at, task.id))
    attempts = sum(number for _, outcome, number in done.attempts if outcome != "put_off")
    figures = (
        Figure("orders", done.orders),
        Figure("work_orders", done.work_orders),
        Figure("picked_up", done.picked_up),
        Figure("attempts", attempts),
        Figure("tasks_closed", sum(number for _, number in done.closed)),
        Figure("exceptions", done.exceptions),
        Figure("complaints", done.complaints),
        Figure("open_tasks", still_open.whole),
        Figure("open_overdue", still_open.of("overdue")),
        Figure("open_exceptions", done.open_exceptions),
        Figure("open_complaints", done.open_complaints),
    )
    tables = (
        still_open.table("open_by_kind", Column("kind", Unit.TASK)),
        _closed_table(done.closed),
        _attempts_table(done.attempts),
        listing(
            "notes", (Column("at", Unit.MOMENT), Column("agent", Unit.AGENT), Column("words", Unit.TEXT)), done.notes
        ),
        _hand_over(waiting, period),
    )
    return Report(
        NAME, period, figures, tables, (Chart("open_by_kind", PARTS), Chart("closed_by_kind", ("count",))), filters
    )


def figures(session: Session, company: Company, period: Period, filters: Filters = ALL) -> Report:
    return reckon(record(session, period, filters), period, filters)


def _closed_table(closed: Sequence[tuple[str, int]]) -> Table:
    rows = tuple(sorted(closed, key=lambda row: (-row[1], row[0])))
    total = (None, sum(number for _, number in closed))
    return Table("closed_by_kind", (Column("kind", Unit.TASK), Column("count")), rows, total if rows else None)


def _attempts_table(attempts: Sequence[tuple[str, str, int]]) -> Table:
    """Calls by who made them; what dispatchers wrote stands under their own names."""
    tally = Tally("reached", "unreachable", "put_off")
    for agent, outcome, number in attempts:
        tally.add(agent, outcome if outcome in ("unreachable", "put_off") else "reached", number)
    return tally.table("attempts_by_agent", Column("agent", Unit.AGENT))


def _hand_over(waiting: list[Open], period: Period) -> Table:
    columns = (
        Column("kind", Unit.TASK),
        Column("order", Unit.ORDER),
        Column("due_at", Unit.MOMENT),
        Column("late_by", Unit.SPAN),
        Column("attempts"),
        Column("holder", Unit.AGENT),
    )
    found: list[tuple[Value, ...]] = [
        (
            *(task.kind, task.number, task.due_at),
            period.close - task.due_at if task.due_at < period.close else None,
            *(task.attempts, task.holder),
        )
        for task in waiting
    ]
    return listing("hand_over", columns, found)
