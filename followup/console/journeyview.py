"""The way of an order as it is drawn: its stations, done, now or late, with batches, promises and receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from followup import casebook
from followup.batches import arrived_batches
from followup.console.desk import Visit
from followup.receipts import receipt_of
from followup.stages import LINE, Stage, move_name, possible, stage_name
from followup.tables import Shipment
from followup.tables_journey import Batch, Receipt


@dataclass(frozen=True)
class Station:
    """One station of the line: its name, how it stands ("done", "now", "late", "ahead", "end"), and when."""

    name: str
    state: str
    at: datetime | None


@dataclass(frozen=True)
class JourneyView:
    """All that is shown of the way."""

    shipment: Shipment
    stations: tuple[Station, ...]
    batches: Sequence[Batch]
    receipt: Receipt | None
    moves: tuple[tuple[str, str], ...]  # those that are possible now: code and name

    @property
    def overdue(self) -> bool:
        return any(station.state == "late" for station in self.stations)


def moment_of(shipment: Shipment, stage: Stage) -> datetime | None:
    """When the shipment came to a station of the line, as far as it is kept."""
    return {
        Stage.DISPATCHED: shipment.dispatched_at,
        Stage.PICKED_UP: shipment.picked_up_at,
        Stage.ARRIVED: shipment.arrived_at,
        Stage.SIGNED: shipment.signed_at,
        Stage.CLOSED: shipment.closed_at,
    }.get(stage)


def due_of(shipment: Shipment, stage: Stage) -> datetime | None:
    """By when it should be there: the pickup deadline, and the arrival as promised last."""
    promised = shipment.promised_at or shipment.arrive_by
    return {Stage.PICKED_UP: shipment.pickup_by, Stage.ARRIVED: promised}.get(stage)


def stations(shipment: Shipment, now: datetime, language: str) -> tuple[Station, ...]:
    """The line with the place of the shipment on it; an end that is not on the line (lost, returned) stands last."""
    stage = Stage(shipment.stage)
    here = LINE.index(stage) if stage in LINE else _furthest(shipment)
    drawn = []
    for place, one in enumerate(LINE):
        at, due = moment_of(shipment, one), due_of(shipment, one)
        if place <= here:
            state = "now" if one is stage and one is not Stage.CLOSED else "done"
        else:
            state = "late" if due is not None and due < now and stage in LINE else "ahead"
        drawn.append(Station(stage_name(one, language), state, at if place <= here else due))
    if stage not in LINE:
        drawn = [*drawn[: here + 1], Station(stage_name(stage, language), "end", shipment.closed_at)]
    return tuple(drawn)


def _furthest(shipment: Shipment) -> int:
    """How far it came before it left the line."""
    come = [place for place, one in enumerate(LINE[:-1]) if moment_of(shipment, one) is not None]
    return max(come, default=0)


def journey_view(visit: Visit, session: Session, order_id: int) -> JourneyView | None:
    """None for an order that has no work order yet."""
    shipment = casebook.shipment(session, order_id)
    if shipment is None:
        return None
    moves = possible(Stage(shipment.stage), closed=shipment.closed_at is not None)
    return JourneyView(
        shipment=shipment,
        stations=stations(shipment, visit.now, visit.language),
        batches=arrived_batches(session, order_id),
        receipt=receipt_of(session, order_id),
        moves=tuple((move.value, move_name(move, visit.language)) for move in moves),
    )
