"""Overdue tasks go up the ladder: agent, supervisor, manager (followup.ladder says when); in no quiet hours.

Asked by the clock of the daemon. A task that somebody has in hand stays with him; what is handed up is in the timeline,
and one letter for all that went up at once tells the supervisor.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select

from config.company import Company
from config.database import Database
from config.desksections import FollowupSettings
from followup.console.words import word
from followup.ladder import RUNGS, Rung, is_quiet, rungs
from followup.tables import CLIMBS, Task
from intake.tables import Order
from intake.timeline import Entry, Happening, record

NAMED_IN_LETTER = 30  # tasks; the others are in the queue


def escalate(database: Database, company: Company, clock: Callable[[], datetime], *, limit: int = 200) -> int:
    """Hands up every task that is overdue for longer than its rung allows; returns how many."""
    now, settings = clock(), company.followup
    if is_quiet(now, settings, company.timezone):
        return 0
    statement = _too_late(settings, now).order_by(Task.due_at).limit(limit)
    with database.read() as session:
        if session.scalars(statement.limit(1)).first() is None:
            return 0
    with database.write() as session:
        found = list(session.scalars(database.skip_locked(statement)))
        numbers = dict(
            session.execute(
                select(Order.id, Order.number).where(Order.id.in_({task.order_id for task in found if task.order_id}))
            ).all()
        )
        for task in found:
            task.role = RUNGS[RUNGS.index(task.role) + 1]
            task.rung += 1
            task.holder = task.held_until = None
        record(session, _told(found, numbers, company.language, now))
    return len(found)


def _too_late(settings: FollowupSettings, now: datetime) -> Select[Task]:
    """Every task that nobody holds and whose rung has run out of patience."""
    free = or_(Task.holder.is_(None), Task.held_until < now)
    return select(Task).where(CLIMBS, free, or_(*(_beyond(rung, now) for rung in rungs(settings))))


def _beyond(rung: Rung, now: datetime) -> ColumnElement[bool]:
    return and_(Task.role == rung.role, Task.kind.in_(rung.kinds), Task.due_at <= now - rung.patience)


def _told(found: Sequence[Task], numbers: dict[int, str], language: str, now: datetime) -> list[Entry]:
    """An entry for each task; the first of each role names them all, for the letter."""
    entries: list[Entry] = []
    first_of: dict[str, Entry] = {}
    for task in found:
        number = numbers.get(task.order_id or 0, "")
        details = {"task": task.id, "kind": task.kind, "role": task.role, "rung": task.rung}
        details["due_at"] = task.due_at.isoformat()
        entry = Entry(Happening.TASK_ESCALATED, now, order_id=task.order_id, mail_id=task.mail_id, details=details)
        entries.append(entry)
        first = first_of.setdefault(task.role, entry)
        told = first.details.setdefault("told", [])
        first.details["count"] = first.details.get("count", 0) + 1
        if len(told) < NAMED_IN_LETTER:
            what = word(f"kind_{task.kind}", language)
            told.append({"what": what, "order": number, "whom": task.whom, "due_at": task.due_at.isoformat()})
    return entries
