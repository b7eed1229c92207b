"""No shipment is forgotten: each that is not closed has a task that says why, and one that has none gets it (SPEC 7).

go_on() stands behind every move and every outcome: what is done is closed, what is not has its next call opened.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from config.company import Company
from config.database import Database
from followup import agenda, casebook, cases
from followup.agenda import Contact, NewTask, TaskKind
from followup.agenda_journey import JourneyAgenda, next_arrival_check
from followup.receipts import ENDED, WITH_US, Chain, receipt_of
from followup.stages import ENDS, Stage
from followup.tables import OPEN, Shipment, Task
from followup.tables_cases import Complaint
from intake.record import OrderRecord
from intake.timeline import Entry, Happening, record

# The tasks that carry a shipment onward from its stage; while one of them is open, nothing is forgotten.
CARRIES: Mapping[Stage, tuple[TaskKind, ...]] = {
    Stage.DISPATCHED: (TaskKind.VERIFY_PICKUP, TaskKind.PICKUP_OVERDUE, TaskKind.PHONE_DISPATCHER),
    Stage.PICKED_UP: (TaskKind.ARRANGE_DELIVERY, TaskKind.CHECK_ARRIVAL, TaskKind.CHECK_SIGNED),
    Stage.IN_TRANSIT: (TaskKind.CHECK_ARRIVAL,),
    Stage.ARRIVED: (TaskKind.CHECK_SIGNED,),
    Stage.OUT_FOR_DELIVERY: (TaskKind.CHECK_SIGNED,),
    Stage.SIGNED: (TaskKind.CHASE_RECEIPT, TaskKind.HAND_RECEIPT),
}
HOLDS_UP = (TaskKind.HANDLE_EXCEPTION, TaskKind.HANDLE_COMPLAINT, TaskKind.CONFIRM_CHANGE)
UNDER_WAY = (Stage.PICKED_UP, Stage.IN_TRANSIT)


def go_on(
    database: Database, session: Session, company: Company, order: OrderRecord, actor: str, now: datetime
) -> None:
    """Closes the shipment of an order when it is done; opens the call that carries it onward when none is open."""
    shipment, company = casebook.shipment(session, order.id), company.of(order.company)
    if shipment is None or shipment.closed_at is not None or close_if_done(session, shipment, actor, now):
        return
    if Stage(shipment.stage) in UNDER_WAY and shipment.arrive_by is None:
        return  # its pickup was said a moment ago: plan_tasks opens what follows
    carries = CARRIES.get(Stage(shipment.stage), ())
    if casebook.open_of(session, order.id, (*carries, *HOLDS_UP)):
        return
    casebook.open_tasks(database, session, _next_call(database, session, company, order, shipment, now), now)


def close_if_done(session: Session, shipment: Shipment, actor: str, now: datetime) -> bool:
    """Signed for with its receipt handed over (or none wanted), or at another end, and nothing open about it."""
    stage = Stage(shipment.stage)
    done = stage is Stage.SIGNED and shipment.receipt_state in ("", *ENDED)
    if not done and stage not in ENDS:
        return False
    if cases.has_open(session, shipment.order_id) or has_open_complaint(session, shipment.order_id):
        return False
    if casebook.open_of(session, shipment.order_id, HOLDS_UP):
        return False
    close(session, shipment, "done" if done else stage.value, actor, now)
    if done:
        shipment.stage = Stage.CLOSED
    return True


def close(session: Session, shipment: Shipment, why: str, actor: str, now: datetime) -> None:
    """The shipment is closed; only the customer's opinion may still be asked for."""
    shipment.closed_at, shipment.closed_why = now, why
    carried = {kind for kinds in CARRIES.values() for kind in kinds}
    carried |= {TaskKind.COORDINATE_DESTINATION, TaskKind.WATCH_TRANSFER}
    casebook.close_open(session, shipment.order_id, sorted(carried), "closed", actor, now)
    record(session, [Entry(Happening.SHIPMENT_CLOSED, now, actor, shipment.order_id, details={"why": why})])


def has_open_complaint(session: Session, order_id: int) -> bool:
    still = select(Complaint.id).where(Complaint.order_id == order_id, Complaint.closed_at.is_(None))
    return session.scalar(still.limit(1)) is not None


def _next_call(
    database: Database, session: Session, company: Company, order: OrderRecord, shipment: Shipment, now: datetime
) -> list[NewTask]:
    """The call that belongs to the stage, opened anew."""
    plan, stage = JourneyAgenda(company, order), Stage(shipment.stage)

    def round_of(kind: TaskKind) -> int:
        return casebook.next_round(session, order.id, kind)

    if stage is Stage.DISPATCHED:
        found = company.dispatchers.get(shipment.dispatcher)
        whom = Contact(found.name, found.phone) if found else Contact(shipment.dispatcher)
        again = f"{order.number}/again-{round_of(TaskKind.VERIFY_PICKUP)}"
        return [agenda.verify_pickup(order, now, shipment.pickup_by, whom, about=again)]
    if stage in UNDER_WAY and plan.stays:
        return [plan.arrange_delivery(now, round_of(TaskKind.ARRANGE_DELIVERY))]
    if stage in UNDER_WAY:
        promised = shipment.promised_at or shipment.arrive_by or now
        due = next_arrival_check(promised, now, company.timezone)
        return [plan.check_arrival(now, promised, round_of(TaskKind.CHECK_ARRIVAL), due_at=due)]
    if stage in (Stage.ARRIVED, Stage.OUT_FOR_DELIVERY):
        return [plan.check_signed(now, round_of(TaskKind.CHECK_SIGNED))]
    receipt = receipt_of(session, order.id) if stage is Stage.SIGNED else None
    if receipt is not None:
        chain = Chain(database, session, company, order, "consign", now)
        chain.hand(receipt) if receipt.state in WITH_US else chain.chase(receipt, shipment)
    return []


def unaccounted(session: Session, now: datetime, limit: int = 1000) -> list[int]:
    """Order ids of shipments that are not closed although no open task says why: there should be none.

    Those whose pickup was said in this very moment, and whose hand-over still waits, are among them until it is taken.
    """
    said = exists().where(OPEN, Task.order_id == Shipment.order_id)
    statement = select(Shipment.order_id).where(Shipment.closed_at.is_(None), ~said, Shipment.dispatched_at <= now)
    return list(session.scalars(statement.order_by(Shipment.order_id).limit(limit)))
