"""What became of an order: the outcome, the coded reasons, the checks passed and failed (SPEC 4)."""

from enum import StrEnum

from config.quote import Quote
from config.zone import Zone
from intake.orderform import Value


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    INCOMPLETE = "incomplete"
    REJECTED = "rejected"


class Reason(Value):
    """Why an order is not simply accepted. `code` names the sentence in config/phrases.toml, `values` fill it."""

    code: str  # "field_missing", "phone_invalid", "outside_area", "cargo_prohibited", "surcharge_above_limit", …
    field: str | None = None  # dotted field of the form, where one is concerned
    values: dict[str, str] = {}


class Check(Value):
    """One row of the judge's table: which check, and whether it held."""

    code: str  # "complete", "cargo", "pickup_area", "lane", "density", "payment", "consent", "sender"
    passed: bool
    reasons: tuple[Reason, ...] = ()


class Verdict(Value):
    outcome: Outcome
    checks: tuple[Check, ...]
    zone: Zone
    pickup_place: str = ""  # division path of the pickup address, "上海市/上海市/闵行区/莘庄镇"
    pickup_city: str = ""
    destination_city: str = ""
    dispatcher: str | None = None  # key of the roster (dispatchers.csv), not yet a person on duty
    quote: Quote | None = None
    rules_version: str = ""

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return tuple(reason for check in self.checks if not check.passed for reason in check.reasons)
