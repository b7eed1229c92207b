"""Where an order stands, what comes next and what was promised: the answer to 查件 and 催单 (SPEC 9). Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from followup.tables import Shipment
from intake.record import OrderRecord, OrderState


@dataclass(frozen=True)
class Standing:
    """Codes of phrases.toml (enquiry_STATE, enquiry_next_NEXT) and the values that fill them, moments in ISO form."""

    state: str
    next: str
    values: dict[str, str] = field(default_factory=dict)


NOT_DISPATCHED = {
    OrderState.INCOMPLETE: Standing("incomplete", "answer_us"),
    OrderState.AWAITING_CONFIRMATION: Standing("awaiting_confirmation", "answer_us"),
    OrderState.REJECTED: Standing("rejected", "call_us"),
    OrderState.CANCELLED: Standing("cancelled", "nothing"),
}


def standing(order: OrderRecord, shipment: Shipment | None, pickup_by: datetime | None, now: datetime) -> Standing:
    """The standing of an order. `pickup_by`: the promised time, for an order that is not yet with a dispatcher."""
    if shipment is not None and shipment.picked_up_at is not None:
        return _picked_up(order, shipment.picked_up_at)
    if order.state is not OrderState.ACCEPTED:
        return NOT_DISPATCHED[order.state]
    state = "dispatched" if shipment is not None else "accepted"
    promised = shipment.pickup_by if shipment is not None else pickup_by
    if promised is None:
        return Standing(state, "call_us")
    values = {"promised": promised.isoformat()}
    if promised < now:
        return Standing(state, "pickup_late", values)
    expected = shipment.expected_at if shipment is not None else None
    if expected is not None and expected > now:
        return Standing(state, "pickup_expected", values | {"expected": expected.isoformat()})
    return Standing(state, "pickup", values)


def _picked_up(order: OrderRecord, at: datetime) -> Standing:
    values = {"picked_up_at": at.isoformat(), "destination": order.form.destination or ""}
    quote = order.verdict.quote
    if quote is None:
        return Standing("picked_up", "call_us", values)
    arrives = at + timedelta(days=quote.days)
    return Standing("picked_up", "arrival", values | {"promised": arrives.isoformat()})
