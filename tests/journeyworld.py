"""A desk whose orders go their way after the pickup: driven from stage to stage, with a clock that is told."""

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from followup import actions, casebook
from followup.actions import Word
from followup.agenda import TaskKind
from followup.journey import Journey
from followup.signing import Signing
from followup.tables import Shipment, Task
from followup.tables_journey import Receipt
from intake import register, timeline
from intake.customers import CustomerTerms
from intake.record import OrderRecord
from tests.deskworld import DeskWorld, open_world

CONSIGNEE = "李晓明"


class JourneyWorld:
    """One order on its way; every method does what the rooms do, at the time of the clock."""

    def __init__(self, folder: Path, **form: Any) -> None:
        self.desk: DeskWorld = open_world(folder)
        self.number = self.desk.order(**form)
        self.desk.settle()

    @property
    def now(self) -> datetime:
        return self.desk.clock()

    def wait(self, **span: float) -> datetime:
        return self.desk.clock.advance(**span)

    def close(self) -> None:
        self.desk.database.close()

    @property
    def order(self) -> OrderRecord:
        with self.desk.database.read() as session:
            found = register.by_number(session, self.number)
        assert found is not None
        return found

    @property
    def shipment(self) -> Shipment:
        with self.desk.database.read() as session:
            found = casebook.shipment(session, self.order.id)
        assert found is not None
        return found

    @property
    def receipt(self) -> Receipt | None:
        with self.desk.database.read() as session:
            return session.get(Receipt, self.order.id)

    def move(self, move: str, *args: Any, actor: str = "agent:li", **kwargs: Any) -> None:
        """A move of the journey, by its name."""
        with self.desk.database.write() as session:
            order = register.by_number(session, self.number)
            assert order is not None
            way = Journey(self.desk.database, session, self.desk.company, order, actor, self.now)
            getattr(way, move)(*args, **kwargs)
        self.desk.settle()

    def pick_up(self) -> None:
        self.move("picked_up", self.now, driver="王师傅")

    def arrive(self, **details: Any) -> None:
        self.move("arrived", self.now, "杭州站", **details)

    def sign(self, **changes: Any) -> None:
        told: dict[str, Any] = {"signer": CONSIGNEE, "at": self.now, "document": True, "condition": "完好"} | changes
        self.move("signed", Signing(**told))

    def tasks(self, state: str = "open") -> list[Task]:
        with self.desk.database.read() as session:
            return list(session.scalars(select(Task).where(Task.state == state).order_by(Task.id)))

    def kinds(self, state: str = "open") -> list[str]:
        return sorted(task.kind for task in self.tasks(state))

    def task(self, kind: str) -> Task:
        """The one open task of a kind."""
        (found,) = [task for task in self.tasks() if task.kind == kind]
        return found

    def say(self, kind: str, outcome: str, **details: Any) -> None:
        """An agent's word on the open task of that kind, and what the rooms do after it."""
        task = self.task(kind)
        word = Word("li", outcome, details)
        actions.say(self.desk.database, self.desk.company, task.id, word, self.now)
        self.desk.settle()

    def events(self, kind: str) -> list[dict[str, Any]]:
        with self.desk.database.read() as session:
            return [event.details for event in timeline.of_order(session, self.order.id) if event.kind == kind]

    def customer(self, **terms: Any) -> None:
        from intake import customerbook

        known = CustomerTerms.model_validate({"key": "wang", "name": "王记五金", "contact": "王建国"} | terms)
        with self.desk.database.write() as session:
            customerbook.keep(self.desk.database, session, [known])


def until(kind: TaskKind, folder: Path) -> JourneyWorld:
    """An order driven to where a task of that kind is open."""
    receipt = kind in (TaskKind.CHASE_RECEIPT, TaskKind.HAND_RECEIPT)
    form: dict[str, Any] = {"receipt_copies": 2} if receipt else {}
    if kind is TaskKind.ARRANGE_DELIVERY:
        form["destination"] = "上海"
    if kind is TaskKind.WATCH_TRANSFER:
        form |= {"destination": "昆明", "remarks": "加急，请优先"}
    world = JourneyWorld(folder, **form)
    if kind in (TaskKind.VERIFY_PICKUP, TaskKind.PICKUP_OVERDUE):
        return world
    world.pick_up()
    if kind in (TaskKind.ARRANGE_DELIVERY, TaskKind.COORDINATE_DESTINATION, TaskKind.CHECK_ARRIVAL):
        return world
    if kind is TaskKind.WATCH_TRANSFER:
        return world
    world.wait(days=1)
    world.arrive()
    if kind is TaskKind.CHECK_SIGNED:
        return world
    world.wait(hours=5)
    world.sign()
    if kind is TaskKind.HAND_RECEIPT:
        world.wait(days=5)
        world.say("chase_receipt", "returned", copies="2")
    world.wait(hours=1)
    return world
