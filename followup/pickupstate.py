"""How a pickup stands against its deadline: normal, at risk, late (SPEC 6, 7, 10). Pure."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

RISK = timedelta(minutes=60)  # this close to the deadline, not picked up, is at risk …
MARGIN = timedelta(minutes=15)  # … and so is a promised time that leaves less than this


class PickupState(StrEnum):
    NORMAL = "normal"
    AT_RISK = "at_risk"
    LATE = "late"
    DONE = "done"  # picked up in time
    DONE_LATE = "done_late"


class PickupTimes(Protocol):
    """What the state depends on: a Shipment, or these columns of one."""

    @property
    def pickup_by(self) -> datetime: ...
    @property
    def expected_at(self) -> datetime | None: ...
    @property
    def picked_up_at(self) -> datetime | None: ...


def pickup_state(shipment: PickupTimes, now: datetime) -> PickupState:
    """A promised time after the deadline counts as late at once: somebody can still do something about it."""
    if shipment.picked_up_at is not None:
        return PickupState.DONE if shipment.picked_up_at <= shipment.pickup_by else PickupState.DONE_LATE
    expected = shipment.expected_at
    if now > shipment.pickup_by or (expected is not None and expected > shipment.pickup_by):
        return PickupState.LATE
    if expected is not None:
        return PickupState.AT_RISK if shipment.pickup_by - expected < MARGIN else PickupState.NORMAL
    return PickupState.AT_RISK if shipment.pickup_by - now < RISK else PickupState.NORMAL
