"""Takes over orders of a trade partner's file: judged and answered as those of a mail, once for each reference."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import sheet
from config.company import Company
from config.database import Database
from config.faults import Fault
from followup import phoneorder
from followup.orderfile import Incoming
from followup.tables_trade import OrderReference
from intake import register
from intake.tables import Order


@dataclass(frozen=True)
class Entered:
    """What became of one order of the file; `number` is "" in a dry run."""

    line: int
    reference: str
    number: str
    verdict: str


@dataclass
class Taken:
    """What became of a file."""

    entered: list[Entered] = field(default_factory=list)
    known: list[Entered] = field(default_factory=list)  # sent before, and the same
    faults: list[Fault] = field(default_factory=list)  # the same reference with another content


def take_over(
    database: Database,
    company: Company,
    orders: Sequence[Incoming],
    file: str,
    actor: str,
    now: datetime,
    *,
    dry_run: bool = False,
) -> Taken:
    """Enters each order in a transaction of its own: a file that is stopped half-way is simply given again."""
    taken = Taken()
    for one in orders:
        if dry_run:
            with database.read() as session:
                _weigh(session, company, one, file, now, taken)
            continue
        with database.write() as session:
            # PostgreSQL: of two that enter the same reference at once the second fails on the unique key, whole.
            if not _is_known(session, one, file, taken):
                taken.entered.append(_enter(database, session, company, one, actor, now))
    return taken


def _is_known(session: Session, one: Incoming, file: str, taken: Taken) -> bool:
    found = session.execute(
        select(OrderReference.content, Order.number, Order.state)
        .join(Order, Order.id == OrderReference.order_id)
        .where(OrderReference.key == one.key)
    ).one_or_none()
    if found is None:
        return False
    if found.content == one.content:
        taken.known.append(Entered(one.line, one.reference, found.number, found.state))
    else:
        values = {"value": one.reference, "number": found.number}
        taken.faults.append(sheet.fault(file, one.line, "reference", "order_reference_changed", **values))
    return True


def _weigh(session: Session, company: Company, one: Incoming, file: str, now: datetime, taken: Taken) -> None:
    if _is_known(session, one, file, taken):
        return
    caller = phoneorder.caller_of(session, one.address)
    weighed = phoneorder.weigh(company, phoneorder.read_texts(one.fields), caller, now, confirmed=False)
    taken.entered.append(Entered(one.line, one.reference, "", weighed.verdict.outcome.value))


def _enter(database: Database, session: Session, company: Company, one: Incoming, actor: str, now: datetime) -> Entered:
    caller = phoneorder.caller_of(session, one.address)
    read, source = phoneorder.read_texts(one.fields), phoneorder.Source(now, now, channel="api")
    number = phoneorder.enter(database, session, company, read, caller, source, actor, now, confirmed=False)
    order = register.by_number(session, number)
    assert order is not None
    session.add(OrderReference(key=one.key, order_id=order.id, reference=one.reference, content=one.content, at=now))
    return Entered(one.line, one.reference, number, order.verdict.outcome.value)
