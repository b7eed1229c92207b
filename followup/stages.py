"""How far a shipment is, and which way it can go from there: one table of stages and moves (SPEC 9). Pure.

A move that the table does not allow is refused in words, with those that are possible. An end (lost, refused, returned)
closes the shipment as soon as nothing is open about it; until then it may turn out otherwise: lost goods are found, a
consignee takes after all what he refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from config.phrases import phrase


class Stage(StrEnum):
    """Where a shipment stands. The value is stored: never change one."""

    DISPATCHED = "dispatched"  # the work order is with the dispatcher
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"  # has left on the line-haul
    ARRIVED = "arrived"  # all of it, at the station of the destination
    OUT_FOR_DELIVERY = "out_for_delivery"
    SIGNED = "signed"  # the receipt may still be out
    CLOSED = "closed"
    LOST = "lost"
    REFUSED = "refused"
    RETURNED = "returned"  # back with the shipper
    CANCELLED = "cancelled"


class Move(StrEnum):
    """What can be said of a shipment; some moves leave it where it is."""

    PICKED_UP = "picked_up"
    STATION_INFORMED = "station_informed"
    CONSIGNEE_INFORMED = "consignee_informed"
    DELIVERY_ARRANGED = "delivery_arranged"
    DEPARTED = "departed"
    DELAYED = "delayed"
    ARRIVED = "arrived"  # a batch, or all of it
    OUT_FOR_DELIVERY = "out_for_delivery"
    SIGNED = "signed"
    REFUSED = "refused"
    RETURNED = "returned"
    LOST = "lost"
    CANCELLED = "cancelled"  # of the order; follows from its cancellation
    CLOSED = "closed"  # by itself, when nothing is open any more


@dataclass(frozen=True)
class Way:
    """One row of the table: from which stages the move leads, and where to; None: it stays where it is."""

    start: tuple[Stage, ...]
    end: Stage | None


UNDER_WAY = (Stage.PICKED_UP, Stage.IN_TRANSIT)
AT_DESTINATION = (Stage.ARRIVED, Stage.OUT_FOR_DELIVERY)
DELIVERABLE = (*UNDER_WAY, *AT_DESTINATION, Stage.REFUSED)

MOVES: Mapping[Move, Way] = {
    Move.PICKED_UP: Way((Stage.DISPATCHED,), Stage.PICKED_UP),
    Move.STATION_INFORMED: Way(UNDER_WAY, None),
    Move.CONSIGNEE_INFORMED: Way((*UNDER_WAY, Stage.ARRIVED), None),
    Move.DELIVERY_ARRANGED: Way(DELIVERABLE, None),
    Move.DEPARTED: Way((Stage.PICKED_UP,), Stage.IN_TRANSIT),
    Move.DELAYED: Way(UNDER_WAY, None),
    Move.ARRIVED: Way((*UNDER_WAY, Stage.LOST), Stage.ARRIVED),
    Move.OUT_FOR_DELIVERY: Way((Stage.PICKED_UP, Stage.ARRIVED, Stage.REFUSED), Stage.OUT_FOR_DELIVERY),
    Move.SIGNED: Way(DELIVERABLE, Stage.SIGNED),
    Move.REFUSED: Way((*UNDER_WAY, *AT_DESTINATION), Stage.REFUSED),
    Move.RETURNED: Way((*DELIVERABLE, Stage.LOST), Stage.RETURNED),
    Move.LOST: Way((*UNDER_WAY, *AT_DESTINATION), Stage.LOST),
    Move.CANCELLED: Way((Stage.DISPATCHED, Stage.PICKED_UP), Stage.CANCELLED),
    Move.CLOSED: Way((Stage.SIGNED,), Stage.CLOSED),
}
BY_ITSELF = (Move.CANCELLED, Move.CLOSED)  # moves that nobody says: they follow
SAYABLE = tuple(move for move in Move if move not in BY_ITSELF)
ENDS = (Stage.CLOSED, Stage.LOST, Stage.REFUSED, Stage.RETURNED, Stage.CANCELLED)
LINE = (  # the way as it should be, station by station
    Stage.DISPATCHED,
    Stage.PICKED_UP,
    Stage.IN_TRANSIT,
    Stage.ARRIVED,
    Stage.OUT_FOR_DELIVERY,
    Stage.SIGNED,
    Stage.CLOSED,
)
CLOCKS_DIFFER = timedelta(minutes=10)  # so far ahead of our clock a time is still believed


class WordRefused(ValueError):
    """What was said cannot be; `code` and `values` are the sentence in config/phrases.toml."""

    def __init__(self, code: str, values: Mapping[str, str]) -> None:
        self.code, self.values = code, dict(values)
        super().__init__(f"{self.words('zh')} / {self.words('en')}")

    def words(self, language: str) -> str:
        """What is wrong, and what is possible."""
        return phrase(self.code, language, **_spoken(self.values, language))


class MoveRefused(WordRefused):
    """A move that cannot be; `move` is what was said."""

    def __init__(self, code: str, move: Move | None, values: Mapping[str, str]) -> None:
        self.move = move
        super().__init__(code, values)


def _spoken(values: Mapping[str, str], language: str) -> dict[str, str]:
    """Stages and moves by their names, all else as it is."""
    said = dict(values)
    if "stage" in said:
        said["stage"] = phrase(f"stage_{said['stage']}", language)
    if "state" in said:
        said["state"] = phrase(f"receipt_{said['state']}", language)
    if "step" in said:
        said["step"] = phrase(f"receipt_{said['step']}", language)
    if "move" in said:
        said["move"] = move_name(said["move"], language)
    if "possible" in said:
        comma = "、" if language == "zh" else ", "
        said["possible"] = comma.join(move_name(each, language) for each in said["possible"].split()) or "—"
    return said


NAMED_OTHERWISE = {"refused": "move_refused_by_consignee", "closed": "move_closed_by_itself"}


def move_name(move: str, language: str) -> str:
    """How a move is called."""
    return phrase(NAMED_OTHERWISE.get(move, f"move_{move}"), language)


def stage_name(stage: str, language: str) -> str:
    """How a stage is called."""
    return phrase(f"stage_{stage}", language)


def possible(stage: Stage, *, closed: bool = False) -> tuple[Move, ...]:
    """The moves that can be said of a shipment at this stage; none of one that is closed."""
    return () if closed else tuple(move for move in SAYABLE if stage in MOVES[move].start)


def after(stage: Stage, move: Move, number: str, *, closed: bool = False) -> Stage:
    """The stage after a move. Raises MoveRefused, saying what is possible."""
    way = MOVES[move]
    if closed or stage not in way.start:
        values = {"number": number, "stage": stage.value, "move": move.value}
        values["possible"] = " ".join(possible(stage, closed=closed))
        raise MoveRefused("move_closed" if closed else "move_refused", move, values)
    return way.end or stage


def check_moment(move: Move, at: datetime, now: datetime, picked_up_at: datetime | None, number: str) -> None:
    """Raises MoveRefused for a move that lies ahead, or before the pickup."""
    values = {"number": number, "move": move.value, "moment": at.isoformat(" ", "minutes")}
    if at > now + CLOCKS_DIFFER:
        raise MoveRefused("move_ahead", move, values)
    if picked_up_at is not None and move is not Move.PICKED_UP and at < picked_up_at:
        raise MoveRefused(
            "move_before_pickup", move, values | {"picked_up_at": picked_up_at.isoformat(timespec="minutes")}
        )
