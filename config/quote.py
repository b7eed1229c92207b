"""A price with the reason for every item (SPEC 4.5). Money is CNY as exact decimals, rounded half up to 0.01."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict


class Charge(BaseModel):
    """One item of a quote and the rule row that gave it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    code: str  # "freight", "pickup", "delivery", "remote", "upstairs", "oversize", "overweight", "fuel", …
    amount: Decimal  # CNY
    basis: str = ""  # how it was computed: "500 kg × 0.85", "minimum charge"
    row: str = ""  # "lanes.csv:12"


class Quote(BaseModel):
    """Freight and surcharges of one shipment, with its lane."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    origin: str  # city, e.g. "上海市"
    destination: str  # city, e.g. "杭州市"
    transfers: int  # 0 = direct
    days: int  # transit days
    charges: tuple[Charge, ...]
    lane_row: str = ""  # "lanes.csv:12"

    @property
    def total(self) -> Decimal:
        return sum((charge.amount for charge in self.charges), Decimal("0.00"))

    @property
    def surcharges(self) -> Decimal:
        """Everything but the freight itself (and its season percentage): what consent may be needed for (SPEC 4)."""
        return sum((c.amount for c in self.charges if c.code not in ("freight", "fuel", "season")), Decimal("0.00"))
