"""After the pickup by plain mail: arrived, late until a time, signed for; what does not fit is read by a person."""

from datetime import datetime

import pytest

from intake.tables import Event
from tests.route.talk import ORDER, SHIPPER, Sent, Talk, of


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}:00+08:00")


def events(talk: Talk, kind: str) -> list[Event]:
    with talk.database.read() as session:
        return list(session.query(Event).filter_by(kind=kind).order_by(Event.id))


@pytest.fixture
def work_order(talk: Talk) -> Sent:
    """The work order of goods that were picked up half an hour after it."""
    found = of(talk.write(ORDER), "work_order")
    talk.wait(minutes=30)
    talk.answer(found, "已提货 9:20 司机 王师傅")
    return found


def test_goods_that_arrive_by_mail_are_asked_after_for_their_signing(talk: Talk, work_order: Sent) -> None:
    talk.wait(minutes=24 * 60)
    talk.answer(work_order, "已到货 8:30")
    assert (talk.shipment.stage, talk.shipment.arrived_at) == ("arrived", local("25T08:30"))
    assert talk.kinds() == ["check_signed"]
    talk.answer(work_order, "已到货 8:30")  # said twice, written once
    assert len(events(talk, "arrived")) == 1


def test_a_delay_by_mail_is_kept_and_the_customer_is_told(talk: Talk, work_order: Sent) -> None:
    talk.wait(minutes=24 * 60)
    letters = talk.answer(work_order, "高速封路，延误至明天16点")
    assert talk.shipment.promised_at == local("26T16:00")
    assert talk.task("check_arrival").due_at == local("26T10:00")
    (delayed,) = events(talk, "arrival_delayed")
    assert delayed.details["words"].startswith("高速封路")
    told = [letter.letter for letter in letters if letter.letter.purpose == "notice"]
    assert [letter.recipient for letter in told] == [SHIPPER]


def test_signed_by_mail_is_a_call_for_the_checklist(talk: Talk, work_order: Sent) -> None:
    talk.wait(minutes=24 * 60)
    talk.answer(work_order, "已到货")
    talk.wait(minutes=300)
    talk.answer(work_order, "李晓明已签收")
    assert talk.shipment.stage == "arrived"
    call = talk.task("check_signed")
    assert call.why == "task_signing_told"
    assert "李晓明" in call.why_values["note"]


@pytest.mark.parametrize("words", ["16点到", "已到货了吗", "部分到货，还有2件没到", "还没签收"])
def test_what_may_mean_two_things_is_read_by_a_person(talk: Talk, work_order: Sent, words: str) -> None:
    talk.wait(minutes=24 * 60)
    talk.answer(work_order, words)
    assert talk.shipment.stage == "picked_up"
    assert talk.shipment.promised_at == talk.shipment.arrive_by
    assert "review_mail" in talk.kinds()


def test_an_arrival_before_the_pickup_is_read_by_a_person(talk: Talk) -> None:
    found = of(talk.write(ORDER), "work_order")
    talk.wait(minutes=30)
    talk.answer(found, "已到货")
    assert (talk.shipment.stage, talk.shipment.arrived_at) == ("dispatched", None)
    assert sorted(talk.kinds()) == ["review_mail", "verify_pickup"]
