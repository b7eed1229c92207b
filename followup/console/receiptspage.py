"""Receipts (回单): what is out, with whom, since when; a step for one or for many, as their numbers are scanned."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.datastructures import FormData

from config.phrases import phrase
from followup import receipts
from followup.console.desk import Form, Guarded, Refused, SignedIn, Visit, to
from followup.console.journeypage import count
from followup.journey import Journey
from followup.receipts import OUTSTANDING, WITH_US, Outstanding, ReceiptState, Told
from followup.saidtime import said_time
from followup.stages import WordRefused
from intake import register

router = APIRouter()
SHOWN = 500
MOST_AT_ONCE = 200  # numbers of one scan
NUMBER = re.compile(r"[^\s,;，；、]{1,40}")
VIEWS = ("all", "overdue", "with_us")
SAYABLE = (  # in the sequence of the keys
    ReceiptState.SENT,
    ReceiptState.RECEIVED,
    ReceiptState.CHECKED,
    ReceiptState.HANDED,
    ReceiptState.DEFECTIVE,
    ReceiptState.LOST,
)


@dataclass(frozen=True)
class Scanned:
    """What became of one number of a scan; `trouble` in words, "" for one that is done."""

    number: str
    trouble: str = ""


@router.get("/receipts")
def receipts_page(visit: SignedIn, view: str = "all") -> Response:
    return show_receipts(visit, view if view in VIEWS else "all")


def show_receipts(
    visit: Visit,
    view: str = "all",
    status: int = 200,
    done: Sequence[Scanned] = (),
    typed: dict[str, str] | None = None,
    trouble: str = "",
) -> Response:
    with visit.console.database.read() as session:
        found = receipts.outstanding(session)
    wanted = [row for row in found if _is_wanted(row, view, visit)]
    shown = wanted[:SHOWN]
    groups = [
        (key, list(rows)) for key, rows in groupby(shown, key=lambda row: (row.receipt.region, row.receipt.responsible))
    ]
    values: dict[str, Any] = {
        "groups": groups,
        "counts": {each: sum(_is_wanted(row, each, visit) for row in found) for each in VIEWS},
        "view": view,
        "views": VIEWS,
        "steps": SAYABLE,
        "done": done,
        "typed": typed or {},
        "trouble": trouble,
        "overdue": lambda row: row.overdue(visit.now) and row.receipt.state in OUTSTANDING,
    }
    return visit.console.page(visit, "receipts.html", status, **values)


def _place(row: Outstanding) -> tuple[str, str]:
    """Under which heading it stands: its region, and who owes it."""
    return row.receipt.region, row.receipt.responsible


def _is_wanted(row: Outstanding, view: str, visit: Visit) -> bool:
    if view == "with_us":
        return row.receipt.state in WITH_US
    return view == "all" or (row.overdue(visit.now) and row.receipt.state in OUTSTANDING)


@router.post("/receipts/step")
def step(visit: Guarded, form: Form) -> Response:
    """The same step for each number; one that cannot follow is told with its reason, the others are done."""
    typed = {name: str(value)[:8000] for name, value in form.items() if name != "csrf"}
    numbers = list(dict.fromkeys(NUMBER.findall(typed.get("numbers", ""))))[:MOST_AT_ONCE]
    said = typed.get("step", "")
    if said not in SAYABLE:
        raise Refused(422, "error_other")
    try:
        told = told_by(visit, form)
    except (ValueError, OverflowError):
        trouble = visit.word("time_unclear", time=typed.get("time", ""))
        return show_receipts(visit, status=422, typed=typed, trouble=trouble)
    if not numbers:
        return show_receipts(visit, status=422, typed=typed, trouble=visit.word("receipts_no_number"))
    done = [_step(visit, number, ReceiptState(said), told) for number in numbers]
    visit.console.pulse.nudge()
    if len(numbers) == 1 and not done[0].trouble:
        return to("/receipts")
    failed = [one for one in done if one.trouble]
    kept = typed | {"numbers": "\n".join(one.number for one in failed)}
    return show_receipts(visit, status=422 if failed else 200, done=done, typed=kept if failed else None)


def told_by(visit: Visit, form: FormData) -> Told:
    """What the form says of the step. Raises ValueError for a count or time that nobody can understand."""
    time = str(form.get("time") or "").strip()[:60]
    return Told(
        at=visit.now,
        copies=count(str(form.get("copies") or "").strip()),
        to=str(form.get("to") or "").strip()[:200],
        words=str(form.get("words") or "").strip()[:2000],
        promised=said_time(time, visit.now, visit.console.settings.zone_info) if time else None,
    )


def _step(visit: Visit, number: str, said: ReceiptState, told: Told) -> Scanned:
    """One number, in a transaction of its own."""
    console = visit.console
    try:
        with console.database.write() as session:
            order = register.by_number(session, number)
            if order is None:
                return Scanned(number, phrase("move_order_unknown", visit.language, number=number))
            actor = f"agent:{visit.who.name}"
            way = Journey(console.database, session, console.company_source(), order, actor, visit.now)
            way.receipt(said, told)
    except WordRefused as refused:
        return Scanned(number, refused.words(visit.language))
    return Scanned(number)
