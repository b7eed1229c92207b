"""The way after the pickup on both databases: batches, receipts, escalation, visits, what is forgotten."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from config.company import Company, load_company
from config.database import Database
from config.settings import Settings
from followup import casebook
from followup.customervisits import MonthlyVisits
from followup.escalation import escalate
from followup.journey import Journey, unaccounted
from followup.receipts import OUTSTANDING, ReceiptState, Told, outstanding
from followup.signing import Signing
from followup.stages import MoveRefused
from followup.tables import Task
from followup.tables_journey import Batch, Receipt
from intake import customerbook, register
from intake.customers import CustomerTerms
from intake.orderform import ReadOrder
from tests.builders import NOON, form, new_order

BY = NOON + timedelta(hours=6)
Go = Callable[..., None]


@pytest.fixture(scope="module")
def company() -> Company:
    return load_company(Settings())


@pytest.fixture
def number(database: Database) -> str:
    """A dispatched order that wants two copies of its receipt."""
    wanted = new_order(read=ReadOrder(form=form(receipt_copies=2)))
    with database.write() as session:
        (number,) = register.enter(database, session, [wanted], "20261124", NOON)
        order = register.by_number(session, number)
        assert order is not None
        row = {"order_id": order.id, "revision": 1, "zone": "urban", "dispatcher": "sh-west"}
        casebook.note_dispatched(database, session, row | {"dispatched_at": NOON, "revised_at": NOON, "pickup_by": BY})
    return number


@pytest.fixture
def go(database: Database, company: Company, number: str) -> Go:
    """go("arrived", at, …): a move told at its own moment."""

    def told(move: str, at: Any, *args: Any, now: Any = None, **more: Any) -> None:
        with database.write() as session:
            order = register.by_number(session, number)
            assert order is not None
            way = Journey(database, session, company, order, "agent:li", now or at)
            getattr(way, move)(*([] if at is None else [at]), *args, **more)

    return told


def signing(at: Any) -> Signing:
    return Signing("李晓明", at, document=True)


def test_a_way_from_the_lorry_to_settlement(database: Database, go: Go) -> None:
    hours = [NOON + timedelta(hours=each) for each in range(0, 300, 5)]
    go("picked_up", hours[1])
    go("arrived", hours[5], "杭州东站", pieces=6)
    go("arrived", hours[6], "杭州东站", pieces=4)
    go("signed", signing(hours[7]), now=hours[7])
    for step, at in (("sent", hours[10]), ("received", hours[20]), ("checked", hours[21]), ("handed", hours[22])):
        go("receipt", ReceiptState(step), Told(at, copies=2, to="结算"), now=at)
    with database.read() as session:
        batches = session.scalars(select(Batch).order_by(Batch.place)).all()
        receipt = session.scalars(select(Receipt)).one()
        shipment = casebook.shipment(session, receipt.order_id)
        assert [(one.place, one.pieces, one.arrived_at) for one in batches] == [(1, 6, hours[5]), (2, 4, hours[6])]
        assert (receipt.due_at, receipt.sent_at, receipt.handed_at) == (
            hours[6] + timedelta(days=10),
            hours[10],
            hours[22],
        )
        assert outstanding(session) == []
        assert unaccounted(session, hours[-1]) == []
    assert shipment is not None
    assert (shipment.stage, shipment.closed_at, shipment.closed_why) == ("closed", hours[22], "done")


def test_a_batch_has_its_place_once(database: Database, go: Go, number: str) -> None:
    go("picked_up", NOON)
    go("arrived", NOON + timedelta(hours=20), pieces=6)
    with database.read() as session:
        order = register.by_number(session, number)
        assert order is not None
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(Batch(order_id=order.id, place=1, arrived_at=NOON, told_by="x", station="", pieces=None))


def test_a_move_that_is_refused_leaves_nothing_behind(database: Database, go: Go) -> None:
    go("picked_up", NOON)
    with pytest.raises(MoveRefused):
        go("arrived", NOON - timedelta(hours=1))
    with database.read() as session:
        assert session.scalars(select(Batch)).all() == []


def test_the_month_end_list_is_in_sequence_of_region_and_due_time(database: Database, go: Go) -> None:
    go("picked_up", NOON)
    go("signed", signing(NOON + timedelta(hours=30)), now=NOON + timedelta(hours=30))
    with database.read() as session:
        (row,) = outstanding(session)
        assert row.receipt.state in OUTSTANDING
        assert outstanding(session, row.receipt.due_at) == []
        assert len(outstanding(session, row.receipt.due_at + timedelta(microseconds=1))) == 1


def test_tasks_climb_by_their_own_clocks(database: Database, company: Company, go: Go) -> None:
    go("picked_up", NOON)
    go("delayed", NOON + timedelta(days=3), now=NOON + timedelta(hours=1))
    with database.read() as session:
        coordinate = session.scalars(select(Task).where(Task.kind == "coordinate_destination")).one()
    for late, role in ((59, "agent"), (60, "supervisor"), (239, "supervisor"), (240, "manager")):
        at = (coordinate.due_at + timedelta(minutes=late)).replace(second=1)
        escalate(database, company, lambda at=at: at)  # type: ignore[misc]  # the time of each turn
        with database.read() as session:
            found = session.get(Task, coordinate.id)
            assert found is not None
            assert found.role == role, late


def test_visits_of_a_month_are_opened_once(database: Database, company: Company) -> None:
    with database.write() as session:
        customerbook.keep(database, session, [CustomerTerms(key="w", name="王记", key_customer=True)])
    for _ in range(2):
        assert MonthlyVisits().look(database, company, lambda: NOON) == 1
    with database.read() as session:
        assert len(session.scalars(select(Task).where(Task.kind == "customer_visit")).all()) == 1


def test_a_shipment_without_a_task_is_found(database: Database, go: Go) -> None:
    go("picked_up", NOON)
    with database.read() as session:
        (order_id,) = unaccounted(session, NOON)  # picked up, and nobody has planned what follows
    go("plan", None, now=NOON)
    with database.read() as session:
        assert unaccounted(session, NOON) == []
    with database.write() as session:
        casebook.close_open(session, order_id, None, "lost_by_a_bug", "test", NOON)
    with database.read() as session:
        assert unaccounted(session, NOON) == [order_id]
    go("go_on", None, now=NOON)
    with database.read() as session:
        assert unaccounted(session, NOON) == []
