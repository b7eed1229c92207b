"""The agents of a simulation: they take the next call of the real queue, call, and say what they heard."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, select

from config.company import Company
from config.database import Database
from consign.simulation import rules
from consign.simulation.clockwork import Clockwork
from consign.simulation.script import Story, Trouble
from followup import actions
from followup.agenda import AGENT, TaskKind
from followup.casebook import TaskTaken
from followup.scene import Word
from followup.tables import OPEN, Task
from intake.tables import Order

UNREACHABLE_SHARE = 0.06
CALL_MINUTES = (1.0, 4.0)
Answer = tuple[str, dict[str, Any]]


@dataclass
class Seat:
    """One person at the desk."""

    name: str
    role: str
    busy: bool = False
    calls: int = 0


@dataclass
class Done:
    """What an agent said, and when: the simulation's own record."""

    at: datetime
    agent: str
    kind: str
    outcome: str
    number: str
    details: dict[str, Any] = field(default_factory=dict)


class Agents:
    """The people at the desk."""

    def __init__(
        self,
        database: Database,
        company: Callable[[], Company],
        clock: Clockwork,
        rng: Random,
        seats: list[Seat],
        story_of: Callable[[str], Story | None],
    ) -> None:
        self.database, self.company, self.clock, self.rng, self.seats = database, company, clock, rng, seats
        self.story_of = story_of
        self.done: list[Done] = []

    def work(self) -> int:
        """Everybody who is free takes the next task that may be done now; returns how many were taken."""
        if not rules.OPENS <= rules.local(self.clock.now).time() < rules.CLOSES:
            return 0
        free = [seat for seat in self.seats if not seat.busy]
        if not free:
            return 0
        taken = 0
        for role in dict.fromkeys(seat.role for seat in free):
            seats = [seat for seat in free if seat.role == role]
            for seat, (task, number) in zip(seats, self._next(role, len(seats)), strict=False):
                taken += self._call(seat, task, number)
        return taken

    def next_call(self) -> datetime | None:
        """When somebody will next take a call, as far as it is known now; None: nothing is open."""
        statement = select(func.min(Task.call_from)).where(OPEN, Task.holder.is_(None))
        with self.database.read() as session:
            earliest = session.scalar(statement)
        return None if earliest is None else rules.in_working_hours(max(earliest, self.clock.now))

    def _next(self, role: str, count: int) -> list[tuple[Task, str]]:
        """The calls of this role that come next, as the queue shows them; a supervisor takes what was handed up."""
        now = self.clock.now
        roles = Task.role == AGENT if role == AGENT else Task.role != AGENT
        statement = select(Task).where(OPEN, roles, Task.call_from <= now, Task.holder.is_(None))
        statement = statement.order_by(Task.due_at, Task.priority, Task.id).limit(count)
        with self.database.read() as session:
            tasks = list(session.scalars(statement))
            about = [task.order_id for task in tasks if task.order_id]
            named = session.execute(select(Order.id, Order.number).where(Order.id.in_(about))).all()
        numbers = {row.id: row.number for row in named}
        return [(task, numbers.get(task.order_id or 0, "")) for task in tasks]

    def _call(self, seat: Seat, task: Task, number: str) -> int:
        try:
            actions.take(self.database, task.id, seat.name, self.clock.now)
        except TaskTaken:
            return 0
        seat.busy = True
        self.clock.at(
            self.clock.now + timedelta(minutes=self.rng.uniform(*CALL_MINUTES)), lambda: self._say(seat, task, number)
        )
        return 1

    def _say(self, seat: Seat, task: Task, number: str) -> None:
        seat.busy = False
        seat.calls += 1
        now = self.clock.now
        outcome, details = self.hear(task, self.story_of(number), now)
        try:
            actions.say(self.database, self.company(), task.id, Word(seat.name, outcome, dict(details)), now)
        except TaskTaken:
            return  # closed by a mail while the agent was on the phone
        story = self.story_of(number)
        if story and outcome in ("confirmed", "completed"):
            story.notes["clear"] = now  # the customer's last word: order time, and the three minutes begin (SPEC 3, 5)
        self.done.append(Done(now, seat.name, task.kind, outcome, number, details))

    def hear(self, task: Task, story: Story | None, now: datetime) -> Answer:
        """What is heard on the phone: the story as far as it has gone."""
        kind = TaskKind(task.kind)
        if kind in REACHED_BY_PHONE and self.rng.random() < UNREACHABLE_SHARE:
            return "unreachable", {"note": "没人接"}
        if kind in WITHOUT_ORDER:
            return WITHOUT_ORDER[kind]
        if kind is TaskKind.HANDLE_COMPLAINT:
            return _complaint(task, now)
        assert story is not None, f"{kind} of no order of the script"
        return ANSWERS[kind](task, story, now)


def _confirm(_task: Task, story: Story, _now: datetime) -> Answer:
    return ("confirmed", {}) if story.agrees else ("cancelled", {"note": "不发了"})


def _complete(_task: Task, story: Story, _now: datetime) -> Answer:
    if not story.agrees:
        return "cancelled", {"note": "不发了"}
    return "completed", {"changes": {"consignee.phone": story.consignee_phone}}


def _pickup(task: Task, story: Story, now: datetime) -> Answer:
    if story.picked_up_at and story.picked_up_at <= now:
        return "picked_up", {"time": story.picked_up_at, "driver": "王师傅"}
    if story.trouble is Trouble.PROBLEM_AT_PICKUP and "problem told" not in story.notes:
        story.notes["problem told"] = now
        return "problem", {"note": "货还没备好"}
    planned = story.notes.get("pickup planned", now)
    return "not_yet", {"time": max(planned, now) + timedelta(minutes=10), "note": "在路上"}


def _exception(task: Task, _story: Story, now: datetime) -> Answer:
    if task.attempts == 0:
        return "customer_told", {"time": now + timedelta(hours=3), "note": "已告知客户"}
    return "closed", {"note": "已处理", "cause": "装卸", "unit": "中转站", "remedy": "补发"}


def _complaint(task: Task, now: datetime) -> Answer:
    if task.attempts == 0:
        return "answered", {"time": now + timedelta(hours=4), "note": "已道歉"}
    return "closed", {"note": "已赔礼", "cause": "态度", "unit": "送货司机", "remedy": "赔礼道歉", "satisfied": "yes"}


def _arrange(_task: Task, _story: Story, now: datetime) -> Answer:
    tomorrow = rules.local(now).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return "window_agreed", {"time": tomorrow, "until": tomorrow + timedelta(hours=3)}


def _coordinate(task: Task, story: Story, now: datetime) -> Answer:
    if "station informed" not in story.notes:
        story.notes["station informed"] = now
        return "station_informed", {"station": f"{story.city}站"}
    return "consignee_informed", {}


def _arrival(_task: Task, story: Story, now: datetime) -> Answer:
    assert story.arrives_at is not None
    if story.arrives_at > now:
        return "delayed", {"time": story.arrives_at + timedelta(hours=1), "note": "路上堵"}
    if story.trouble is Trouble.DAMAGED and "damage told" not in story.notes:
        story.notes["damage told"] = now
        return "exception", {"note": "外包装破损", "exception": "damage"}
    return "arrived", {"time": story.arrives_at, "station": f"{story.city}站"}


def _signed(_task: Task, story: Story, now: datetime) -> Answer:
    assert story.signed_at is not None
    if story.signed_at > now:
        return "not_yet_signed", {"time": story.signed_at + timedelta(minutes=30)}
    return "signed", {"signer": story.consignee, "time": story.signed_at, "document": "yes", "condition": "完好"}


def _receipt(_task: Task, story: Story, now: datetime) -> Answer:
    assert story.signed_at is not None
    back = story.signed_at + timedelta(days=story.receipt_days)
    if story.receipt_lost:
        return "lost", {"note": "快递丢件"}
    if back > now:
        return "promised", {"time": rules.in_working_hours(back + timedelta(hours=2))}
    if story.receipt_defective and not story.defects_seen:
        story.defects_seen = 1
        story.receipt_days += 3
        return "defective", {"note": "没有盖章", "time": rules.in_working_hours(now + timedelta(days=3))}
    return "returned", {"copies": story.copies}


def _hand(_task: Task, story: Story, _now: datetime) -> Answer:
    return "handed", {"copies": story.copies, "to": story.shipper}


def _score(_task: Task, story: Story, _now: datetime) -> Answer:
    return "scored", {"score": str(story.score), "note": ""}


def _change(_task: Task, _story: Story, _now: datetime) -> Answer:
    return "settled", {"note": "已与客户另行商定"}


def _watch(_task: Task, story: Story, now: datetime) -> Answer:
    return "on_its_way", {"time": now, "station": f"{story.city}站"}


ANSWERS: dict[TaskKind, Callable[[Task, Story, datetime], Answer]] = {
    TaskKind.CONFIRM_WITH_CUSTOMER: _confirm,
    TaskKind.COMPLETE_ORDER: _complete,
    TaskKind.OFFER_ALTERNATIVE: lambda *_: ("declined", {"note": "不用了"}),
    TaskKind.VERIFY_PICKUP: _pickup,
    TaskKind.PICKUP_OVERDUE: _pickup,
    TaskKind.PHONE_DISPATCHER: lambda *_: ("told", {"note": "已电话通知"}),
    TaskKind.HANDLE_EXCEPTION: _exception,
    TaskKind.CONFIRM_CHANGE: _change,
    TaskKind.ARRANGE_DELIVERY: _arrange,
    TaskKind.COORDINATE_DESTINATION: _coordinate,
    TaskKind.CHECK_ARRIVAL: _arrival,
    TaskKind.CHECK_SIGNED: _signed,
    TaskKind.CHASE_RECEIPT: _receipt,
    TaskKind.HAND_RECEIPT: _hand,
    TaskKind.SATISFACTION_CALL: _score,
    TaskKind.WATCH_TRANSFER: _watch,
}
WITHOUT_ORDER: dict[TaskKind, Answer] = {
    TaskKind.REVIEW_MAIL: ("ignored", {"note": "不是订单"}),
    TaskKind.FIX_ADDRESS: ("corrected", {"note": "已更正"}),
    TaskKind.MEND_FAULT: ("mended", {"note": "已修复"}),
    TaskKind.CUSTOMER_VISIT: ("visited", {"note": "一切正常"}),
}
REACHED_BY_PHONE = (frozenset(ANSWERS) | {TaskKind.HANDLE_COMPLAINT}) - {
    TaskKind.HANDLE_EXCEPTION,
    TaskKind.HAND_RECEIPT,
}
