"""What follows from a conversation for the people at the desk: calls closed, moved and opened (SPEC 5, 7, 9).

Part of plan_tasks; in: an event and its order, out: the tasks to open. What a dispatcher wrote by mail does the same as
what an agent enters after a call.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from config.company import Company
from config.database import Database
from dispatch import letterbook
from followup import casebook, cases, complaints, silence
from followup.agenda import Contact, NewTask, TaskKind, task
from followup.enquiry import standing
from followup.journey import Journey, note_picked_up
from followup.stages import Move, MoveRefused
from followup.tables import Shipment
from followup.telling import Told, is_known, tell
from intake.record import OrderRecord, OrderState
from intake.replies import DispatchReply, Said, speaks_of_delay
from intake.tables import Event
from intake.timeline import Entry, Happening, record

ON_THE_WAY = {Said.ARRIVED: Move.ARRIVED, Said.SIGNED: Move.SIGNED}  # what is said of goods after their pickup
PICKUP_CALLS = (TaskKind.VERIFY_PICKUP, TaskKind.PICKUP_OVERDUE)


class Hearing:
    """Acts on the words of dispatchers and customers, in the caller's transaction."""

    def __init__(
        self,
        database: Database,
        session: Session,
        company: Company,
        now: datetime,
        pickup_by: Callable[[OrderRecord], datetime],
        contact: Callable[[str], Contact],
    ) -> None:
        self.database, self.session, self.company, self.now = database, session, company, now
        self.pickup_by, self.contact = pickup_by, contact

    def after(self, event: Event, order: OrderRecord) -> list[NewTask]:
        """The tasks that follow; none for an event that is no matter of conversations."""
        match event.kind:
            case Happening.DISPATCHER_SAID:
                return self._dispatcher_said(event, order)
            case Happening.ENQUIRED:
                return self._enquired(event, order)
            case Happening.COMPLAINED:
                complain(self.database, self.session, event, order, self.now)
                return []
            case Happening.CHANGE_UNPROVEN | Happening.CHANGE_TOO_LATE:
                return [self._call_about_change(event, order)]
            case Happening.MAIL_FOR_REVIEW:
                return [review(event, order)]
            case Happening.NOT_ACKNOWLEDGED if not event.details["deputy"]:
                return [self._phone_dispatcher(event, order, "task_dispatcher_silent", event.details["dispatcher"])]
            case _:
                return []

    # -- dispatchers

    def _dispatcher_said(self, event: Event, order: OrderRecord) -> list[NewTask]:
        reply = DispatchReply.model_validate(event.details["reply"])
        key = str(event.details["dispatcher"])
        if key not in letterbook.work_order_holders(self.session, order.id).values():
            return self._stopped_dispatcher_said(event, order, reply, key)
        shipment = casebook.shipment(self.session, order.id)
        if shipment is None:
            return [review(event, order, "dispatcher_before_work_order")]
        self._note(shipment, reply, event)
        if reply.said in ON_THE_WAY or (reply.said is Said.NOT_YET and shipment.picked_up_at is not None):
            return self._on_the_way(event, order, reply)
        if reply.said is Said.PICKED_UP:
            return self._picked_up(event, order, reply, key)
        if reply.said is Said.NOT_YET:
            return self._not_yet(event, order, shipment, reply)
        if reply.said is Said.ACKNOWLEDGED:
            return []
        self._record(Happening.PICKUP_PROBLEM, event, said=reply.said.value, words=reply.words)
        if reply.said is Said.CANNOT:
            return [self._phone_dispatcher(event, order, "task_dispatcher_cannot", key)]
        if reply.said is Said.WRONG_ADDRESS:
            return [self._for_shipper(TaskKind.CONFIRM_CHANGE, "task_wrong_address", event, order)]
        self._open_case(event, order, reply.words)
        return []

    def _stopped_dispatcher_said(
        self, event: Event, order: OrderRecord, reply: DispatchReply, key: str
    ) -> list[NewTask]:
        """He holds no work order any more (cancelled, or another dispatcher's): his word moves nothing."""
        if reply.said is Said.PICKED_UP:
            return [self._phone_dispatcher(event, order, "task_picked_up_although_stopped", key)]
        if reply.said is not Said.ACKNOWLEDGED:
            return [review(event, order, "dispatcher_not_understood")]
        for call in casebook.open_of(self.session, order.id, (TaskKind.PHONE_DISPATCHER,)):
            if silence.asks_about_stop(call, key):
                casebook.close(self.session, call, "acknowledged", event.actor, self.now)
        return []

    def _note(self, shipment: Shipment, reply: DispatchReply, event: Event) -> None:
        """Whoever answers has the work order; driver, phone and vehicle are kept as far as he names them."""
        if shipment.acknowledged_at is None and event.details.get("revision", shipment.revision) >= shipment.revision:
            shipment.acknowledged_at = self.now
            self._record(Happening.ACKNOWLEDGED, event, dispatcher=event.details["dispatcher"])
        shipment.driver = reply.driver or shipment.driver
        shipment.driver_phone = reply.phone or shipment.driver_phone
        shipment.vehicle = reply.vehicle or shipment.vehicle
        if reply.at and reply.said in (Said.NOT_YET, Said.ACKNOWLEDGED) and shipment.picked_up_at is None:
            shipment.expected_at = reply.at

    def _picked_up(self, event: Event, order: OrderRecord, reply: DispatchReply, key: str) -> list[NewTask]:
        at = reply.at or datetime.fromisoformat(event.details["written_at"])
        who = {"driver": reply.driver, "phone": reply.phone, "vehicle": reply.vehicle}
        note_picked_up(self.session, order.id, event.actor, min(at, self.now), who, self.now)
        if event.details.get("revision", order.revision) < order.revision:
            return [self._phone_dispatcher(event, order, "task_picked_up_by_old_revision", key)]
        return []

    def _on_the_way(self, event: Event, order: OrderRecord, reply: DispatchReply) -> list[NewTask]:
        """After the pickup: arrived, signed for, or late until a time. What cannot be is read by a person."""
        if reply.said is Said.NOT_YET and not speaks_of_delay(reply.words):
            return [review(event, order, "dispatcher_not_understood")]
        if reply.said is Said.NOT_YET:
            told = Told(Move.DELAYED, promised=reply.at, words=reply.words)
        else:
            written = datetime.fromisoformat(event.details["written_at"])
            at = min(reply.at or written, self.now)
            told = Told(ON_THE_WAY[reply.said], at=at, signer=reply.signer or "?", words=reply.words)
        try:
            with self.session.begin_nested():
                way = Journey(self.database, self.session, self.company, order, event.actor, self.now)
                if not is_known(way, told):
                    tell(way, told)
        except MoveRefused:
            return [review(event, order, "dispatcher_move_refused")]
        return []

    def _open_case(
        self,
        event: Event,
        order: OrderRecord,
        words: str,
        why: str = "task_exception",
        values: dict[str, Any] | None = None,
    ) -> None:
        """What hinders the pickup, in the dispatcher's words, is an exception with an owner and a clock (SPEC 9)."""
        cases.open_case(
            self.database,
            self.session,
            order,
            cases.ExceptionKind.PICKUP,
            words,
            event.actor,
            self.now,
            why=why,
            why_values=values,
            mail_id=event.mail_id,
        )

    def _not_yet(self, event: Event, order: OrderRecord, shipment: Shipment, reply: DispatchReply) -> list[NewTask]:
        """The call moves to the promised time; one after the deadline is a matter for a person now."""
        expected = reply.at
        self._record(
            Happening.NOT_YET_PICKED_UP, event, expected=expected.isoformat() if expected else None, words=reply.words
        )
        if expected is None:
            return []
        if expected > shipment.pickup_by:
            values = {"expected": expected.isoformat(), "pickup_by": shipment.pickup_by.isoformat()}
            self._open_case(event, order, reply.words, "task_pickup_will_be_late", values)
            return []
        for call in casebook.open_of(self.session, order.id, PICKUP_CALLS):
            details = {"note": reply.words, "time": expected.isoformat()}
            casebook.note_attempt(self.session, call, event.actor, "not_yet", details, self.now, expected)
            casebook.put_off(self.session, call, expected)
        return []

    # -- customers

    def _enquired(self, event: Event, order: OrderRecord) -> list[NewTask]:
        shipment = casebook.shipment(self.session, order.id)
        accepted = order.state is OrderState.ACCEPTED
        found = standing(order, shipment, self.pickup_by(order) if accepted else None, self.now)
        details = {**event.details, "state": found.state, "next": found.next, "values": found.values}
        record(
            self.session,
            [Entry(Happening.ENQUIRY_ANSWERED, self.now, "consign", order.id, event.mail_id, details)],
        )
        return []

    def _call_about_change(self, event: Event, order: OrderRecord) -> NewTask:
        too_late = event.kind == Happening.CHANGE_TOO_LATE
        asked = str(event.details["asked"])
        why = f"task_{asked}_too_late" if too_late else f"task_{asked}_unproven"
        kind = TaskKind.CONFIRM_CHANGE if asked != "consent" else TaskKind.CONFIRM_WITH_CUSTOMER
        return self._for_shipper(kind, why, event, order, sender=event.details.get("sender", ""))

    # -- tasks

    def _for_shipper(self, kind: TaskKind, why: str, event: Event, order: OrderRecord, **values: Any) -> NewTask:
        """A call to the shipper, at the number of the order."""
        shipper = Contact(order.form.shipper.name or order.shipper_address, order.form.shipper.phone or "")
        words = (event.details.get("reply") or {}).get("words", "")
        return task(
            kind,
            event.at,
            why,
            about=f"{order.number}/event-{event.id}",
            order=order,
            contact=shipper,
            mail_id=event.mail_id,
            why_values={"note": words, **values},
        )

    def _phone_dispatcher(self, event: Event, order: OrderRecord, why: str, key: str) -> NewTask:
        words = (event.details.get("reply") or {}).get("words", "")
        return task(
            TaskKind.PHONE_DISPATCHER,
            event.at,
            why,
            about=f"{order.number}/event-{event.id}",
            order=order,
            contact=self.contact(key),
            mail_id=event.mail_id,
            why_values={"note": words},
        )

    def _record(self, happening: Happening, event: Event, **details: Any) -> None:
        record(self.session, [Entry(happening, self.now, event.actor, event.order_id, event.mail_id, details)])


def review(event: Event, order: OrderRecord | None, why: str = "", sender: str = "", subject: str = "") -> NewTask:
    """A person reads a mail; what it may belong to stands beside it."""
    reason = why or event.details.get("why")
    values = {"sender": sender, "subject": subject, "candidates": "", "addresses": "", **event.details}
    for key in ("candidates", "addresses"):
        values[key] = ", ".join(values[key])
    return task(
        TaskKind.REVIEW_MAIL,
        event.at,
        f"task_review_{reason}" if reason else f"task_{event.kind}",
        about=f"mail-{event.mail_id}",
        order=order,
        contact=Contact(sender, str(event.details.get("phone") or "")),
        mail_id=event.mail_id,
        why_values=values,
    )


def complain(database: Database, session: Session, event: Event, order: OrderRecord | None, now: datetime) -> None:
    """A complaint by mail: the first answer is due within the hour (SPEC 7)."""
    sender, subject = str(event.details["recipient"]), str(event.details.get("subject") or "")
    known = order.form.shipper if order else None
    contact = Contact((known and known.name) or sender, (known and known.phone) or "")
    complaints.open_complaint(
        database, session, order, subject, contact, event.actor, now, complainant=sender, mail_id=event.mail_id
    )
