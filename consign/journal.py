"""The timeline told as it grows: one log line an event, with the order number, and the counts for the metrics.

It is read from the rows after their commit, by the watch part, so that nothing of the main job waits for it. Daemons
that share a database each tell all of it; the id of the event says which lines are the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from config.database import Database
from dispatch.tables import Letter
from intake.tables import Event, Order
from intake.timeline import Happening

log = structlog.get_logger()
AT_ONCE = 1000  # events told in one look
LATECOMERS = 200  # on PostgreSQL a lower id may be committed after a higher one: so many are looked at again
TOLD = ("purpose", "outcome", "revision", "round", "reason", "room", "dispatcher")  # details that name no customer
LOUD = frozenset(
    {
        Happening.PROMISE_BROKEN,
        Happening.LETTER_LATE,
        Happening.LETTER_REFUSED,
        Happening.LETTER_UNKNOWN,
        Happening.MAIL_SET_ASIDE,
        Happening.STEP_FAILED,
        Happening.PICKUP_OVERDUE,
    }
)
# Columns, not objects: in a burst this is a tenth of what the machine does. Built once.
SINCE: Any = (
    select(Event.id, Event.kind, Event.at, Event.mail_id, Event.details, Order.number)
    .outerjoin(Order, Order.id == Event.order_id)
    .where(Event.id > bindparam("reached"))
    .order_by(Event.id)
    .limit(AT_ONCE + LATECOMERS)
)
CLEAR: Any = select(Letter.id, Letter.clear_at).where(Letter.id.in_(bindparam("letters", expanding=True)))


@dataclass(frozen=True)
class News:
    """An event that is new since the last look."""

    id: int
    kind: str
    at: datetime
    number: str | None  # of its order
    mail_id: int | None
    details: dict[str, Any]
    clear_at: datetime | None = None  # a work order that went out: since when the three minutes ran


class Journal:
    """Follows the timeline from the moment of the first look."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._reached: int | None = None
        self._seen: set[int] = set()

    def news(self) -> list[News]:
        """What has happened since the last call, oldest first; at most AT_ONCE. Raises sqlalchemy errors."""
        with self.database.read() as session:
            if self._reached is None:
                self._reached = session.scalar(select(func.max(Event.id))) or 0
                self._seen = set(session.scalars(select(Event.id).where(Event.id > self._reached - LATECOMERS)))
                return []
            found = list(self._unseen(session, self._reached))
        self._seen.update(item.id for item in found)
        self._reached = max([self._reached, *(item.id for item in found)])
        self._seen = {id_ for id_ in self._seen if id_ > self._reached - LATECOMERS}
        return found

    def _unseen(self, session: Session, reached: int) -> Iterator[News]:
        found = session.execute(SINCE, {"reached": reached - LATECOMERS})
        rows = [row for row in found if row.id not in self._seen][:AT_ONCE]
        letters = [row.details.get("letter") for row in rows if row.kind == Happening.WORK_ORDER_SENT]
        clear = dict(session.execute(CLEAR, {"letters": letters}).all()) if letters else {}
        for row in rows:
            clear_at = clear.get(row.details.get("letter", 0)) if row.kind == Happening.WORK_ORDER_SENT else None
            yield News(row.id, row.kind, row.at, row.number, row.mail_id, row.details, clear_at)


def tell(item: News) -> None:
    """Writes the log line of an event."""
    values = {key: item.details[key] for key in TOLD if item.details.get(key) not in (None, "")}
    if item.number:
        values["order"] = item.number
    if item.clear_at is not None:
        values["seconds"] = round((item.at - item.clear_at).total_seconds(), 1)
    if item.mail_id is not None:
        values["mail"] = item.mail_id
    say = log.warning if item.kind in LOUD else log.info
    say(item.kind, id=item.id, at=item.at.isoformat(timespec="milliseconds"), **values)
