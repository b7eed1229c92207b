"""An outcome may be taken back for ten seconds; then it takes effect, as of when it was said."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from followup import actions, casebook, lastword
from followup.actions import NotUnderstood, Word
from followup.casebook import TaskTaken
from followup.tables import Task
from followup.tables_desk import SaidWord
from tests.deskworld import DeskWorld, open_world, populate


@pytest.fixture
def world(tmp_path: Path) -> Iterator[DeskWorld]:
    made = open_world(tmp_path)
    populate(made)
    yield made
    made.database.close()


def task(world: DeskWorld, kind: str = "verify_pickup") -> Task:
    with world.database.read() as session:
        return session.query(Task).filter(Task.kind == kind).order_by(Task.id).first()  # type: ignore[return-value]  # a None fails the test


def again(world: DeskWorld, task_id: int) -> Task:
    with world.database.read() as session:
        found = casebook.task(session, task_id)
        assert found
        return found


def test_nothing_follows_before_ten_seconds_are_over(world: DeskWorld) -> None:
    found = task(world)
    lastword.say(world.database, found.id, Word("li", "picked_up", {}), world.clock())
    said_at = world.clock()
    world.clock.advance(seconds=9)
    assert lastword.settle(world.database, world.company, world.clock()) == 0
    assert again(world, found.id).state == "open"
    world.clock.advance(seconds=1)
    assert lastword.settle(world.database, world.company, world.clock()) == 1
    closed = again(world, found.id)
    assert (closed.state, closed.outcome, closed.closed_at) == ("closed", "picked_up", said_at)
    assert lastword.settle(world.database, world.company, world.clock()) == 0


def test_what_is_taken_back_never_happened(world: DeskWorld) -> None:
    found = task(world)
    lastword.say(world.database, found.id, Word("li", "problem", {"note": "门卫不让进"}), world.clock())
    assert lastword.take_back(world.database, found.id, "chen", world.clock()) is None
    said = lastword.take_back(world.database, found.id, "li", world.clock())
    assert said == {"outcome": "problem", "note": "门卫不让进"}
    world.clock.advance(minutes=1)
    assert lastword.settle(world.database, world.company, world.clock()) == 0
    now = again(world, found.id)
    assert (now.state, now.holder, now.attempts) == ("open", "li", 0)


def test_a_time_said_comes_back_as_that_time(world: DeskWorld) -> None:
    found, at = task(world), world.clock() + timedelta(hours=4)
    lastword.say(world.database, found.id, Word("li", "not_yet", {"time": at}), world.clock())
    world.clock.advance(seconds=11)
    lastword.settle(world.database, world.company, world.clock())
    later = again(world, found.id)
    assert (later.state, later.due_at, later.holder, later.attempts) == ("open", at, None, 1)


def test_what_an_outcome_needs_is_asked_for_at_once(world: DeskWorld) -> None:
    found = task(world)
    with pytest.raises(NotUnderstood):
        lastword.say(world.database, found.id, Word("li", "not_yet", {}), world.clock())
    with pytest.raises(KeyError):
        lastword.say(world.database, found.id, Word("li", "signed", {}), world.clock())
    with world.database.read() as session:
        assert session.query(SaidWord).count() == 0


def test_nobody_else_can_say_something_meanwhile(world: DeskWorld) -> None:
    found = task(world)
    lastword.say(world.database, found.id, Word("li", "picked_up", {}), world.clock())
    for agent in ("chen", "li"):
        with pytest.raises(TaskTaken):
            lastword.say(world.database, found.id, Word(agent, "unreachable", {}), world.clock())


def test_a_word_about_a_task_that_was_closed_meanwhile_changes_nothing(world: DeskWorld) -> None:
    found = task(world)
    lastword.say(world.database, found.id, Word("li", "picked_up", {}), world.clock())
    with world.database.write() as session:
        casebook.close_open(session, found.order_id or 0, None, "cancelled", "shipper", world.clock())
    world.clock.advance(seconds=11)
    assert lastword.settle(world.database, world.company, world.clock()) == 1
    assert again(world, found.id).outcome == "cancelled"
    with world.database.read() as session:
        assert session.query(SaidWord).count() == 0


def test_a_word_that_cannot_take_effect_is_kept_and_holds_up_no_other(
    world: DeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = task(world), task(world, "confirm_with_customer")
    lastword.say(world.database, first.id, Word("li", "picked_up", {}), world.clock())
    lastword.say(world.database, second.id, Word("li", "cancelled", {}), world.clock())

    def fails(*_: object) -> None:
        raise RuntimeError("no such thing")

    monkeypatch.setitem(actions.CONSEQUENCES, (None, "picked_up"), fails)
    world.clock.advance(seconds=11)
    assert lastword.settle(world.database, world.company, world.clock()) == 2
    assert again(world, second.id).outcome == "cancelled"
    with world.database.read() as session:
        (kept,) = lastword.of_agent(session, "li")
    assert kept.task_id == first.id
    assert "RuntimeError" in (kept.trouble or "")
    monkeypatch.undo()
    lastword.say(world.database, first.id, Word("li", "picked_up", {}), world.clock())
    world.clock.advance(seconds=11)
    lastword.settle(world.database, world.company, world.clock())
    assert again(world, first.id).outcome == "picked_up"


def test_a_database_that_is_away_is_nobodys_word_to_blame(world: DeskWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that broke off in mid-statement is no OperationalError for every driver: it takes effect later."""
    found = task(world)
    lastword.say(world.database, found.id, Word("li", "picked_up", {}), world.clock())

    def breaks(*_: object) -> None:
        raise DatabaseError("COMMIT", {}, Exception("server closed the connection unexpectedly"))

    monkeypatch.setattr(actions, "say_in", breaks)
    world.clock.advance(seconds=11)
    with pytest.raises(DatabaseError):
        lastword.settle(world.database, world.company, world.clock())
    monkeypatch.undo()
    lastword.settle(world.database, world.company, world.clock())
    assert again(world, found.id).outcome == "picked_up"
