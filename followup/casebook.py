"""Reads and writes tasks, attempts and shipments. The only writer of followup's tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, insert, literal, select, update
from sqlalchemy.orm import Session

from config.database import Database, insert_all
from followup.agenda import NewTask, TaskKind
from followup.tables import OPEN, UNPICKED, Attempt, Shipment, Task
from intake.timeline import Entry, Happening, record

# What a new revision changes of its shipment.
REVISED = ("revision", "zone", "dispatcher", "revised_at", "pickup_by", "price", "destination")
LEASE = timedelta(minutes=10)  # a holder who is silent so long loses the task (T5)


class TaskTaken(Exception):
    """Somebody else holds this task, or it is closed already."""


@dataclass(frozen=True)
class QueueFilter:
    """What an agent wants to see of the queue."""

    kinds: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    dispatchers: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    holder: str = ""


def open_tasks(database: Database, session: Session, tasks: Sequence[NewTask], now: datetime) -> None:
    """Opens tasks; one that was opened before (same key) stays as it is."""
    if not tasks:
        return
    rows = [
        {
            **vars(task),
            "why_values": dict(task.why_values),
            "opened_at": now,
            "state": "open",
            "first_due_at": task.due_at,
        }
        for task in tasks
    ]
    new = {row.key for row in insert_all(session, database.built(_new), rows)}
    entries = [
        Entry(
            Happening.TASK_OPENED,
            now,
            order_id=task.order_id,
            mail_id=task.mail_id,
            details={"kind": task.kind.value, "due_at": task.due_at.isoformat(), "role": task.role},
        )
        for task in tasks
        if task.key in new
    ]
    record(session, entries)


def _new(database: Database) -> Any:
    return database.insert(Task).on_conflict_do_nothing(index_elements=["key"]).returning(Task.key)


def queue(session: Session, wanted: QueueFilter, limit: int = 100) -> list[Task]:
    """Open tasks, the earliest due first."""
    statement = select(Task).where(OPEN)
    for column, values in (
        (Task.kind, wanted.kinds),
        (Task.zone, wanted.zones),
        (Task.dispatcher, wanted.dispatchers),
        (Task.role, wanted.roles),
    ):
        if values:
            statement = statement.where(column.in_(values))
    if wanted.holder:
        statement = statement.where(Task.holder == wanted.holder)
    return list(session.scalars(statement.order_by(Task.due_at, Task.priority, Task.id).limit(limit)))


def task(session: Session, task_id: int) -> Task | None:
    return session.get(Task, task_id)


def tasks_of(session: Session, order_id: int) -> list[Task]:
    """All tasks of an order, oldest first."""
    return list(session.scalars(select(Task).where(Task.order_id == order_id).order_by(Task.id)))


def attempts_of(session: Session, task_id: int) -> list[Attempt]:
    return list(session.scalars(select(Attempt).where(Attempt.task_id == task_id).order_by(Attempt.id)))


def lease(session: Session, task_id: int, agent: str, now: datetime) -> Task:
    """Takes a task for an agent by compare-and-set. Raises TaskTaken when it is closed or held by another."""
    free = Task.holder.is_(None) | (Task.holder == agent) | (Task.held_until < now)
    goes_on, taken = (Task.holder == agent) & (Task.held_until >= now), literal(now, Task.taken_at.type)
    found = session.scalar(
        update(Task)
        .where(Task.id == task_id, Task.state == "open", free)
        .values(holder=agent, held_until=now + LEASE, taken_at=case((goes_on, Task.taken_at), else_=taken))
        .returning(Task)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise TaskTaken(f"task {task_id} is closed or held by somebody else")
    return found


def give_back(session: Session, task_id: int, agent: str) -> bool:
    """Returns a task that the agent holds."""
    result = session.scalar(
        update(Task)
        .where(Task.id == task_id, Task.holder == agent)
        .values(holder=None, held_until=None)
        .returning(Task.id)
    )
    return result is not None


def put_off(session: Session, found: Task, to: datetime, role: str | None = None) -> None:
    """The task comes back at `to`; nobody holds it until then."""
    found.due_at = to
    found.call_from = to
    found.holder = found.held_until = None
    if role:
        found.role = role


def close(session: Session, found: Task, outcome: str, agent: str, now: datetime) -> None:
    """Closes a task for good."""
    found.state, found.outcome, found.closed_at, found.closed_by = "closed", outcome, now, agent
    found.holder = found.held_until = None
    details = {"kind": found.kind, "outcome": outcome, "task": found.id}
    record(session, [Entry(Happening.TASK_CLOSED, now, agent, found.order_id, found.mail_id, details)])


def close_open(
    session: Session, order_id: int, kinds: Sequence[TaskKind] | None, outcome: str, agent: str, now: datetime
) -> int:
    """Closes the open tasks of an order that have become pointless (all kinds with None); returns how many."""
    statement = select(Task).where(OPEN, Task.order_id == order_id)
    if kinds is not None:
        statement = statement.where(Task.kind.in_(kinds))
    found = list(session.scalars(statement))
    for item in found:
        close(session, item, outcome, agent, now)
    return len(found)


def open_of(session: Session, order_id: int, kinds: Sequence[TaskKind]) -> list[Task]:
    """The open tasks of an order of these kinds."""
    return list(session.scalars(select(Task).where(OPEN, Task.order_id == order_id, Task.kind.in_(kinds))))


def next_round(session: Session, order_id: int, kind: TaskKind) -> int:
    """The number of the next task of this kind that is opened for the order."""
    count = select(func.count()).select_from(Task).where(Task.order_id == order_id, Task.kind == kind)
    return (session.scalar(count) or 0) + 1


def note_attempt(
    session: Session,
    found: Task,
    agent: str,
    outcome: str,
    details: dict[str, Any],
    now: datetime,
    put_off_to: datetime | None = None,
) -> None:
    """Keeps who tried what, when, with which words."""
    found.attempts += 1
    note = str(details.get("note") or "")
    row = {
        "task_id": found.id,
        "at": now,
        "taken_at": found.taken_at if found.taken_at and found.taken_at < now else None,
        "agent": agent,
        "outcome": outcome,
        "note": note,
        "details": details,
        "put_off_to": put_off_to,
    }
    session.execute(insert(Attempt), [row])
    said = {"kind": found.kind, "outcome": outcome, "task": found.id, "note": note}
    if put_off_to:
        said["put_off_to"] = put_off_to.isoformat()
    record(session, [Entry(Happening.TASK_ATTEMPTED, now, agent, found.order_id, found.mail_id, said)])


def shipment(session: Session, order_id: int) -> Shipment | None:
    return session.get(Shipment, order_id)


def note_dispatched(database: Database, session: Session, *rows: dict[str, Any]) -> None:
    """Work orders were accepted: each shipment begins, or its new revision takes the place of the last."""
    if not rows:
        return
    begun = {"stage": "dispatched", "driver": "", "driver_phone": "", "vehicle": ""}
    insert_all(session, database.built(_dispatching), [row | begun for row in rows])


def _dispatching(database: Database) -> Any:
    statement = database.insert(Shipment)
    changed = {key: statement.excluded[key] for key in REVISED} | {"overdue_at": None}
    # The deputy's copy of the same revision asks nobody anew whether he has it.
    again = Shipment.revision == statement.excluded.revision
    for key in ("acknowledged_at", "deputised_at", "revised_at"):
        changed[key] = case((again, getattr(Shipment, key)), else_=changed.get(key))
    return statement.on_conflict_do_update(index_elements=["order_id"], set_=changed)


def overdue_pickups(database: Database, session: Session, now: datetime, limit: int) -> list[Shipment]:
    """Shipments past their pickup deadline that nobody has reported as picked up, and that were not yet raised."""
    statement = select(Shipment).where(UNPICKED, Shipment.pickup_by <= now).order_by(Shipment.pickup_by).limit(limit)
    return list(session.scalars(database.skip_locked(statement)))
