"""One conversation, both databases: mended, agreed to, changed, acknowledged late, picked up, cancelled too late."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from config.company import Company, load_company
from config.database import Database
from config.settings import Settings
from dispatch import letterbook
from intake.record import OrderState
from tests.route.talk import ORDER, Talk, of, purposes


@pytest.fixture(scope="module")
def company() -> Company:
    return load_company(Settings())


def test_a_conversation(database: Database, company: Company) -> None:
    talk = Talk(database, company)
    letter = of(talk.write(ORDER.replace("联系方式：13900139002\n", "")), "incomplete")
    letters = talk.answer(letter, "收货人电话：13900139002")
    assert purposes(letters) == ["acknowledgement", "work_order"]
    talk.wait(minutes=20)
    assert purposes(talk.chase()) == ["notice", "work_order"]
    letters = talk.answer(of(letters, "acknowledgement"), "提货地址改为：上海市徐汇区漕溪北路88号")
    assert purposes(letters) == ["acknowledgement", "stop_order", "stop_order", "work_order"]
    assert talk.shipment.acknowledged_at is None
    talk.answer(of(letters, "work_order"), "已提货 9:15")
    assert talk.shipment.picked_up_at is not None
    talk.answer(of(letters, "acknowledgement"), "取消，不发了")
    assert talk.order.state is OrderState.ACCEPTED
    stops = ["phone_dispatcher", "phone_dispatcher"]  # two stop orders are not answered
    assert talk.kinds() == ["check_arrival", "confirm_change", "coordinate_destination", *stops]


def test_a_letter_that_came_back(database: Database, company: Company) -> None:
    talk = Talk(database, company)
    work_order = of(talk.write(ORDER), "work_order")
    with database.write() as session:
        identifier = work_order.letter.message_id
        for _ in range(2):
            assert letterbook.mark_returned(session, [identifier], [], talk.now, "550") == 1
        assert letterbook.mark_returned(session, [identifier], ["x@y.example"], talk.now, "550") == 0
        assert letterbook.work_order_holders(session, talk.order.id) == {}
    assert len(talk.events("letter_refused")) == 1


def test_two_answers_at_once_lose_neither_change(database: Database, company: Company) -> None:
    """Two daemons take an answer each; the one that comes second builds on what the first has changed."""
    talk = Talk(database, company)
    acknowledgement = of(talk.write(ORDER), "acknowledgement")
    for words in ("数量改为12件", "收货人电话改为：13900139009"):
        talk.post(talk.answer_octets(acknowledgement, words))
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(talk.judge, f"daemon-{n}", 1) for n in range(2)]:
            done.result()
    assert talk.order.form.cargo.pieces == 12
    assert talk.order.form.consignee.phone == "13900139009"
