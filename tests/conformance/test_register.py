"""Orders get rising numbers, revisions and rounds; what follows hangs on their events."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from config.database import Database
from intake import handover, register, timeline
from intake.orderform import ReadOrder
from intake.record import OrderState
from intake.tables import Event, Handover, Order
from intake.timeline import DISPATCH, FOLLOWUP, Entry, Happening
from intake.verdict import Outcome
from tests.builders import NOON, form, new_order

DAY = "20261124"


def enter(database: Database, *orders: register.NewOrder) -> list[str]:
    with database.write() as session:
        return register.enter(database, session, orders or [new_order()], DAY, NOON)


def test_numbers_rise_through_a_company_day_and_start_anew_on_the_next(database: Database) -> None:
    assert enter(database, new_order(), new_order()) == ["20261124-0001", "20261124-0002"]
    with database.write() as session:
        assert register.enter(database, session, [new_order()], "20261125", NOON) == ["20261125-0001"]
    assert enter(database) == ["20261124-0003"]


def test_a_number_is_never_given_twice(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = [number for made in pool.map(lambda _: enter(database), range(24)) for number in made]
    assert len(set(numbers)) == 24


def test_what_was_entered_is_what_is_read(database: Database) -> None:
    (number,) = enter(database)
    with database.read() as session:
        order = register.by_number(session, number)
    assert order is not None
    assert order.form == form()
    assert (order.state, order.revision, order.round) == (OrderState.ACCEPTED, 1, 1)
    assert order.clear_at == order.arrived_at == NOON


def test_an_order_that_is_not_clear_has_no_clock(database: Database) -> None:
    (number,) = enter(database, new_order(outcome=Outcome.INCOMPLETE))
    with database.read() as session:
        order = register.by_number(session, number)
    assert order is not None
    assert order.clear_at is None


def judged_again(database: Database, *, dispatched: bool) -> tuple[int, int]:
    changed = new_order(read=ReadOrder(form=form(destination="宁波")), clear_from=NOON + timedelta(minutes=9))
    with database.write() as session:
        order_id = session.scalars(select(Order.id)).one()
        register.judge_again(session, order_id, changed, NOON, dispatched=dispatched)
    with database.read() as session:
        order = register.records(session, [order_id])[order_id]
    assert order.form.destination == "宁波"
    assert order.clear_at == NOON + timedelta(minutes=9)
    return order.revision, order.round


def test_before_the_dispatch_a_change_is_a_new_round(database: Database) -> None:
    enter(database, new_order(outcome=Outcome.INCOMPLETE))
    assert judged_again(database, dispatched=False) == (1, 2)


def test_after_the_dispatch_a_change_is_a_new_revision_beside_the_old(database: Database) -> None:
    enter(database)
    assert judged_again(database, dispatched=True) == (2, 1)
    with database.read() as session:
        (order,) = register.latest(session, 10)
    assert order.previous == form()


def test_the_same_content_is_found_within_a_day(database: Database) -> None:
    (number,) = enter(database)
    with database.read() as session:
        assert register.same_content(session, ["key", "other"], NOON + timedelta(hours=23)) == {"key": number}
        assert register.same_content(session, ["key"], NOON + timedelta(hours=25)) == {}


def test_an_order_is_cancelled_once(database: Database) -> None:
    enter(database)
    with database.write() as session:
        order_id = session.scalars(select(Order.id)).one()
        assert register.cancel(session, order_id, "agent:li", NOON)
        assert not register.cancel(session, order_id, "agent:li", NOON)


def test_the_timeline_can_only_be_added_to(database: Database) -> None:
    enter(database)
    for statement in ("UPDATE event SET actor = 'x'", "DELETE FROM event"):
        with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
            session.execute(text(statement))


def handed_over(database: Database) -> list[tuple[str, str | None]]:
    with database.read() as session:
        return [
            (row.room, row.trouble and "trouble") for row in session.scalars(select(Handover).order_by(Handover.room))
        ]


def test_an_event_is_handed_to_each_room_that_must_act_and_taken_once(database: Database) -> None:
    enter(database)
    assert handed_over(database) == [(DISPATCH, None), (FOLLOWUP, None)]
    seen: list[str] = []
    for _ in range(2):
        handover.take_up(database, DISPATCH, lambda _, events: seen.extend(e.kind for e in events), lambda: NOON, 10)
    assert seen == [Happening.DECIDED]
    assert handed_over(database) == [(FOLLOWUP, None)]


def test_a_room_that_fails_takes_the_event_up_again(database: Database) -> None:
    """A crash before the commit leaves the question as it was."""
    enter(database)

    class Crash(BaseException):
        pass

    def crash(_session: object, _events: object) -> None:
        raise Crash

    with pytest.raises(Crash):
        handover.take_up(database, DISPATCH, crash, lambda: NOON, 10)
    assert handed_over(database) == [(DISPATCH, None), (FOLLOWUP, None)]


def test_a_bad_event_falls_out_alone_and_reaches_a_person(database: Database) -> None:
    with database.write() as session:
        timeline.record(session, [Entry(Happening.DECIDED, NOON, details={"n": n}) for n in range(3)])
    done: list[int] = []

    def act(_session: object, events: Sequence[Event]) -> None:
        if any(event.details["n"] == 1 for event in events):
            raise ValueError("a fault of ours")
        done.extend(event.details["n"] for event in events)

    assert handover.take_up(database, DISPATCH, act, lambda: NOON, 10) == 3
    assert done == [0, 2]
    with database.read() as session:
        assert [row.trouble and "a fault of ours" in row.trouble for row in handover.parked(session)] == [True]
        failed = session.scalars(select(Event).where(Event.kind == Happening.STEP_FAILED)).one()
    assert failed.details["trouble"] == ["ValueError: a fault of ours"]
