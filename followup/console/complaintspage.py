"""Complaints (投诉): the list of what is open, one on a page, and one that comes by phone."""

from fastapi import APIRouter
from fastapi.responses import Response

from followup import caselist, cases, complaints
from followup.agenda import Contact
from followup.caselist import Wanted
from followup.cases import ExceptionKind
from followup.console.casespage import LONGEST, exception_kind, kind_name
from followup.console.desk import Form, Guarded, Refused, SignedIn, to
from followup.console.history import who
from intake import register

router = APIRouter()


@router.get("/complaints")
def complaints_page(visit: SignedIn, owner: str = "", closed: bool = False) -> Response:
    """What is open, the oldest first."""
    wanted = Wanted(owner=owner[:60], closed=closed)
    with visit.console.database.read() as session:
        rows, owners = caselist.complaints(session, wanted), caselist.owners(session)
    return visit.console.page(visit, "complaints.html", rows=rows, owners=owners, wanted=wanted)


@router.get("/complaints/{complaint_id}")
def complaint_page(complaint_id: int, visit: SignedIn) -> Response:
    with visit.console.database.read() as session:
        found = complaints.complaint(session, complaint_id)
        if found is None:
            raise Refused(404, "complaint_unknown")
        order = register.records(session, [found.order_id]).get(found.order_id) if found.order_id else None
        case = cases.case(session, found.exception_id) if found.exception_id else None
    kinds = {each.value: kind_name(visit, each) for each in ExceptionKind}
    return visit.console.page(
        visit,
        "complaint.html",
        complaint=found,
        order=order,
        case=case,
        kinds=kinds,
        who=lambda actor: who(actor, visit) or actor,
    )


@router.post("/complaints/{complaint_id}/case")
def open_its_case(complaint_id: int, visit: Guarded, form: Form) -> Response:
    """What the customer complains about is an exception that nobody had recorded: it is one now."""
    kind, actor = exception_kind(form), f"agent:{visit.who.name}"
    with visit.console.database.write() as session:
        found = complaints.complaint(session, complaint_id)
        if found is None:
            raise Refused(404, "complaint_unknown")
        if found.exception_id is not None or found.order_id is None:
            raise Refused(409, "complaint_has_case")
        order = register.records(session, [found.order_id])[found.order_id]
        case_id = cases.open_case(visit.console.database, session, order, kind, found.words, actor, visit.now)
        case = cases.case(session, case_id)
        assert case is not None
        complaints.join(session, found, case, actor, visit.now)
    visit.console.pulse.nudge()
    return to(f"/cases/{case_id}")


@router.post("/orders/{number}/complaints")
def complain_by_phone(number: str, visit: Guarded, form: Form) -> Response:
    """The customer is on the phone: his words, his name and number where they are others than the shipper's."""
    words = str(form.get("words") or "")[:LONGEST].strip()
    if not words:
        raise Refused(422, "complaint_empty")
    with visit.console.database.write() as session:
        order = register.by_number(session, number)
        if order is None:
            raise Refused(404, "order_unknown")
        name, phone = (str(form.get(key) or "")[:60].strip() for key in ("name", "phone"))
        shipper = order.form.shipper
        contact = Contact(name or shipper.name or "", phone or shipper.phone or "")
        actor = f"agent:{visit.who.name}"
        made = complaints.open_complaint(visit.console.database, session, order, words, contact, actor, visit.now)
    visit.console.pulse.nudge()
    return to(f"/complaints/{made}")
