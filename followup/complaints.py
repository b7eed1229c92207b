"""Complaints (投诉): by mail or by phone, with a first answer within the hour, cleared up, satisfied or not (SPEC 9).

A complaint about an order on which a case is open joins that case: one chain, one owner.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.database import Database
from followup import casebook, cases
from followup.agenda import Contact, TaskKind, task
from followup.tables import Task
from followup.tables_cases import Complaint, ExceptionCase
from intake.record import OrderRecord
from intake.timeline import Entry, Happening, record

# What a person may write into a complaint; the rest of its columns is written by what happens.
FIELDS = ("words", "cause", "unit", "remedy", "compensation", "satisfied", "owner")
SHARED = ("cause", "unit", "remedy", "compensation")  # what is found out about a complaint is found out about its case


def open_complaint(
    database: Database,
    session: Session,
    order: OrderRecord | None,
    words: str,
    contact: Contact,
    actor: str,
    now: datetime,
    *,
    complainant: str = "",
    mail_id: int | None = None,
    why: str = "task_complaint",
    why_values: Mapping[str, Any] | None = None,
) -> int:
    """Opens a complaint and the task of its first answer (due in an hour, SPEC 7); returns its id.

    `complainant` is the address that a letter would go to. A mail is one complaint, however often it is handed over.
    """
    known = mail_id and session.scalar(select(Complaint.id).where(Complaint.mail_id == mail_id))
    if known:
        return known
    case = _open_case(session, order)
    complaint = Complaint(
        order_id=order.id if order else None,
        mail_id=mail_id,
        exception_id=case.id if case else None,
        complainant=complainant or (order.shipper_address if order else ""),
        words=words,
        owner=case.owner if case else "",
        opened_at=now,
        opened_by=actor,
    )
    session.add(complaint)
    session.flush()
    new = task(
        TaskKind.HANDLE_COMPLAINT,
        now,
        why,
        about=f"complaint-{complaint.id}",
        order=order,
        contact=contact,
        mail_id=mail_id,
        why_values={"sender": complaint.complainant, "subject": words, **(why_values or {})},
    )
    casebook.open_tasks(database, session, [new], now)
    complaint.task_id = session.scalar(select(Task.id).where(Task.key == new.key))
    _record(session, Happening.COMPLAINT_OPENED, complaint, actor, now, case=complaint.exception_id, words=words)
    return complaint.id


def _open_case(session: Session, order: OrderRecord | None) -> ExceptionCase | None:
    """The case that the complaint is about: the latest one of its order that is open."""
    still = [case for case in cases.cases_of(session, order.id) if case.closed_at is None] if order else []
    return still[-1] if still else None


def complaint(session: Session, complaint_id: int) -> Complaint | None:
    return session.get(Complaint, complaint_id)


def complaint_of_task(session: Session, task_id: int) -> Complaint | None:
    """The complaint that a task answers; None for a task of the time before complaints were kept."""
    return session.scalar(select(Complaint).where(Complaint.task_id == task_id))


def complaints_of(session: Session, order_id: int) -> list[Complaint]:
    """All complaints about an order, oldest first."""
    return list(session.scalars(select(Complaint).where(Complaint.order_id == order_id).order_by(Complaint.id)))


def complaints_about(session: Session, case_id: int) -> list[Complaint]:
    """All complaints that joined a case, oldest first."""
    return list(session.scalars(select(Complaint).where(Complaint.exception_id == case_id).order_by(Complaint.id)))


def has_open(session: Session, order_id: int) -> bool:
    """Whether somebody still waits for the end of his complaint about the order."""
    still = select(Complaint.id).where(Complaint.order_id == order_id, Complaint.closed_at.is_(None))
    return session.scalar(still.limit(1)) is not None


def change(session: Session, found: Complaint, said: Mapping[str, Any], actor: str, now: datetime) -> bool:
    """Writes what a person says of a complaint (FIELDS), and what its case did not know yet; returns whether anything
    differs. Raises KeyError for a field that is not his to write."""
    changed = {name: value for name, value in said.items() if getattr(found, name) != value}
    for name, value in changed.items():
        if name not in FIELDS:
            raise KeyError(name)
        setattr(found, name, value)
    if changed:
        _record(session, Happening.COMPLAINT_CHANGED, found, actor, now, **changed)
        _tell_case(session, found, actor, now)
    return bool(changed)


def _tell_case(session: Session, found: Complaint, actor: str, now: datetime) -> None:
    case = cases.case(session, found.exception_id) if found.exception_id else None
    if case is not None and case.closed_at is None:
        news = {name: getattr(found, name) for name in SHARED if not getattr(case, name) and getattr(found, name)}
        cases.change(session, case, news, actor, now)


def join(session: Session, found: Complaint, case: ExceptionCase, actor: str, now: datetime) -> None:
    """The complaint is about this case."""
    found.exception_id = case.id
    _record(session, Happening.COMPLAINT_CHANGED, found, actor, now, case=case.id)
    _tell_case(session, found, actor, now)


def answer(
    session: Session, found: Complaint, actor: str, now: datetime, promised: datetime | None, letter: str = ""
) -> None:
    """The first word: apologised, the next one is promised for `promised`. `letter`: what a letter shall say, too."""
    found.answered_at = found.answered_at or now
    said = {"answered_at": now, "promised": promised}
    _record(session, Happening.COMPLAINT_CHANGED, found, actor, now, **said)
    if letter and found.complainant:
        about = {"words": letter, "promised": promised, "recipient": found.complainant}
        _record(session, Happening.COMPLAINT_ANSWERED, found, actor, now, **about)


def close(session: Session, found: Complaint, actor: str, now: datetime) -> None:
    """Settled, satisfied or not. One that is closed stays as it is."""
    if found.closed_at is not None:
        return
    found.answered_at = found.answered_at or now
    found.closed_at, found.closed_by = now, actor
    said = {name: getattr(found, name) for name in (*SHARED, "satisfied")}
    _record(session, Happening.COMPLAINT_CLOSED, found, actor, now, **said)


def _record(session: Session, kind: Happening, found: Complaint, actor: str, now: datetime, **details: Any) -> None:
    plain = {name: cases.plain(value) for name, value in details.items()}
    entry = Entry(kind, now, actor, found.order_id, found.mail_id, {"complaint": found.id} | plain)
    record(session, [entry])
