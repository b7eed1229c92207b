"""Dispatchers who do not acknowledge: after policy.acknowledge_minutes the deputy gets the work order too (SPEC 5).

A stop order has no deputy: who does not acknowledge one is phoned.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from config.company import Company
from config.database import Database
from dispatch.roster import on_duty
from followup.agenda import Contact, NewTask, TaskKind, task
from followup.tables import SILENT, Shipment, Task
from intake import register
from intake.record import OrderRecord
from intake.tables import Event
from intake.timeline import Entry, Happening, record


def chase_silent(database: Database, company: Company, clock: Callable[[], datetime], *, limit: int = 50) -> int:
    """Notices work orders that nobody has acknowledged in time; returns how many. Dispatch writes to the deputy."""
    patience = timedelta(minutes=company.policy.acknowledge_minutes)
    statement = select(Shipment).where(SILENT, Shipment.revised_at <= clock() - patience)
    statement = statement.order_by(Shipment.revised_at).limit(limit)
    with database.read() as session:
        if session.scalars(statement.limit(1)).first() is None:
            return 0
    with database.write() as session:
        now = clock()
        silent = list(session.scalars(database.skip_locked(statement)))
        whose = register.companies_of(session, [shipment.order_id for shipment in silent])
        for shipment in silent:
            shipment.deputised_at = now
            duty = on_duty(company.of(whose[shipment.order_id]).dispatchers, shipment.dispatcher, now)
            deputy = duty.deputy.key if duty.deputy else ""
            details = {"dispatcher": shipment.dispatcher, "deputy": deputy, "revision": shipment.revision}
            record(session, [Entry(Happening.NOT_ACKNOWLEDGED, now, order_id=shipment.order_id, details=details)])
    return len(silent)


UNHEARD_STOP = "task_stop_order_silent"


def call_about_stop(event: Event, order: OrderRecord, dispatcher: Contact, company: Company) -> NewTask:
    """The call to a dispatcher who got a stop order: not to be made before he has had his minutes to acknowledge it."""
    due = event.at + timedelta(minutes=company.policy.acknowledge_minutes)
    return task(
        TaskKind.PHONE_DISPATCHER,
        due,
        UNHEARD_STOP,
        about=f"{order.number}/stop",
        order=order,
        contact=dispatcher,
        round_=event.details["letter"],
        letter_id=event.details["letter"],
        why_values={"recipient": event.details["recipient"], "dispatcher": event.details["dispatcher"]},
    )


def asks_about_stop(call: Task, dispatcher: str) -> bool:
    """Whether an open call is about a stop order to this dispatcher (key of the roster)."""
    return call.why == UNHEARD_STOP and call.why_values["dispatcher"] == dispatcher
