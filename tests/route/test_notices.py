"""What shipper and consignee are told on the way, what they are not told, and the score that a customer gives."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from config.company import Company
from config.database import Base, open_database
from config.settings import NOTICES, LetterSettings
from followup import casebook, satisfaction
from followup.satisfaction import Opinion
from followup.tables_journey import Satisfaction
from intake import customerbook
from intake.customers import CustomerTerms
from intake.timeline import Happening
from intake.tokens import Audience, letter_token, read_identifier
from tests.route.talk import ORDER, SECRET, SHIPPER, Sent, Talk, of, purposes

CONSIGNEE = "li@receiver.example"
WITH_EMAIL = ORDER + f"收货人邮箱：{CONSIGNEE}\n"
WAY = (
    (Happening.ARRIVED, {"at": "2026-11-25T10:00:00+08:00", "station": "杭州站"}, "（周三）10:00 到达 杭州站"),
    (Happening.ARRIVAL_DELAYED, {"promised": "2026-11-26T10:00:00+08:00", "words": "大雾封路"}, "原因：大雾封路"),
    (Happening.SIGNED, {"at": "2026-11-25T15:00:00+08:00", "signer": "李晓明"}, "由 李晓明 签收"),
    (Happening.RECEIPT_HANDED, {"at": "2026-12-02T15:00:00+08:00", "copies": 2, "to": "王建国"}, "共 2 份"),
)


@pytest.fixture
def talk(tmp_path: Path, company: Company) -> Iterator[Talk]:
    database = open_database(f"sqlite:///{tmp_path / 'consign.db'}")
    Base.metadata.create_all(database.engine)
    yield Talk(database, company, settings=LetterSettings(public_url="https://desk.example.com/"))
    database.close()


def known(talk: Talk, **terms: object) -> None:
    """The shipper becomes a known customer."""
    with talk.database.write() as session:
        customer = CustomerTerms(key="wang", name="王建国五金", addresses=(SHIPPER,), **terms)
        customerbook.keep(talk.database, session, [customer])


def tell_consignees(talk: Talk) -> None:
    talk.company = replace(talk.company, policy=talk.company.policy.model_copy(update={"consignee_notices": NOTICES}))


def pick_up(talk: Talk) -> list[Sent]:
    letter = of(talk.write(WITH_EMAIL), "work_order")
    talk.wait(minutes=30)
    return talk.answer(letter, "已提货 9:20 司机王师傅")


def test_the_shipper_is_told_of_the_pickup(talk: Talk) -> None:
    (notice,) = pick_up(talk)
    assert (notice.purpose, notice.recipient) == ("notice", SHIPPER)
    assert "您的货物已于 今天 11月24日（周二）09:20 提走" in notice.text
    assert notice.mail["In-Reply-To"], "it stands in the thread of his order"


@pytest.mark.parametrize(("kind", "details", "words"), WAY)
def test_the_shipper_is_told_on_the_way(talk: Talk, kind: str, details: dict[str, object], words: str) -> None:
    talk.write(ORDER)
    (notice,) = talk.happen(kind, **details)
    assert (notice.purpose, notice.recipient) == ("notice", SHIPPER)
    assert words in notice.text
    assert talk.happen(Happening.STATION_INFORMED, station="杭州站") == [], "not of everything"


def test_a_second_delay_is_told_as_well(talk: Talk) -> None:
    talk.write(ORDER)
    first = talk.happen(Happening.ARRIVAL_DELAYED, promised="2026-11-26T10:00:00+08:00", words="大雾")
    again = talk.happen(Happening.ARRIVAL_DELAYED, promised="2026-11-27T10:00:00+08:00", words="")
    assert ["11月26日" in first[0].text, "11月27日" in again[0].text] == [True, True]


@pytest.mark.parametrize(("kind", "details", "_words"), WAY)
def test_the_company_may_switch_each_notice_off(talk: Talk, kind: str, details: dict[str, object], _words: str) -> None:
    policy = talk.company.policy.model_copy(update={"notices": ("accepted",)})
    talk.company = replace(talk.company, policy=policy)
    assert purposes(talk.write(ORDER)) == ["acknowledgement", "work_order"]
    assert talk.happen(kind, **details) == []


def test_a_customer_may_have_some_switched_off_the_acceptance_too(talk: Talk) -> None:
    known(talk, no_notices=("accepted", "arrived"))
    assert purposes(talk.write(ORDER)) == ["work_order"]
    assert talk.happen(Happening.ARRIVED, at="2026-11-25T10:00:00+08:00", station="") == []
    assert purposes(talk.happen(Happening.SIGNED, at="2026-11-25T15:00:00+08:00", signer="李晓明")) == ["notice"]


def test_a_consignee_is_told_where_the_company_does_so_and_the_customer_is_known(talk: Talk) -> None:
    known(talk)
    tell_consignees(talk)
    letters = pick_up(talk)
    assert sorted(letter.recipient for letter in letters) == [CONSIGNEE, SHIPPER]
    (notice,) = [letter for letter in letters if letter.recipient == CONSIGNEE]
    assert "王建国 发给您的货物已于 今天" in notice.text
    assert "到付" not in notice.text, "price and payment are the shipper's matter"
    assert notice.mail["In-Reply-To"] is None, "the shipper's mail is none of his"


def test_a_stranger_cannot_have_others_written_to_by_naming_them(talk: Talk) -> None:
    tell_consignees(talk)
    assert [letter.recipient for letter in pick_up(talk)] == [SHIPPER]


def test_a_consignees_letter_proves_nothing_of_the_shippers(talk: Talk) -> None:
    known(talk)
    tell_consignees(talk)
    (notice,) = [letter for letter in pick_up(talk) if letter.recipient == CONSIGNEE]
    read = read_identifier(notice.letter.message_id, SECRET)
    assert read is not None
    assert (read.audience, read.genuine) == (Audience.CONSIGNEE, True)
    shippers = letter_token(SECRET, talk.order.number, 1, Audience.SHIPPER)
    assert shippers.encode() not in notice.letter.octets
    talk.answer(notice, "订单取消", sender=CONSIGNEE)
    assert talk.order.state.value == "accepted"


# -- the score


def delivered(talk: Talk) -> Sent:
    """The letter of the delivery, with the shipment signed for in the book."""
    pick_up(talk)
    with talk.database.write() as session:
        shipment = casebook.shipment(session, talk.order.id)
        assert shipment is not None
        shipment.signed_at = talk.now
    return talk.happen(Happening.SIGNED, at=talk.now.isoformat(), signer="李晓明")[0]


def scores(talk: Talk) -> list[tuple[int, str, str]]:
    with talk.database.read() as session:
        return [(row.score, row.words, row.way) for row in session.scalars(select(Satisfaction))]


def test_the_letter_of_the_delivery_asks_for_a_score_by_link(talk: Talk) -> None:
    letter = delivered(talk)
    assert f"https://desk.example.com/opinion/{talk.order.number}/" in letter.text
    talk.settings = LetterSettings()
    (again,) = talk.happen(Happening.SIGNED, at=talk.now.isoformat(), signer="李晓明")
    assert "opinion" not in again.text, "without an address that customers reach there is no link"


def test_a_score_is_taken_once(talk: Talk) -> None:
    delivered(talk)
    number = talk.order.number
    assert satisfaction.by_link(talk.database, number, Opinion(5, "很快"), talk.now)
    assert not satisfaction.by_link(talk.database, number, Opinion(1), talk.now)
    assert scores(talk) == [(5, "很快", "link")]
    assert "handle_complaint" not in talk.kinds()
    assert [event["score"] for event in talk.events(Happening.SATISFACTION_GIVEN)] == [5]


def test_a_bad_score_is_called_about(talk: Talk) -> None:
    delivered(talk)
    satisfaction.by_link(talk.database, talk.order.number, Opinion(2, "包装破了"), talk.now)
    call = talk.task("handle_complaint")
    assert (call.phone, call.why_values["words"]) == ("13800138001", "包装破了")


def test_no_score_before_the_delivery_nor_long_after_it(talk: Talk) -> None:
    talk.write(ORDER)
    number = talk.order.number
    assert not satisfaction.by_link(talk.database, number, Opinion(5), talk.now)
    assert not satisfaction.by_link(talk.database, "20990101-0001", Opinion(5), talk.now)


def test_a_link_is_worth_nothing_after_sixty_days(talk: Talk) -> None:
    delivered(talk)
    late = talk.now + satisfaction.ASKED_FOR
    assert not satisfaction.by_link(talk.database, talk.order.number, Opinion(5), late + timedelta(seconds=1))
    assert satisfaction.by_link(talk.database, talk.order.number, Opinion(5), late)


@pytest.mark.parametrize(("text", "score"), [("5", 5), (" 3分 ", 3), ("１", 1)])
def test_scores_as_people_write_them(text: str, score: int) -> None:
    assert satisfaction.score_of(text) == score


@pytest.mark.parametrize("text", ["", "0", "6", "10", "好", "-1", "4.5"])
def test_what_is_no_score(text: str) -> None:
    with pytest.raises(satisfaction.NoScore):
        satisfaction.score_of(text)
