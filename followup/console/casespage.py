"""Exceptions (异常): the list of what is open, and a case on one page with its complaint, papers and penalties."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.datastructures import FormData

from config.phrases import phrase
from followup import attachments, caselist, cases, complaints, penaltybook
from followup.caselist import Wanted
from followup.cases import ExceptionKind
from followup.casewords import amount
from followup.console.desk import Form, Guarded, GuardedSupervisor, Refused, SignedIn, Visit, to
from followup.console.history import who
from followup.saidtime import said_time
from followup.scene import NotUnderstood
from followup.tables_cases import ExceptionCase
from intake import register

router = APIRouter()
LONGEST = 4000
TEXTS = ("words", "compared", "cause", "remedy")  # of several lines
LINES = ("unit", "owner")


def kind_name(visit: Visit, kind: str) -> str:
    """What a kind of exception is called; the bare code of one that a newer version wrote."""
    return phrase(f"exception_{kind}", visit.language) if kind in tuple(ExceptionKind) else kind


@router.get("/cases")
def cases_page(visit: SignedIn, kind: str = "", owner: str = "", closed: bool = False) -> Response:
    """What is open, the oldest first, and the penalties that wait for a word."""
    wanted = Wanted(kind if kind in tuple(ExceptionKind) else "", owner[:60], closed)
    with visit.console.database.read() as session:
        values: dict[str, Any] = {
            "rows": caselist.cases(session, wanted),
            "counts": caselist.open_by_kind(session),
            "owners": caselist.owners(session),
            "penalties": penaltybook.undecided(session),
        }
    kinds = {each.value: kind_name(visit, each) for each in ExceptionKind}
    return visit.console.page(visit, "cases.html", wanted=wanted, kinds=kinds, may_decide=may_decide(visit), **values)


def may_decide(visit: Visit) -> bool:
    return visit.who.role != "agent"


@router.get("/cases/{case_id}")
def case_page(case_id: int, visit: SignedIn) -> Response:
    return show_case(visit, case_id)


def show_case(
    visit: Visit, case_id: int, status: int = 200, trouble: str = "", typed: dict[str, str] | None = None
) -> Response:
    with visit.console.database.read() as session:
        case = _found(cases.case(session, case_id))
        order = register.records(session, [case.order_id])[case.order_id]
        values: dict[str, Any] = {
            "order": order,
            "complaints": complaints.complaints_about(session, case_id),
            "papers": attachments.of_case(session, case_id),
            "penalties": [each for each in penaltybook.penalties_of(session, order.id) if each.exception_id == case_id],
        }
    return visit.console.page(
        visit,
        "case.html",
        status,
        case=case,
        kinds={each.value: kind_name(visit, each) for each in ExceptionKind},
        who=lambda actor: who(actor, visit) or actor,
        texts=TEXTS,
        lines=LINES,
        trouble=trouble,
        typed=typed or {},
        may_decide=may_decide(visit),
        **values,
    )


def _found(case: ExceptionCase | None) -> ExceptionCase:
    if case is None:
        raise Refused(404, "case_unknown")
    return case


@router.post("/cases/{case_id}/change")
def change(case_id: int, visit: Guarded, form: Form) -> Response:
    """What is found out is written down; who writes first owns the case."""
    typed = {name: str(value)[:LONGEST] for name, value in form.items()}
    try:
        said = said_of(typed)
    except NotUnderstood:
        return show_case(visit, case_id, 422, visit.word("amount_unclear"), typed)
    with visit.console.database.write() as session:
        case = _found(cases.case(session, case_id))
        if case.closed_at is not None:
            raise Refused(409, "case_closed")
        said["owner"] = said.get("owner") or case.owner or visit.who.name
        cases.change(session, case, said, f"agent:{visit.who.name}", visit.now)
    visit.console.pulse.nudge()
    return to(f"/cases/{case_id}")


def said_of(typed: dict[str, str]) -> dict[str, Any]:
    """The fields of a case as they were typed. Raises NotUnderstood for an amount that is none."""
    said: dict[str, Any] = {name: typed[name].strip() for name in (*TEXTS, *LINES) if name in typed}
    if typed.get("kind") in tuple(ExceptionKind):
        said["kind"] = typed["kind"]
    if "compensation" in typed:
        money = typed["compensation"].strip()
        said["compensation"] = amount(money) if money else None
    if "remedy" in typed:  # the whole form was sent: a box that is not ticked is not among its fields
        said["beyond_control"] = "beyond_control" in typed
    return said


@router.post("/cases/{case_id}/tell")
def tell(case_id: int, visit: Guarded, form: Form) -> Response:
    """A letter to the customer, now; the next word is promised for the time that was given."""
    typed = {name: str(value)[:LONGEST] for name, value in form.items()}
    letter, time = typed.get("letter", "").strip(), typed.get("time", "").strip()
    if not letter:
        return show_case(visit, case_id, 422, visit.word("letter_empty"), typed)
    try:
        promised = said_time(time[:60], visit.now, visit.console.settings.zone_info) if time else None
    except (ValueError, OverflowError):
        return show_case(visit, case_id, 422, visit.word("time_unclear", time=time), typed)
    with visit.console.database.write() as session:
        case = _found(cases.case(session, case_id))
        cases.tell(session, case, f"agent:{visit.who.name}", visit.now, promised, letter)
    visit.console.pulse.nudge()
    return to(f"/cases/{case_id}")


@router.post("/orders/{number}/cases")
def open_case(number: str, visit: Guarded, form: Form) -> Response:
    """Something went wrong with this order."""
    kind = exception_kind(form)
    with visit.console.database.write() as session:
        order = register.by_number(session, number)
        if order is None:
            raise Refused(404, "order_unknown")
        words, actor = str(form.get("words") or "")[:LONGEST].strip(), f"agent:{visit.who.name}"
        case_id = cases.open_case(visit.console.database, session, order, kind, words, actor, visit.now)
    visit.console.pulse.nudge()
    return to(f"/cases/{case_id}")


def exception_kind(form: FormData) -> ExceptionKind:
    """The kind that was chosen. Raises Refused."""
    try:
        return ExceptionKind(str(form.get("kind") or ""))
    except ValueError as unknown:
        raise Refused(422, "case_kind_unknown") from unknown


@router.post("/penalties/{penalty_id}")
def decide(penalty_id: int, visit: GuardedSupervisor, form: Form) -> Response:
    """A person confirms or drops what a rule has proposed."""
    decision, words = str(form.get("decision") or ""), str(form.get("words") or "")[:LONGEST].strip()
    try:
        known = penaltybook.decide(
            visit.console.database, penalty_id, decision, words, f"agent:{visit.who.name}", visit.now
        )
    except ValueError as unknown:
        raise Refused(422, "decision_unknown") from unknown
    except penaltybook.Decided as decided:
        raise Refused(409, "penalty_decided") from decided
    if not known:
        raise Refused(404, "penalty_unknown")
    back = str(form.get("case") or "")
    return to(f"/cases/{back}" if back.isascii() and back.isdigit() and len(back) < 19 else "/cases")
