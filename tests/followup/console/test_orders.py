"""The order page, mails and letters, phone orders, review and search, over HTTP."""

import html
import re
from collections.abc import Callable
from email import message_from_bytes
from email.utils import parsedate_to_datetime

import pytest
from sqlalchemy import update

from dispatch.tables import Letter
from followup.console.guard import MAIL_CSP
from followup.knowncustomers import filled_in
from followup.tables import Task
from intake import customerbook, register
from intake.customers import CustomerTerms
from intake.orderform import Payment
from intake.record import OrderRecord, OrderState
from intake.tables import InboundMail, Order
from tests.deskworld import LETTER_MAIL, ORDER_MAIL, DeskWorld
from tests.followup.console.conftest import Browser

Open = Callable[[str], Browser]
TYPED = {
    "f.shipper.name": "钱伟",
    "f.shipper.phone": "13812345678",
    "f.cargo.description": "服装",
    "f.cargo.pieces": "5",
    "f.cargo.weight": "60公斤",
    "f.cargo.volume": "0.5方",
    "f.pickup_address": "上海市静安区南京西路1号",
    "f.destination": "杭州",
    "f.consignee.name": "林芳",
    "f.consignee.phone": "13987654321",
    "f.payment": "on_pickup",
}
HOSTILE = b"""\
From: x@shipper.example
Subject: <script>alert(1)</script>
Message-ID: <hostile@shipper.example>
Date: Tue, 24 Nov 2026 11:47:30 +0800
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<html><body onload="alert(1)"><script>alert(2)</script><img src="http://evil.example/x.png" onerror="alert(3)">
<a href="javascript:alert(4)">click</a><form action="http://evil.example"><input name=q></form>
<style>body{background:url(http://evil.example)}</style><iframe src="http://evil.example"></iframe><b>words</b></body></html>
""".replace(b"\n", b"\r\n")


def order(world: DeskWorld, number: str) -> OrderRecord:
    with world.database.read() as session:
        found = register.by_number(session, number)
    assert found
    return found


def test_every_value_is_marked_where_it_was_read(world: DeskWorld, browser: Open) -> None:
    number = world.order_by_mail(ORDER_MAIL)
    text = browser("li").get(f"/orders/{number}").text
    marks = dict(re.findall(r'<mark data-origin="([^"]+)"[^>]*>([^<]+)</mark>', text))
    assert marks["consignee.phone"] == "13733334444"
    assert marks["pickup_address"] == "上海市静安区南京西路1266号恒隆广场"
    values = set(re.findall(r'<dd data-origin="([^"]+)"', text))
    assert values >= {"shipper.name", "cargo.weight_kg", "payment"}


def test_charges_letters_tasks_and_timeline_stand_on_the_page(
    world: DeskWorld, browser: Open, numbers: dict[str, str]
) -> None:
    text = html.unescape(browser("li").get(f"/orders/{numbers['now']}").text)
    for words in ("lanes.csv:", "派车单", "受理通知", "核实提货", "用时 4.0 秒", "派车单送达", "当天 15:00 前提货"):
        assert words in text


def test_a_change_after_dispatch_makes_a_revision_with_the_difference(
    world: DeskWorld, browser: Open, numbers: dict[str, str]
) -> None:
    visitor, number = browser("li"), numbers["now"]
    assert visitor.post(f"/orders/{number}/change", {"f.destination": "杭州"}).status_code == 422
    assert visitor.post(f"/orders/{number}/change", {"f.cargo.pieces": "12"}).status_code == 303
    found = order(world, number)
    assert (found.revision, found.form.cargo.pieces) == (2, 12)
    text = html.unescape(visitor.get(f"/orders/{number}").text)
    assert '<span class="old">10</span> → <strong>12</strong>' in text


def test_cancelling_ends_the_order_and_changes_are_refused(
    world: DeskWorld, browser: Open, numbers: dict[str, str]
) -> None:
    visitor, number = browser("li"), numbers["now"]
    assert visitor.post(f"/orders/{number}/cancel").status_code == 303
    assert order(world, number).state is OrderState.CANCELLED
    assert visitor.post(f"/orders/{number}/cancel").status_code == 409
    assert visitor.post(f"/orders/{number}/change", {"f.cargo.pieces": "12"}).status_code == 409
    world.settle()
    with world.database.read() as session:
        purposes = [letter.purpose for letter in session.query(Letter).filter_by(order_id=order(world, number).id)]
        open_tasks = session.query(Task).filter_by(order_id=order(world, number).id, state="open").all()
        left = [task.kind for task in open_tasks]
    assert "stop_order" in purposes
    assert left == ["phone_dispatcher"]  # the stop order is chased until he says that he has it


def test_a_letter_is_sent_again_under_its_own_identifier(
    world: DeskWorld, browser: Open, numbers: dict[str, str]
) -> None:
    with world.database.read() as session:
        letter = session.query(Letter).filter_by(purpose="work_order").first()
    assert letter
    visitor = browser("li")
    for _ in range(2):
        assert visitor.post(f"/letters/{letter.id}/again?order={numbers['late']}").status_code == 303
    with world.database.read() as session:
        copies = session.query(Letter).filter(Letter.key.like("%/again-%")).all()
        octets = [copy.octets for copy in copies]
        first = session.get(Letter, letter.id).octets  # type: ignore[union-attr]  # a None fails the test
    assert len({copy.message_id for copy in copies} | {letter.message_id}) == 3
    for copy, bytes_ in zip(copies, octets, strict=True):
        assert copy.message_id.encode() in bytes_
        assert copy.due_by is None  # no promise hangs on it
        assert bytes_.replace(copy.message_id.encode(), letter.message_id.encode()) == first


def test_a_letter_can_be_kept_in_its_bytes(world: DeskWorld, browser: Open, numbers: dict[str, str]) -> None:
    with world.database.read() as session:
        letter = session.query(Letter).first()
        assert letter
        octets = letter.octets
    visitor = browser("li")
    answer = visitor.get(f"/letters/{letter.id}/eml")
    assert answer.content == octets
    assert answer.headers["content-disposition"].startswith("attachment")
    assert letter.subject.split("]")[0] in visitor.get(f"/letters/{letter.id}").text


def test_a_hostile_mail_can_do_nothing(world: DeskWorld, browser: Open) -> None:
    mail_id = world.mail_for_review(HOSTILE)
    visitor = browser("li")
    page = visitor.get(f"/mails/{mail_id}").text
    assert "<script>alert" not in page
    frame = visitor.get(f"/mails/{mail_id}/frame")
    assert frame.headers["content-security-policy"] == MAIL_CSP
    assert frame.headers["x-frame-options"] == "SAMEORIGIN"
    for word in ("script", "onload", "onerror", "img", "javascript", "form", "iframe", "style", "evil.example", "href"):
        assert word not in frame.text.lower()
    assert "<b>words</b>" in frame.text
    assert visitor.get(f"/mails/{mail_id}/eml").content == HOSTILE


def test_what_is_typed_is_checked_at_once_and_stored_nowhere(world: DeskWorld, browser: Open) -> None:
    visitor = browser("li")
    answer = visitor.post("/check", TYPED, headers={"hx-request": "true"})
    for words in ("已受理", "城区", "¥", "今天 18:00"):
        assert words in answer.text
    text = visitor.post("/check", TYPED | {"f.consignee.phone": "123", "f.pickup_address": "新疆喀什市人民路1号"}).text
    assert "不受理" in text
    assert "待解决" in text
    with world.database.read() as session:
        assert register.latest(session, 5) == []


def test_a_phone_order_becomes_an_order_a_work_order_and_a_confirming_mail(world: DeskWorld, browser: Open) -> None:
    visitor = browser("li")
    answer = visitor.post("/phone", TYPED | {"address": "Qian@Shipper.example"})
    number = answer.headers["location"].split("/")[-1]
    found = order(world, number)
    assert (found.channel, found.ordered_at, found.clear_at) == ("phone", world.clock(), world.clock())
    assert found.shipper_address == "qian@shipper.example"
    entered = world.clock()
    world.clock.advance(seconds=90)
    world.settle()
    with world.database.read() as session:
        letters = {letter.purpose: letter.recipient for letter in session.query(Letter)}
        confirming = message_from_bytes(session.query(Letter).filter_by(purpose="acknowledgement").one().octets)
        tasks = [task.kind for task in session.query(Task)]
    assert letters["acknowledgement"] == "qian@shipper.example"
    assert parsedate_to_datetime(confirming["Date"]) == entered  # SPEC 8: its sent time is the order time
    assert letters["work_order"].startswith("dispatch-")
    assert tasks == ["verify_pickup"]


def test_an_incomplete_phone_order_is_kept_only_when_told_so(world: DeskWorld, browser: Open) -> None:
    visitor = browser("li")
    typed = TYPED | {"f.consignee.phone": ""}
    answer = visitor.post("/phone", typed)
    assert answer.status_code == 422
    assert "钱伟" in answer.text
    assert visitor.post("/phone", typed | {"keep_incomplete": "1"}).status_code == 303
    assert visitor.post("/phone", TYPED | {"address": "not an address"}).status_code == 422


def test_a_known_customer_is_found_and_his_form_filled(
    world: DeskWorld, browser: Open, numbers: dict[str, str]
) -> None:
    visitor = browser("li")
    found = visitor.get("/known", params={"q": "62345678"}).text
    assert f"/phone?like={numbers['heavy']}" in found
    page = html.unescape(visitor.get(f"/phone?like={numbers['heavy']}").text)
    assert 'value="上海精工机械有限公司"' in page
    assert "机床配件" not in page  # the goods are another matter
    assert visitor.get("/phone?like=20990101-0001").status_code == 404


def test_a_mail_is_filed_as_an_order_and_its_sender_answered(world: DeskWorld, browser: Open) -> None:
    mail_id = world.mail_for_review(LETTER_MAIL)
    world.settle()
    visitor = browser("li")
    assert f"/review/{mail_id}" in visitor.get("/review").text
    page = html.unescape(visitor.get(f"/review/{mail_id}").text)
    assert "长期合作" in page
    assert 'value="chen@somebody.example"' in page
    typed = TYPED | {"address": "chen@somebody.example"}
    number = visitor.post(f"/review/{mail_id}/file", typed).headers["location"].split("/")[-1]
    found = order(world, number)
    assert (found.channel, found.shipper_address) == ("mail", "chen@somebody.example")
    assert visitor.post(f"/review/{mail_id}/file", typed).status_code == 409
    world.settle()
    with world.database.read() as session:
        assert session.get(InboundMail, mail_id).state == "filed"  # type: ignore[union-attr]  # a None fails the test
        (task,) = session.query(Task).filter_by(mail_id=mail_id)
        answers = [letter.recipient for letter in session.query(Letter).filter_by(purpose="acknowledgement")]
    assert (task.state, task.outcome) == ("closed", "filed")
    assert answers == ["chen@somebody.example"]


def test_a_mail_that_could_not_be_read_is_shown_raw_and_can_be_read_again(world: DeskWorld, browser: Open) -> None:
    mail_id = world.broken_mail("Subject: x\r\n\r\n发货人：赵".encode("gb18030"))
    world.settle()
    assert "发货人：赵" in browser("li").get(f"/review/{mail_id}").text
    supervisor = browser("zhao")
    assert "ValueError: broken" in supervisor.get(f"/review/{mail_id}").text
    assert supervisor.post(f"/review/{mail_id}/again").status_code == 303
    with world.database.read() as session:
        assert session.get(InboundMail, mail_id).state == "stored"  # type: ignore[union-attr]  # a None fails the test
    assert supervisor.post(f"/review/{mail_id}/again").status_code == 409


def test_a_mail_is_linked_or_ignored(world: DeskWorld, browser: Open, numbers: dict[str, str]) -> None:
    visitor = browser("li")
    first, second = world.mail_for_review(LETTER_MAIL), world.mail_for_review(HOSTILE)
    assert visitor.post(f"/review/{first}/link", {"number": "20990101-0001"}).status_code == 422
    assert visitor.post(f"/review/{first}/link", {"number": numbers["now"]}).status_code == 303
    assert f"/mails/{first}" in visitor.get(f"/orders/{numbers['now']}").text
    assert visitor.post(f"/review/{second}/ignore", {"note": "广告"}).status_code == 303
    assert visitor.post(f"/review/{second}/ignore").status_code == 409


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("漕溪", "late"),
        ("漕溪北路88号", "late"),
        ("精工机械", "heavy"),
        ("机床 南京", "heavy"),
        ("021-6234 5678", "heavy"),
        ("5678", "heavy"),
        ("+86 137 0013 7003", "late"),
        ("孙丽", "late"),
    ],
)
def test_search_finds_by_any_of_it(browser: Open, numbers: dict[str, str], text: str, shown: str) -> None:
    found = re.findall(
        r'<td class="brief"><a href="/orders/([0-9-]+)">', browser("li").get("/search", params={"q": text}).text
    )
    assert found == [numbers[shown]]


def test_a_whole_number_leads_to_its_order_and_nonsense_to_advice(browser: Open, numbers: dict[str, str]) -> None:
    visitor = browser("li")
    assert visitor.get(f"/search?q={numbers['now']}").headers["location"] == f"/orders/{numbers['now']}"
    assert len(re.findall(r'<td class="brief"><a href="/orders/', visitor.get("/search?q=20261124").text)) == len(
        numbers
    )
    for text in ("没有这个人", "zzz", "%", "' OR 1=1", "99999999", "x" * 5000):
        answer = visitor.get("/search", params={"q": text})
        assert answer.status_code == 200
        assert "没有找到" in answer.text


def test_the_wall_shows_the_three_minutes_and_what_is_late(
    world: DeskWorld, browser: Open, numbers: dict[str, str]
) -> None:
    world.order()
    world.settle(seconds=200)
    page = browser("li").get("/wall").text
    assert "超时 1 单" in page
    assert page.count("<circle") == 5
    assert 'class="dot late"' in page
    assert "style=" not in page


def test_a_customer_of_the_book_fills_the_form_with_what_is_his_and_what_is_usual(
    world: DeskWorld, browser: Open
) -> None:
    terms = CustomerTerms(
        key="K7",
        name="宏远机电有限公司",
        addresses=("wang@shipper.example",),
        key_customer=True,
        account=True,
        contact="王磊",
        phone="021-6234 5678",
        notes="只在上午提货",
    )
    with world.database.write() as session:
        customerbook.keep(world.database, session, [terms])
        (customer,) = customerbook.search(session, "K7", 5)
    for address in ("上海市嘉定区曹安路1号", "上海市静安区南京西路9号", "上海市静安区南京西路9号"):
        number = world.order(pickup_address=address)
        with world.database.write() as session:
            session.execute(update(Order).where(Order.number == number).values(customer_id=customer))
    visitor = browser("li")
    for words in ("宏远", "王磊", "62345678", "5678", "wang@shipper", "k7"):
        found = visitor.get("/known", params={"q": words}).text
        assert f'href="/phone?customer={customer}"' in found, words
        assert "重点客户" in found
        assert "只在上午提货" in found
    page = html.unescape(visitor.get("/phone", params={"customer": customer}).text)
    for name, value in (("shipper.name", "王磊"), ("shipper.phone", "021-6234 5678"), ("shipper.company", terms.name)):
        assert f'name="f.{name}" value="{value}"' in page
    assert "上海市静安区南京西路9号" in page
    assert 'name="address" value="wang@shipper.example"' in page
    assert "只在上午提货" in page
    assert visitor.get("/phone", params={"customer": 999}).status_code == 404


def test_what_is_usual_is_the_most_frequent_and_of_equal_ones_the_newest(world: DeskWorld) -> None:
    numbers = [world.order(pickup_address=place, payment=Payment.COLLECT) for place in ("甲路1号", "乙路2号")]
    orders = [order(world, number) for number in reversed(numbers)]
    terms = CustomerTerms(key="K8", name="宏远", account=True, addresses=("a@firm.example",))
    usual = filled_in(terms, orders)
    assert usual.texts["pickup_address"] == "乙路2号"
    assert usual.texts["payment"] == "collect"
    assert filled_in(terms, []).texts == {"shipper.company": "宏远", "payment": "monthly"}
    assert filled_in(terms, []).address == "a@firm.example"
