"""Which tasks follow from what happened, and when they are due (SPEC 7). Pure: no clock, no session."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from intake.record import OrderRecord
from intake.verdict import Outcome


class TaskKind(StrEnum):
    """What a person is asked to do."""

    CONFIRM_WITH_CUSTOMER = "confirm_with_customer"
    COMPLETE_ORDER = "complete_order"
    OFFER_ALTERNATIVE = "offer_alternative"  # rejected: the customer is called with another way (SPEC 4)
    VERIFY_PICKUP = "verify_pickup"
    PICKUP_OVERDUE = "pickup_overdue"
    PHONE_DISPATCHER = "phone_dispatcher"  # the work order is late or refused: a person says it by phone (G7)
    HANDLE_EXCEPTION = "handle_exception"
    REVIEW_MAIL = "review_mail"
    FIX_ADDRESS = "fix_address"
    CONFIRM_CHANGE = "confirm_change"  # a change that is not proven, or comes too late: the customer is called
    HANDLE_COMPLAINT = "handle_complaint"
    MEND_FAULT = "mend_fault"  # a step of ours failed: for the supervisor
    ARRANGE_DELIVERY = "arrange_delivery"  # picked up, same city: a window with the consignee
    COORDINATE_DESTINATION = "coordinate_destination"  # picked up, another city: station and consignee informed
    CHECK_ARRIVAL = "check_arrival"  # by the lane's days, then on each newly promised date
    CHECK_SIGNED = "check_signed"
    CHASE_RECEIPT = "chase_receipt"  # the signed paper that is to come back
    SATISFACTION_CALL = "satisfaction_call"
    CUSTOMER_VISIT = "customer_visit"  # key and new customers, once a month
    WATCH_TRANSFER = "watch_transfer"  # urgent and special goods: asked after at the transfer station (SPEC 9)
    HAND_RECEIPT = "hand_receipt"  # the receipt is back: checked, and handed to the customer or to settlement


AGENT, SUPERVISOR, MANAGER = "agent", "supervisor", "manager"

# How long after its cause a task is due (SPEC 7).
DUE = {
    TaskKind.CONFIRM_WITH_CUSTOMER: timedelta(minutes=15),
    TaskKind.COMPLETE_ORDER: timedelta(minutes=30),
    TaskKind.OFFER_ALTERNATIVE: timedelta(minutes=30),
    TaskKind.VERIFY_PICKUP: timedelta(hours=1),
    TaskKind.PICKUP_OVERDUE: timedelta(0),
    TaskKind.PHONE_DISPATCHER: timedelta(0),
    TaskKind.HANDLE_EXCEPTION: timedelta(minutes=30),
    TaskKind.REVIEW_MAIL: timedelta(minutes=15),
    TaskKind.FIX_ADDRESS: timedelta(minutes=30),
    TaskKind.CONFIRM_CHANGE: timedelta(minutes=15),
    TaskKind.HANDLE_COMPLAINT: timedelta(hours=1),
    TaskKind.MEND_FAULT: timedelta(minutes=15),
    TaskKind.ARRANGE_DELIVERY: timedelta(hours=2),
    TaskKind.COORDINATE_DESTINATION: timedelta(hours=4),
    TaskKind.CHECK_ARRIVAL: timedelta(days=1),
    TaskKind.CHECK_SIGNED: timedelta(days=1),
    TaskKind.CHASE_RECEIPT: timedelta(days=5),
    TaskKind.SATISFACTION_CALL: timedelta(days=3),
    TaskKind.CUSTOMER_VISIT: timedelta(days=30),
    TaskKind.WATCH_TRANSFER: timedelta(hours=2),
    TaskKind.HAND_RECEIPT: timedelta(days=2),
}
# From when the call may be made: the verification from minute 50, so that it is verified within the hour.
EARLY = {TaskKind.VERIFY_PICKUP: timedelta(minutes=10)}
PRIORITY = {
    TaskKind.PHONE_DISPATCHER: 1,
    TaskKind.PICKUP_OVERDUE: 1,
    TaskKind.MEND_FAULT: 2,
    TaskKind.HANDLE_EXCEPTION: 2,
    TaskKind.CONFIRM_CHANGE: 2,
    TaskKind.HANDLE_COMPLAINT: 2,
    TaskKind.CONFIRM_WITH_CUSTOMER: 3,
    TaskKind.VERIFY_PICKUP: 3,
}


@dataclass(frozen=True)
class Contact:
    """Whom to call, and at which number."""

    name: str = ""
    phone: str = ""


@dataclass(frozen=True)
class NewTask:
    """A task that is not yet in the casebook; its key says what it is, so that it is opened but once."""

    key: str
    kind: TaskKind
    why: str
    call_from: datetime
    due_at: datetime
    why_values: Mapping[str, Any] = field(default_factory=dict)
    order_id: int | None = None
    mail_id: int | None = None
    letter_id: int | None = None
    round: int = 1
    role: str = AGENT
    whom: str = ""
    phone: str = ""
    zone: str = ""
    dispatcher: str = ""
    priority: int = 5


def task(
    kind: TaskKind,
    at: datetime,
    why: str,
    *,
    about: str,
    order: OrderRecord | None = None,
    contact: Contact = Contact(),
    due_at: datetime | None = None,
    round_: int = 1,
    role: str = AGENT,
    **more: Any,
) -> NewTask:
    """A task of `kind` for what happened `at`; `about` names the order or mail, once for each `round_`."""
    due = due_at or at + DUE[kind]
    return NewTask(
        key=f"{about}/{kind}/{round_}",
        kind=kind,
        why=why,
        call_from=max(at, due - EARLY.get(kind, due - at)),
        due_at=due,
        order_id=order.id if order else None,
        round=round_,
        role=role,
        whom=contact.name,
        phone=contact.phone,
        zone=order.verdict.zone.value if order else "",
        dispatcher=(order.verdict.dispatcher or "") if order else "",
        priority=PRIORITY.get(kind, 5),
        **more,
    )


def after_decision(order: OrderRecord, at: datetime, no_answer: timedelta) -> list[NewTask]:
    """What follows from a verdict: a call to confirm, to complete, or to offer another way; nothing when accepted."""
    shipper = Contact(order.form.shipper.name or order.shipper_address, order.form.shipper.phone or "")
    reasons = {"reasons": [reason.model_dump(mode="json") for reason in order.verdict.reasons]}
    round_ = order.revision * 100 + order.round  # one task for each judgement of each revision
    common: dict[str, Any] = {"about": order.number, "order": order, "contact": shipper, "round_": round_}
    match order.verdict.outcome:
        case Outcome.AWAITING_CONFIRMATION:
            kind, why, due = TaskKind.CONFIRM_WITH_CUSTOMER, "task_confirm", None
        case Outcome.INCOMPLETE:
            kind, why, due = TaskKind.COMPLETE_ORDER, "task_complete", at + no_answer
        case Outcome.REJECTED:
            kind, why, due = TaskKind.OFFER_ALTERNATIVE, "task_offer", None
        case _:
            return []
    return [task(kind, at, why, due_at=due, why_values=reasons, **common)]


VERIFY, VERIFY_AGAIN = "task_verify", "task_verify_again"  # the hour of SPEC 5 is promised for the first alone


def verify_pickup(
    order: OrderRecord, sent_at: datetime, pickup_by: datetime, dispatcher: Contact, about: str = ""
) -> NewTask:
    """The verification call: due exactly one hour after the work order was accepted, from minute 50 on.

    `about` names the call that follows a problem or a change of hands.
    """
    return task(
        TaskKind.VERIFY_PICKUP,
        sent_at,
        VERIFY_AGAIN if about else VERIFY,
        about=about or order.number,
        order=order,
        contact=dispatcher,
        round_=order.revision,
        why_values={"pickup_by": pickup_by.isoformat()},
    )


def pickup_overdue(order: OrderRecord, at: datetime, pickup_by: datetime, dispatcher: Contact) -> NewTask:
    """The deadline has passed and nobody has said "picked up": to the supervisor, at once."""
    return task(
        TaskKind.PICKUP_OVERDUE,
        at,
        "task_overdue",
        about=order.number,
        order=order,
        contact=dispatcher,
        round_=order.revision,
        role=SUPERVISOR,
        why_values={"pickup_by": pickup_by.isoformat()},
    )
