"""Values that many tests start from: a plain order as read, its verdict, a mail as the mailbox gives it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from config.quote import Charge, Quote
from config.zone import Zone
from dispatch.draft import Purpose
from dispatch.letterbook import NewLetter
from intake.orderform import Cargo, Consignee, OrderForm, Payment, ReadOrder, Shipper
from intake.rawmail import RawMail
from intake.register import NewOrder
from intake.verdict import Check, Outcome, Verdict

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


def form(**changes: Any) -> OrderForm:
    values: dict[str, Any] = {
        "shipper": Shipper(name="王建国", phone="13800138001"),
        "cargo": Cargo(description="五金", pieces=10, volume_m3=Decimal("2"), weight_kg=Decimal("500")),
        "pickup_address": "上海市静安区南京西路1号",
        "destination": "杭州",
        "consignee": Consignee(name="李晓明", phone="13900139002"),
        "payment": Payment.COLLECT,
    }
    return OrderForm(**(values | changes))


def verdict(outcome: Outcome = Outcome.ACCEPTED, **changes: Any) -> Verdict:
    quote = Quote(
        origin="上海市",
        destination="杭州市",
        transfers=0,
        days=1,
        charges=(Charge(code="freight", amount=Decimal("260.00"), basis="500 kg × 0.52", row="lanes.csv:2"),),
    )
    values: dict[str, Any] = {
        "outcome": outcome,
        "checks": (Check(code="complete", passed=outcome is not Outcome.INCOMPLETE),),
        "zone": Zone.URBAN,
        "dispatcher": "sh-west",
        "quote": quote,
        "rules_version": "test",
    }
    return Verdict(**(values | changes))


def new_order(at: datetime = NOON, outcome: Outcome = Outcome.ACCEPTED, **changes: Any) -> NewOrder:
    values: dict[str, Any] = {
        "read": ReadOrder(form=form()),
        "verdict": verdict(outcome),
        "content_key": "key",
        "ordered_at": at,
        "ordered_at_note": "",
        "arrived_at": at,
        "clear_from": at,
        "shipper_address": "wang@shipper.example",
    }
    return NewOrder(**(values | changes))


def raw_mail(uid: int, octets: bytes = b"Subject: x\r\n\r\nbody\r\n", at: datetime = NOON, **changes: Any) -> RawMail:
    values: dict[str, Any] = {
        "mailbox": "orders",
        "uidvalidity": 7,
        "uid": uid,
        "octets": octets,
        "internal_date": at,
        "size": len(octets),
        "truncated": False,
    }
    return RawMail(**(values | changes))


def new_letter(number: int, purpose: Purpose = Purpose.WORK_ORDER, **changes: Any) -> NewLetter:
    values: dict[str, Any] = {
        "key": f"letter-{number}",
        "purpose": purpose,
        "recipient": "dispatch-a@consign.example",
        "subject": "x",
        "message_id": f"<wo-{number}@consign.example>",
        "octets": b"Subject: x\r\n\r\nbody\r\n",
    }
    return NewLetter(**(values | changes))
