"""Own mails of each kind, in other words and layouts than the corpus: tests/data/reading/mails.json, with what
a person reads."""

import json
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from intake.form import complete, read_changes, read_fields, read_orders
from intake.lines import Line
from intake.merging import value_of
from intake.orderform import Payment, ProblemCode
from intake.understanding import as_json, understand
from tests.intake.comparing import RULES, differences

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "reading" / "mails.json").read_text(encoding="utf-8")
)


def octets(case: dict[str, Any]) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "张伟 <zw@example.com>", "order@3pl.example.com", case["subject"]
    if case["reply"]:
        mail["In-Reply-To"] = "<y@example.com>"
    for name, value in case["headers"]:
        mail[name] = value
    if case["body"] or not case["html"]:
        mail.set_content(case["body"])
    if case["html"]:
        (mail.add_alternative if case["body"] else mail.set_content)(case["html"], subtype="html")
    return mail.as_bytes()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_mail_is_read_as_a_person_reads_it(case: dict[str, Any]) -> None:
    read = json.loads(json.dumps(as_json(understand(octets(case), RULES))))
    assert differences(case["expected"], read) == []
    if "topic" in case["expected"]:
        assert read["topic"] == case["expected"]["topic"]


def lines(text: str) -> list[Line]:
    return [Line("text", n, line) for n, line in enumerate(text.split("\n"), 1)]


FORM = """发货人：王建国
联系方式：13800138001
货物状况：数量10件、体积2方、重量500公斤
提货地址：上海市闵行区莘庄工业区申富路128号
发往：杭州
收货人：李晓明
联系方式：
付费方式："""


def test_missing_lines_complete_an_order() -> None:
    order = read_orders(lines(FORM), RULES)[0]
    assert [p.field for p in order.problems] == ["consignee.phone", "payment"]
    whole = complete(order, read_changes(lines("收货人电话：13900139002\n付费方式：到付"), RULES))
    assert whole.problems == ()
    assert whole.form.consignee.phone == "13900139002"
    assert whole.form.payment is Payment.COLLECT
    assert whole.form.cargo.pieces == 10


def test_a_bare_number_answers_the_one_phone_that_was_asked_for() -> None:
    order = read_orders(lines(FORM), RULES)[0]
    answered = complete(order, read_changes(lines("13900139002"), RULES))
    assert answered.form.consignee.phone == "13900139002"
    assert [p.field for p in answered.problems] == ["payment"]


def test_a_bare_number_is_asked_about_where_no_phone_was_missing() -> None:
    order = read_orders(lines(FORM.replace("联系方式：\n", "联系方式：13700137000\n")), RULES)[0]
    answered = complete(order, read_changes(lines("电话：13900139002"), RULES))
    assert [(p.field, p.code) for p in answered.problems if p.code is not ProblemCode.MISSING] == [
        ("consignee.phone", ProblemCode.AMBIGUOUS)
    ]


def test_an_answer_with_a_wrong_value_keeps_the_problem() -> None:
    order = read_orders(lines(FORM), RULES)[0]
    answered = complete(order, read_changes(lines("收货人电话：139001390\n付费方式：到付"), RULES))
    assert [(p.field, p.code) for p in answered.problems] == [("consignee.phone", ProblemCode.INVALID)]


def test_a_change_without_content_changes_nothing() -> None:
    order = read_orders(lines(FORM), RULES)[0]
    assert complete(order, read_changes(lines("好的，谢谢"), RULES)).form == order.form


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("consignee.phone", "0571-88886666", "0571-88886666"),
        ("cargo.weight_kg", "1.5吨", 1500),
        ("cargo.weight", "300kg", 300),
        ("cargo.volume_m3", "2.5", 2.5),
        ("cargo.pieces", "12", 12),
        ("payment", "月结", Payment.MONTHLY),
        ("destination", "宁波", "宁波"),
        ("pickup_address", "上海市闵行区申富路1号", "上海市闵行区申富路1号"),
        ("remarks", "轻放", "轻放"),
        ("receipt_copies", "2份", 2),
        ("declared_value", "2万", 20000),
    ],
)
def test_a_field_entered_by_hand_is_read_like_a_mails(name: str, text: str, value: object) -> None:
    read = read_fields({name: text}, RULES)
    name = {"cargo.weight": "cargo.weight_kg"}.get(name, name)
    assert value_of(read.form, name) == value
    assert read.problems == ()


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(KeyError):
        read_fields({"shipper.shoe_size": "43"})


def test_services_receipts_and_wishes_are_read() -> None:
    text = FORM.replace("联系方式：\n", "联系方式：13700137000\n").replace("付费方式：", "付费方式：现付") + (
        "\n回单：3份\n声明价值：5000元\n提货时间：明天下午3点前\n备注：送货上楼，需带尾板"
    )
    form = read_orders(lines(text), RULES)[0].form
    assert form.receipt_copies == 3
    assert form.declared_value == 5000
    assert form.pickup_request == "明天下午3点前"
    assert form.services == ("upstairs", "tail_lift")


def test_a_company_settles_a_word_with_two_meanings() -> None:
    text = FORM.replace("联系方式：\n", "联系方式：13700137000\n").replace("付费方式：", "付费方式：提付")
    assert [p.phrase for p in read_orders(lines(text), RULES)[0].problems] == ["payment_two_meanings"]
    settled = RULES.model_copy(update={"payment_aliases": {"提付": "collect"}})
    assert read_orders(lines(text), settled)[0].form.payment is Payment.COLLECT


def test_more_than_twenty_orders_are_cut() -> None:
    row = "\n曹敏\t13601234561\t轴承\t12箱\t360\t上海市宝山区富联路765号\t无锡\t丁伟\t13701234562\t到付"
    head = "发货人\t电话\t货名\t件数\t重量(kg)\t提货地址\t到站\t收货人\t电话\t付款"
    assert len(read_orders(lines(head + row * 30), RULES)) == 20
