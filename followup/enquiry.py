"""Where an order stands, what comes next and what was promised: the answer to 查件 and 催单 (SPEC 9). Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from followup.receipts import ENDED
from followup.stages import Stage
from followup.tables import Shipment
from intake.record import OrderRecord, OrderState

HELD_UP = (Stage.LOST, Stage.REFUSED, Stage.RETURNED)


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
        return _picked_up(order, shipment)
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


def _picked_up(order: OrderRecord, shipment: Shipment) -> Standing:
    """After the pickup: where the goods are by their stage, and what was promised last."""
    at = shipment.picked_up_at
    assert at is not None
    values = {"picked_up_at": at.isoformat(), "destination": shipment.destination or order.form.destination or ""}
    if shipment.signed_at is not None:
        values = {"signed_at": shipment.signed_at.isoformat(), "signer": shipment.signed_by}
        return Standing("signed", "receipt" if shipment.receipt_state not in ("", *ENDED) else "nothing", values)
    if shipment.stage in HELD_UP:
        return Standing("held_up", "call_back", values)
    if shipment.arrived_at is not None:
        return Standing("at_station", "delivery", values | {"arrived_at": shipment.arrived_at.isoformat()})
    quote = order.verdict.quote
    arrives = shipment.promised_at or (at + timedelta(days=quote.days) if quote is not None else None)
    if arrives is None:
        return Standing("picked_up", "call_us", values)
    return Standing("picked_up", "arrival", values | {"promised": arrives.isoformat()})
