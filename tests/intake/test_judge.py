"""The judge as a table: one change to a plain order, and what becomes of it with the sample company."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from config.company import Company, build_company
from config.phrases import catalogue, phrase
from config.rulefolder import RULE_FILES, RuleText, shipped
from config.settings import Settings
from config.zone import Zone
from intake.case import BY_CONSENT
from intake.customers import CustomerTerms
from intake.judge import CHECKS, judge
from intake.orderform import Cargo, Consignee, OrderForm, Payment, Problem, ProblemCode, ReadOrder, Shipper
from intake.verdict import Outcome, Verdict
from tests.builders import form

MORNING = datetime(2026, 11, 24, 1, 12, tzinfo=UTC)


@cache
def company(**policy: Any) -> Company:
    texts = {name: RuleText(name, shipped(name)) for name in RULE_FILES}
    if lanes := policy.pop("lanes", None):
        texts["lanes.csv"] = RuleText("lanes.csv", lanes)
    made, faults = build_company(Settings(policy=policy), texts)
    assert made is not None, faults
    return made


def plain(**changes: Any) -> OrderForm:
    load = Cargo(description="五金", pieces=5, volume_m3=Decimal("0.5"), weight_kg=Decimal(60))
    return form(**({"cargo": load} | changes))


def judged(order: OrderForm, *, house: Company | None = None, **how: Any) -> Verdict:
    problems = how.pop("problems", ())
    values: dict[str, Any] = {"at": MORNING, "customer": None, "sender_known": False} | how
    return judge(ReadOrder(form=order, problems=problems), house or company(), **values)


def reasons(verdict: Verdict) -> list[tuple[str, str | None]]:
    return [(reason.code, reason.field) for reason in verdict.reasons]


def cargo(**changes: Any) -> Cargo:
    values: dict[str, Any] = {"description": "五金", "pieces": 5, "volume_m3": Decimal("0.5"), "weight_kg": Decimal(60)}
    return Cargo(**(values | changes))


def to(address: str | None, name: str = "李晓明", phone: str | None = "13900139002") -> Consignee:
    return Consignee(name=name, phone=phone, address=address)


ACCEPTED = [
    {},
    {"destination": "寧波", "pickup_address": "上海市靜安區南京西路1號"},  # traditional characters
    {"destination": "Ningbo", "pickup_address": "No. 1 Nanjing West Road, Jing'an District, Shanghai"},
    {"cargo": cargo(description="玩具(不含电池)")},
    {"cargo": cargo(description=None, weight_kg=None)},
    {"cargo": cargo(volume_m3=None)},
    {"consignee": to("杭州市拱墅区石祥路59号")},
    {"destination": "义乌", "consignee": to("浙江省义乌市稠江街道贝村路1号")},
    {"services": ("tail_lift",)},  # 45 is within the consent limit
    {"payment": Payment.ON_RECEIPT},
    {"remarks": "易碎,轻放"},
    {"destination": "上海", "pickup_address": "杭州市西湖区转塘街道之江路99号"},
]


@pytest.mark.parametrize("changes", ACCEPTED)
def test_accepted(changes: dict[str, Any]) -> None:
    verdict = judged(plain(**changes))
    assert reasons(verdict) == []
    assert verdict.outcome is Outcome.ACCEPTED
    assert verdict.quote is not None
    assert verdict.dispatcher is not None


OTHERS: list[tuple[dict[str, Any], str, str, str | None]] = [
    # incomplete: the shipper mends it
    ({"shipper": Shipper(name="王建国")}, "incomplete", "field_missing", "shipper.phone"),
    ({"shipper": Shipper(phone="13800138001")}, "incomplete", "field_missing", "shipper.name"),
    ({"consignee": Consignee(name="李晓明")}, "incomplete", "field_missing", "consignee.phone"),
    ({"consignee": Consignee(phone="13900139002")}, "incomplete", "field_missing", "consignee.name"),
    ({"cargo": cargo(pieces=None)}, "incomplete", "field_missing", "cargo.pieces"),
    ({"cargo": cargo(weight_kg=None, volume_m3=None)}, "incomplete", "field_missing", "cargo.weight"),
    ({"pickup_address": None}, "incomplete", "field_missing", "pickup_address"),
    ({"destination": None}, "incomplete", "field_missing", "destination"),
    ({"payment": None}, "incomplete", "field_missing", "payment"),
    ({"pickup_address": "南京西路1号"}, "incomplete", "pickup_not_located", "pickup_address"),
    ({"pickup_address": "浙江省杭州市"}, "incomplete", "pickup_too_vague", "pickup_address"),
    ({"destination": "火星"}, "incomplete", "destination_not_located", "destination"),
    ({"destination": "浙江省"}, "incomplete", "destination_too_vague", "destination"),
    # rejected
    ({"pickup_address": "黑龙江省哈尔滨市南岗区学府路74号"}, "rejected", "outside_area", "pickup_address"),
    ({"pickup_address": "杭州市淳安县千岛湖镇"}, "rejected", "outside_area", "pickup_address"),
    ({"destination": "香港"}, "rejected", "no_lane", "destination"),
    ({"destination": "拉萨"}, "rejected", "no_lane", "destination"),
    ({"cargo": cargo(description="烟花爆竹")}, "rejected", "cargo_prohibited", "cargo.description"),
    ({"cargo": cargo(description="fireworks")}, "rejected", "cargo_prohibited", "cargo.description"),
    # awaiting confirmation
    ({"cargo": cargo(description="锂电池")}, "awaiting_confirmation", "cargo_restricted", "cargo.description"),
    ({"cargo": cargo(description="空油漆桶")}, "awaiting_confirmation", "cargo_asked", "cargo.description"),
    ({"remarks": "与油漆同车"}, "awaiting_confirmation", "cargo_asked", "cargo.description"),
    (
        {"cargo": cargo(weight_kg=Decimal(5000), volume_m3=Decimal("0.1"), pieces=50)},
        "awaiting_confirmation",
        "density_unlikely",
        "cargo.weight",
    ),
    (
        {"cargo": cargo(weight_kg=Decimal(21000), volume_m3=Decimal(30), pieces=50)},
        "awaiting_confirmation",
        "shipment_kg_above_limit",
        "cargo.weight",
    ),
    ({"declared_value": Decimal(300001)}, "awaiting_confirmation", "declared_value_above_limit", "declared_value"),
    ({"payment": Payment.MONTHLY}, "awaiting_confirmation", "monthly_without_account", "payment"),
    ({"pickup_address": "江苏省昆山市玉山镇城北中路1288号"}, "awaiting_confirmation", "surcharge_above_limit", None),
    (
        {"cargo": cargo(piece_cm=(Decimal(310), Decimal(10), Decimal(10)))},
        "awaiting_confirmation",
        "surcharge_above_limit",
        None,
    ),
    ({"destination": "吉林"}, "awaiting_confirmation", "destination_ambiguous", "destination"),
    ({"services": ("forklift",)}, "awaiting_confirmation", "service_without_price", "services"),
    ({"pickup_address": "鼓楼区中山北路1号"}, "awaiting_confirmation", "pickup_ambiguous", "pickup_address"),
    ({"consignee": to("宁波市江北区北海路1号")}, "awaiting_confirmation", "destination_contradiction", "destination"),
]


@pytest.mark.parametrize(("changes", "outcome", "code", "field"), OTHERS)
def test_not_simply_accepted(changes: dict[str, Any], outcome: str, code: str, field: str | None) -> None:
    verdict = judged(plain(**changes))
    assert reasons(verdict) == [(code, field)]
    assert verdict.outcome.value == outcome
    reason = verdict.reasons[0]
    for language in ("zh", "en"):
        assert "$" not in phrase(reason.code, language, **reason.values)


def test_a_piece_that_no_lorry_takes_is_refused() -> None:
    verdict = judged(plain(cargo=cargo(piece_cm=(Decimal(1400), Decimal(10), Decimal(10)))))
    assert verdict.outcome is Outcome.REJECTED
    assert reasons(verdict) == [("piece_cm_refused", "cargo.volume"), ("surcharge_above_limit", None)]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (ProblemCode.MISSING, "incomplete"),
        (ProblemCode.INVALID, "incomplete"),
        (ProblemCode.AMBIGUOUS, "awaiting_confirmation"),
    ],
)
def test_problems_of_the_reader_become_reasons(code: ProblemCode, outcome: str) -> None:
    problem = Problem(field="payment", code=code, phrase="payment_two_meanings", words="提付")
    verdict = judged(plain(payment=None), problems=(problem,))
    assert verdict.outcome.value == outcome
    assert reasons(verdict) == [("payment_two_meanings", "payment")]
    assert verdict.reasons[0].values["words"] == "提付"


def test_a_doubtful_measure_is_not_called_missing_too() -> None:
    problem = Problem(field="cargo.volume", code=ProblemCode.INVALID, phrase="volume_invalid", words="-1方")
    verdict = judged(plain(cargo=cargo(weight_kg=None, volume_m3=None)), problems=(problem,))
    assert reasons(verdict) == [("volume_invalid", "cargo.volume")]


def test_the_gravest_objection_decides_and_all_are_told() -> None:
    order = plain(consignee=Consignee(name="李晓明"), cargo=cargo(description="汽油"), payment=Payment.MONTHLY)
    verdict = judged(order)
    assert verdict.outcome is Outcome.REJECTED
    assert reasons(verdict) == [
        ("field_missing", "consignee.phone"),
        ("cargo_prohibited", "cargo.description"),
        ("monthly_without_account", "payment"),
    ]


def test_every_check_stands_in_the_verdict_in_the_order_of_the_table() -> None:
    verdict = judged(plain(cargo=cargo(description="锂电池")))
    assert [check.code for check in verdict.checks] == [code for code, _ in CHECKS]
    assert [check.code for check in verdict.checks if not check.passed] == ["cargo"]


def test_what_cannot_be_checked_does_not_stand_in_the_verdict() -> None:
    verdict = judged(plain(destination=None, payment=None))
    made = {check.code for check in verdict.checks}
    assert made == {"complete", "sender", "cargo", "density", "pickup_area", "services"}
    assert verdict.quote is None


def test_the_verdict_tells_where_what_and_by_which_rules() -> None:
    verdict = judged(plain(consignee=to("杭州市拱墅区石祥路59号")))
    assert (verdict.zone, verdict.dispatcher) == (Zone.URBAN, "sh-west")
    assert (verdict.pickup_place, verdict.pickup_city) == ("上海市/上海市/静安区", "上海市")
    assert verdict.destination_city == "杭州市"
    assert verdict.rules_version == company().version
    assert verdict.quote is not None
    assert [charge.code for charge in verdict.quote.charges] == ["freight", "fuel"]


def test_the_delivery_surcharge_is_that_of_the_consignees_address() -> None:
    verdict = judged(plain(consignee=to("杭州市淳安县千岛湖镇新安东路1号")))
    assert verdict.quote is not None
    assert {charge.code: str(charge.amount) for charge in verdict.quote.charges}["delivery"] == "120.00"
    assert reasons(verdict) == [("surcharge_above_limit", None)]
    assert verdict.reasons[0].values == {"amount": "120.00", "limit": "50.00"}


@pytest.mark.parametrize(
    "changes",
    [
        {"cargo": cargo(description="锂电池")},
        {"cargo": cargo(description="空油漆桶")},
        {"cargo": cargo(weight_kg=Decimal(5000), volume_m3=Decimal("0.1"), pieces=50)},
        {"pickup_address": "江苏省昆山市玉山镇城北中路1288号"},
    ],
)
def test_consent_lifts_what_needs_only_consent(changes: dict[str, Any]) -> None:
    verdict = judged(plain(**changes), confirmed=True)
    assert verdict.outcome is Outcome.ACCEPTED
    assert verdict.reasons == ()


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"payment": Payment.MONTHLY}, "awaiting_confirmation"),
        ({"destination": "吉林"}, "awaiting_confirmation"),
        ({"consignee": to("宁波市江北区")}, "awaiting_confirmation"),
        ({"cargo": cargo(description="汽油")}, "rejected"),
        ({"payment": None}, "incomplete"),
    ],
)
def test_consent_lifts_nothing_else(changes: dict[str, Any], outcome: str) -> None:
    assert judged(plain(**changes), confirmed=True).outcome.value == outcome


def test_an_ambiguous_field_is_not_settled_by_consent() -> None:
    problem = Problem(field="payment", code=ProblemCode.AMBIGUOUS, phrase="payment_two_meanings", words="提付")
    verdict = judged(plain(payment=None), problems=(problem,), confirmed=True)
    assert verdict.outcome is Outcome.AWAITING_CONFIRMATION


def test_customers() -> None:
    account = CustomerTerms(key="a", name="甲", account=True)
    assert judged(plain(payment=Payment.MONTHLY), customer=account).outcome is Outcome.ACCEPTED
    assert judged(plain(payment=Payment.MONTHLY), customer=CustomerTerms(key="b", name="乙")).reasons
    blocked = judged(plain(), customer=CustomerTerms(key="c", name="丙", blocked=True))
    assert (blocked.outcome, reasons(blocked)) == (Outcome.REJECTED, [("customer_blocked", None)])


def test_unknown_senders_where_the_company_asks_them() -> None:
    house = company(unknown_senders="confirm")
    assert reasons(judged(plain(), house=house)) == [("sender_unknown", None)]
    assert judged(plain(), house=house, sender_known=True).outcome is Outcome.ACCEPTED
    assert judged(plain(), house=house, confirmed=True).outcome is Outcome.ACCEPTED


def test_the_consent_limit_itself_needs_no_consent() -> None:
    kunshan = plain(pickup_address="江苏省昆山市玉山镇城北中路1288号")
    assert judged(kunshan, house=company(consent_limit=Decimal(80))).outcome is Outcome.ACCEPTED
    assert judged(kunshan, house=company(consent_limit=Decimal("79.99"))).outcome is Outcome.AWAITING_CONFIRMATION


def test_a_lane_without_price_is_for_an_agent() -> None:
    lanes = "from,to,transfers,days,price_kg,price_m3,minimum\n上海市,杭州市,0,1,,,\n"
    assert reasons(judged(plain(), house=company(lanes=lanes))) == [("lane_without_price", "destination")]


def test_the_price_is_that_of_the_companys_day() -> None:
    """16:30 UTC on June 30 is July 1 in Shanghai: the new fuel percentage."""
    for moment, percent in (
        (datetime(2026, 6, 30, 15, 30, tzinfo=UTC), "4"),
        (datetime(2026, 6, 30, 16, 30, tzinfo=UTC), "3"),
    ):
        quote = judged(plain(), at=moment).quote
        assert quote is not None
        assert quote.charges[1].basis.endswith(f"{percent}%")


def test_every_reason_of_the_sample_rules_is_worded() -> None:
    """Measures come from limits.csv, so their codes are made, not written."""
    for measure in ("piece_cm", "piece_kg", "shipment_kg", "shipment_m3", "pieces", "declared_value"):
        for code in (f"{measure}_above_limit", f"{measure}_refused"):
            assert set(catalogue()[code]) == {"zh", "en", "mend"}


def test_a_verdict_survives_storage() -> None:
    verdict = judged(plain(cargo=cargo(description="锂电池")))
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict


def test_what_consent_settles_is_worded_and_never_a_refusal() -> None:
    assert set(catalogue()) >= BY_CONSENT
    for changes, outcome, code, _ in OTHERS:
        if code in BY_CONSENT:
            assert outcome == "awaiting_confirmation"
            assert judged(plain(**changes), confirmed=True).outcome is Outcome.ACCEPTED
        else:
            assert judged(plain(**changes), confirmed=True).outcome.value == outcome
