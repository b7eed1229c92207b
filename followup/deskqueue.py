"""The queue as the desk shows it: open tasks with their order and shipment, and what to call next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.orm import Session

from followup.tables import OPEN, Shipment, Task
from followup.tables_desk import SaidWord
from intake.tables import InboundMail, Order

SOON = timedelta(hours=1)


class Phase(StrEnum):
    """Where a task stands against its clock."""

    OVERDUE = "overdue"
    NOW = "now"  # may be called
    SOON = "soon"  # within the hour
    LATER = "later"


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to see of the queue, and may see: `roles` are the queues that are his."""

    roles: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    dispatchers: tuple[str, ...] = ()
    holder: str = ""
    companies: tuple[str, ...] = ()  # keys; "" is the first


@dataclass(frozen=True)
class Waiting:
    """A task of the queue with its order number and shipment."""

    task: Task
    number: str
    shipment: Shipment | None
    company: str = ""  # key of the company whose order it is

    def phase(self, now: datetime) -> Phase:
        return phase(self.task, now)

    def holder(self, now: datetime) -> str:
        """Who holds it now; a lease that ran out holds nothing."""
        return holder_of(self.task, now)


def phase(task: Task, now: datetime) -> Phase:
    if task.due_at < now:
        return Phase.OVERDUE
    if task.call_from <= now:
        return Phase.NOW
    return Phase.SOON if task.call_from <= now + SOON else Phase.LATER


def holder_of(task: Task, now: datetime) -> str:
    return task.holder if task.holder and task.held_until and task.held_until >= now else ""


def _conditions(wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    columns = (
        (Task.role, wanted.roles),
        (Task.kind, wanted.kinds),
        (Task.zone, wanted.zones),
        (Task.dispatcher, wanted.dispatchers),
    )
    found: list[ColumnElement[bool]] = [column.in_(values) for column, values in columns if values]
    if wanted.holder:
        found += [Task.holder == wanted.holder, Task.held_until >= now]
    if wanted.companies:
        orders = exists().where(Order.id == Task.order_id, Order.company.in_(wanted.companies))
        mails = exists().where(InboundMail.id == Task.mail_id, InboundMail.company.in_(wanted.companies))
        found.append(orders | (Task.order_id.is_(None) & mails))
    return found


def waiting(session: Session, wanted: Wanted, now: datetime, limit: int = 200) -> list[Waiting]:
    """Open tasks, the earliest due first, of equal ones the more urgent: so what is overdue stands on top."""
    said = select(SaidWord.task_id).where(SaidWord.trouble.is_(None))  # given, and may still be taken back
    statement = select(Task).where(OPEN, Task.id.not_in(said), *_conditions(wanted, now))
    tasks = list(session.scalars(statement.order_by(Task.due_at, Task.priority, Task.id).limit(limit)))
    ids = {task.order_id for task in tasks if task.order_id}
    rows = session.execute(select(Order.id, Order.number, Order.company).where(Order.id.in_(ids)))
    orders = {row.id: (row.number, row.company) for row in rows}
    shipments = {row.order_id: row for row in session.scalars(select(Shipment).where(Shipment.order_id.in_(ids)))}
    found = []
    for task in tasks:
        number, company = orders.get(task.order_id or 0, ("", ""))
        found.append(Waiting(task, number, shipments.get(task.order_id or 0), company))
    return found


def next_task(session: Session, wanted: Wanted, agent: str, now: datetime, besides: Sequence[int] = ()) -> int | None:
    """The task to do next: overdue before callable, by urgency, then by due time; none that somebody holds."""
    said = select(SaidWord.task_id)
    free = Task.holder.is_(None) | (Task.holder == agent) | (Task.held_until < now)
    late = case((Task.due_at < now, 0), else_=1)
    statement = (
        select(Task.id)
        .where(OPEN, Task.call_from <= now, free, Task.id.not_in(said), Task.id.not_in(besides))
        .where(*_conditions(wanted, now))
        .order_by(late, Task.priority, Task.due_at, Task.id)
        .limit(1)
    )
    return session.scalar(statement)


@dataclass(frozen=True)
class Choices:
    """What the filters can be set to: that which is in the queue."""

    kinds: tuple[str, ...]
    zones: tuple[str, ...]
    dispatchers: tuple[str, ...]


def choices(session: Session, roles: Sequence[str]) -> Choices:
    columns = (Task.kind, Task.zone, Task.dispatcher)
    found = session.execute(select(*columns).distinct().where(OPEN, Task.role.in_(roles))).all()
    kinds, zones, dispatchers = (tuple(sorted({row[place] for row in found} - {""})) for place in range(3))
    return Choices(kinds, zones, dispatchers)


def counts(session: Session, roles: Sequence[str], now: datetime) -> dict[str, int]:
    """How many tasks are open, overdue, callable; counted in the index of the open ones."""
    overdue = func.sum(case((Task.due_at < now, 1), else_=0))
    callable_ = func.sum(case((Task.call_from <= now, 1), else_=0))
    row = session.execute(select(func.count(), overdue, callable_).where(OPEN, Task.role.in_(roles))).one()
    return {"open": row[0] or 0, "overdue": row[1] or 0, "callable": row[2] or 0}


@dataclass(frozen=True)
class Overview:
    """A queue as a whole, at one moment."""

    choices: Choices
    counts: dict[str, int]

    @property
    def open(self) -> int:
        return self.counts["open"]


def overview(session: Session, roles: Sequence[str], now: datetime) -> Overview:
    return Overview(choices(session, roles), counts(session, roles, now))
