"""The prescribed order form as values (SPEC 1): what a mail gave, what it did not, and where each value was read.

Everything here is data: readers fill it, the judge weighs it, letters and console show it.
"""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict


class Payment(StrEnum):
    """Who pays the freight and when (SPEC 1, 付费方式)."""

    COLLECT = "collect"  # 到付
    ON_PICKUP = "on_pickup"  # 现付, 寄付, 发货付
    MONTHLY = "monthly"  # 月结
    ON_RECEIPT = "on_receipt"  # 回单付


class ProblemCode(StrEnum):
    MISSING = "missing"
    INVALID = "invalid"
    AMBIGUOUS = "ambiguous"


class Value(BaseModel):
    """Base of all values that are stored as JSON: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __reduce__(self) -> tuple[Callable[[str], Self], tuple[str]]:
        """Crosses a process border as JSON, for half of what it costs object by object."""
        return type(self).model_validate_json, (self.model_dump_json(),)


class Origin(Value):
    """Where a value was read: the part of the mail, the line in it, the words (provenance)."""

    # "text", "html", "subject", "sender", "orders.xlsx/Sheet1"; "phone": entered by an agent; "order": kept from before
    part: str
    line: int  # 1-based line (or row) in that part's text as read
    start: int  # character offsets in that line
    end: int
    words: str  # the words themselves, as written


class Shipper(Value):
    name: str | None = None
    phone: str | None = None
    company: str | None = None


class Consignee(Value):
    name: str | None = None
    phone: str | None = None
    company: str | None = None
    address: str | None = None
    email: str | None = None  # where notices of the shipment go, where the company sends them to consignees


class Cargo(Value):
    description: str | None = None
    pieces: int | None = None
    packaging: str | None = None
    volume_m3: Decimal | None = None
    weight_kg: Decimal | None = None
    piece_cm: tuple[Decimal, Decimal, Decimal] | None = None  # length, width, height of one piece where given
    piece_kg: Decimal | None = None  # weight of one piece where given


class OrderForm(Value):
    """One order as read. A field that the mail does not give, or gives doubtfully, is None."""

    shipper: Shipper = Shipper()
    cargo: Cargo = Cargo()
    pickup_address: str | None = None
    destination: str | None = None
    consignee: Consignee = Consignee()
    payment: Payment | None = None
    remarks: str | None = None
    declared_value: Decimal | None = None  # CNY
    pickup_request: str | None = None  # the pickup time that the shipper asks for, in the shipper's words
    receipt_copies: int | None = None  # signed receipts (回单) wanted; None: not mentioned
    services: tuple[str, ...] = ()  # extra services asked for, as charge codes: "upstairs", "tail_lift"


class Problem(Value):
    """A field that is missing, not valid, or can be read in two ways; `phrase` names its sentence in phrases.toml."""

    field: str  # dotted: shipper.name, shipper.phone, cargo.pieces, cargo.volume, cargo.weight, pickup_address, …
    code: ProblemCode
    phrase: str  # e.g. "field_missing", "phone_invalid", "weight_contradiction", "payment_two_meanings"
    words: str = ""  # what was read, as written ("" for missing)


class ReadOrder(Value):
    """One order of a mail: its form, its problems and the origin of every value (key: dotted field of OrderForm)."""

    form: OrderForm
    problems: tuple[Problem, ...] = ()
    origins: dict[str, Origin] = {}
