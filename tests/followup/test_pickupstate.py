"""Normal, at risk, late: against the deadline and against what the dispatcher promised (SPEC 6, 10)."""

from datetime import datetime, timedelta

import pytest

from followup.pickupstate import PickupState, pickup_state
from followup.tables import Shipment
from tests.builders import NOON

BY = NOON + timedelta(hours=3)


def shipment(expected: datetime | None = None, picked_up: datetime | None = None) -> Shipment:
    return Shipment(order_id=1, revision=1, pickup_by=BY, expected_at=expected, picked_up_at=picked_up)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("now", "expected", "picked_up", "state"),
    [
        (BY - minutes(60), None, None, PickupState.NORMAL),
        (BY - minutes(59), None, None, PickupState.AT_RISK),
        (BY, None, None, PickupState.AT_RISK),
        (BY + timedelta(seconds=1), None, None, PickupState.LATE),
        (NOON, BY - minutes(15), None, PickupState.NORMAL),
        (NOON, BY - minutes(14), None, PickupState.AT_RISK),
        (NOON, BY + minutes(1), None, PickupState.LATE),  # promised too late: late already now
        (BY + minutes(1), BY - minutes(30), None, PickupState.LATE),
        (BY + minutes(90), None, BY, PickupState.DONE),
        (BY + minutes(90), None, BY + minutes(1), PickupState.DONE_LATE),
    ],
)
def test_how_a_pickup_stands(
    now: datetime, expected: datetime | None, picked_up: datetime | None, state: PickupState
) -> None:
    assert pickup_state(shipment(expected, picked_up), now) is state
