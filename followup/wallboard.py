"""The figures of the wall board: today's three minutes, the queue, pickups due, mail that waits. Read-only.

Each question is answered from an index, or from rows that are few: open letters, open tasks, pickups still to come.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from dispatch import letterbook
from dispatch.draft import Purpose
from dispatch.tables import OPEN as OPEN_LETTER
from dispatch.tables import Letter
from followup.pickupstate import PickupState, pickup_state
from followup.tables import OPEN, UNPICKED, Shipment, Task
from intake import mailbook

DRAWN = 1500  # work orders in the chart: the latest
PICKUPS = 5000
_NEXT = (
    select(Shipment.zone, Shipment.pickup_by, Shipment.expected_at)
    .where(UNPICKED)
    .order_by(Shipment.pickup_by)
    .limit(PICKUPS)
    .subquery()
)
PENDING = select(*_NEXT.c, func.count()).group_by(*_NEXT.c)


@dataclass(frozen=True)
class Promise:
    """The three minutes of one day: each work order from clear to accepted by the dispatcher's server (SPEC 5)."""

    points: tuple[tuple[datetime, float], ...]  # when it was clear, seconds until accepted
    count: int
    broken: int
    under_way: int  # not accepted yet
    waits_longest: float  # seconds; of those under way

    @property
    def median(self) -> float | None:
        seconds = sorted(each for _, each in self.points)
        return seconds[len(seconds) // 2] if seconds else None

    @property
    def slowest(self) -> float | None:
        return max((each for _, each in self.points), default=None)


@dataclass(frozen=True)
class Workload:
    """What there is to do: open tasks, and pickups still to come."""

    by_kind: tuple[tuple[str, int, int], ...]  # kind, open, of them overdue; the fullest first
    oldest_due: datetime | None
    pickups: dict[str, dict[PickupState, int]]  # zone -> state -> how many

    @property
    def open(self) -> int:
        return sum(count for _, count, _ in self.by_kind)

    @property
    def overdue(self) -> int:
        return sum(late for _, _, late in self.by_kind)


@dataclass(frozen=True)
class Board:
    """What the wall shows beside the workload: it is never older than the page."""

    promise: Promise
    mail_waits_since: datetime | None
    letter_waits_since: datetime | None


class Pending(NamedTuple):
    """Pickups still to come that stand alike; shipment by shipment they would take four times as long to read."""

    zone: str
    pickup_by: datetime
    expected_at: datetime | None
    many: int

    @property
    def picked_up_at(self) -> None:
        return None


def board(session: Session, now: datetime, zone: ZoneInfo) -> Board:
    return Board(
        promise=_promise(session, now, day_start(now, zone)),
        mail_waits_since=mailbook.waiting_since(session),
        letter_waits_since=letterbook.oldest_unsent(session),
    )


def workload(session: Session, now: datetime) -> Workload:
    by_kind, oldest = _tasks(session, now)
    return Workload(by_kind, oldest, _pickups(session, now))


def day_start(now: datetime, zone: ZoneInfo) -> datetime:
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _promise(session: Session, now: datetime, since: datetime) -> Promise:
    """Letters without a clear time carry no promise: they were sent once more by hand."""
    work = (Letter.purpose == Purpose.WORK_ORDER, Letter.clear_at.is_not(None))
    today = (*work, Letter.sent_at >= since)
    broken = func.sum(case((Letter.sent_at > Letter.due_by, 1), else_=0))
    count, late = session.execute(select(func.count(), broken).where(*today)).one()
    drawn = select(Letter.clear_at, Letter.sent_at).where(*today).order_by(Letter.sent_at.desc()).limit(DRAWN)
    points = tuple((clear, (sent - clear).total_seconds()) for clear, sent in session.execute(drawn) if clear and sent)
    # not asked for its clear time: that would lead SQLite through every work order there ever was
    unsent = select(Letter.clear_at).where(OPEN_LETTER, Letter.purpose == Purpose.WORK_ORDER)
    waiting = [clear for clear in session.scalars(unsent) if clear]
    longest = max(((now - clear).total_seconds() for clear in waiting), default=0.0)
    late_now = sum(now - clear > timedelta(minutes=3) for clear in waiting)
    return Promise(points, count or 0, (late or 0) + late_now, len(waiting), longest)


def _tasks(session: Session, now: datetime) -> tuple[tuple[tuple[str, int, int], ...], datetime | None]:
    late = func.sum(case((Task.due_at < now, 1), else_=0))
    statement = select(Task.kind, func.count(), late, func.min(Task.due_at)).where(OPEN).group_by(Task.kind)
    rows = session.execute(statement).all()
    oldest = min((row[3] for row in rows), default=None)
    return tuple(sorted(((row[0], row[1], row[2] or 0) for row in rows), key=lambda row: -row[1])), oldest


def _pickups(session: Session, now: datetime) -> dict[str, dict[PickupState, int]]:
    """Pickups still to come, by zone; those whose deadline passed are counted from the overdue tasks of the queue."""
    counts: dict[str, dict[PickupState, int]] = {}

    def add(zone: str, state: PickupState, count: int) -> None:
        counts.setdefault(zone, dict.fromkeys(PickupState, 0))[state] += count

    for pending in map(Pending._make, session.execute(PENDING)):
        add(pending.zone, pickup_state(pending, now), pending.many)
    late = select(Task.zone, func.count()).where(OPEN, Task.kind == "pickup_overdue").group_by(Task.zone)
    for zone, count in session.execute(late):
        add(zone, PickupState.LATE, count)
    return counts
