"""The call sheet: whom to call and why, all that is needed on one screen, the outcome by one key, the next follows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.datastructures import FormData

from config.phrases import phrase
from dispatch.deadline import Deadline, company_deadline
from followup import actions, casebook, deskqueue, lastword
from followup.agenda import TaskKind
from followup.cases import ExceptionKind
from followup.console import fields
from followup.console.desk import Form, Guarded, Refused, SignedIn, Visit, to
from followup.console.journeyview import JourneyView, journey_view
from followup.console.queuepage import dispatcher_names, may_see, queues_of, take_next, wanted_by
from followup.console.sayings import reason, why
from followup.console.words import knows
from followup.outcomes import HAPPENED, OUTCOMES, SIGNING_CHECKS, OutcomeRule
from followup.phoneorder import in_words
from followup.pickupstate import pickup_state
from followup.saidtime import said_time
from followup.stages import WordRefused
from followup.tables import Attempt, Shipment, Task
from intake import register
from intake.record import OrderRecord
from intake.verdict import Outcome

router = APIRouter()
APART = {"time", "changes"}  # details that are no plain text
PICKUP_KINDS = (TaskKind.VERIFY_PICKUP, TaskKind.PICKUP_OVERDUE)
LONGEST_NOTE = 4000
LONG_AGO = timedelta(days=180)  # a date without its year, further back than this, is one to come
# What goes wrong on the way; the other kinds follow from what else is said.
SAYABLE_EXCEPTIONS = (
    ExceptionKind.DAMAGE,
    ExceptionKind.SHORTAGE,
    ExceptionKind.LOSS,
    ExceptionKind.DELAY,
    ExceptionKind.REFUSAL,
    ExceptionKind.WRONG_PAPERS,
)


@dataclass(frozen=True)
class Sheet:
    """A task with all that is shown beside it."""

    task: Task
    order: OrderRecord | None
    shipment: Shipment | None
    attempts: list[Attempt]
    others: list[Task]
    journey: JourneyView | None


def read_sheet(visit: Visit, task_id: int) -> Sheet:
    """Raises Refused for a task that is not there or not for the visitor."""
    with visit.console.database.read() as session:
        task = casebook.task(session, task_id)
        if task is None:
            raise Refused(404, "task_unknown")
        if task.role not in queues_of(visit.who):
            raise Refused(403, "refused_role")
        order = register.records(session, [task.order_id]).get(task.order_id) if task.order_id else None
        shipment = casebook.shipment(session, task.order_id) if task.order_id else None
        others = casebook.tasks_of(session, task.order_id) if task.order_id else []
        attempts = casebook.attempts_of(session, task_id)
        journey = journey_view(visit, session, task.order_id) if task.order_id else None
    others = [other for other in others if other.id != task.id]
    return Sheet(task, order, shipment, attempts, others, journey)


@router.get("/tasks/{task_id}")
def call_sheet(task_id: int, visit: SignedIn) -> Response:
    """A mail for review has a page of its own, with the mail and the form side by side."""
    sheet = read_sheet(visit, task_id)
    if sheet.task.kind == TaskKind.REVIEW_MAIL and sheet.task.state == "open" and sheet.task.mail_id:
        return to(f"/review/{sheet.task.mail_id}")
    return show_sheet(visit, sheet)


def show_sheet(
    visit: Visit, sheet: Sheet, status: int = 200, trouble: str = "", typed: dict[str, str] | None = None
) -> Response:
    task, now = sheet.task, visit.now
    holder = deskqueue.holder_of(task, now)
    deadline = deadline_of(visit, sheet.order)
    values: dict[str, Any] = {
        "sheet": sheet,
        "task": task,
        "order": sheet.order,
        "shipment": sheet.shipment,
        "state": pickup_state(sheet.shipment, now) if sheet.shipment else None,
        "journey": sheet.journey,
        "exceptions": [(kind.value, phrase(f"exception_{kind}", visit.language)) for kind in SAYABLE_EXCEPTIONS],
        "signing_checks": SIGNING_CHECKS,
        "why": why(task, visit),
        "script": script_of(visit, sheet),
        "holder": holder,
        "mine": holder == visit.who.name and task.state == "open",
        "phase": deskqueue.phase(task, now),
        "rules": rules_of(task.kind),
        "wants": wanted_details(task.kind),
        "deadline": deadline,
        "deadline_why": phrase(deadline.phrase, visit.language, **deadline.values) if deadline else "",
        "reasons": [reason(one, visit) for one in sheet.order.verdict.reasons] if sheet.order else [],
        "form_fields": fields.FIELDS,
        "form_texts": fields.texts_of(sheet.order.form) if sheet.order else {},
        "dispatcher_name": dispatcher_names(visit),
        "times": time_chips(visit),
        "wanted_fields": {problem.field for problem in sheet.order.problems} if sheet.order else set(),
        "trouble": trouble,
        "typed": typed or {},
    }
    return visit.console.page(visit, "call.html", status, **values)


def rules_of(kind: str) -> tuple[OutcomeRule, ...]:
    return OUTCOMES.get(TaskKind(kind), ())


def wanted_details(kind: str) -> set[str]:
    """Which details some outcome of this kind asks for or may have."""
    return {detail for rule in rules_of(kind) for detail in (*rule.asks, *rule.offers)}


def script_of(visit: Visit, sheet: Sheet) -> str:
    """What to say, with the names and figures of this order in it."""
    key = f"script_{sheet.task.kind}"
    order = sheet.order
    form = order.form if order else None
    values = {
        "whom": sheet.task.whom,
        "number": order.number if order else "",
        "company": visit.console.company_named(order.company if order else "").name,
        "agent": visit.who.display,
        "shipper": (form.shipper.name if form else "") or "",
        "pickup": (form.pickup_address if form else "") or "",
        "destination": (form.destination if form else "") or "",
        "cargo": cargo_of(visit, order),
        "consignee": (form.consignee.name if form else "") or "",
        "copies": (form.receipt_copies if form else 0) or 0,
        **promises_of(visit, sheet),
        "total": visit.plain.money(order.verdict.quote.total) if order and order.verdict.quote else "",
    }
    return visit.word(key if knows(key) else "script_default", **values)


def promises_of(visit: Visit, sheet: Sheet) -> dict[str, str]:
    """The times that this order was promised: pickup, arrival, receipt."""
    shipment, receipt = sheet.shipment, sheet.journey.receipt if sheet.journey else None
    return {
        "deadline": visit.plain.when(shipment.pickup_by) if shipment else "",
        "promised": visit.plain.when(shipment.promised_at or shipment.arrive_by) if shipment else "",
        "receipt_due": visit.plain.when(receipt.due_at) if receipt else "",
    }


def cargo_of(visit: Visit, order: OrderRecord | None) -> str:
    """箱装配件 10 件 1.2 吨 3.5 方."""
    if order is None:
        return ""
    cargo, plain = order.form.cargo, visit.plain
    pieces = f"{cargo.pieces} {visit.word('pieces')}" if cargo.pieces is not None else ""
    parts = (cargo.description, pieces, plain.weight(cargo.weight_kg), plain.volume(cargo.volume_m3))
    return " ".join(part for part in parts if part)


def deadline_of(visit: Visit, order: OrderRecord | None) -> Deadline | None:
    """The pickup deadline of an accepted order, where its zone has one."""
    if order is None or order.verdict.outcome is not Outcome.ACCEPTED or order.verdict.zone.value == "outside":
        return None
    return company_deadline(visit.console.company_named(order.company), order.ordered_at, order.verdict.zone)


def time_chips(visit: Visit) -> list[str]:
    """Times that are likely to be said: in half an hour, the next full hours, tomorrow morning."""
    hour = visit.now.astimezone(visit.console.settings.zone_info).hour
    soon = [f"{later}:00" for later in range(hour + 1, min(hour + 5, 22))]
    return [visit.word("chip_half_hour"), *soon, visit.word("chip_tomorrow")]


@router.get("/tasks/{task_id}/state")
def task_state(task_id: int, visit: SignedIn) -> Response:
    """What has become of a task meanwhile, told beside what is being typed: closed, or in other hands; else nothing."""
    sheet = read_sheet(visit, task_id)
    holder = deskqueue.holder_of(sheet.task, visit.now)
    return visit.console.page(visit, "task_state.html", task=sheet.task, holder=holder, mine=holder == visit.who.name)


@router.get("/said-time")
def show_said_time(visit: SignedIn, time: str = "") -> Response:
    """How a time is understood, while it is typed."""
    if not time.strip():
        return Response("", media_type="text/html")
    try:
        moment = said_time(time[:60], visit.now, visit.console.settings.zone_info)
    except (ValueError, OverflowError):
        return visit.console.page(visit, "said_time.html", moment=None)
    return visit.console.page(visit, "said_time.html", moment=moment)


@router.post("/tasks/{task_id}/say")
def say(task_id: int, visit: Guarded, form: Form) -> Response:
    """Keeps the outcome, which may be taken back for ten seconds, and goes on to the next task."""
    sheet = read_sheet(visit, task_id)
    typed = {name: str(value)[:LONGEST_NOTE] for name, value in form.items()}
    outcome = typed.get("outcome", "")
    try:
        details = details_of(visit, sheet, form)
        if outcome == "put_off":
            return _put_off(visit, sheet, details)
        word, company = actions.Word(visit.who.name, outcome, details), visit.console.company_source()
        lastword.say(visit.console.database, task_id, word, visit.now, company)
    except casebook.TaskTaken as taken:
        raise Refused(409, "task_taken") from taken
    except WordRefused as refused:
        return show_sheet(visit, sheet, 422, refused.words(visit.language), typed)
    except (ValueError, OverflowError):
        return show_sheet(visit, sheet, 422, visit.word("time_unclear", time=typed.get("time", "")), typed)
    except (KeyError, actions.NotUnderstood) as wrong:
        return show_sheet(visit, sheet, 422, missing(visit, sheet, outcome, wrong), typed)
    return _onward(visit, task_id)


def _put_off(visit: Visit, sheet: Sheet, details: dict[str, Any]) -> Response:
    if "time" not in details:
        raise actions.NotUnderstood("put_off needs time")
    database, note = visit.console.database, str(details.get("note", ""))
    actions.put_off(database, sheet.task.id, visit.who.name, details["time"], note, visit.now)
    return _onward(visit, sheet.task.id)


def _onward(visit: Visit, done: int) -> Response:
    """The next task follows, already in the agent's hands; the queue when there is none."""
    visit.console.pulse.nudge()
    found = take_next(visit, wanted_by(visit), besides=(done,))
    return to(f"/tasks/{found}" if found else "/")


def details_of(visit: Visit, sheet: Sheet, form: FormData) -> dict[str, Any]:
    """The details that were typed. Raises ValueError for a time that nobody can understand."""
    details: dict[str, Any] = {}
    for name in sorted(wanted_details(sheet.task.kind) - APART | {"note"}):
        if text := str(form.get(name) or "").strip():
            details[name] = text[:LONGEST_NOTE]
    if time := str(form.get("time") or "").strip():
        details["time"] = said_moment(visit, time, past=str(form.get("outcome")) in HAPPENED)
    if sheet.order is not None:
        said = {name: str(form[f"f.{name}"]).strip() for name in fields.NAMES if f"f.{name}" in form}
        if changes := fields.changes_of(said, fields.texts_of(sheet.order.form)):
            details["changes"] = in_words(changes)
    return details


def said_moment(visit: Visit, text: str, *, past: bool) -> datetime:
    """A time as said; of something that has happened a clock time or a date means the last one, not the next."""
    moment = said_time(text[:60], visit.now, visit.console.settings.zone_info)
    if past and moment > visit.now:
        yesterday, last_year = moment - timedelta(days=1), moment - timedelta(days=365)
        if timedelta(0) <= visit.now - yesterday < timedelta(days=1):
            return yesterday
        return last_year if timedelta(0) <= visit.now - last_year < LONG_AGO else moment
    return moment


def missing(visit: Visit, sheet: Sheet, outcome: str, wrong: Exception) -> str:
    """Which detail the outcome still needs, in words."""
    for rule in rules_of(sheet.task.kind):
        if rule.code == outcome:
            return visit.word("outcome_needs", what=visit.word("list_comma").join(_asked(visit, rule)))
    if outcome == "put_off":
        return visit.word("outcome_needs", what=visit.word("detail_time"))
    return visit.word("outcome_unknown")


def _asked(visit: Visit, rule: OutcomeRule) -> list[str]:
    return [visit.word(f"detail_{name}") for name in rule.asks]


@router.post("/tasks/{task_id}/undo")
def undo(task_id: int, visit: Guarded) -> Response:
    """Takes the outcome back while nothing has followed from it; what was typed is there again."""
    may_see(visit, task_id)
    try:
        said = lastword.take_back(visit.console.database, task_id, visit.who.name, visit.now)
    except casebook.TaskTaken as taken:
        raise Refused(409, "task_taken") from taken
    if said is None:
        raise Refused(409, "undo_too_late")
    visit.console.pulse.nudge()
    sheet = read_sheet(visit, task_id)
    changes = said.pop("changes", {})
    typed = {name: str(value) for name, value in said.items()} | {f"f.{name}": text for name, text in changes.items()}
    if "time" in typed:
        local = datetime.fromisoformat(typed["time"]).astimezone(visit.console.settings.zone_info)
        typed["time"] = local.strftime("%Y-%m-%d %H:%M")
    return show_sheet(visit, sheet, trouble="", typed=typed)
