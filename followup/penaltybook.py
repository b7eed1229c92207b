"""Reads and writes penalties: proposed once by a rule, confirmed or dropped by a person (SPEC 9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from config.company import Company
from config.database import Database
from followup import complaints, penalties
from followup.penalties import ClosedCase, OutReceipt, PenaltyRule, Proposal
from followup.tables_cases import ExceptionCase, Penalty
from followup.tables_journey import Receipt
from intake.tables import Order
from intake.timeline import Entry, Happening, record

CONFIRMED, DROPPED = "confirmed", "dropped"
DECISIONS = (CONFIRMED, DROPPED)


class Decided(Exception):
    """The penalty is decided already."""


@dataclass(frozen=True)
class Row:
    """A penalty with the number of its order."""

    penalty: Penalty
    number: str


def after_case(database: Database, session: Session, company: Company, case: ExceptionCase, now: datetime) -> None:
    """Proposes what follows from a case that was just closed."""
    complained = [each.opened_at for each in complaints.complaints_about(session, case.id)]
    closed = ClosedCase(
        kind=case.kind,
        unit=case.unit,
        compensation=case.compensation,
        beyond_control=case.beyond_control,
        opened_at=case.opened_at,
        complained_at=min(complained, default=None),
    )
    for proposal in penalties.for_case(closed, company.followup):
        _propose(database, session, case.order_id, proposal, f"case-{case.id}", now, case.id)


def propose_late_receipts(database: Database, company: Company, now: datetime, *, limit: int = 100) -> int:
    """Proposes a penalty for each receipt that has become late; returns how many. Each is proposed once."""
    if company.followup.late_receipt_penalty <= 0:
        return 0
    with database.read() as session:
        if not _late(session, now, 1):
            return 0
    proposed = 0
    with database.write() as session:
        for receipt in _late(session, now, limit):
            out = OutReceipt(receipt.due_at, receipt.received_at, receipt.responsible)
            proposal = penalties.for_receipt(out, now, company.followup)
            if proposal is not None:
                proposed += _propose(database, session, receipt.order_id, proposal, "", now)
    return proposed


def _late(session: Session, now: datetime, limit: int) -> Sequence[Receipt]:
    """Receipts on their way that were due, and have no proposal yet."""
    proposed = select(Penalty.id).where(
        Penalty.order_id == Receipt.order_id, Penalty.rule == PenaltyRule.LATE_RECEIPT.value
    )
    out = (Receipt.handed_at.is_(None), Receipt.lost_at.is_(None), Receipt.due_at < now)
    late = or_(Receipt.received_at.is_(None), Receipt.received_at > Receipt.due_at)
    wanted = select(Receipt).where(*out, late, ~proposed.exists()).order_by(Receipt.due_at).limit(limit)
    return session.scalars(wanted).all()


def _propose(
    database: Database,
    session: Session,
    order_id: int,
    proposal: Proposal,
    about: str,
    now: datetime,
    case_id: int | None = None,
) -> int:
    """Writes a proposal down unless it was made before; returns 1 or 0. `about`: which of several of its order."""
    row = {
        "key": "/".join(filter(None, (str(order_id), proposal.rule.value, about))),
        "order_id": order_id,
        "exception_id": case_id,
        "rule": proposal.rule.value,
        "unit": proposal.unit,
        "amount": proposal.amount,
        "proposed_at": now,
    }
    statement = database.insert(Penalty).values(row).on_conflict_do_nothing(index_elements=["key"])
    made = session.scalar(statement.returning(Penalty.id))
    if made is None:
        return 0
    details = {"penalty": made, "rule": row["rule"], "unit": proposal.unit, "amount": str(proposal.amount)}
    record(session, [Entry(Happening.PENALTY_PROPOSED, now, order_id=order_id, details=details)])
    return 1


def decide(database: Database, penalty_id: int, decision: str, words: str, actor: str, now: datetime) -> bool:
    """A person confirms or drops a penalty; False where there is none. Raises Decided, ValueError."""
    if decision not in DECISIONS:
        raise ValueError(f"a penalty is {' or '.join(DECISIONS)}, not {decision!r}")
    with database.write() as session:
        found = session.get(Penalty, penalty_id, with_for_update=not database.is_sqlite)
        if found is None:
            return False
        if found.decided_at is not None:
            raise Decided(f"penalty {penalty_id} is {found.decision}")
        found.decided_at, found.decided_by, found.decision, found.words = now, actor, decision, words
        details = {"penalty": found.id, "decision": decision, "words": words}
        record(session, [Entry(Happening.PENALTY_DECIDED, now, actor, found.order_id, details=details)])
    return True


def penalties_of(session: Session, order_id: int) -> list[Penalty]:
    """All penalties of an order, oldest first."""
    return list(session.scalars(select(Penalty).where(Penalty.order_id == order_id).order_by(Penalty.id)))


def undecided(session: Session, limit: int = 200) -> list[Row]:
    """What waits for a person's word, oldest first."""
    waiting = select(Penalty, Order.number).join(Order, Order.id == Penalty.order_id)
    waiting = waiting.where(Penalty.decided_at.is_(None)).order_by(Penalty.id).limit(limit)
    return [Row(penalty, number) for penalty, number in session.execute(waiting)]
