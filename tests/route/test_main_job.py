"""The main job: a shipper's mail in, an answer and a work order out, the call one hour later."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from consign.samples import SAYS, sample_mails
from dispatch.tables import Letter
from followup import actions
from followup.actions import Word
from intake.record import OrderState
from intake.tables import InboundMail
from tests.route.conftest import WholeDesk


def samples(count: int = len(SAYS) + 1) -> list[bytes]:
    return [sample.octets for sample in sample_mails(count, datetime.now(UTC))]


def test_a_clean_mail_is_answered_dispatched_and_its_call_scheduled(desk: WholeDesk) -> None:
    desk.deliver(samples()[0])
    desk.run()

    (order,) = desk.orders()
    assert order.state is OrderState.ACCEPTED
    (answer,) = desk.letters_to("shipper0@")
    assert order.number in answer.subject
    (work_order,) = desk.letters_to("dispatch-")
    assert work_order.subject.startswith(f"[WO {order.number}]")
    assert work_order.mail["Message-ID"].startswith("<wo-")
    for said in ("王建国", "13800138001", "上海市静安区南京西路1688号", "李晓明", "13900139002", "500"):
        assert said in work_order.text
    (call,) = desk.tasks()
    with desk.database.read() as session:
        sent_at = session.scalars(select(Letter.sent_at).where(Letter.purpose == "work_order")).one()
    assert sent_at is not None
    assert (call.kind, call.due_at) == ("verify_pickup", sent_at + timedelta(hours=1))


def test_each_kind_of_order_meets_its_fate(desk: WholeDesk) -> None:
    desk.deliver(*samples())
    desk.run()

    states = {order.shipper_address.partition("@")[0]: order.state for order in desk.orders()}
    assert states == {
        "shipper0": OrderState.ACCEPTED,
        "shipper1": OrderState.ACCEPTED,
        "shipper2": OrderState.INCOMPLETE,
        "shipper3": OrderState.REJECTED,
        "shipper4": OrderState.REJECTED,
        "shipper5": OrderState.AWAITING_CONFIRMATION,
        "shipper6": OrderState.ACCEPTED,
        "shipper7": OrderState.ACCEPTED,
        "shipper8": OrderState.ACCEPTED,
    }
    assert len(desk.orders()) == len(SAYS) + 3
    accepted = [order for order in desk.orders() if order.state is OrderState.ACCEPTED]
    assert len(desk.letters_to("dispatch-")) == len(accepted)
    assert len(desk.letters_to("shipper")) == len(desk.orders())
    kinds = sorted(task.kind for task in desk.tasks())
    assert kinds == sorted(
        ["verify_pickup"] * len(accepted)
        + ["complete_order", "offer_alternative", "offer_alternative", "confirm_with_customer"]
    )


def test_a_mail_that_comes_twice_makes_one_order(desk: WholeDesk) -> None:
    octets = samples()[0]
    desk.deliver(octets, b"Received: again\r\n" + octets)
    desk.run()
    assert len(desk.orders()) == 1
    with desk.database.read() as session:
        assert sorted(session.scalars(select(InboundMail.state))) == ["copy", "decided"]


def test_the_same_order_in_another_mail_is_asked_about(desk: WholeDesk) -> None:
    octets = samples()[0]
    desk.deliver(octets)
    desk.run()
    desk.deliver(octets.replace(b"<demo-0-", b"<demo-again-"))
    desk.run()
    first, second = desk.orders()
    assert (first.state, second.state) == (OrderState.ACCEPTED, OrderState.AWAITING_CONFIRMATION)
    assert [reason.values["number"] for reason in second.verdict.reasons] == [first.number]
    assert len(desk.letters_to("dispatch-")) == 1


def test_what_is_no_order_waits_for_a_person(desk: WholeDesk) -> None:
    desk.deliver(b"From: a@b.example\r\nSubject: hello\r\nMessage-ID: <1@b>\r\n\r\nHow are you?\r\n")
    desk.run()
    assert desk.orders() == []
    assert [task.kind for task in desk.tasks()] == ["review_mail"]
    assert desk.sent == []


def say(desk: WholeDesk, kind: str, outcome: str, **details: object) -> None:
    (task,) = [task for task in desk.tasks() if task.kind == kind]
    actions.say(desk.database, desk.company, task.id, Word("li", outcome, details), desk.now())


def test_the_call_that_hears_not_yet_comes_back_at_the_time_that_was_said(desk: WholeDesk) -> None:
    desk.deliver(samples()[0])
    desk.run()
    later = desk.now() + timedelta(hours=2)
    say(desk, "verify_pickup", "not_yet", time=later)
    (call,) = desk.tasks()
    assert (call.kind, call.due_at, call.holder) == ("verify_pickup", later, None)
    say(desk, "verify_pickup", "picked_up", driver="王师傅", phone="13700000000", vehicle="沪A12345")
    assert desk.tasks() == []
    desk.offset = timedelta(days=2)
    desk.run()
    pickup = {"verify_pickup", "pickup_overdue", "phone_dispatcher"}
    assert {task.kind for task in desk.tasks()} & pickup == set()


def test_a_pickup_past_its_deadline_goes_to_the_supervisor_once(desk: WholeDesk) -> None:
    desk.deliver(samples()[0])
    desk.run()
    desk.offset = timedelta(days=2)
    desk.run()
    desk.run()
    overdue = [task for task in desk.tasks() if task.kind == "pickup_overdue"]
    assert [task.role for task in overdue] == ["supervisor"]


def test_a_confirmed_surcharge_sends_the_work_order_and_starts_the_three_minutes(desk: WholeDesk) -> None:
    desk.deliver(samples()[5])
    desk.run()
    assert desk.letters_to("dispatch-") == []
    desk.offset = timedelta(minutes=10)
    say(desk, "confirm_with_customer", "confirmed")
    desk.run()
    (order,) = desk.orders()
    assert (order.state, order.revision) == (OrderState.ACCEPTED, 1)
    assert order.clear_at is not None
    assert order.clear_at - order.arrived_at > timedelta(minutes=9)
    assert order.ordered_at == order.clear_at  # the customer's last word is the order time, and the deadline follows it
    assert len(desk.letters_to("dispatch-")) == 1


def test_a_problem_at_the_pickup_becomes_an_exception_with_a_clock(desk: WholeDesk) -> None:
    desk.deliver(samples()[0])
    desk.run()
    say(desk, "verify_pickup", "problem", note="货没打包")
    assert [task.kind for task in desk.tasks()] == ["handle_exception"]


def test_an_outcome_without_what_it_needs_changes_nothing(desk: WholeDesk) -> None:
    desk.deliver(samples()[0])
    desk.run()
    with pytest.raises(actions.NotUnderstood, match="time"):
        say(desk, "verify_pickup", "not_yet")
    (call,) = desk.tasks()
    assert call.attempts == 0
