"""Mails that no rule fits or at which reading failed: a person files, links or ignores them, or has them read again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.company import Company
from config.database import Database
from followup import casebook, phoneorder
from followup.agenda import TaskKind
from followup.orderdesk import NoSuchOrder
from followup.tables import Task
from intake import mailbook, register
from intake.mailbook import MailState
from intake.ordertime import order_time
from intake.tables import InboundMail, Order
from intake.timeline import Entry, Happening, record

OPEN_STATES = (MailState.REVIEW, MailState.QUARANTINED)


class NotForReview(Exception):
    """The mail was dealt with already: by a colleague, or by being read again."""


@dataclass(frozen=True)
class Reviewed:
    """A mail that waits for a person, with the task that says so (None where a colleague has closed it)."""

    mail: InboundMail
    task: Task | None


def waiting(session: Session, limit: int = 100) -> list[Reviewed]:
    """The mails that wait for a person, the oldest first."""
    statement = select(InboundMail).where(InboundMail.state.in_(OPEN_STATES)).order_by(InboundMail.id).limit(limit)
    mails = list(session.scalars(statement))
    ids = [mail.id for mail in mails]
    tasks = session.scalars(select(Task).where(Task.mail_id.in_(ids), Task.state == "open"))
    by_mail = {task.mail_id: task for task in tasks}
    return [Reviewed(mail, by_mail.get(mail.id)) for mail in mails]


def task_of(session: Session, mail_id: int) -> Task | None:
    """The open task that says that this mail waits for a person."""
    mine = (Task.mail_id == mail_id, Task.state == "open", Task.kind == TaskKind.REVIEW_MAIL)
    return session.scalars(select(Task).where(*mine).limit(1)).first()


def _take(session: Session, mail_id: int) -> InboundMail:
    """The mail, for the length of this transaction; raises NotForReview when it waits for nobody."""
    statement = select(InboundMail).where(InboundMail.id == mail_id, InboundMail.state.in_(OPEN_STATES))
    mail = session.scalar(statement.with_for_update())
    if mail is None:
        raise NotForReview(mail_id)
    return mail


def file_as_order(
    database: Database,
    company: Company,
    mail_id: int,
    texts: Mapping[str, str],
    address: str,
    agent: str,
    now: datetime,
    *,
    confirmed: bool,
) -> str:
    """Enters the order that a person read in the mail; its sender gets the usual answer. Returns the number.

    The order time is the mail's, by the same rule as for all mails (SPEC 3). Raises NotForReview, TaskTaken, KeyError.
    """
    read = phoneorder.read_texts(texts)
    with database.write() as session:
        mail = _take(session, mail_id)
        if session.scalar(select(Order.id).where(Order.mail_id == mail_id).limit(1)) is not None:
            raise NotForReview(mail_id)
        skew = timedelta(minutes=company.policy.clock_skew_minutes)
        ordered_at, note = order_time(mail.sent_at, mail.arrived_at, skew)
        source = phoneorder.Source(ordered_at, mail.arrived_at, note, "mail", mail_id)
        caller = phoneorder.caller_of(session, address)
        whose = company.of(mail.company)
        number = phoneorder.enter(database, session, whose, read, caller, source, agent, now, confirmed=confirmed)
        _done(session, mail_id, "filed", {"order": number}, agent, now)
    return number


def link_to_order(database: Database, mail_id: int, number: str, agent: str, now: datetime) -> None:
    """The mail belongs to an order that is there. Raises NotForReview, TaskTaken, NoSuchOrder."""
    with database.write() as session:
        _take(session, mail_id)
        order = register.by_number(session, number.strip())
        if order is None:
            raise NoSuchOrder(number)
        record(session, [Entry(Happening.MAIL_LINKED, now, f"agent:{agent}", order.id, mail_id)])
        _done(session, mail_id, "linked", {"order": order.number}, agent, now)


def ignore(database: Database, mail_id: int, note: str, agent: str, now: datetime) -> None:
    """Nothing follows from the mail; it is kept like every other. Raises NotForReview, TaskTaken."""
    with database.write() as session:
        _take(session, mail_id)
        _done(session, mail_id, "ignored", {"note": note}, agent, now)


def read_again(database: Database, mail_id: int, agent: str, now: datetime) -> None:
    """Has the mail read from the start, after an update or a change of the rules. Raises NotForReview, TaskTaken."""
    with database.write() as session:
        _take(session, mail_id)
        if not mailbook.requeue(session, mail_id, f"agent:{agent}", now):
            raise NotForReview(mail_id)
        _close_tasks(session, mail_id, "read_again", {}, agent, now)


def _done(session: Session, mail_id: int, how: str, details: dict[str, Any], agent: str, now: datetime) -> None:
    mailbook.note_filed(session, mail_id, how, f"agent:{agent}", now)
    _close_tasks(session, mail_id, how, details, agent, now)


def _close_tasks(session: Session, mail_id: int, how: str, details: dict[str, Any], agent: str, now: datetime) -> None:
    mine = (Task.mail_id == mail_id, Task.state == "open", Task.kind == TaskKind.REVIEW_MAIL)
    for task_id in session.scalars(select(Task.id).where(*mine)).all():
        task = casebook.lease(session, task_id, agent, now)
        casebook.note_attempt(session, task, agent, how, details, now)
        casebook.close(session, task, how, f"agent:{agent}", now)
