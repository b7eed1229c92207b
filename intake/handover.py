"""How a room takes up what happened in the rooms to its left: whole batches in one transaction, a bad event alone."""

import traceback
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from config.crashpoints import crash_point
from config.database import Database, blames_database
from intake.tables import Event, Handover
from intake.timeline import Entry, Happening, record

log = structlog.get_logger()
Act = Callable[[Session, Sequence[Event]], None]
# Asked after every letter: built once.
WAITING: Any = (
    select(Handover.event_id)
    .where(Handover.room == bindparam("room"), Handover.trouble.is_(None))
    .order_by(Handover.event_id)
    .limit(bindparam("most"))
)
EVENTS = select(Event).where(Event.id.in_(bindparam("ids", expanding=True))).order_by(Event.id)
TAKEN = delete(Handover).where(
    Handover.room == bindparam("room"), Handover.event_id.in_(bindparam("ids", expanding=True))
)


def take_up(database: Database, room: str, act: Act, clock: Callable[[], datetime], limit: int) -> int:
    """Lets `act` follow up to `limit` of the oldest events that `room` must still act on; returns how many there were.

    The hand-overs are removed in the transaction in which `act` writes. When `act` fails, the events are tried one by
    one, and the guilty one is set aside with its traceback, for a person.
    """
    try:
        return _take_up(database, room, act, limit)
    except Exception as error:
        if blames_database(error):
            raise  # away or locked: no event is to blame
        # Whatever it was, the others must go on.
        log.error("batch_failed", room=room, error=repr(error))
    return sum(_take_up_one(database, room, act, clock) for _ in range(limit))


def _take_up(database: Database, room: str, act: Act, limit: int) -> int:
    with database.write() as session:
        events = _take(database, session, room, limit)
        if events:
            act(session, events)
            crash_point("handover_begun")
    if events:
        crash_point("handed_over")
    return len(events)


def _take_up_one(database: Database, room: str, act: Act, clock: Callable[[], datetime]) -> int:
    taken: list[Event] = []
    try:
        with database.write() as session:
            taken = _take(database, session, room, 1)
            session.expunge_all()
            act(session, taken)
    except Exception as error:
        if not taken or blames_database(error):
            raise
        _set_aside(database, room, taken[0], "".join(traceback.format_exception(error)), clock())
    return len(taken)


def waiting(session: Session, room: str, limit: int) -> list[Event]:
    """The events that `room` will be given next, oldest first; for whoever wants to prepare, before the pen is free."""
    ids = list(session.scalars(WAITING, {"room": room, "most": limit}))
    return list(session.scalars(EVENTS, {"ids": ids})) if ids else []


def _take(database: Database, session: Session, room: str, limit: int) -> list[Event]:
    """The oldest events that `room` has still to act on; they are its own once this transaction commits."""
    ids = list(session.scalars(database.skip_locked(WAITING), {"room": room, "most": limit}))
    if not ids:
        return []
    events = list(session.scalars(EVENTS, {"ids": ids}))
    session.connection().execute(TAKEN, {"room": room, "ids": ids})
    return events


def _park(session: Session, room: str, event_id: int, trouble: str) -> None:
    """Sets one hand-over aside that could not be acted on, so that it holds up no other."""
    row = update(Handover).where(Handover.room == room, Handover.event_id == event_id)
    session.execute(row.values(trouble=trouble))


def _set_aside(database: Database, room: str, event: Event, trouble: str, now: datetime) -> None:
    """Parks the hand-over of an event that `room` could not act on, and says so to a person."""
    details = {"room": room, "event": event.id, "kind": event.kind, "trouble": trouble.strip().splitlines()[-1:]}
    with database.write() as session:
        _park(session, room, event.id, trouble)
        record(session, [Entry(Happening.STEP_FAILED, now, "consign", event.order_id, event.mail_id, details)])


def is_owed(session: Session) -> bool:
    """Whether some room has still to act on something that happened."""
    return session.scalar(select(Handover.event_id).where(Handover.trouble.is_(None)).limit(1)) is not None


def parked(session: Session) -> list[Handover]:
    """The hand-overs that were set aside."""
    return list(session.scalars(select(Handover).where(Handover.trouble.is_not(None))))
