"""Where an order stands: state, next step, promised time."""

from datetime import datetime, timedelta

import pytest

from config.phrases import catalogue
from followup.enquiry import NOT_DISPATCHED, Standing, standing
from followup.tables import Shipment
from intake.record import OrderRecord, OrderState
from tests.builders import NOON, form, verdict

HOUR = timedelta(hours=1)


def order(state: OrderState = OrderState.ACCEPTED) -> OrderRecord:
    return OrderRecord(
        id=1,
        number="20261124-0001",
        revision=1,
        state=state,
        channel="mail",
        form=form(),
        verdict=verdict(),
        ordered_at=NOON,
        arrived_at=NOON,
    )


def shipment(expected: datetime | None = None, picked_up: datetime | None = None) -> Shipment:
    return Shipment(pickup_by=NOON + 3 * HOUR, expected_at=expected, picked_up_at=picked_up)


def iso(hours: float) -> str:
    return (NOON + hours * HOUR).isoformat()


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (standing(order(), None, NOON + HOUR, NOON), Standing("accepted", "pickup", {"promised": iso(1)})),
        (standing(order(), shipment(), None, NOON), Standing("dispatched", "pickup", {"promised": iso(3)})),
        (
            standing(order(), shipment(NOON + HOUR), None, NOON),
            Standing("dispatched", "pickup_expected", {"promised": iso(3), "expected": iso(1)}),
        ),
        (
            standing(order(), shipment(NOON + HOUR), None, NOON + 2 * HOUR),
            Standing("dispatched", "pickup", {"promised": iso(3)}),
        ),
        (
            standing(order(), shipment(), None, NOON + 4 * HOUR),
            Standing("dispatched", "pickup_late", {"promised": iso(3)}),
        ),
        (
            standing(order(), shipment(picked_up=NOON + HOUR), None, NOON + 2 * HOUR),
            Standing("picked_up", "arrival", {"picked_up_at": iso(1), "destination": "杭州", "promised": iso(25)}),
        ),
        (standing(order(OrderState.CANCELLED), None, None, NOON), Standing("cancelled", "nothing")),
        (standing(order(OrderState.CANCELLED), shipment(), None, NOON), Standing("cancelled", "nothing")),
        (standing(order(OrderState.INCOMPLETE), None, None, NOON), Standing("incomplete", "answer_us")),
        (standing(order(OrderState.REJECTED), None, None, NOON), Standing("rejected", "call_us")),
    ],
)
def test_where_an_order_stands(found: Standing, expected: Standing) -> None:
    assert found == expected


def test_every_state_has_words() -> None:
    assert set(NOT_DISPATCHED) | {OrderState.ACCEPTED} == set(OrderState)
    states = [found.state for found in NOT_DISPATCHED.values()] + ["accepted", "dispatched", "picked_up"]
    steps = [found.next for found in NOT_DISPATCHED.values()] + ["pickup", "pickup_expected", "pickup_late", "arrival"]
    assert {f"enquiry_{state}" for state in states} | {f"enquiry_next_{step}" for step in steps} <= set(catalogue())


SIGNED = {"signed_at": iso(30), "signer": "李晓明"}


@pytest.mark.parametrize(
    ("changes", "state", "next_step", "told"),
    [
        ({"promised_at": NOON + 50 * HOUR}, "picked_up", "arrival", {"promised": iso(50)}),
        ({"arrived_at": NOON + 20 * HOUR, "stage": "arrived"}, "at_station", "delivery", {"arrived_at": iso(20)}),
        ({"stage": "lost"}, "held_up", "call_back", {}),
        ({"stage": "refused", "arrived_at": NOON}, "held_up", "call_back", {}),
        ({"signed_at": NOON + 30 * HOUR, "signed_by": "李晓明", "stage": "closed"}, "signed", "nothing", SIGNED),
        (
            {"signed_at": NOON + 30 * HOUR, "signed_by": "李晓明", "stage": "signed", "receipt_state": "sent"},
            "signed",
            "receipt",
            SIGNED,
        ),
    ],
)
def test_after_the_pickup_the_stage_is_told(
    changes: dict[str, object], state: str, next_step: str, told: dict[str, str]
) -> None:
    values = {"pickup_by": NOON, "picked_up_at": NOON + HOUR, "destination": "杭州市", "receipt_state": ""} | changes
    found = standing(order(), Shipment(**values), None, NOON + 40 * HOUR)
    assert (found.state, found.next) == (state, next_step)
    assert told.items() <= found.values.items()
    assert {f"enquiry_{found.state}", f"enquiry_next_{found.next}"} <= set(catalogue())
