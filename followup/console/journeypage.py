"""What is told of a shipment beside any call: a station rings, a driver writes (SPEC 9)."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.datastructures import FormData

from followup.console.callpage import said_moment
from followup.console.desk import Form, Guarded, Refused, Visit, to
from followup.console.orderpage import show_order
from followup.journey import Journey
from followup.outcomes import SIGNING_CHECKS
from followup.stages import SAYABLE, Move, WordRefused
from followup.telling import Told, tell
from intake import register
from intake.timeline import Entry, Happening, record

router = APIRouter()
LONGEST = 2000


@router.post("/orders/{number}/move")
def move(number: str, visit: Guarded, form: Form) -> Response:
    """The move stands in the timeline; one that cannot be is refused in words, and what was typed is kept."""
    typed = {name: str(value)[:LONGEST] for name, value in form.items() if name != "csrf"}
    try:
        told = told_by(visit, form)
        _write(visit, number, told)
    except WordRefused as refused:
        return show_order(visit, number, 422, refused.words(visit.language), typed)
    except (ValueError, OverflowError):
        return show_order(visit, number, 422, visit.word("time_unclear", time=typed.get("time", "")), typed)
    visit.console.pulse.nudge()
    return to(f"/orders/{number}")


def _write(visit: Visit, number: str, told: Told) -> None:
    console = visit.console
    with console.database.write() as session:
        order = register.by_number(session, number)
        if order is None:
            raise Refused(404, "order_unknown")
        actor = f"agent:{visit.who.name}"
        tell(Journey(console.database, session, console.company_source(), order, actor, visit.now), told)


def told_by(visit: Visit, form: FormData) -> Told:
    """What the form says. Raises ValueError for a time or a count that nobody can understand."""

    def text(name: str) -> str:
        return str(form.get(name) or "").strip()[:LONGEST]

    if text("move") not in SAYABLE:
        raise Refused(422, "error_other")
    said = Move(text("move"))
    ahead = said in (Move.DELAYED, Move.DELIVERY_ARRANGED)
    moment = said_moment(visit, text("time"), past=not ahead) if text("time") else None
    values: dict[str, Any] = {name: text(name) == "yes" for name in SIGNING_CHECKS}
    return Told(
        move=said,
        at=None if ahead else moment,
        promised=moment if ahead else None,
        until=said_until(visit, text("until"), moment),
        station=text("station"),
        pieces=count(text("pieces")),
        batches=count(text("batches")),
        signer=text("signer"),
        condition=text("condition"),
        driver=text("driver"),
        words=text("words"),
        **values,
    )


def said_until(visit: Visit, text: str, start: datetime | None) -> datetime | None:
    """The end of a window, on the day on which it begins unless it says otherwise."""
    from followup.saidtime import said_time

    zone = visit.console.settings.zone_info
    return said_time(text[:60], start or visit.now, zone) if text else None


def count(text: str) -> int | None:
    """A count of pieces or batches. Raises ValueError."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 100_000):
        raise ValueError(f"not a count: {text[:20]}")
    return int(text)


@router.post("/orders/{number}/note")
def note(number: str, visit: Guarded, form: Form) -> Response:
    """A person's word on an order, beside any task: kept in its timeline."""
    words = str(form.get("words") or "").strip()[:LONGEST]
    with visit.console.database.write() as session:
        order = register.by_number(session, number)
        if order is None:
            raise Refused(404, "order_unknown")
        if words:
            actor = f"agent:{visit.who.name}"
            record(session, [Entry(Happening.NOTED, visit.now, actor, order.id, details={"words": words})])
    return to(f"/orders/{number}")
