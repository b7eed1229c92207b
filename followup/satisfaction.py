"""What the customer thinks of an order (SPEC 7): asked by phone, or given by a link that needs no login.

An order has one score, the first that is given; whoever follows the link again sees that it was taken. A bad score is a
complaint that nobody has made yet: somebody calls.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from config.database import Database
from followup import casebook, complaints
from followup.agenda import Contact, TaskKind
from followup.tables_journey import Satisfaction
from intake import register
from intake.record import OrderRecord
from intake.timeline import Entry, Happening, record

SCORES = range(1, 6)
BAD = 2  # this score or a lower one is called about
ASKED_FOR = timedelta(days=60)  # after the delivery a link is worth nothing any more
LONGEST = 2000  # characters of words


class NoScore(ValueError):
    """A score is a whole number from 1 to 5."""


@dataclass(frozen=True)
class Opinion:
    """What was given: 1 (bad) to 5 (good), and why, in the customer's words."""

    score: int
    words: str = ""


def score_of(text: str) -> int:
    """A score as people write it. Raises NoScore."""
    found = text.strip().removesuffix("分").strip()
    if found.isdecimal() and len(found) == 1 and int(found) in SCORES:
        return int(found)
    raise NoScore(f"a score is 1 to 5, not {text[:20]!r}")


def of_order(session: Session, order_id: int) -> Satisfaction | None:
    """What was given for this order."""
    return session.get(Satisfaction, order_id)


def may_be_given(session: Session, order_id: int, now: datetime) -> bool:
    """Whether the link of this order is still worth something: delivered, not long ago, and nothing was given."""
    shipment = casebook.shipment(session, order_id)
    delivered = shipment.signed_at if shipment else None
    return delivered is not None and now - delivered <= ASKED_FOR and of_order(session, order_id) is None


def give(
    database: Database, session: Session, order: OrderRecord, opinion: Opinion, *, way: str, actor: str, now: datetime
) -> bool:
    """Keeps the score of an order, once; False when there was one before. `way`: "call" or "link".

    The open satisfaction call has become pointless; a bad score opens a complaint.
    """
    row = {"order_id": order.id, "score": opinion.score, "words": opinion.words[:LONGEST], "way": way, "at": now}
    row["agent"] = actor.removeprefix("agent:") if way == "call" else ""
    statement = database.insert(Satisfaction).values(row).on_conflict_do_nothing(index_elements=["order_id"])
    if session.execute(statement.returning(Satisfaction.order_id)).first() is None:
        return False
    details = {"score": opinion.score, "way": way, "words": opinion.words[:LONGEST]}
    record(session, [Entry(Happening.SATISFACTION_GIVEN, now, actor, order.id, details=details)])
    casebook.close_open(session, order.id, (TaskKind.SATISFACTION_CALL,), "scored", actor, now)
    if opinion.score <= BAD:
        _call_back(database, session, order, opinion, now)
    return True


def _call_back(database: Database, session: Session, order: OrderRecord, opinion: Opinion, now: datetime) -> None:
    shipper = Contact(order.form.shipper.name or order.shipper_address, order.form.shipper.phone or "")
    values = {"score": str(opinion.score), "words": opinion.words[:LONGEST]}
    complaints.open_complaint(
        database,
        session,
        order,
        opinion.words[:LONGEST],
        shipper,
        "shipper",
        now,
        why="task_bad_score",
        why_values=values,
    )


def by_link(database: Database, number: str, opinion: Opinion, now: datetime) -> bool:
    """The customer's own word; False when the link is worth nothing (any more)."""
    with database.write() as session:
        order = register.by_number(session, number)
        if order is None or not may_be_given(session, order.id, now):
            return False
        return give(database, session, order, opinion, way="link", actor="shipper", now=now)
