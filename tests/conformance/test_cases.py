"""What went wrong, on both databases: exception, customer told, complaint, compensation, proposed penalty."""

import email
import email.policy
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from config.database import Database
from dispatch import letterbook
from followup import actions, casebook, cases, complaints, penaltybook
from followup.actions import Word
from followup.agenda import Contact, TaskKind
from followup.cases import ExceptionKind
from followup.tables_cases import Complaint, ExceptionCase, Penalty
from followup.tables_journey import Receipt
from intake import register, timeline
from intake.record import OrderRecord
from tests.deskworld import Clock, DeskWorld

CALLER = Contact("王建国", "13800138001")


@pytest.fixture
def world(database: Database) -> DeskWorld:
    made = DeskWorld(database, Clock())
    made.add_people()
    return made


def the_order(world: DeskWorld) -> OrderRecord:
    number = world.order()
    world.settle()
    with world.database.read() as session:
        found = register.by_number(session, number)
    assert found
    return found


def open_case(world: DeskWorld, order: OrderRecord, kind: ExceptionKind, words: str = "箱子破了") -> int:
    with world.database.write() as session:
        return cases.open_case(world.database, session, order, kind, words, "agent:li", world.clock())


def complain(world: DeskWorld, order: OrderRecord) -> int:
    with world.database.write() as session:
        return complaints.open_complaint(world.database, session, order, "货破了", CALLER, "agent:li", world.clock())


def say(world: DeskWorld, task_id: int | None, outcome: str, **details: Any) -> None:
    assert task_id
    actions.say(world.database, world.company, task_id, Word("li", outcome, details), world.clock())


def the_case(world: DeskWorld, case_id: int) -> ExceptionCase:
    with world.database.read() as session:
        found = cases.case(session, case_id)
        assert found
        session.expunge(found)
    return found


def the_complaint(world: DeskWorld, complaint_id: int) -> Complaint:
    with world.database.read() as session:
        found = complaints.complaint(session, complaint_id)
        assert found
        session.expunge(found)
    return found


def happened(world: DeskWorld, order: OrderRecord) -> list[str]:
    with world.database.read() as session:
        return [event.kind for event in timeline.of_order(session, order.id)]


def letters(world: DeskWorld, order: OrderRecord) -> list[str]:
    with world.database.read() as session:
        return [letter.octets.decode() for letter in letterbook.of_order(session, order.id)]


def test_the_chain_from_the_exception_to_the_penalty(world: DeskWorld) -> None:
    order = the_order(world)
    complaint_id = complain(world, order)  # the customer knows it before us: missed
    case_id = open_case(world, order, ExceptionKind.DAMAGE)
    with world.database.write() as session:
        found = complaints.complaint(session, complaint_id)
        case = cases.case(session, case_id)
        assert found
        assert case
        complaints.join(session, found, case, "agent:li", world.clock())
        task = casebook.task(session, case.task_id or 0)
        assert task
        assert (task.kind, task.due_at) == (TaskKind.HANDLE_EXCEPTION, world.clock() + timedelta(minutes=30))
    later = world.clock() + timedelta(hours=3)
    say(world, the_case(world, case_id).task_id, "customer_told", time=later, letter="两箱外包装破损，正在清点。")
    case = the_case(world, case_id)
    assert (case.told_at, case.owner, case.closed_at) == (world.clock(), "li", None)
    say(world, the_complaint(world, complaint_id).task_id, "answered", time=later)
    assert the_complaint(world, complaint_id).answered_at == world.clock()
    world.clock.advance(hours=3)
    said = {"note": "已赔付", "cause": "装卸不当", "unit": "杭州东站", "compensation": "￥1,200.50", "satisfied": "是"}
    say(world, the_complaint(world, complaint_id).task_id, "closed", **said)
    found = the_complaint(world, complaint_id)
    assert (found.satisfied, found.compensation, found.closed_by) == (True, Decimal("1200.50"), "agent:li")
    case = the_case(world, case_id)
    assert (case.cause, case.unit, case.compensation) == ("装卸不当", "杭州东站", Decimal("1200.50"))
    say(world, case.task_id, "closed", note="已赔付")
    case = the_case(world, case_id)
    assert (case.closed_at, case.remedy) == (world.clock(), "已赔付")
    with world.database.read() as session:
        (row,) = penaltybook.undecided(session)
        assert (row.number, row.penalty.rule, row.penalty.unit) == (order.number, "missed_exception", "杭州东站")
        assert not cases.has_open(session, order.id)
        assert not complaints.has_open(session, order.id)
    world.settle()
    assert any("两箱外包装破损" in letter for letter in map(decoded, letters(world, order)))
    kinds = happened(world, order)
    assert [kind for kind in kinds if kind.startswith(("exception", "complaint", "penalty", "customer"))] == [
        "complaint_opened",
        "exception_opened",
        "complaint_changed",
        "exception_changed",
        "customer_told",
        "complaint_changed",
        "complaint_changed",
        "exception_changed",
        "complaint_closed",
        "exception_closed",
        "penalty_proposed",
    ]


def decoded(octets: str) -> str:
    mail = email.message_from_string(octets, policy=email.policy.default)
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_what_is_new_joins_the_open_case_of_its_kind(world: DeskWorld) -> None:
    order = the_order(world)
    first = open_case(world, order, ExceptionKind.DELAY, "高速封路")
    say(world, the_case(world, first).task_id, "customer_told", time=world.clock() + timedelta(hours=9))
    assert open_case(world, order, ExceptionKind.DELAY, "还在封路") == first
    assert open_case(world, order, ExceptionKind.DAMAGE) != first
    case = the_case(world, first)
    assert case.words == "高速封路\n还在封路"
    with world.database.read() as session:
        task = casebook.task(session, case.task_id or 0)
        assert task
        assert task.due_at == world.clock() + timedelta(minutes=30), "the news is looked at within the half hour"
    say(world, case.task_id, "closed", note="已到")
    assert open_case(world, order, ExceptionKind.DELAY) != first


def test_a_complaint_joins_the_case_that_is_open_and_its_owner(world: DeskWorld) -> None:
    order = the_order(world)
    case_id = open_case(world, order, ExceptionKind.LOSS)
    say(world, the_case(world, case_id).task_id, "customer_told", time=world.clock() + timedelta(hours=1))
    found = the_complaint(world, complain(world, order))
    assert (found.exception_id, found.owner) == (case_id, "li")


def test_cancelling_ends_the_pickup_problem_and_nothing_else(world: DeskWorld) -> None:
    order = the_order(world)
    pickup, damage = (open_case(world, order, kind) for kind in (ExceptionKind.PICKUP, ExceptionKind.DAMAGE))
    with world.database.write() as session:
        register.cancel(session, order.id, "agent:li", world.clock())
    world.settle()
    assert the_case(world, pickup).closed_at is not None
    assert the_case(world, damage).closed_at is None
    with world.database.read() as session:
        still = casebook.open_of(session, order.id, (TaskKind.HANDLE_EXCEPTION,))
    assert [task.id for task in still] == [the_case(world, damage).task_id]


def test_an_amount_that_cannot_be_read_changes_nothing(world: DeskWorld) -> None:
    order = the_order(world)
    case_id = open_case(world, order, ExceptionKind.DAMAGE)
    with pytest.raises(actions.NotUnderstood):
        say(world, the_case(world, case_id).task_id, "closed", note="x", compensation="很多")
    assert the_case(world, case_id).closed_at is None


def test_a_late_receipt_is_proposed_once_and_decided_once(world: DeskWorld) -> None:
    order = the_order(world)
    due = world.clock() + timedelta(days=10)
    with world.database.write() as session:
        session.add(Receipt(order_id=order.id, copies=1, due_at=due, responsible="杭州东站", signed_at=world.clock()))
    assert penaltybook.propose_late_receipts(world.database, world.company, due) == 0
    late = due + timedelta(minutes=1)
    assert penaltybook.propose_late_receipts(world.database, world.company, late) == 1
    assert penaltybook.propose_late_receipts(world.database, world.company, late) == 0
    with world.database.read() as session:
        (row,) = penaltybook.undecided(session)
    assert (row.penalty.amount, row.penalty.unit) == (Decimal("50"), "杭州东站")
    assert penaltybook.decide(world.database, row.penalty.id, "confirmed", "同意", "agent:zhao", late)
    with pytest.raises(penaltybook.Decided):
        penaltybook.decide(world.database, row.penalty.id, "dropped", "", "agent:zhao", late)
    with pytest.raises(ValueError, match="confirmed or dropped"):
        penaltybook.decide(world.database, row.penalty.id, "maybe", "", "agent:zhao", late)
    assert not penaltybook.decide(world.database, 999, "dropped", "", "agent:zhao", late)
    with world.database.read() as session:
        assert penaltybook.undecided(session) == []
        assert session.get(Penalty, row.penalty.id).decision == "confirmed"  # type: ignore[union-attr]  # a None fails the test
