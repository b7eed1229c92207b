"""An outcome may be taken back for ten seconds: until then it is a row, and nothing has followed from it.

So taking back never has to undo a letter that was sent or a call that was opened. The row survives a crash, and takes
effect afterwards as of the moment at which it was said. While it waits its task stays in the hands of the agent.
"""

import traceback
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from config.company import Company
from config.database import Database, blames_database
from followup import actions, casebook, casewords
from followup.actions import NotUnderstood, Word
from followup.agenda import TaskKind
from followup.outcomes import rule_of
from followup.tables import Task
from followup.tables_desk import SaidWord

log = structlog.get_logger()
GRACE = timedelta(seconds=10)
TIMES = ("time",)  # details that are moments


def say(database: Database, task_id: int, word: Word, now: datetime, company: Company | None = None) -> None:
    """Keeps an outcome that takes effect after GRACE. Raises TaskTaken, KeyError, NotUnderstood like actions.say.

    With the `company` the word is tried out: what cannot take effect is refused now, while the agent looks.
    """
    with database.write() as session:
        found = casebook.lease(session, task_id, word.agent, now)
        rule = rule_of(TaskKind(found.kind), word.outcome)
        for needed in rule.asks:
            if not word.details.get(needed):
                raise NotUnderstood(f"{word.outcome} needs {needed}")
        casewords.check(word.details)
        before = session.get(SaidWord, task_id)
        if before is not None and before.trouble is None:
            raise casebook.TaskTaken(f"task {task_id} has its outcome already")
        if before is not None:  # it could not take effect: the new word takes its place
            session.delete(before)
            session.flush()
        if company is not None:
            _try_out(session, database, company, task_id, word, now)
        details = {key: _plain(value) for key, value in word.details.items() if value}
        row = SaidWord(task_id=task_id, agent=word.agent, outcome=word.outcome, details=details, said_at=now)
        row.final_at = now + GRACE
        session.add(row)


def _try_out(session: Session, database: Database, company: Company, task_id: int, word: Word, now: datetime) -> None:
    """All that would follow, written and undone again. Raises what actions.say raises."""
    trial = session.begin_nested()
    try:
        actions.say_in(session, database, company, task_id, word, now)
    finally:
        trial.rollback()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def take_back(database: Database, task_id: int, agent: str, now: datetime) -> dict[str, Any] | None:
    """Takes an outcome back while it may be: the task is the agent's again. Returns what was said; None: too late."""
    with database.write() as session:
        mine = (SaidWord.task_id == task_id, SaidWord.agent == agent)
        row = session.execute(delete(SaidWord).where(*mine).returning(SaidWord.outcome, SaidWord.details)).one_or_none()
        if row is None:
            return None
        casebook.lease(session, task_id, agent, now)
    return {"outcome": row.outcome, **row.details}


def of_agent(session: Session, agent: str) -> list[SaidWord]:
    """What this agent has said and may still take back, or what could not take effect; the latest first."""
    return list(session.scalars(select(SaidWord).where(SaidWord.agent == agent).order_by(SaidWord.said_at.desc())))


def settle(database: Database, company: Company, now: datetime) -> int:
    """Lets every word take effect whose time to be taken back is over; returns how many.

    One that cannot take effect holds up no other.
    """
    with database.read() as session:
        ripe = select(SaidWord).where(SaidWord.final_at <= now, SaidWord.trouble.is_(None)).order_by(SaidWord.said_at)
        rows = list(session.scalars(ripe.limit(100)))
    for row in rows:
        try:
            _take_effect(database, company, row)
        except Exception as error:
            if blames_database(error):
                raise  # away, locked, full: nobody's word is to blame
            log.error("word_without_effect", task=row.task_id, outcome=row.outcome, error=type(error).__name__)
            _note_trouble(database, row, "".join(traceback.format_exception(error)))
    return len(rows)


def _take_effect(database: Database, company: Company, row: SaidWord) -> None:
    details = {
        key: datetime.fromisoformat(value) if key in TIMES and isinstance(value, str) else value
        for key, value in row.details.items()
    }
    with database.write() as session:
        mine = (SaidWord.task_id == row.task_id, SaidWord.said_at == row.said_at)
        if session.scalar(delete(SaidWord).where(*mine).returning(SaidWord.task_id)) is None:
            return  # taken back, or settled by another desk, in this very moment
        task = session.get(Task, row.task_id)
        if task is None or task.state != "open":
            return  # closed meanwhile by a mail or a colleague; the timeline says so
        actions.say_in(session, database, company, row.task_id, Word(row.agent, row.outcome, details), row.said_at)


def _note_trouble(database: Database, row: SaidWord, trouble: str) -> None:
    with database.write() as session:
        session.execute(update(SaidWord).where(SaidWord.task_id == row.task_id).values(trouble=trouble))
