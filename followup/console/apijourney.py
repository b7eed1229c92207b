"""The JSON interface of the way after the pickup: where a shipment stands, and what a program tells of it.

As everywhere: 404 for an order that is not there, 409 for a move that cannot be, with what is possible, 422 for what is
not understood. A move that the book has already is answered with the state as it is and changes nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy.orm import Session

from followup import casebook, receipts
from followup.batches import arrived_batches
from followup.console.api import Caller
from followup.console.apishapes import Sent
from followup.console.desk import Refused, Visit
from followup.journey import Journey
from followup.receipts import ReceiptState
from followup.stages import MOVES, Move, MoveRefused, Stage, WordRefused, possible, stage_name
from followup.telling import NEEDS, Told, is_known, tell
from intake import register
from intake.record import OrderRecord

router = APIRouter(prefix="/api/v1", tags=["consign"])


class BatchOut(BaseModel):
    """A part of the goods at its station."""

    place: int
    pieces: int | None
    station: str
    arrived_at: datetime


class ReceiptOut(BaseModel):
    """The signed receipt that is wanted back."""

    state: str
    copies: int
    counted: int
    responsible: str
    due_at: datetime
    sent_at: datetime | None
    received_at: datetime | None
    checked_at: datetime | None
    handed_at: datetime | None
    handed_to: str
    defects: int


class JourneyOut(BaseModel):
    """Where a shipment stands, what was promised, and which moves are possible."""

    order: str
    stage: str
    name: str
    possible: list[str]
    destination: str
    transfers: int | None
    pickup_by: datetime
    picked_up_at: datetime | None
    arrive_by: datetime | None = Field(description="as the lane's days promised at the pickup")
    promised_at: datetime | None = Field(description="as promised last")
    batches: int
    arrived: list[BatchOut]
    arrived_at: datetime | None
    signed_at: datetime | None
    signed_by: str
    receipt: ReceiptOut | None
    closed_at: datetime | None
    closed_why: str


class MoveIn(Sent):
    """What is told of a shipment; `at`: when it happened (ISO 8601 with its offset), otherwise now."""

    move: Move
    at: AwareDatetime | None = None
    station: str = Field("", max_length=100)
    pieces: int | None = Field(None, ge=1, le=99999)
    batches: int | None = Field(None, ge=1, le=99)
    promised: AwareDatetime | None = None
    until: AwareDatetime | None = None
    signer: str = Field("", max_length=100)
    condition: str = Field("", max_length=500)
    document: bool | None = Field(None, description="null: nobody went through the checklist; a person will")
    proxy: bool = False
    consignee_document: bool = False
    stamp: bool = False
    change_letter: bool = False
    driver: str = Field("", max_length=100)
    words: str = Field("", max_length=2000)


class ReceiptIn(Sent):
    """A step of a receipt's chain."""

    step: ReceiptState
    at: AwareDatetime | None = None
    copies: int | None = Field(None, ge=1, le=99)
    to: str = Field("", max_length=200)
    words: str = Field("", max_length=2000)
    promised: AwareDatetime | None = None


@router.get("/moves")
def moves(visit: Caller) -> dict[str, dict[str, Any]]:
    """The table of stages: each move, from which stages it leads, where to, and what it needs."""
    return {
        move.value: {
            "from": [stage.value for stage in way.start],
            "to": way.end.value if way.end else None,
            "needs": list(NEEDS.get(move, ())),
        }
        for move, way in MOVES.items()
    }


@router.get("/orders/{number}/journey")
def journey(number: str, visit: Caller) -> JourneyOut:
    with visit.console.database.read() as session:
        return _out(visit, session, _order(session, number))


@router.post("/orders/{number}/moves")
def tell_move(number: str, said: MoveIn, visit: Caller) -> JourneyOut:
    """Tells a move; it stands in the timeline under the owner of the token."""
    told = Told(**said.model_dump())

    def write(way: Journey) -> None:
        if not is_known(way, told):
            tell(way, told)

    return _write(visit, number, write)


@router.post("/orders/{number}/receipt")
def step_receipt(number: str, said: ReceiptIn, visit: Caller) -> JourneyOut:
    """One step of the receipt: sent, received, checked, handed; defective, lost."""
    values = said.model_dump(exclude={"step", "at"})
    told = receipts.Told(at=said.at or visit.now, **values)
    if said.step not in receipts.STEPS:
        raise Refused(422, "api_not_understood", why=said.step.value)
    return _write(visit, number, lambda way: way.receipt(said.step, told))


def _write(visit: Visit, number: str, act: Callable[[Journey], None]) -> JourneyOut:
    console = visit.console
    try:
        with console.database.write() as session:
            order = _order(session, number)
            actor = f"api:{visit.who.name}"
            act(Journey(console.database, session, console.company_source(), order, actor, visit.now))
            session.flush()
            return _out(visit, session, order)
    except WordRefused as refused:
        lacks = isinstance(refused, MoveRefused) and refused.code == "move_needs"
        raise Refused(422 if lacks else 409, "api_refused", why=refused.words(visit.language)) from refused
    finally:
        console.pulse.nudge()


def _order(session: Session, number: str) -> OrderRecord:
    order = register.by_number(session, number)
    if order is None:
        raise Refused(404, "order_unknown")
    return order


def _out(visit: Visit, session: Session, order: OrderRecord) -> JourneyOut:
    shipment, receipt = casebook.shipment(session, order.id), receipts.receipt_of(session, order.id)
    if shipment is None:
        raise Refused(404, "journey_none")
    batches = arrived_batches(session, order.id)
    kept = {name: getattr(shipment, name) for name in JourneyOut.model_fields if hasattr(shipment, name)}
    stage = Stage(shipment.stage)
    return JourneyOut(
        **kept,
        order=order.number,
        name=stage_name(stage, visit.language),
        possible=[move.value for move in possible(stage, closed=shipment.closed_at is not None)],
        arrived=[BatchOut.model_validate(one, from_attributes=True) for one in batches],
        receipt=ReceiptOut.model_validate(receipt, from_attributes=True) if receipt else None,
    )
