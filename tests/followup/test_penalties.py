"""Penalties by the rules of SPEC 9, counted by hand; and what an agent may write as money, yes or no."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from config.settings import FollowupSettings
from followup.casewords import amount, check, yes_or_no
from followup.penalties import ClosedCase, OutReceipt, PenaltyRule, Proposal, for_case, for_receipt
from followup.scene import NotUnderstood
from tests.builders import NOON

RULES = FollowupSettings()
MINUTE = timedelta(minutes=1)
LOST = ClosedCase("lost_receipt", "杭州东站", Decimal("301.01"), False, NOON, None)
DAMAGE = ClosedCase("damage", "杭州东站", Decimal("800"), False, NOON, NOON - MINUTE)


@pytest.mark.parametrize(
    ("received", "now", "proposed"),
    [
        (None, NOON, False),  # due on this very minute: in time
        (None, NOON + MINUTE, True),
        (NOON, NOON + timedelta(days=9), False),
        (NOON + MINUTE, NOON + timedelta(days=9), True),
    ],
)
def test_late_receipt(received: object, now: object, proposed: bool) -> None:
    out = OutReceipt(NOON, received, "杭州东站")  # type: ignore[arg-type]  # parametrized as object
    expected = Proposal(PenaltyRule.LATE_RECEIPT, "杭州东站", Decimal("50")) if proposed else None
    assert for_receipt(out, now, RULES) == expected  # type: ignore[arg-type]  # parametrized as object


def test_an_exception_that_the_customer_had_to_report_was_missed() -> None:
    missed = [Proposal(PenaltyRule.MISSED_EXCEPTION, "杭州东站", Decimal("100"))]
    assert for_case(DAMAGE, RULES) == missed
    assert for_case(replace(DAMAGE, complained_at=NOON + MINUTE), RULES) == []
    assert for_case(replace(DAMAGE, complained_at=None), RULES) == []


def test_the_damage_of_a_lost_receipt_is_shared_to_the_fen() -> None:
    assert for_case(LOST, RULES) == [Proposal(PenaltyRule.LOST_RECEIPT, "杭州东站", Decimal("150.51"))]
    assert for_case(replace(LOST, compensation=None), RULES) == []


def test_nothing_for_what_nobody_could_help_and_for_what_the_company_does_not_want() -> None:
    assert for_case(replace(DAMAGE, beyond_control=True), RULES) == []
    assert for_case(replace(LOST, beyond_control=True), RULES) == []
    mild = FollowupSettings(late_receipt_penalty=0, missed_exception_penalty=0, lost_receipt_share=0)
    assert for_case(DAMAGE, mild) + for_case(LOST, mild) == []
    assert for_receipt(OutReceipt(NOON, None, ""), NOON + MINUTE, mild) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("1200", "1200"), ("¥1,200.50", "1200.50"), ("￥ 80元", "80"), ("８０．５", "80.5"), ("CNY 3", "3"), ("0", "0")],
)
def test_amounts_as_agents_write_them(text: str, value: str) -> None:
    assert amount(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "-1", "1e9", "NaN", "inf", "12.345", "一千", "1" * 30, "100000000", "10 20"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        amount(text)


def test_details_are_read_before_they_take_effect() -> None:
    assert (yes_or_no("满意"), yes_or_no("No"), yes_or_no("不满意")) == (True, False, False)
    check({"compensation": "", "satisfied": "是", "exception": "damage", "note": "anything"})
    for wrong in ({"compensation": "soon"}, {"satisfied": "perhaps"}, {"exception": "rain"}):
        with pytest.raises(NotUnderstood):
            check(wrong)
