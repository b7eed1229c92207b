"""How things stand, told truthfully from the rows: what waits, since when, and what is wrong (RELIABILITY G19)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.database import Database
from config.settings import Settings
from consign.space import free_megabytes, room_left
from dispatch import letterbook
from dispatch.tables import OPEN, Letter
from followup.tables import OPEN as OPEN_TASK
from followup.tables import Task
from intake import handover, mailbook
from intake.tables import InboundMail


@dataclass(frozen=True)
class Finding:
    """One line of the status: what, how it is, and whether that is well."""

    name: str
    value: Any
    well: bool = True
    mend: str = ""


def findings(database: Database, settings: Settings, now: datetime) -> list[Finding]:
    """The state of this installation, from the database alone; true also when no daemon runs."""
    with database.read() as session:
        found = [
            _unparsed(session, now),
            _unsent(session, settings, now),
            _refused(session, now),
            _overdue(session, now),
            _quarantined(session),
            _parked(session),
        ]
    found.append(_disk(database, settings))
    return found


def _age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else round((now - moment).total_seconds(), 1)


def _unparsed(session: Session, now: datetime) -> Finding:
    age = _age(mailbook.waiting_since(session), now)
    return Finding("oldest_unparsed_seconds", age, age is None or age < 120, "is `consign run` running?")


def _unsent(session: Session, settings: Settings, now: datetime) -> Finding:
    age = _age(letterbook.oldest_unsent(session), now)
    reply = session.scalar(select(Letter.last_reply).where(OPEN, Letter.last_reply.is_not(None)).limit(1))
    well = age is None or age < settings.letters.alert_seconds
    return Finding(
        "oldest_unsent_seconds",
        age,
        well,
        f"the mail server last said: {reply}" if reply else "is `consign run` running?",
    )


def _refused(session: Session, now: datetime) -> Finding:
    since = now - timedelta(days=1)
    count = session.scalar(select(func.count()).where(Letter.state == "refused", Letter.written_at > since)) or 0
    return Finding("refused_letters_today", count)


def _overdue(session: Session, now: datetime) -> Finding:
    statement = select(func.count()).select_from(Task).where(OPEN_TASK, Task.due_at < now)
    return Finding("overdue_tasks", session.scalar(statement) or 0)


def _quarantined(session: Session) -> Finding:
    statement = select(func.count()).where(InboundMail.state == mailbook.MailState.QUARANTINED)
    return Finding("mails_set_aside", session.scalar(statement) or 0)


def _parked(session: Session) -> Finding:
    count = len(handover.parked(session))
    return Finding("failed_steps", count, count == 0, "see the tasks of kind mend_fault")


def _disk(database: Database, settings: Settings) -> Finding:
    free = free_megabytes(database.file())
    well = room_left(database.file(), settings.watch.min_free_megabytes)
    value = None if free is None else round(free)
    return Finding("free_disk_megabytes", value, well, "mail waits on the server until there is room: free some")
