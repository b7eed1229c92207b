"""What was done with an order already, by its timeline: it decides what a change still can do (SPEC 5)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from intake.record import OrderRecord
from intake.timeline import Happening, kinds_of


@dataclass(frozen=True)
class Story:
    """What happened to an order so far."""

    dispatched: bool = False  # the work order of the current revision was written
    picked_up: bool = False
    confirmed: bool = False  # the customer has agreed to what needed his consent


def story_of(session: Session, order: OrderRecord) -> Story:
    """The story of an order as it stands."""
    happened = kinds_of(session, order.id)
    kinds = {kind for kind, _ in happened}
    return Story(
        dispatched=any(
            kind == Happening.LETTER_WRITTEN
            and details.get("purpose") == "work_order"
            and details.get("revision") == order.revision
            for kind, details in happened
        ),
        picked_up=Happening.PICKED_UP in kinds,
        confirmed=Happening.ORDER_CONFIRMED in kinds,
    )
