"""The timeline, and the hand-over between the rooms that hangs on it.

Whoever changes something records an event in the same transaction (RELIABILITY G20). For the rooms that must act on it
a hand-over row is laid beside it; the room takes such rows, acts, and removes them, all in one transaction of its own.
So a crash anywhere leaves a row that the next turn finds, and the question costs the same at a million orders as at
ten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from config.database import insert_all
from intake.tables import Event, Handover

DISPATCH, FOLLOWUP = "dispatch", "followup"


class Happening(StrEnum):
    """Every kind of event. The value is stored: never change one."""

    # intake
    DECIDED = "decided"  # an order was judged: revision, round, outcome
    CANCELLED = "cancelled"
    COPY_SEEN = "copy_seen"  # a mail came again
    MAIL_FOR_REVIEW = "mail_for_review"  # no rule fits
    MAIL_SET_ASIDE = "mail_set_aside"  # reading it failed
    MAIL_TOO_LARGE = "mail_too_large"
    MAIL_IS_PICTURE = "mail_is_picture"  # images only: please write it in the mail
    MAIL_REFILED = "mail_refiled"  # a person filed or ignored it, or had it read again
    BOUNCED = "bounced"  # a letter of ours came back: its order, audience and Message-ID
    POSSIBLE_FORGERY = "possible_forgery"  # our border says that the sender is not who he says: nothing changed
    MESSAGE_ID_REUSED = "message_id_reused"  # another mail had this Message-ID: handled all the same (G2)
    ORDER_CONFIRMED = "order_confirmed"  # the customer agreed, by mail or by phone
    CHANGE_UNPROVEN = "change_unproven"  # somebody wants a change, nothing proves that he may: the customer is called
    CHANGE_TOO_LATE = "change_too_late"  # the goods are on the lorry: a call instead
    DISPATCHER_SAID = "dispatcher_said"  # a dispatcher answered his work order, proven
    ENQUIRED = "enquired"  # a customer asks where his order stands
    COMPLAINED = "complained"
    QUOTED = "quoted"  # a quote was asked for by mail, and could be reckoned
    # dispatch
    LETTER_WRITTEN = "letter_written"
    LETTER_SENT = "letter_sent"
    WORK_ORDER_SENT = "work_order_sent"  # accepted by the dispatcher's mail server: the call is due one hour later
    STOP_ORDER_SENT = "stop_order_sent"  # accepted by his mail server: who says nothing to it is called (SPEC 5)
    LETTER_UNKNOWN = "letter_unknown"  # the final dot was sent, no reply came (G5)
    LETTER_REFUSED = "letter_refused"  # for good (G7)
    LETTER_LATE = "letter_late"  # not accepted within two minutes: alert
    PROMISE_BROKEN = "promise_broken"  # not accepted within three (SPEC 5)
    ANSWER_WITHHELD = "answer_withheld"  # no letter, and why: a machine, a list, too many answers (RFC 3834)
    STEP_FAILED = "step_failed"  # a hand-over could not be acted on: a fault of ours, kept for a person
    # followup
    TASK_OPENED = "task_opened"
    TASK_ATTEMPTED = "task_attempted"
    TASK_CLOSED = "task_closed"
    ACKNOWLEDGED = "acknowledged"  # the dispatcher has the work order
    NOT_ACKNOWLEDGED = "not_acknowledged"  # he was silent for too long: his deputy gets it too
    PICKUP_PROBLEM = "pickup_problem"  # the dispatcher cannot, the address is wrong, the goods are not ready
    ENQUIRY_ANSWERED = "enquiry_answered"  # state, next step and promised time of an order that was asked about
    PICKED_UP = "picked_up"
    NOT_YET_PICKED_UP = "not_yet_picked_up"
    PICKUP_OVERDUE = "pickup_overdue"  # the pickup deadline passed and nobody has said "picked up"
    # after the pickup (SPEC 7, 9)
    DELIVERY_ARRANGED = "delivery_arranged"  # same city: a window agreed with the consignee
    STATION_INFORMED = "station_informed"  # the station at the destination expects the goods
    CONSIGNEE_INFORMED = "consignee_informed"
    DEPARTED = "departed"  # on the line-haul: {at, station}
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERY_REFUSED = "delivery_refused"  # the consignee does not take the goods
    GOODS_LOST = "goods_lost"
    GOODS_RETURNED = "goods_returned"  # back with the shipper
    BATCH_ARRIVED = "batch_arrived"  # a part of the goods; the last one is ARRIVED
    ARRIVED = "arrived"
    ARRIVAL_DELAYED = "arrival_delayed"  # promised anew: the customer is told each time
    SIGNED = "signed"  # by whom, when, in what condition
    SIGNING_FAILED = "signing_failed"  # the checklist was not met: never enters the receipt chain
    RECEIPT_SENT = "receipt_sent"
    RECEIPT_RECEIVED = "receipt_received"
    RECEIPT_CHECKED = "receipt_checked"
    RECEIPT_HANDED = "receipt_handed"
    RECEIPT_DEFECTIVE = "receipt_defective"  # back to the station, to be signed again
    RECEIPT_LOST = "receipt_lost"
    SHIPMENT_CLOSED = "shipment_closed"
    EXCEPTION_OPENED = "exception_opened"
    EXCEPTION_CHANGED = "exception_changed"  # customer told, cause, unit, remedy, compensation
    EXCEPTION_CLOSED = "exception_closed"
    CUSTOMER_TOLD = "customer_told"  # what went wrong, in a letter, on the agent's word
    COMPLAINT_OPENED = "complaint_opened"
    COMPLAINT_CHANGED = "complaint_changed"
    COMPLAINT_ANSWERED = "complaint_answered"  # in a letter, on the agent's word
    COMPLAINT_CLOSED = "complaint_closed"
    PENALTY_PROPOSED = "penalty_proposed"
    PENALTY_DECIDED = "penalty_decided"
    ATTACHED = "attached"  # a scan, photo or paper was put to the order
    SATISFACTION_GIVEN = "satisfaction_given"
    CUSTOMER_VISITED = "customer_visited"
    TASK_ESCALATED = "task_escalated"  # overdue for too long: the next rung of the ladder has it
    NOTED = "noted"  # a person's word on an order, beside any task
    REPORT_MAILED = "report_mailed"
    # the desk
    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    PEOPLE_CHANGED = "people_changed"  # an account, session or token was made, changed or revoked
    LETTER_AGAIN = "letter_again"  # a person has had a letter sent once more
    MAIL_LINKED = "mail_linked"  # a person has tied a mail to an order
    # personal data
    ERASED = "erased"  # names, numbers, addresses and words were emptied: on request, or by age
    EXPORTED = "exported"  # somebody took a copy of personal data out
    HOLD_SET = "hold_set"  # nothing is forgotten until the hold is lifted
    HOLD_LIFTED = "hold_lifted"


ROOMS: Mapping[str, tuple[str, ...]] = {
    Happening.DECIDED: (DISPATCH, FOLLOWUP),
    Happening.CANCELLED: (DISPATCH, FOLLOWUP),
    Happening.MAIL_FOR_REVIEW: (FOLLOWUP,),
    Happening.MAIL_SET_ASIDE: (FOLLOWUP,),
    Happening.MAIL_TOO_LARGE: (FOLLOWUP,),
    Happening.MAIL_IS_PICTURE: (DISPATCH, FOLLOWUP),
    Happening.BOUNCED: (DISPATCH,),
    Happening.POSSIBLE_FORGERY: (FOLLOWUP,),
    Happening.CHANGE_UNPROVEN: (DISPATCH, FOLLOWUP),
    Happening.CHANGE_TOO_LATE: (DISPATCH, FOLLOWUP),
    Happening.DISPATCHER_SAID: (FOLLOWUP,),
    Happening.ENQUIRED: (FOLLOWUP,),
    Happening.COMPLAINED: (DISPATCH, FOLLOWUP),
    Happening.QUOTED: (DISPATCH,),
    Happening.NOT_ACKNOWLEDGED: (DISPATCH, FOLLOWUP),
    Happening.ENQUIRY_ANSWERED: (DISPATCH,),
    Happening.WORK_ORDER_SENT: (FOLLOWUP,),
    Happening.STOP_ORDER_SENT: (FOLLOWUP,),
    Happening.PICKED_UP: (DISPATCH, FOLLOWUP),
    Happening.ARRIVED: (DISPATCH,),
    Happening.ARRIVAL_DELAYED: (DISPATCH,),
    Happening.SIGNED: (DISPATCH,),
    Happening.RECEIPT_HANDED: (DISPATCH,),
    Happening.EXCEPTION_CLOSED: (FOLLOWUP,),
    Happening.COMPLAINT_CLOSED: (FOLLOWUP,),
    Happening.TASK_ESCALATED: (DISPATCH,),
    Happening.CUSTOMER_TOLD: (DISPATCH,),
    Happening.COMPLAINT_ANSWERED: (DISPATCH,),
    Happening.STEP_FAILED: (FOLLOWUP,),
    Happening.LETTER_REFUSED: (DISPATCH, FOLLOWUP),
    Happening.LETTER_LATE: (DISPATCH, FOLLOWUP),
    Happening.PROMISE_BROKEN: (FOLLOWUP,),
}


EVENTS, HANDOVERS = insert(Event).returning(Event.id, Event.kind), insert(Handover)


@dataclass(frozen=True)
class Entry:
    """An event to be recorded."""

    kind: str
    at: datetime
    actor: str = "consign"
    order_id: int | None = None
    mail_id: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


def record(session: Session, entries: Sequence[Entry]) -> None:
    """Writes events, and a hand-over for each room that must act on one."""
    if not entries:
        return
    rows = [vars(entry) for entry in entries]
    written = insert_all(session, EVENTS, rows)
    handovers = [{"room": room, "event_id": row.id} for row in written for room in ROOMS.get(row.kind, ())]
    if handovers:
        insert_all(session, HANDOVERS, handovers)


def of_order(session: Session, order_id: int) -> list[Event]:
    """Everything that happened to an order, oldest first."""
    return list(session.scalars(select(Event).where(Event.order_id == order_id).order_by(Event.id)))


def kinds_of(session: Session, order_id: int) -> list[tuple[str, dict[str, Any]]]:
    """Kind and details of everything that happened to an order, oldest first: what has been done already."""
    rows = session.execute(select(Event.kind, Event.details).where(Event.order_id == order_id).order_by(Event.id))
    return [(kind, details) for kind, details in rows]
