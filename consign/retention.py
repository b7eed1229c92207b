"""Forgets what is older than the company keeps it (RELIABILITY §8): raw mail after 180 days, persons after three years.

Number, times, money, cargo and timeline stay. A clock that runs ahead must not make anything look old: ages are counted
from the newest mail's arrival by the mail server's clock, or from now, whichever is earlier.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from config.database import Database
from config.settings import RetentionSettings
from dispatch.letterbook import LetterState
from dispatch.tables import Letter
from followup.tables import Attempt, Shipment, Task
from intake.mailbook import MailState
from intake.tables import InboundMail, Order, Revision

BATCH = 200  # rows in one transaction: nobody waits long for the daemon that forgets
SLACK = timedelta(days=1)
OVER = (LetterState.SENT, LetterState.REFUSED, LetterState.HELD)
# The fields of a form that name or place a person; the rest is cargo, city and money.
PERSONAL: dict[str, Any] = {
    "shipper": {},
    "consignee": {},
    "pickup_address": None,
    "remarks": None,
    "pickup_request": None,
}


@dataclass(frozen=True)
class Forgotten:
    """How many of each were emptied, or would be."""

    raw_mails: int
    letters: int
    orders: int


def forget(database: Database, settings: RetentionSettings, now: datetime, *, only_count: bool = False) -> Forgotten:
    """Empties what is too old, in small transactions; called again it goes on where it was stopped."""
    with database.read() as session:
        newest = session.scalar(select(func.max(InboundMail.arrived_at)))
    today = min(now, newest + SLACK) if newest else now
    raw, orders = today - timedelta(days=settings.raw_mail_days), today - timedelta(days=settings.order_days)
    old_mails = select(InboundMail.id).where(
        InboundMail.octets.is_not(None), InboundMail.state != MailState.STORED, InboundMail.kept_at < raw
    )
    old_letters = select(Letter.id).where(
        func.length(Letter.octets) > 0, Letter.state.in_(OVER), Letter.written_at < raw
    )
    old_orders = (
        select(Order.id)
        .join(Revision, (Revision.order_id == Order.id) & (Revision.revision == Order.revision))
        .where(Revision.content_key != "", Order.opened_at < orders)
        .distinct()
    )
    if only_count:
        with database.read() as session:
            counts = [
                session.scalar(select(func.count()).select_from(old.subquery())) or 0
                for old in (old_mails, old_letters, old_orders)
            ]
        return Forgotten(*counts)
    return Forgotten(
        _in_batches(database, old_mails, _empty_mails),
        _in_batches(database, old_letters, _empty_letters),
        _in_batches(database, old_orders, _forget_persons),
    )


def _in_batches(database: Database, old: Any, empty: Callable[[Session, list[int]], None]) -> int:
    total = 0
    while True:
        with database.write() as session:
            ids = list(session.scalars(old.limit(BATCH)))
            if ids:
                empty(session, ids)
        total += len(ids)
        if len(ids) < BATCH:
            return total


def _empty_mails(session: Session, ids: list[int]) -> None:
    session.execute(update(InboundMail).where(InboundMail.id.in_(ids)).values(octets=None))


def _empty_letters(session: Session, ids: list[int]) -> None:
    session.execute(update(Letter).where(Letter.id.in_(ids)).values(octets=b""))


def _forget_persons(session: Session, ids: list[int]) -> None:
    """Whoever is named in these orders, their mails, letters, calls and shipments."""
    mails = set()
    for revision in session.scalars(select(Revision).where(Revision.order_id.in_(ids))):
        revision.form = {**revision.form, **PERSONAL}
        revision.problems, revision.origins, revision.content_key = [], {}, ""
        revision.verdict = _without_words(revision.verdict)
        mails.add(revision.mail_id)
    session.flush()
    of_orders = {"synchronize_session": False}
    nameless: dict[Any, dict[str, Any]] = {
        Order: {"shipper_address": ""},
        Letter: {"subject": "", "recipient": "", "last_reply": None},
        Task: {"whom": "", "phone": "", "why_values": {}},
        Shipment: {"driver": "", "driver_phone": "", "vehicle": ""},
    }
    for table, values in nameless.items():
        of = table.id if table is Order else table.order_id
        session.execute(update(table).where(of.in_(ids)).values(**values), execution_options=of_orders)
    tasks = select(Task.id).where(Task.order_id.in_(ids))
    session.execute(
        update(Attempt).where(Attempt.task_id.in_(tasks)).values(note="", details={}), execution_options=of_orders
    )
    nobody = {"sender": "", "subject": "", "trouble": None, "evidence": None, "octets": None}
    session.execute(update(InboundMail).where(InboundMail.id.in_(mails - {None})).values(**nobody))


def _without_words(verdict: dict[str, Any]) -> dict[str, Any]:
    """The verdict with its codes and its money, without the words that its reasons were filled with."""
    checks = [
        {**check, "reasons": [{**reason, "values": {}} for reason in check.get("reasons", [])]}
        for check in verdict.get("checks", [])
    ]
    return {**verdict, "checks": checks, "pickup_place": ""}
