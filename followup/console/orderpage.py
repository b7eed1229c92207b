"""An order on one page: what it says and where each value was read, what was decided, sent, called and done."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.phrases import phrase
from dispatch import letterbook
from followup import attachments, casebook, cases, complaints, orderdesk, penaltybook
from followup.casebook import shipment as shipment_of
from followup.cases import ExceptionKind
from followup.console import fields
from followup.console.callpage import deadline_of
from followup.console.casespage import kind_name
from followup.console.desk import Form, Guarded, GuardedSupervisor, Refused, SignedIn, Visit, to
from followup.console.history import line_of
from followup.console.journeyview import journey_view
from followup.console.mailview import mail_view
from followup.console.marking import MarkedBlock
from followup.console.printpage import ORDER_PAPERS
from followup.console.queuepage import dispatcher_names
from followup.console.sayings import reason
from followup.pickupstate import pickup_state
from intake import register, timeline
from intake.orderform import OrderForm
from intake.record import OrderRecord, OrderState
from intake.tables import Revision

router = APIRouter()
PAGE = 50


@router.get("/orders")
def orders_page(visit: SignedIn, before: int | None = None) -> Response:
    """The newest orders, fifty a page."""
    with visit.console.database.read() as session:
        found = register.latest(session, PAGE + 1, before)
    shown = found[:PAGE]
    more = shown[-1].id if len(found) > PAGE else None
    names = dispatcher_names(visit)
    return visit.console.page(visit, "orders.html", orders=shown, more=more, dispatcher_name=names, masked=visit.phone)


@router.get("/orders/{number}")
def order_page(number: str, visit: SignedIn) -> Response:
    return show_order(visit, number)


def show_order(
    visit: Visit, number: str, status: int = 200, trouble: str = "", typed: dict[str, str] | None = None
) -> Response:
    with visit.console.database.read() as session:
        order = register.by_number(session, number)
        if order is None:
            raise Refused(404, "order_unknown")
        values = _picture(visit, session, order)
    return visit.console.page(visit, "order.html", status, trouble=trouble, typed=typed or {}, **values)


def _picture(visit: Visit, session: Session, order: OrderRecord) -> dict[str, Any]:
    shipment = shipment_of(session, order.id)
    deadline = deadline_of(visit, order)
    mail_id = register.mail_of(session, order.id)
    view = mail_view(session, mail_id, order.origins) if mail_id else None
    return {
        "order": order,
        "shipment": shipment,
        "journey": journey_view(visit, session, order.id),
        "state": pickup_state(shipment, visit.now) if shipment else None,
        "deadline": deadline,
        "deadline_why": phrase(deadline.phrase, visit.language, **deadline.values) if deadline else "",
        "reasons": [reason(one, visit) for one in order.verdict.reasons],
        "say_reason": lambda one: reason(one, visit),
        "history": [line_of(event, visit) for event in timeline.of_order(session, order.id)],
        "letters": letterbook.of_order(session, order.id),
        "tasks": casebook.tasks_of(session, order.id),
        "revisions": _revisions(session, order.id),
        "view": view,
        "mail_id": mail_id,
        "found_marks": _marked_fields(view.blocks) if view else set(),
        "dispatcher_name": dispatcher_names(visit),
        "form_fields": fields.FIELDS,
        "form_texts": fields.texts_of(order.form),
        "stored_name": fields.stored_name,
        "wanted_fields": {problem.field for problem in order.problems},
        **_troubles(visit, session, order),
    }


def _troubles(visit: Visit, session: Session, order: OrderRecord) -> dict[str, Any]:
    """What went wrong with the order, and the papers that were put to it."""
    return {
        "cases": cases.cases_of(session, order.id),
        "complaints": complaints.complaints_of(session, order.id),
        "penalties": penaltybook.penalties_of(session, order.id),
        "papers": attachments.of_order(session, order.id),
        "exception_names": {each.value: kind_name(visit, each) for each in ExceptionKind},
        "order_papers": ORDER_PAPERS if order.state is OrderState.ACCEPTED else ORDER_PAPERS[:1],
    }


def _marked_fields(blocks: list[MarkedBlock]) -> set[str]:
    return {field for block in blocks for line in block.lines for piece in line for field in piece.fields}


def _revisions(session: Session, order_id: int) -> list[dict[str, Any]]:
    """Every judged version with what it changed, the newest first."""
    rows = session.scalars(select(Revision).where(Revision.order_id == order_id).order_by(Revision.id)).all()
    told: list[dict[str, Any]] = []
    before: OrderForm | None = None
    for row in rows:
        form = OrderForm.model_validate(row.form)
        changed = list(fields.differences(before, form)) if before is not None else []
        told.append({"row": row, "changed": changed})
        before = form
    return told[::-1]


@router.post("/orders/{number}/change")
def change(number: str, visit: Guarded, form: Form) -> Response:
    """The fields that differ from what stands there; the order is judged anew."""
    console = visit.console
    typed = {name: str(value)[:2000] for name, value in form.items()}
    with console.database.read() as session:
        order = register.by_number(session, number)
    if order is None:
        raise Refused(404, "order_unknown")
    said = {name: typed[f"f.{name}"].strip() for name in fields.NAMES if f"f.{name}" in typed}
    changes = fields.changes_of(said, fields.texts_of(order.form))
    if not changes:
        return show_order(visit, number, 422, visit.word("nothing_changed"), typed)
    agreed = bool(typed.get("confirmed"))
    company = console.company_source()
    try:
        orderdesk.change(console.database, company, number, changes, visit.who.name, visit.now, confirmed=agreed)
    except orderdesk.OrderClosed as closed:
        raise Refused(409, "order_cancelled") from closed
    return to(f"/orders/{number}")


@router.post("/orders/{number}/cancel")
def cancel(number: str, visit: Guarded) -> Response:
    try:
        orderdesk.cancel(visit.console.database, number, visit.who.name, visit.now)
    except orderdesk.NoSuchOrder as unknown:
        raise Refused(404, "order_unknown") from unknown
    except orderdesk.OrderClosed as closed:
        raise Refused(409, "order_cancelled") from closed
    return to(f"/orders/{number}")


@router.post("/orders/{number}/judge")
def judge_again(number: str, visit: GuardedSupervisor) -> Response:
    """Against the rules of today."""
    console = visit.console
    try:
        orderdesk.judge_again(console.database, console.company_source(), number, visit.who.name, visit.now)
    except orderdesk.NoSuchOrder as unknown:
        raise Refused(404, "order_unknown") from unknown
    except orderdesk.OrderClosed as closed:
        raise Refused(409, "order_cancelled") from closed
    return to(f"/orders/{number}")


@router.post("/orders/{number}/link")
def link_mail(number: str, visit: Guarded, form: Form) -> Response:
    mail_id = str(form.get("mail") or "").strip()
    if not (mail_id.isascii() and mail_id.isdigit() and len(mail_id) < 19):
        return show_order(visit, number, 422, visit.word("mail_unknown"))
    try:
        known = orderdesk.link_mail(visit.console.database, number, int(mail_id), visit.who.name, visit.now)
    except orderdesk.NoSuchOrder as unknown:
        raise Refused(404, "order_unknown") from unknown
    return to(f"/orders/{number}") if known else show_order(visit, number, 422, visit.word("mail_unknown"))
