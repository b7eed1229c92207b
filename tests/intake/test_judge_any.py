"""Whatever an order says, it gets a verdict that hangs together."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.phrases import phrase
from config.tariff import money
from intake.judge import GRAVITY, judge
from intake.orderform import Cargo, Consignee, OrderForm, Payment, ReadOrder, Shipper
from intake.verdict import Outcome
from tests.intake.test_judge import company

AT = datetime(2026, 11, 24, 1, 12, tzinfo=UTC)
TEXT = st.one_of(
    st.none(),
    st.text(max_size=60),
    st.sampled_from(
        [
            "",
            "上海",
            "上海市静安区南京西路1号",
            "昆山",
            "鼓楼区",
            "杭州余杭",
            "义乌",
            "浙江",
            "锂电池",
            "油漆桶(空)",
            "不含电池",
            "$words {x} %s",
        ]
    ),
)
AMOUNT = st.one_of(st.none(), st.decimals("0.001", "100000000", places=3))
CARGO = st.builds(
    Cargo,
    description=TEXT,
    packaging=TEXT,
    pieces=st.one_of(st.none(), st.integers(1, 10**7)),
    volume_m3=AMOUNT,
    weight_kg=AMOUNT,
    piece_cm=st.one_of(st.none(), st.tuples(*[st.decimals("0.1", "10000", places=1)] * 3)),
    piece_kg=AMOUNT,
)
FORM = st.builds(
    OrderForm,
    shipper=st.builds(Shipper, name=TEXT, phone=TEXT),
    consignee=st.builds(Consignee, name=TEXT, phone=TEXT, address=TEXT),
    cargo=CARGO,
    pickup_address=TEXT,
    destination=TEXT,
    payment=st.one_of(st.none(), st.sampled_from(Payment)),
    remarks=TEXT,
    declared_value=AMOUNT,
    services=st.lists(st.sampled_from(["upstairs", "tail_lift", "waiting", "unheard of"]), max_size=3).map(tuple),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(form=FORM)
def test_any_order_gets_a_verdict(form: OrderForm) -> None:
    order = ReadOrder(form=form)
    verdict = judge(order, company(), at=AT, customer=None, sender_known=False)
    agreed = judge(order, company(), at=AT, customer=None, sender_known=False, confirmed=True)
    assert (verdict.outcome is Outcome.ACCEPTED) == (verdict.reasons == ())
    assert all(check.passed == (check.reasons == ()) for check in verdict.checks)
    assert GRAVITY.index(agreed.outcome) <= GRAVITY.index(verdict.outcome)
    assert [reason for reason in agreed.reasons if reason not in verdict.reasons] == []
    if verdict.outcome is Outcome.ACCEPTED:
        assert verdict.dispatcher
        assert verdict.quote
        assert verdict.quote.surcharges <= company().policy.consent_limit
    if verdict.quote:
        assert all(charge.amount == money(charge.amount) and charge.row for charge in verdict.quote.charges)
        assert verdict.quote.total > Decimal(0)
    for reason in verdict.reasons:
        for language in ("zh", "en"):
            assert phrase(reason.code, language, **reason.values)
