"""Which penalties are proposed (SPEC 9): late receipt, missed exception, lost receipt. Pure: no clock, no session.

A rule only proposes; a person confirms or drops it. Nothing is proposed for what was beyond anybody's control.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from config.settings import FollowupSettings
from followup.cases import ExceptionKind

FEN = Decimal("0.01")


class PenaltyRule(StrEnum):
    """Why a penalty is proposed. The value is stored: never change one."""

    LATE_RECEIPT = "late_receipt"  # 回单超期, a waybill
    MISSED_EXCEPTION = "missed_exception"  # 漏报异常: the customer knew it before us, a waybill
    LOST_RECEIPT = "lost_receipt"  # 回单丢失: the damage half and half


@dataclass(frozen=True)
class Proposal:
    """A penalty as a rule sees it: who is to pay, how much (CNY)."""

    rule: PenaltyRule
    unit: str
    amount: Decimal


@dataclass(frozen=True)
class OutReceipt:
    """A receipt as the rule for late ones looks at it."""

    due_at: datetime
    received_at: datetime | None
    responsible: str


@dataclass(frozen=True)
class ClosedCase:
    """A cleared-up case as the rules look at it; `complained_at`: the earliest complaint that joined it."""

    kind: str
    unit: str
    compensation: Decimal | None
    beyond_control: bool
    opened_at: datetime
    complained_at: datetime | None


def for_receipt(receipt: OutReceipt, now: datetime, settings: FollowupSettings) -> Proposal | None:
    """A receipt that is still out when it is due, or that came back after it was due. On the minute is in time."""
    if settings.late_receipt_penalty <= 0 or (receipt.received_at or now) <= receipt.due_at:
        return None
    return Proposal(PenaltyRule.LATE_RECEIPT, receipt.responsible, settings.late_receipt_penalty)


def for_case(case: ClosedCase, settings: FollowupSettings) -> list[Proposal]:
    """What follows from a case that was cleared up; nothing when nobody could help it."""
    if case.beyond_control:
        return []
    found = []
    missed = case.complained_at is not None and case.complained_at <= case.opened_at
    if missed and settings.missed_exception_penalty > 0:
        found.append(Proposal(PenaltyRule.MISSED_EXCEPTION, case.unit, settings.missed_exception_penalty))
    if case.kind == ExceptionKind.LOST_RECEIPT and case.compensation:
        share = (case.compensation * settings.lost_receipt_share).quantize(FEN, ROUND_HALF_UP)
        if share > 0:
            found.append(Proposal(PenaltyRule.LOST_RECEIPT, case.unit, share))
    return found
