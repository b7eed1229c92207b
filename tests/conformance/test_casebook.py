"""A task is opened once, held by one agent, and ends with an outcome; what follows is in the same transaction."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from config.database import Database
from followup import agenda, casebook
from followup.agenda import Contact, TaskKind
from followup.casebook import QueueFilter, TaskTaken
from followup.tables import Task
from intake import register
from intake.record import OrderRecord
from intake.tables import Event
from intake.timeline import Happening
from tests.builders import NOON, new_order

BY = NOON + timedelta(hours=6)


@pytest.fixture
def order(database: Database) -> OrderRecord:
    with database.write() as session:
        (number,) = register.enter(database, session, [new_order()], "20261124", NOON)
    with database.read() as session:
        found = register.by_number(session, number)
    assert found is not None
    return found


def opened(database: Database, *tasks: agenda.NewTask) -> list[Task]:
    with database.write() as session:
        casebook.open_tasks(database, session, tasks, NOON)
    with database.read() as session:
        return list(session.scalars(select(Task).order_by(Task.id)))


def verification(order: OrderRecord, at: datetime = NOON) -> agenda.NewTask:
    return agenda.verify_pickup(order, at, BY, Contact("王师傅", "13800000000"))


def test_a_task_is_opened_once(database: Database, order: OrderRecord) -> None:
    opened(database, verification(order))
    (task,) = opened(database, verification(order))
    assert (task.kind, task.whom, task.phone) == (TaskKind.VERIFY_PICKUP, "王师傅", "13800000000")
    with database.read() as session:
        kinds = list(session.scalars(select(Event.kind)))
    assert kinds.count(Happening.TASK_OPENED) == 1


def test_the_queue_shows_the_earliest_due_first_and_filters(database: Database, order: OrderRecord) -> None:
    opened(database, verification(order), agenda.pickup_overdue(order, NOON, BY, Contact()))
    with database.read() as session:
        kinds = [task.kind for task in casebook.queue(session, QueueFilter())]
        assert kinds == [TaskKind.PICKUP_OVERDUE, TaskKind.VERIFY_PICKUP]
        mine = casebook.queue(session, QueueFilter(roles=("supervisor",), zones=("urban",), dispatchers=("sh-west",)))
        assert [task.kind for task in mine] == [TaskKind.PICKUP_OVERDUE]
        assert casebook.queue(session, QueueFilter(zones=("suburban",))) == []


def lease(database: Database, task_id: int, agent: str, minutes: float = 0) -> str:
    with database.write() as session:
        return casebook.lease(session, task_id, agent, NOON + timedelta(minutes=minutes)).holder or ""


def test_one_agent_holds_a_task_until_he_is_silent(database: Database, order: OrderRecord) -> None:
    (task,) = opened(database, verification(order))
    assert lease(database, task.id, "li") == "li"
    assert lease(database, task.id, "li", minutes=5) == "li"
    with pytest.raises(TaskTaken):
        lease(database, task.id, "wang", minutes=14.9)
    assert lease(database, task.id, "wang", minutes=15.1) == "wang"


def test_a_task_that_is_given_back_is_free_at_once(database: Database, order: OrderRecord) -> None:
    (task,) = opened(database, verification(order))
    lease(database, task.id, "li")
    with database.write() as session:
        assert not casebook.give_back(session, task.id, "wang")
        assert casebook.give_back(session, task.id, "li")
    assert lease(database, task.id, "wang") == "wang"


def test_of_many_who_reach_for_a_task_one_gets_it(database: Database, order: OrderRecord) -> None:
    (task,) = opened(database, verification(order))

    def reach(number: int) -> str:
        try:
            return lease(database, task.id, f"agent-{number}")
        except TaskTaken:
            return ""

    with ThreadPoolExecutor(8) as pool:
        holders = [holder for holder in pool.map(reach, range(64)) if holder]
    assert len(holders) == 1


def test_a_closed_task_can_be_leased_by_nobody(database: Database, order: OrderRecord) -> None:
    opened(database, verification(order))
    with database.write() as session:
        assert casebook.close_open(session, order.id, None, "cancelled", "agent:li", NOON) == 1
        (task,) = casebook.tasks_of(session, order.id)
    assert (task.state, task.outcome, task.closed_by, task.closed_at) == ("closed", "cancelled", "agent:li", NOON)
    with pytest.raises(TaskTaken):
        lease(database, task.id, "li")


def test_attempts_are_kept_with_their_words(database: Database, order: OrderRecord) -> None:
    (task,) = opened(database, verification(order))
    with database.write() as session:
        held = casebook.lease(session, task.id, "li", NOON)
        later = NOON + timedelta(hours=2)
        casebook.note_attempt(session, held, "li", "not_yet", {"note": "车还没到"}, NOON, later)
        casebook.put_off(session, held, later)
    with database.read() as session:
        (attempt,) = casebook.attempts_of(session, task.id)
        (waiting,) = casebook.queue(session, QueueFilter())
    assert (attempt.agent, attempt.outcome, attempt.note, attempt.put_off_to) == ("li", "not_yet", "车还没到", later)
    assert (waiting.due_at, waiting.holder, waiting.attempts) == (later, None, 1)


def dispatched(order: OrderRecord, **changes: object) -> dict[str, object]:
    row = {
        "order_id": order.id,
        "revision": 1,
        "zone": "urban",
        "dispatcher": "sh-west",
        "dispatched_at": NOON,
        "revised_at": NOON,
        "pickup_by": BY,
    }
    return row | changes


def test_a_pickup_is_overdue_from_its_deadline_on(database: Database, order: OrderRecord) -> None:
    with database.write() as session:
        casebook.note_dispatched(database, session, dispatched(order))
        assert casebook.overdue_pickups(database, session, BY - timedelta(seconds=1), 10) == []
        assert [late.order_id for late in casebook.overdue_pickups(database, session, BY, 10)] == [order.id]


def test_a_new_revision_moves_the_deadline_and_keeps_the_first_dispatch(database: Database, order: OrderRecord) -> None:
    later = BY + timedelta(hours=18)
    with database.write() as session:
        casebook.note_dispatched(database, session, dispatched(order))
        row = dispatched(order, revision=2, pickup_by=later, dispatched_at=NOON + timedelta(hours=1))
        casebook.note_dispatched(database, session, row)
    with database.read() as session:
        shipment = casebook.shipment(session, order.id)
    assert shipment is not None
    assert (shipment.revision, shipment.pickup_by, shipment.dispatched_at) == (2, later, NOON)
