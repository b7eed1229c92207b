"""The steps of followup, its contents: plan_tasks() opens what people must do, raise_overdue() says what is late.

events -> plan_tasks -> task -> the agents' queue
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from config.company import Company
from config.database import Database
from dispatch.deadline import company_deadline
from followup import agenda, casebook, cases, ordersearch, silence
from followup.agenda import SUPERVISOR, Contact, NewTask, TaskKind, task
from followup.hearing import Hearing, complain, review
from followup.journey import Journey, cancelled
from followup.oversight import go_on
from intake import mailbook, register
from intake.belonging import parted
from intake.handover import take_up
from intake.record import OrderRecord
from intake.tables import Event
from intake.timeline import FOLLOWUP, Entry, Happening, record

Clock = Callable[[], datetime]
TO_DISPATCHER = ("work_order", "stop_order")
OUTLIVES_ORDER = (
    TaskKind.HANDLE_COMPLAINT,
    TaskKind.HANDLE_EXCEPTION,
    TaskKind.REVIEW_MAIL,
    TaskKind.FIX_ADDRESS,
    TaskKind.MEND_FAULT,
)
ENDS_WITH_ORDER = tuple(kind for kind in TaskKind if kind not in OUTLIVES_ORDER)
SPEAKS_OF_SHIPMENTS = (
    Happening.DISPATCHER_SAID,
    Happening.ENQUIRED,
    Happening.CANCELLED,
    Happening.PICKED_UP,
    Happening.EXCEPTION_CLOSED,
    Happening.COMPLAINT_CLOSED,
)


def plan_tasks(database: Database, company: Company, clock: Clock, *, limit: int = 50) -> int:
    """Opens the tasks that follow from what happened; returns how many events were taken."""

    def act(session: Session, events: Sequence[Event]) -> None:
        for each, its in parted(session, company, events):
            Follow(database, session, each, clock()).up(its)

    return take_up(database, FOLLOWUP, act, clock, limit)


class Follow:
    """Acts on events: opens tasks, keeps the shipment, closes what has become pointless."""

    def __init__(self, database: Database, session: Session, company: Company, now: datetime) -> None:
        self.database, self.session, self.company, self.now = database, session, company, now
        self.dispatched: dict[int, dict[str, Any]] = {}  # shipments that begin or change, by order
        self.hearing = Hearing(database, session, company, now, self._pickup_by, self.contact)

    def up(self, events: Sequence[Event]) -> None:
        about = [event.order_id for event in events if event.order_id is not None]
        orders = register.records(self.session, about, origins=False) if about else {}
        tasks: list[NewTask] = []
        for event in events:
            if event.kind in SPEAKS_OF_SHIPMENTS:  # … that may have begun in this very batch
                tasks = self._write(tasks)
            tasks += self._after(event, orders.get(event.order_id or 0))
        self._write(tasks)
        decided = {event.order_id for event in events if event.kind == Happening.DECIDED}
        ordersearch.note(self.database, self.session, [orders[each] for each in decided if each in orders])

    def _write(self, tasks: list[NewTask]) -> list[NewTask]:
        """Puts into the book what this batch has brought so far; returns what is left to write: nothing."""
        casebook.note_dispatched(self.database, self.session, *self.dispatched.values())
        casebook.open_tasks(self.database, self.session, tasks, self.now)
        self.dispatched.clear()
        return []

    def _after(self, event: Event, order: OrderRecord | None) -> list[NewTask]:
        if order:
            return self._after_order_event(event, order)
        return self._after_mail_event(event)

    def _after_order_event(self, event: Event, order: OrderRecord) -> list[NewTask]:
        match event.kind:
            case Happening.DECIDED:
                return self._decided(event, order)
            case Happening.WORK_ORDER_SENT:
                return self._dispatched(event, order)
            case Happening.STOP_ORDER_SENT:
                return [silence.call_about_stop(event, order, self.contact(event.details["dispatcher"]), self.company)]
            case Happening.PROMISE_BROKEN | Happening.LETTER_REFUSED if event.details["purpose"] in TO_DISPATCHER:
                return [self._phone_dispatcher(event, order)]
            case Happening.LETTER_REFUSED:
                return [self._fix_address(event, order, str(event.details["recipient"]))]
            case Happening.CANCELLED:
                return self._cancelled(event, order)
            case Happening.STEP_FAILED:
                return [self._mend(event, order)]
            case Happening.PICKED_UP:
                return self._picked_up(event, order)
            case Happening.EXCEPTION_CLOSED | Happening.COMPLAINT_CLOSED:
                return self._cleared_up(event, order)
            case _:
                return self.hearing.after(event, order)

    def _cancelled(self, event: Event, order: OrderRecord) -> list[NewTask]:
        casebook.close_open(self.session, order.id, ENDS_WITH_ORDER, "cancelled", event.actor, self.now)
        cases.end_with_order(self.session, order.id, event.actor, self.now)
        shipment = casebook.shipment(self.session, order.id)
        if shipment is not None:
            cancelled(self.session, shipment, event.actor, self.now)
        return []

    def _picked_up(self, event: Event, order: OrderRecord) -> list[NewTask]:
        Journey(self.database, self.session, self.company, order, event.actor, self.now).plan()
        return []

    def _cleared_up(self, event: Event, order: OrderRecord) -> list[NewTask]:
        """Nothing is open about an exception or a complaint any more: the shipment goes on, or is done."""
        go_on(self.database, self.session, self.company, order, event.actor, self.now)
        return []

    def _decided(self, event: Event, order: OrderRecord) -> list[NewTask]:
        if (event.details["revision"], event.details["round"]) != (order.revision, order.round):
            return []
        if event.details["revision"] == event.details["round"] == 1:  # nobody can have been asked about it before
            return agenda.after_decision(order, event.at, self._no_answer())
        answered = (TaskKind.CONFIRM_WITH_CUSTOMER, TaskKind.COMPLETE_ORDER)
        casebook.close_open(self.session, order.id, answered, "answered", event.actor, self.now)
        return agenda.after_decision(order, event.at, self._no_answer())

    def _no_answer(self) -> timedelta:
        return timedelta(minutes=self.company.policy.no_answer_minutes)

    def _dispatched(self, event: Event, order: OrderRecord) -> list[NewTask]:
        """The work order is in the dispatcher's mail server: the clock of the verification call starts (SPEC 5, 7)."""
        pickup_by = self._pickup_by(order)
        key = str(event.details.get("dispatcher") or order.verdict.dispatcher or "")
        row = {
            "order_id": order.id,
            "revision": order.revision,
            "zone": order.verdict.zone.value,
            "dispatcher": key,
            "dispatched_at": event.at,
            "revised_at": event.at,
            "pickup_by": pickup_by,
            "price": order.verdict.quote.total if order.verdict.quote else None,
            "destination": order.verdict.destination_city,
        }
        self.dispatched[order.id] = row  # of two work orders of one order, the later counts
        if order.revision > 1:
            for call in casebook.open_of(self.session, order.id, (TaskKind.VERIFY_PICKUP, TaskKind.PICKUP_OVERDUE)):
                if call.round < order.revision:  # the deputy's copy of this revision leaves its call as it is
                    casebook.close(self.session, call, "superseded", "consign", self.now)
        return [agenda.verify_pickup(order, event.at, pickup_by, self.contact(key))]

    def _pickup_by(self, order: OrderRecord) -> datetime:
        return company_deadline(self.company, order.ordered_at, order.verdict.zone).by

    def contact(self, key: str) -> Contact:
        for dispatcher in self.company.dispatchers:
            if dispatcher.key == key:
                return Contact(dispatcher.name, dispatcher.phone)
        return Contact(key)

    def _phone_dispatcher(self, event: Event, order: OrderRecord) -> NewTask:
        key = str(event.details.get("dispatcher") or order.verdict.dispatcher or "")
        broken = event.kind == Happening.PROMISE_BROKEN
        return task(
            TaskKind.PHONE_DISPATCHER,
            event.at,
            "task_phone_late" if broken else "task_phone_refused",
            about=order.number,
            order=order,
            contact=self.contact(key),
            round_=event.details["letter"],
            letter_id=event.details["letter"],
            why_values={"recipient": event.details["recipient"], "reply": str(event.details.get("reply") or "")},
        )

    def _fix_address(self, event: Event, order: OrderRecord, address: str) -> NewTask:
        shipper = Contact(order.form.shipper.name or address, order.form.shipper.phone or "")
        return task(
            TaskKind.FIX_ADDRESS,
            event.at,
            "task_fix_address",
            about=f"{order.number}/{address}",
            order=order,
            contact=shipper,
            why_values={"recipient": address, "reply": str(event.details.get("reply") or "")},
        )

    def _mend(self, event: Event, order: OrderRecord | None) -> NewTask:
        return task(
            TaskKind.MEND_FAULT,
            event.at,
            "task_mend_fault",
            about=f"event-{event.details['event']}",
            order=order,
            role=SUPERVISOR,
            mail_id=event.mail_id,
            why_values={"room": event.details["room"], "trouble": event.details["trouble"]},
        )

    def _after_mail_event(self, event: Event) -> list[NewTask]:
        if event.kind == Happening.STEP_FAILED:
            return [self._mend(event, None)]
        mail = mailbook.mail(self.session, event.mail_id or 0)
        if mail is None:
            return []
        if event.kind == Happening.COMPLAINED:
            complain(self.database, self.session, event, None, self.now)
            return []
        if event.kind == Happening.LETTER_REFUSED:
            values = {"recipient": event.details["recipient"], "reply": str(event.details.get("reply") or "")}
            about = f"mail-{mail.id}/{event.details['recipient']}"
            return [
                task(
                    TaskKind.FIX_ADDRESS, event.at, "task_fix_address", about=about, mail_id=mail.id, why_values=values
                )
            ]
        return [review(event, None, sender=mail.sender, subject=mail.subject)]


def raise_overdue(database: Database, company: Company, clock: Clock, *, limit: int = 50) -> int:
    """Raises the pickups whose deadline has passed and that nobody has reported; returns how many."""
    with database.read() as session:
        if not casebook.overdue_pickups(database, session, clock(), 1):
            return 0
    with database.write() as session:
        now = clock()
        late = casebook.overdue_pickups(database, session, now, limit)
        orders = register.records(session, [shipment.order_id for shipment in late])
        tasks = []
        for shipment in late:
            shipment.overdue_at = now
            order = orders[shipment.order_id]
            contact = Follow(database, session, company.of(order.company), now).contact(shipment.dispatcher)
            tasks.append(agenda.pickup_overdue(order, now, shipment.pickup_by, contact))
        casebook.open_tasks(database, session, tasks, now)
        record(session, [Entry(Happening.PICKUP_OVERDUE, now, order_id=shipment.order_id) for shipment in late])
    return len(late)
