"""Dispatchers who do not acknowledge: after policy.acknowledge_minutes the deputy gets the work order too (SPEC 5)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from config.company import Company
from config.database import Database
from dispatch.roster import on_duty
from followup.tables import SILENT, Shipment
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
        for shipment in silent:
            shipment.deputised_at = now
            duty = on_duty(company.dispatchers, shipment.dispatcher, now)
            deputy = duty.deputy.key if duty.deputy else ""
            details = {"dispatcher": shipment.dispatcher, "deputy": deputy, "revision": shipment.revision}
            record(session, [Entry(Happening.NOT_ACKNOWLEDGED, now, order_id=shipment.order_id, details=details)])
    return len(silent)
