"""Exceptions (异常): what went wrong with a shipment, told to the customer, cleared up, closed; one owner (SPEC 9).

The chain is exception -> customer told -> complaint -> compensation -> proposed penalty: a case is its first link, and
knows the task that a person works it by.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.database import Database
from followup import casebook
from followup.agenda import DUE, Contact, TaskKind, task
from followup.tables import Task
from followup.tables_cases import ExceptionCase
from intake.record import OrderRecord
from intake.timeline import Entry, Happening, record


class ExceptionKind(StrEnum):
    """What can go wrong with a shipment (SPEC 9). The value is stored: never change one."""

    DAMAGE = "damage"  # 货损
    SHORTAGE = "shortage"  # 货差
    LOSS = "loss"  # 丢失
    DELAY = "delay"  # 延误
    REFUSAL = "refusal"  # 拒收
    WRONG_PAPERS = "wrong_papers"  # papers, goods and waybill do not agree
    SIGNING = "signing"  # the signing fails its checklist
    PICKUP = "pickup"  # cannot be picked up as ordered
    LOST_RECEIPT = "lost_receipt"  # 回单丢失


# What a person may write into a case; the rest of its columns is written by what happens.
FIELDS = ("kind", "words", "compared", "cause", "unit", "remedy", "compensation", "beyond_control", "owner")


def open_case(
    database: Database,
    session: Session,
    order: OrderRecord,
    kind: ExceptionKind,
    words: str,
    actor: str,
    now: datetime,
    *,
    why: str = "task_exception",
    why_values: Mapping[str, Any] | None = None,
    contact: Contact | None = None,
    mail_id: int | None = None,
    beyond_control: bool = False,
) -> int:
    """Opens a case and the task that a person works it by (due in 30 minutes, SPEC 7); returns its id.

    `why` and `why_values` are the sentence on the task; the customer is called unless `contact` says whom. While a case
    of this kind is open for the order, what is new joins it: one chain, one owner.
    """
    if known := _open_of_kind(session, order.id, kind):
        _join(session, known, words, actor, now)
        return known.id
    shipment = casebook.shipment(session, order.id)
    case = ExceptionCase(
        order_id=order.id,
        kind=kind.value,
        stage=shipment.stage if shipment else order.state.value,
        words=words,
        beyond_control=beyond_control,
        opened_at=now,
        opened_by=actor,
    )
    session.add(case)
    session.flush()
    shipper = Contact(order.form.shipper.name or order.shipper_address, order.form.shipper.phone or "")
    new = task(
        TaskKind.HANDLE_EXCEPTION,
        now,
        why,
        about=f"{order.number}/case-{case.id}",
        order=order,
        contact=contact or shipper,
        mail_id=mail_id,
        why_values={"note": words, **(why_values or {})},
    )
    casebook.open_tasks(database, session, [new], now)
    case.task_id = session.scalar(select(Task.id).where(Task.key == new.key))
    details = {"case": case.id, "kind": kind.value, "words": words}
    record(session, [Entry(Happening.EXCEPTION_OPENED, now, actor, order.id, mail_id, details)])
    return case.id


def _open_of_kind(session: Session, order_id: int, kind: ExceptionKind) -> ExceptionCase | None:
    wanted = (
        ExceptionCase.order_id == order_id,
        ExceptionCase.kind == kind.value,
        ExceptionCase.closed_at.is_(None),
    )
    return session.scalar(select(ExceptionCase).where(*wanted).order_by(ExceptionCase.id).limit(1))


def _join(session: Session, found: ExceptionCase, words: str, actor: str, now: datetime) -> None:
    """The case has news: they are written down, and whoever works it looks at it within the half hour."""
    heard = "\n".join(filter(None, (found.words, words if words not in found.words else "")))
    change(session, found, {"words": heard}, actor, now)
    worked = casebook.task(session, found.task_id) if found.task_id else None
    again = now + DUE[TaskKind.HANDLE_EXCEPTION]
    if worked is not None and worked.state == "open" and worked.due_at > again:
        worked.due_at, worked.call_from = again, now


def case(session: Session, case_id: int) -> ExceptionCase | None:
    return session.get(ExceptionCase, case_id)


def case_of_task(session: Session, task_id: int) -> ExceptionCase | None:
    """The case that a task works; None for a task of the time before cases were kept."""
    return session.scalar(select(ExceptionCase).where(ExceptionCase.task_id == task_id))


def cases_of(session: Session, order_id: int) -> list[ExceptionCase]:
    """All cases of an order, oldest first."""
    return list(
        session.scalars(select(ExceptionCase).where(ExceptionCase.order_id == order_id).order_by(ExceptionCase.id))
    )


def has_open(session: Session, order_id: int) -> bool:
    """Whether something that went wrong with the order is not cleared up yet."""
    still = select(ExceptionCase.id).where(ExceptionCase.order_id == order_id, ExceptionCase.closed_at.is_(None))
    return session.scalar(still.limit(1)) is not None


def change(session: Session, found: ExceptionCase, said: Mapping[str, Any], actor: str, now: datetime) -> bool:
    """Writes what a person says of a case (FIELDS); returns whether anything differs from what stood there.

    Raises KeyError for a field that is not his to write.
    """
    changed = {name: value for name, value in said.items() if getattr(found, name) != value}
    for name, value in changed.items():
        if name not in FIELDS:
            raise KeyError(name)
        setattr(found, name, value)
    if changed:
        details = {"case": found.id} | {name: plain(value) for name, value in changed.items()}
        record(session, [Entry(Happening.EXCEPTION_CHANGED, now, actor, found.order_id, details=details)])
    return bool(changed)


def tell(
    session: Session, found: ExceptionCase, actor: str, now: datetime, promised: datetime | None, letter: str = ""
) -> None:
    """The customer knows; the next word is promised for `promised`. `letter`: what a letter to him shall say, too."""
    found.told_at = found.told_at or now
    details = {"case": found.id, "told_at": plain(now), "promised": plain(promised)}
    entries = [Entry(Happening.EXCEPTION_CHANGED, now, actor, found.order_id, details=details)]
    if letter:
        words = {"case": found.id, "kind": found.kind, "words": letter, "promised": details["promised"]}
        entries.append(Entry(Happening.CUSTOMER_TOLD, now, actor, found.order_id, details=words))
    record(session, entries)


def close(session: Session, found: ExceptionCase, actor: str, now: datetime) -> None:
    """Cleared up: by whom and when. One that is closed stays as it is."""
    if found.closed_at is not None:
        return
    found.closed_at, found.closed_by = now, actor
    details = {
        "case": found.id,
        "kind": found.kind,
        "cause": found.cause,
        "unit": found.unit,
        "remedy": found.remedy,
        "compensation": plain(found.compensation),
    }
    record(session, [Entry(Happening.EXCEPTION_CLOSED, now, actor, found.order_id, details=details)])


def end_with_order(session: Session, order_id: int, actor: str, now: datetime) -> None:
    """The order is cancelled: what hindered its pickup is no matter any more. Goods that are harmed still are one."""
    for found in cases_of(session, order_id):
        if found.closed_at is None and found.kind == ExceptionKind.PICKUP:
            worked = casebook.task(session, found.task_id) if found.task_id else None
            if worked is not None and worked.state == "open":
                casebook.close(session, worked, "cancelled", actor, now)
            close(session, found, actor, now)


def plain(value: Any) -> Any:
    """A value as the timeline keeps it: money as text, moments in ISO 8601."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
