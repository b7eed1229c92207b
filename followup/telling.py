"""A move as somebody tells it, by form, program, file or mail: what it needs, and whether it is news at all.

One value for all ways of telling; followup.journey writes what it says.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from followup import casebook
from followup.agenda import TaskKind
from followup.journey import Journey
from followup.signing import Signing
from followup.stages import Move, MoveRefused, Stage
from followup.tables_journey import Batch
from intake.tables import Event
from intake.timeline import Happening


@dataclass(frozen=True)
class Told:
    """What is told of a shipment. `at`: when it happened; None: now."""

    move: Move
    at: datetime | None = None
    station: str = ""
    pieces: int | None = None
    batches: int | None = None  # in how many the goods travel
    promised: datetime | None = None  # DELAYED: the new time; DELIVERY_ARRANGED: from …
    until: datetime | None = None  # … until
    signer: str = ""
    condition: str = ""
    document: bool | None = None  # None: nobody said that the checklist was gone through
    proxy: bool = False
    consignee_document: bool = False
    stamp: bool = False
    change_letter: bool = False
    driver: str = ""
    words: str = ""


NEEDS: Mapping[Move, tuple[str, ...]] = {
    Move.DELAYED: ("promised",),
    Move.DELIVERY_ARRANGED: ("promised",),
    Move.SIGNED: ("signer",),
    Move.REFUSED: ("words",),
    Move.LOST: ("words",),
}


def tell(way: Journey, told: Told) -> None:
    """Writes the move. Raises MoveRefused for one that cannot be, or lacks what it needs."""
    lacking = [name for name in NEEDS.get(told.move, ()) if not getattr(told, name)]
    if lacking:
        values = {"number": way.order.number, "move": told.move.value, "what": ", ".join(lacking)}
        raise MoveRefused("move_needs", told.move, values)
    WRITES[told.move](way, told, told.at or way.now)


def _signing(told: Told, at: datetime) -> Signing:
    return Signing(
        signer=told.signer,
        at=at,
        condition=told.condition,
        document=told.document,
        proxy=told.proxy,
        consignee_document=told.consignee_document,
        stamp=told.stamp,
        change_letter=told.change_letter,
    )


WRITES: Mapping[Move, Callable[[Journey, Told, datetime], None]] = {
    Move.PICKED_UP: lambda way, told, at: way.picked_up(at, driver=told.driver),
    Move.STATION_INFORMED: lambda way, told, at: way.station_informed(told.station, told.at),
    Move.CONSIGNEE_INFORMED: lambda way, told, at: way.consignee_informed(),
    Move.DELIVERY_ARRANGED: lambda way, told, at: way.delivery_arranged(told.promised or at, told.until),
    Move.DEPARTED: lambda way, told, at: way.departed(at, told.station),
    Move.DELAYED: lambda way, told, at: way.delayed(told.promised or at, told.words),
    Move.ARRIVED: lambda way, told, at: way.arrived(at, told.station, pieces=told.pieces, batches=told.batches),
    Move.OUT_FOR_DELIVERY: lambda way, told, at: way.out_for_delivery(at, told.words),
    Move.SIGNED: lambda way, told, at: way.signed(_signing(told, at), told.words),
    Move.REFUSED: lambda way, told, at: way.refused(at, told.words),
    Move.RETURNED: lambda way, told, at: way.returned(at, told.words),
    Move.LOST: lambda way, told, at: way.lost(at, told.words),
}
# Where a shipment is once a move was told of it: told again at these stages, it is no news.
KNOWN_AT: Mapping[Move, tuple[Stage, ...]] = {
    Move.OUT_FOR_DELIVERY: (Stage.OUT_FOR_DELIVERY,),
    Move.REFUSED: (Stage.REFUSED,),
    Move.RETURNED: (Stage.RETURNED,),
    Move.LOST: (Stage.LOST,),
}
SAID_BY_EVENT: Mapping[Move, Happening] = {
    Move.PICKED_UP: Happening.PICKED_UP,
    Move.DEPARTED: Happening.DEPARTED,
    Move.OUT_FOR_DELIVERY: Happening.OUT_FOR_DELIVERY,
    Move.STATION_INFORMED: Happening.STATION_INFORMED,
    Move.CONSIGNEE_INFORMED: Happening.CONSIGNEE_INFORMED,
}


def is_known(way: Journey, told: Told) -> bool:
    """Whether all this stands in the book already: a file that is read twice changes nothing the second time."""
    shipment = way.shipment
    if told.move is Move.ARRIVED:
        return _batch_is_known(way, told)
    if told.move is Move.DELAYED:
        return told.promised is not None and told.promised == shipment.promised_at
    if told.move is Move.SIGNED:
        return _signing_is_known(way, told)
    if told.move in KNOWN_AT and Stage(shipment.stage) in KNOWN_AT[told.move]:
        return True
    return told.move in SAID_BY_EVENT and bool(_events(way, SAID_BY_EVENT[told.move]))


def _batch_is_known(way: Journey, told: Told) -> bool:
    statement = select(Batch).where(Batch.order_id == way.order.id)
    here = way.session.scalars(statement).all()
    if told.at is None:
        return way.shipment.arrived_at is not None
    return any(one.arrived_at == told.at and told.pieces in (None, one.pieces) for one in here)


def _signing_is_known(way: Journey, told: Told) -> bool:
    """Signed by him; or refused, or asked about, with these very words."""
    if way.shipment.signed_at is not None:
        return way.shipment.signed_by == told.signer and told.at in (None, way.shipment.signed_at)
    if told.document is None:
        calls = casebook.open_of(way.session, way.order.id, (TaskKind.CHECK_SIGNED,))
        return bool(told.signer) and any(told.signer in str(call.why_values.get("note", "")) for call in calls)
    failed = _events(way, Happening.SIGNING_FAILED)
    return any(one.get("signer") == told.signer and told.at in (None, _moment(one.get("at"))) for one in failed)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _events(way: Journey, kind: Happening) -> list[dict[str, Any]]:
    statement = select(Event.details).where(Event.order_id == way.order.id, Event.kind == kind)
    return list(way.session.scalars(statement))
