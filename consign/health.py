"""How things stand, told truthfully: what waits, since when, and what is wrong (RELIABILITY G19).

What waits is read off the rows, and so is true also when no daemon runs; how a daemon is it tells itself, by its page.
"""

import http.client
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.database import Database
from config.settings import Settings
from consign.space import free_megabytes, room_left
from dispatch import letterbook
from dispatch.tables import OPEN, REFUSED, Letter
from followup.tables import OPEN as OPEN_TASK
from followup.tables import Task
from intake import handover, mailbook
from intake.tables import SET_ASIDE, InboundMail


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
    count = session.scalar(select(func.count()).select_from(Letter).where(REFUSED, Letter.written_at > since)) or 0
    return Finding("refused_letters_today", count)


def _overdue(session: Session, now: datetime) -> Finding:
    statement = select(func.count()).select_from(Task).where(OPEN_TASK, Task.due_at < now)
    return Finding("overdue_tasks", session.scalar(statement) or 0)


def _quarantined(session: Session) -> Finding:
    statement = select(func.count()).select_from(InboundMail).where(SET_ASIDE)
    return Finding("mails_set_aside", session.scalar(statement) or 0)


def _parked(session: Session) -> Finding:
    count = len(handover.parked(session))
    return Finding("failed_steps", count, count == 0, "see the tasks of kind mend_fault")


def _disk(database: Database, settings: Settings) -> Finding:
    free = free_megabytes(database.file())
    well = room_left(database.file(), settings.watch.min_free_megabytes)
    value = None if free is None else round(free)
    return Finding("free_disk_megabytes", value, well, "mail waits on the server until there is room: free some")


PATIENCE = 5.0  # seconds that the daemon has for its answer


def of_daemon(settings: Settings) -> list[Finding]:
    """What the daemon of this machine says of itself; nothing where it has no page ([watch] health_port)."""
    port = settings.watch.health_port
    if not port:
        return []
    try:
        told = _page(port)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return [Finding("daemon", f"no answer: {error}", False, "is `consign run` running?")]
    alarms = ", ".join(told["alarms"])
    found = [
        Finding("daemon", told["daemon"], bool(told["well"]), alarms or "see the lines below, and the log"),
        Finding("last_poll", told["last_poll"], told["mailbox"] in ("ok", "standby"), told["mailbox"]),
        Finding("last_commit", told["last_commit"]),
        Finding("clock_jumped_seconds", told["clock_jumped_seconds"], told["clock_jumped_seconds"] is None, alarms),
    ]
    return found + [
        Finding(f"certificate {server}", until, "certificate_expires" not in told["alarms"], "renew it")
        for server, until in told["certificates"].items()
    ]


def _page(port: int) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/health")
        told: dict[str, Any] = json.loads(connection.getresponse().read())
        return told
    finally:
        connection.close()
