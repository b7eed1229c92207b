"""Exceptions and complaints as lists: what is open, of which kind, with whom, since when; what was closed lately."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from followup.tables import Task
from followup.tables_cases import Complaint, ExceptionCase
from intake.tables import Order

SHOWN = 300


@dataclass(frozen=True)
class Wanted:
    """What a visitor wants to see: of one kind, of one owner ("-": of nobody), closed ones instead of open ones."""

    kind: str = ""
    owner: str = ""
    closed: bool = False


@dataclass(frozen=True)
class CaseRow:
    """A case with its order's number, and when its task comes next."""

    case: ExceptionCase
    number: str
    due_at: datetime | None


@dataclass(frozen=True)
class ComplaintRow:
    """The same of a complaint; one that names no order has no number."""

    complaint: Complaint
    number: str | None
    due_at: datetime | None


def cases(session: Session, wanted: Wanted, limit: int = SHOWN) -> list[CaseRow]:
    """Open cases, the oldest first; closed ones, the latest first."""
    found = select(ExceptionCase, Order.number, Task.due_at).join(Order, Order.id == ExceptionCase.order_id)
    found = found.outerjoin(Task, (Task.id == ExceptionCase.task_id) & (Task.state == "open"))
    if wanted.kind:
        found = found.where(ExceptionCase.kind == wanted.kind)
    rows = session.execute(_narrowed(found, ExceptionCase, wanted).limit(limit))
    return [CaseRow(case, number, due) for case, number, due in rows]


def complaints(session: Session, wanted: Wanted, limit: int = SHOWN) -> list[ComplaintRow]:
    """Open complaints, the oldest first; closed ones, the latest first."""
    found = select(Complaint, Order.number, Task.due_at).outerjoin(Order, Order.id == Complaint.order_id)
    found = found.outerjoin(Task, (Task.id == Complaint.task_id) & (Task.state == "open"))
    rows = session.execute(_narrowed(found, Complaint, wanted).limit(limit))
    return [ComplaintRow(complaint, number, due) for complaint, number, due in rows]


def _narrowed(found: Any, table: type[ExceptionCase] | type[Complaint], wanted: Wanted) -> Any:
    if wanted.owner:
        found = found.where(table.owner == ("" if wanted.owner == "-" else wanted.owner))
    if wanted.closed:
        return found.where(table.closed_at.is_not(None)).order_by(table.closed_at.desc())
    return found.where(table.closed_at.is_(None)).order_by(table.opened_at)


def open_by_kind(session: Session) -> dict[str, int]:
    """How many cases of each kind are open."""
    counted = select(ExceptionCase.kind, func.count()).where(ExceptionCase.closed_at.is_(None))
    return {row[0]: row[1] for row in session.execute(counted.group_by(ExceptionCase.kind))}


def owners(session: Session) -> list[str]:
    """Who owns an open case or complaint; "" where some have nobody."""
    names: set[str] = set()
    for table in (ExceptionCase, Complaint):
        names |= set(session.scalars(select(table.owner).where(table.closed_at.is_(None)).distinct()))
    return sorted(names)
