"""What the letters say: everything that the shipper and the dispatcher need, in both languages, and nothing else."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest

from config.quote import Charge, Quote
from config.zone import Zone
from dispatch import wording
from dispatch.deadline import Deadline
from dispatch.draft import Draft, Purpose
from dispatch.wording import House
from intake.orderform import Cargo, Consignee, OrderForm, Payment, Problem, ProblemCode, Shipper
from intake.record import OrderRecord, OrderState
from intake.verdict import Check, Outcome, Reason, Verdict
from tests import builders

ORDERED = datetime(2026, 11, 24, 1, 12, tzinfo=UTC)  # 09:12 in Shanghai, a Tuesday
DEADLINE = Deadline(
    datetime(2026, 11, 24, 7, 0, tzinfo=UTC),
    "deadline_urban_same_before",
    {"ordered": "09:12", "from": "00:00", "to": "12:00", "deadline": "15:00", "date": "2026-11-24"},
)
QUOTE = Quote(
    origin="上海市",
    destination="杭州市",
    transfers=1,
    days=2,
    charges=(
        Charge(code="freight", amount=Decimal("1260.00"), basis="1200 × 1.05"),
        Charge(code="pickup", amount=Decimal("80.00")),
        Charge(code="crane", amount=Decimal("60.00")),
    ),
)
FULL = OrderForm(
    shipper=Shipper(name="王建国", phone="13800138001", company="上海五金制品有限公司"),
    cargo=Cargo(
        description="五金配件",
        pieces=10,
        packaging="纸箱",
        volume_m3=Decimal("2.50"),
        weight_kg=Decimal("1200"),
        piece_cm=(Decimal(60), Decimal("40.5"), Decimal(30)),
        piece_kg=Decimal(120),
    ),
    pickup_address="上海市闵行区莘庄镇七莘路1188号",
    pickup_request="下午3点前",
    destination="杭州",
    consignee=Consignee(name="李晓明", phone="0571-88886666", company="杭州贸易公司", address="西湖区文一西路588号"),
    payment=Payment.COLLECT,
    remarks="易碎,轻放\n到门口先打电话",
    declared_value=Decimal(20000),
    receipt_copies=2,
    services=("upstairs", "crane"),
)


@dataclass(frozen=True)
class Dispatcher:
    name: str = "陈志强"
    email: str = "dispatch-sh-south@consign.example"
    phone: str = "13700137003"
    language: str = "zh"


def house(language: str = "zh") -> House:
    return House(
        name="沪杭第三方物流",
        address="orders@consign.example",
        phone="021-60000000",
        supervisor="lead@consign.example",
        timezone=ZoneInfo("Asia/Shanghai"),
        language=language,
    )


def record(**changes: Any) -> OrderRecord:
    values: dict[str, Any] = {
        "id": 1,
        "number": "20261124-0001",
        "revision": 1,
        "state": OrderState.ACCEPTED,
        "channel": "mail",
        "form": FULL,
        "verdict": builders.verdict(quote=QUOTE, pickup_place="上海市/上海市/闵行区/莘庄镇"),
        "ordered_at": ORDERED,
        "arrived_at": ORDERED + timedelta(seconds=20),
        "clear_at": ORDERED + timedelta(seconds=22),
        "shipper_address": "wang@shipper.example",
        "message_id": "<m2@shipper.example>",
        "references": ("<m1@shipper.example>",),
    }
    return OrderRecord(**(values | changes))


def verdict(outcome: Outcome, *reasons: Reason, **changes: Any) -> Verdict:
    return builders.verdict(outcome, checks=(Check(code="x", passed=False, reasons=reasons),), **changes)


def work_order(order: OrderRecord | None = None, language: str = "zh", **changes: Any) -> Draft:
    dispatcher = Dispatcher(language=language)
    return wording.work_order(order or record(), DEADLINE, dispatcher, house(), **({"token": "jaot32qhdb"} | changes))


def seen(html: str) -> str:
    """The words of an HTML letter, without its marks."""
    text = re.sub(r"<[^>]*>", "", html)
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&#39;", "'"), ("&rarr;", "→"), ("&amp;", "&")):
        text = text.replace(entity, char)
    return text


def test_the_work_order_holds_everything_in_chinese() -> None:
    letter = work_order()
    assert letter.recipient == "dispatch-sh-south@consign.example"
    assert (
        letter.subject
        == "[WO 20261124-0001] 今天15:00前提货（城区）闵行区莘庄镇 → 杭州 10 件 1.2 吨 2.5 立方米 #jaot32qhdb"
    )
    for part in (letter.text, seen(letter.html)):
        for words in (
            *("20261124-0001", "第 1 版", "陈志强"),
            *("王建国", "13800138001", "上海五金制品有限公司", "上海市闵行区莘庄镇七莘路1188号", "下午3点前"),
            *("城区", "今天 11月24日（周二）15:00 前", "09:12", "12:00"),
            *("五金配件", "10 件", "纸箱", "1.2 吨", "2.5 立方米", "60 × 40.5 × 30 厘米", "120 公斤", "¥ 20,000.00"),
            *("杭州", "李晓明", "0571-88886666", "杭州贸易公司", "西湖区文一西路588号", "中转 1 次，约 2 天"),
            "到付：送达时向收货人 李晓明（0571-88886666）收取 ¥ 1,400.00；提货时不收款",
            *("运费", "¥ 1,260.00", "1200 × 1.05", "提货费", "¥ 80.00", "crane", "¥ 60.00", "合计"),
            *("需要，2 份", "送货上楼，crane", "易碎,轻放", "到门口先打电话", "021-60000000"),
            *("已收到", "已提货", "未提货", "无法安排", "地址不对", "jaot32qhdb"),
        ):
            assert words in part, words


def test_the_work_order_holds_everything_in_english_for_who_reads_english() -> None:
    letter = work_order(language="en")
    assert letter.language == "en"
    assert letter.subject.startswith("[WO 20261124-0001] pick up by today 15:00 (urban) ")
    assert letter.subject.endswith("10 pcs 1.2 t 2.5 m³ #jaot32qhdb")
    for part in (letter.text, seen(letter.html)):
        for words in (
            *("Work order 20261124-0001, revision 1", "today, Tue 24 Nov, 15:00", "urban", "13800138001"),
            *("0571-88886666", "transfers: 1, about 2 d", "Freight", "CNY 1,260.00", "Total", "CNY 1,400.00"),
            "Collect: take CNY 1,400.00 from the consignee 李晓明 (0571-88886666) at delivery; take nothing at the ",
            *("wanted, copies: 2", "021-60000000", "picked up 14:20", "cannot arrange", "jaot32qhdb"),
        ):
            assert words in part, words
    assert work_order(language="zh").language == "zh"
    assert wording.work_order(record(), DEADLINE, Dispatcher(language="zh"), house("en")).language == "en"


@pytest.mark.parametrize(
    ("payment", "words"),
    [
        (Payment.COLLECT, "送达时向收货人 李晓明（0571-88886666）收取 ¥ 1,400.00；提货时不收款"),
        (Payment.ON_PICKUP, "提货时向发货人 王建国（13800138001）收取 ¥ 1,400.00"),
        (Payment.MONTHLY, "不收现款，¥ 1,400.00 记入发货人账户"),
        (Payment.ON_RECEIPT, "交回签收单时向发货人 王建国 收取 ¥ 1,400.00"),
    ],
)
def test_the_dispatcher_knows_how_much_to_collect_from_whom(payment: Payment, words: str) -> None:
    letter = work_order(record(form=FULL.model_copy(update={"payment": payment})))
    assert words in letter.text
    assert words in seen(letter.html)


def test_without_a_price_the_dispatcher_collects_nothing_on_his_own() -> None:
    letter = work_order(record(verdict=builders.verdict(quote=None)))
    assert "金额未定，先问客服，不要自行收款" in letter.text
    assert "¥" not in letter.text.replace("¥ 20,000.00", "")


def test_a_revision_marks_what_changed_old_to_new() -> None:
    before = FULL.model_copy(
        update={
            "cargo": FULL.cargo.model_copy(update={"pieces": 8}),
            "pickup_address": "静安区南京西路1号",
            "remarks": None,
            "payment": Payment.ON_PICKUP,
            "pickup_request": "上午",
        }
    )
    now = FULL.model_copy(update={"pickup_request": None})
    letter = work_order(record(revision=2, previous=before, form=now))
    assert letter.subject.startswith("[WO 20261124-0001 r2] 【修改】")
    assert "第 2 版" in letter.text
    for change in (
        "★ 件数：8 件 → 10 件",
        "★ 提货地址：静安区南京西路1号 → 上海市闵行区莘庄镇七莘路1188号",
        "★ 备注：（未填） → 易碎,轻放",
        "★ 付费方式：现付 → 到付",
        "★ 要求提货时间：上午 → （无）",
    ):
        assert letter.text.count(change) == 2, "once in the list of changes and once in its place"
    assert letter.text.count("★") == 10
    assert "8 件 → 10 件" in seen(letter.html)
    assert '<span style="color:#767f8a;text-decoration:line-through">8 件</span>' in letter.html


def test_a_revision_of_price_or_deadline_alone_says_so() -> None:
    letter = work_order(record(revision=2, previous=FULL))
    assert "运单内容没有变化，请看截止时间和费用" in letter.text
    assert "★" not in letter.text


def test_a_first_work_order_marks_nothing() -> None:
    letter = work_order()
    assert "★" not in letter.text
    assert "【本次修改】" not in letter.text


def test_a_deputy_is_told_whose_work_order_it_was() -> None:
    assert "本工单原由 张三 负责" in work_order(deputy_note="张三").text
    assert "原由" not in work_order().text


def test_what_was_agreed_to_is_a_warning_for_the_dispatcher() -> None:
    reason = Reason(code="possible_duplicate", values={"number": "20261124-0007"})
    letter = work_order(record(verdict=verdict(Outcome.ACCEPTED, reason, quote=QUOTE)))
    assert "【注意】" in letter.text
    assert "20261124-0007" in letter.text


def test_one_tap_opens_an_answer_that_finds_its_work_order() -> None:
    links = [unquote(link) for link in re.findall(r'href="(mailto:[^"]*)"', work_order().html.replace("&amp;", "&"))]
    assert len(links) == 5
    assert all(link.startswith("mailto:orders@consign.example?subject=Re: [WO 20261124-0001] ") for link in links)
    assert all("#jaot32qhdb&body=" in link for link in links)
    assert [link.rpartition("&body=")[2] for link in links] == ["已收到", "已提货", "未提货", "无法安排", "地址不对"]


def test_the_acknowledgement_says_number_price_and_deadline() -> None:
    letter = wording.acknowledgement(record(), DEADLINE, house())
    assert letter.subject == "[20261124-0001] 已受理，今天15:00前提货"
    assert letter.recipient == "wang@shipper.example"
    assert (letter.in_reply_to, letter.references) == ("<m2@shipper.example>", ("<m1@shipper.example>",))
    for part in (letter.text, seen(letter.html)):
        for words in ("20261124-0001", "今天 11月24日（周二）15:00 前", "09:12", "13800138001", "0571-88886666"):
            assert words in part
        for words in ("运费", "¥ 1,260.00", "提货费", "¥ 1,400.00", "到付，由收货人支付", "021-60000000", "直接回复"):
            assert words in part
    assert "说明" not in letter.text


def test_the_acknowledgement_in_english() -> None:
    letter = wording.acknowledgement(record(), DEADLINE, house("en"))
    assert letter.subject == "[20261124-0001] Accepted, pickup by today 15:00"
    for part in (letter.text, seen(letter.html)):
        for words in ("today, Tue 24 Nov, 15:00", "CNY 1,400.00", "collect: the consignee pays", "0571-88886666"):
            assert words in part


@pytest.mark.parametrize("note", ["sent_in_future", "sent_long_before_arrival", "sent_unknown"])
def test_an_order_time_that_is_not_the_sent_time_is_explained(note: str) -> None:
    letter = wording.acknowledgement(record(ordered_at_note=note), DEADLINE, house())
    assert "收到时间为下单时间" in letter.text
    assert "收到时间为下单时间" in letter.html


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0, "今天 11月24日（周二）15:00"),
        (24, "明天 11月25日（周三）15:00"),
        (48, "11月26日（周四）15:00"),
        (24 * 60, "2027年1月23日（周六）15:00"),
    ],
)
def test_days_are_said_as_people_say_them(hours: int, words: str) -> None:
    deadline = Deadline(DEADLINE.by + timedelta(hours=hours), DEADLINE.phrase, DEADLINE.values)
    assert f"提货截止：{words} 前" in wording.work_order(record(), deadline, Dispatcher(), house()).text


def test_today_is_the_day_of_the_companys_clock() -> None:
    late = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)  # 00:30 of the 25th in Shanghai
    deadline = Deadline(datetime(2026, 11, 25, 7, 0, tzinfo=UTC), DEADLINE.phrase, DEADLINE.values)
    letter = wording.acknowledgement(record(arrived_at=late, clear_at=late), deadline, house())
    assert letter.subject.endswith("今天15:00前提货")


PARTIAL = OrderForm(
    shipper=Shipper(name="王建国", phone="13800138001"),
    cargo=Cargo(description="五金配件", volume_m3=Decimal("2.5")),
    pickup_address="莘庄镇七莘路1188号",
    destination="杭州",
    consignee=Consignee(name="李晓明"),
    payment=Payment.COLLECT,
)
PROBLEMS = (
    Problem(field="cargo.pieces", code=ProblemCode.MISSING, phrase="destination_not_located"),
    Problem(field="consignee.phone", code=ProblemCode.INVALID, phrase="destination_not_located", words="1390013"),
)


def incomplete(language: str = "zh", **changes: Any) -> Draft:
    reason = Reason(code="pickup_not_located", field="pickup_address", values={"words": "莘庄镇七莘路1188号"})
    values: dict[str, Any] = {
        "form": PARTIAL,
        "problems": PROBLEMS,
        "verdict": verdict(Outcome.INCOMPLETE, reason, zone=Zone.OUTSIDE),
        "clear_at": None,
    }
    return wording.incomplete(record(**(values | changes)), house(language))


def test_the_form_comes_back_filled_in_with_the_missing_lines_marked() -> None:
    letter = incomplete()
    assert letter.subject == "[20261124-0001] 请补充：件数，收货人电话，提货地址"
    form = [
        "发货人：王建国",
        "发货人电话：13800138001",
        "货物名称：五金配件",
        "★ 件数：",
        "体积：2.5 立方米",
        "★ 提货地址：莘庄镇七莘路1188号",
        "发往：杭州",
        "收货人：李晓明",
        "★ 收货人电话：",
        "付费方式：到付",
    ]
    assert "\n\n" + "\n".join(form) + "\n\n" in letter.text
    assert "1390013" in letter.text, "what was read is said"
    html = seen(letter.html.replace("<br>", "\n"))
    assert [line for line in form if line not in html] == []


def test_the_form_comes_back_in_english() -> None:
    letter = incomplete("en")
    assert letter.subject == "[20261124-0001] Please complete: Pieces, Consignee phone, Pickup address"
    for line in ("Shipper: 王建国", "★ Pieces: ", "★ Consignee phone: ", "Volume: 2.5 m³", "Payment: freight collect"):
        assert f"\n{line}\n" in letter.text


def test_a_field_that_nobody_has_named_does_not_stop_the_letter() -> None:
    problem = Problem(field="cargo.colour", code=ProblemCode.MISSING, phrase="destination_not_located")
    assert "cargo.colour" in incomplete(problems=(problem,)).text


@pytest.mark.parametrize(("language", "word"), [("zh", "“确认”"), ("en", '"confirm"')])
def test_a_question_says_what_to_agree_to_and_how(language: str, word: str) -> None:
    reason = Reason(code="surcharge_above_limit", values={"amount": "140.00", "limit": "50.00"})
    asked = record(verdict=verdict(Outcome.AWAITING_CONFIRMATION, reason, quote=QUOTE))
    letter = wording.confirm(asked, house(language))
    assert letter.purpose is Purpose.CONFIRM
    for part in (letter.text, seen(letter.html)):
        for words in ("140.00", "50.00", "80.00", "1,400.00", word, "021-60000000", "0571-88886666"):
            assert words in part
    assert "140.00" in letter.subject


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_refusal_says_why_and_whom_to_call(language: str) -> None:
    reason = Reason(
        code="outside_area", field="pickup_address", values={"words": "拉萨市城关区", "place": "西藏自治区/拉萨市"}
    )
    letter = wording.rejected(record(verdict=verdict(Outcome.REJECTED, reason)), house(language))
    for part in (letter.text, seen(letter.html)):
        assert "拉萨市" in part
        assert "021-60000000" in part
        assert "20261124-0001" in letter.subject


@pytest.mark.parametrize(
    ("language", "stop", "ended"), [("zh", "不要提货", "已取消"), ("en", "do not pick up", "ancelled")]
)
def test_a_cancellation_is_told_to_both(language: str, stop: str, ended: str) -> None:
    order = record(state=OrderState.CANCELLED, revision=2, previous=FULL)
    to_dispatcher = wording.stop_order(order, Dispatcher(language=language), house(language), token="jaot32qhdb")
    assert to_dispatcher.subject.startswith("[WO 20261124-0001 r2] ")
    assert to_dispatcher.subject.endswith("#jaot32qhdb")
    assert stop in to_dispatcher.subject
    assert stop in to_dispatcher.text
    assert "上海市闵行区莘庄镇七莘路1188号" in to_dispatcher.text
    to_shipper = wording.cancelled(order, house(language))
    assert ended in to_shipper.subject
    assert "20261124-0001" in to_shipper.text
    assert to_shipper.in_reply_to == "<m2@shipper.example>"


@pytest.mark.parametrize("code", ["letter_late", "letter_refused"])
def test_an_alert_tells_the_supervisor_what_to_do(code: str) -> None:
    letter = wording.alert(record(), code, {"recipient": "dispatch-a@consign.example", "reply": "550 no"}, house())
    assert letter.recipient == "lead@consign.example"
    assert letter.subject.startswith("[20261124-0001] 【警报】")
    assert letter.in_reply_to == "", "no answer to the shipper's mail"
    for words in ("dispatch-a@consign.example", "550 no", "13800138001"):
        assert words in letter.text
        assert words in letter.html


def test_a_notice_and_an_answer_say_their_sentence() -> None:
    letter = wording.notice(record(), "notice_signed", {"at": "11月25日 10:30", "signer": "李晓明"}, house())
    assert "您的货物已于 11月25日 10:30 由 李晓明 签收" in letter.text
    assert letter.purpose is Purpose.NOTICE
    answer = wording.answer(record(), "answer_complaint", {"at": "16:00"}, house("en"))
    assert "we apologise" in answer.text
    assert answer.purpose is Purpose.ANSWER


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_picture_alone_is_answered_with_the_form(language: str) -> None:
    letter = wording.ask_to_write(
        "wang@shipper.example", "发货\r\nBcc: x" + "长" * 200, "<m@x.example>", house(language)
    )
    assert letter.in_reply_to == "<m@x.example>"
    assert letter.subject.startswith("Re: 发货 Bcc: x")
    assert len(letter.subject) < 100
    assert letter.text.count("★") == 10
    assert "021-60000000" in letter.text


HOSTILE = "{{7*7}} {% raw %} ${number} %s <img src=x onerror=alert(1)> \" ' & </td> javascript:"


def every_letter(order: OrderRecord, language: str) -> list[Draft]:
    home = house(language)
    return [
        wording.acknowledgement(order, DEADLINE, home),
        wording.incomplete(order, home),
        wording.confirm(order, home),
        wording.rejected(order, home),
        wording.cancelled(order, home),
        wording.work_order(order, DEADLINE, Dispatcher(language=language), home),
        wording.stop_order(order, Dispatcher(language=language), home),
        wording.alert(order, "letter_late", {"recipient": "a@b.example", "reply": HOSTILE}, home),
        wording.notice(order, "notice_arrived", {"at": "10:00", "station": HOSTILE}, home),
        wording.consignee_notice(order, "arrived", {"at": "10:00", "station": HOSTILE}, home),
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_words_of_a_stranger_come_out_literally_and_escaped(language: str) -> None:
    form = FULL.model_copy(
        update={
            "shipper": Shipper(name=HOSTILE, phone="13800138001", company=HOSTILE),
            "pickup_address": HOSTILE,
            "destination": HOSTILE,
            "consignee": Consignee(name=HOSTILE, phone=HOSTILE, address=HOSTILE),
            "remarks": HOSTILE + "\n" + HOSTILE,
            "services": (HOSTILE,),
        }
    )
    problem = Problem(field="payment", code=ProblemCode.AMBIGUOUS, phrase="destination_not_located", words=HOSTILE)
    order = record(form=form, previous=form, revision=2, problems=(problem,))
    for letter in every_letter(order, language):
        assert HOSTILE in letter.text
        assert "<img" not in letter.html
        assert "{{7*7}}" in letter.html
        assert "&lt;img src=x onerror=alert(1)&gt;" in letter.html
        assert "49" not in letter.html


@pytest.mark.parametrize("language", ["zh", "en"])
def test_line_breaks_and_turned_text_of_a_stranger_do_not_reach_a_line(language: str) -> None:
    form = FULL.model_copy(update={"shipper": Shipper(name="王\r\n付费方式：现付\u202e\u2028x", phone="13800138001")})
    for letter in every_letter(record(form=form), language):
        assert "王 付费方式：现付 x" in letter.text
        assert not set("\r\u202e\u2028") & set(letter.text + letter.html + letter.subject)
        assert "\n" not in letter.subject


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_letter_leaves_a_blank_to_fill_or_a_hole(language: str) -> None:
    for letter in every_letter(record(), language):
        assert not re.search(r"\$[a-z_]+", letter.text + letter.subject)
        assert "None" not in letter.text
        assert "\n\n\n" not in letter.text
        assert letter.text.strip()
        assert letter.html.startswith("<!DOCTYPE html>")
        assert not re.search(r"<(script|img|link|iframe|style)|https?://", letter.html), (
            "nothing is loaded from elsewhere"
        )


def test_the_html_of_every_letter_is_well_nested() -> None:
    for letter in every_letter(record(revision=2, previous=PARTIAL), "zh"):
        for tag in ("table", "tr", "td", "p", "b", "span", "a", "html", "body"):
            assert len(re.findall(rf"<{tag}[\s>]", letter.html)) == letter.html.count(f"</{tag}>"), tag
