"""The fields of an order form as they are edited: their names, and the text of each value."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from followup.console.plain import number
from intake.orderform import OrderForm, Payment


@dataclass(frozen=True)
class Field:
    """One editable field: its dotted name, how wide it is, and which words it takes where only some are known."""

    name: str
    wide: bool = False
    long: bool = False
    choices: tuple[str, ...] = ()
    required: bool = False
    mode: str = "text"  # the keyboard of a phone: "text" | "tel" | "decimal" | "numeric"


FIELDS = (
    Field("shipper.name", required=True),
    Field("shipper.phone", required=True, mode="tel"),
    Field("shipper.company", wide=True),
    Field("cargo.description", wide=True),
    Field("cargo.pieces", required=True, mode="numeric"),
    Field("cargo.packaging"),
    Field("cargo.weight", mode="text"),
    Field("cargo.volume", mode="text"),
    Field("pickup_address", wide=True, required=True),
    Field("pickup_request"),
    Field("destination", required=True),
    Field("consignee.name", required=True),
    Field("consignee.phone", required=True, mode="tel"),
    Field("consignee.company"),
    Field("consignee.address", wide=True),
    Field("consignee.email", mode="email"),
    Field("payment", required=True, choices=tuple(Payment)),
    Field("declared_value", mode="decimal"),
    Field("receipt_copies", mode="numeric"),
    Field("remarks", wide=True, long=True),
)
NAMES = tuple(field.name for field in FIELDS)
# Where a field of the form and its text differ in name: the value has a unit, the text says it.
STORED = {"cargo.weight": "cargo.weight_kg", "cargo.volume": "cargo.volume_m3"}
UNITS = {"cargo.weight": " kg", "cargo.volume": " m³"}


def stored_name(field: str) -> str:
    """The dotted name of the value in OrderForm, as origins are keyed."""
    return STORED.get(field, field)


def value_of(form: OrderForm, field: str) -> Any:
    value: Any = form
    for part in stored_name(field).split("."):
        value = getattr(value, part)
    return value


def text_of(form: OrderForm, field: str) -> str:
    """The value as a person would type it; "" where there is none."""
    value = value_of(form, field)
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return number(value) + UNITS.get(field, "")
    return str(value)


def texts_of(form: OrderForm) -> dict[str, str]:
    return {field.name: text_of(form, field.name) for field in FIELDS}


def differences(before: OrderForm, after: OrderForm) -> Iterator[tuple[str, str, str]]:
    """Field, old text, new text of everything that differs."""
    for field in FIELDS:
        old, new = text_of(before, field.name), text_of(after, field.name)
        if old != new:
            yield field.name, old, new


def changes_of(said: dict[str, str], before: dict[str, str]) -> dict[str, str]:
    """What somebody has changed in the fields of a form, in the words he typed."""
    return {name: text for name, text in said.items() if name in NAMES and text != before.get(name, "")}
