"""Review: the mail on the left, the form on the right with what could be read; corrected and filed in one go."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from followup import deskqueue, mailreview
from followup.casebook import TaskTaken
from followup.console import fields
from followup.console.desk import FIRST, Form, Guarded, GuardedSupervisor, Refused, SignedIn, Visit, to
from followup.console.mailview import MailView, mail_view
from followup.console.phonepage import check_helpers, company_chosen, plausible_address, typed_texts, weigh
from followup.orderdesk import NoSuchOrder
from intake.mailbook import MailState
from intake.message import ReadingRules
from intake.orderform import ReadOrder
from intake.understanding import understand
from intake.verdict import Outcome

router = APIRouter()


@router.get("/review")
def review_list(visit: SignedIn) -> Response:
    with visit.console.database.read() as session:
        found = mailreview.waiting(session)
    return visit.console.page(visit, "review_list.html", found=found)


@router.get("/review/{mail_id}")
def review_page(mail_id: int, visit: SignedIn) -> Response:
    return show_review(visit, mail_id)


def show_review(
    visit: Visit,
    mail_id: int,
    status: int = 200,
    trouble: str = "",
    texts: dict[str, str] | None = None,
    address: str | None = None,
) -> Response:
    with visit.console.database.read() as session:
        view = mail_view(session, mail_id, {})
        if view is None:
            raise Refused(404, "mail_unknown")
        task = mailreview.task_of(session, mail_id)
        read = guess(visit, view)
        if read is not None:
            view = mail_view(session, mail_id, read.origins) or view
    if texts is None:
        texts = fields.texts_of(read.form) if read else {}
    address = view.mail.sender if address is None else address
    company = visit.console.company_named(view.mail.company)
    values: dict[str, Any] = {
        "view": view,
        "task": task,
        "holder": deskqueue.holder_of(task, visit.now) if task else "",
        "waits": view.mail.state in mailreview.OPEN_STATES,
        "form_fields": fields.FIELDS,
        "form_texts": texts,
        "typed": {},
        "address": address,
        "trouble": trouble,
        "weighed": weigh(visit, company, texts, address, confirmed=False) if any(texts.values()) else None,
        "company": company.key or FIRST,
    }
    return visit.console.page(visit, "review.html", status, **values, **check_helpers(visit, company))


def guess(visit: Visit, view: MailView) -> ReadOrder | None:
    """What could be read of the mail, whatever its kind; nothing of one at which reading failed."""
    if view.raw or view.mail.octets is None or view.mail.state == MailState.QUARANTINED:
        return None
    company, settings = visit.console.company_named(view.mail.company), visit.console.settings
    profile = next((one for one in settings.companies if one.key == company.key), settings.company)
    rules = ReadingRules(
        timezone=settings.timezone,
        home_city=company.home_city,
        area_code=profile.area_code,
        payment_aliases=dict(settings.aliases.payment),
    )
    orders = understand(view.mail.octets, rules).orders
    return orders[0] if orders else None


@router.post("/review/{mail_id}/file")
def file_mail(mail_id: int, visit: Guarded, form: Form) -> Response:
    console, agent = visit.console, visit.who.name
    texts, address = typed_texts(form), str(form.get("address") or "").strip()[:254]
    if address and not plausible_address(address):
        return show_review(visit, mail_id, 422, visit.word("address_bad"), texts, address)
    confirmed = bool(form.get("confirmed"))
    weighed = weigh(visit, company_chosen(visit, form), texts, address, confirmed=confirmed)
    if weighed.verdict.outcome is Outcome.INCOMPLETE and not form.get("keep_incomplete"):
        return show_review(visit, mail_id, 422, visit.word("order_incomplete"), texts, address)
    company = console.company_source()
    try:
        number = mailreview.file_as_order(
            console.database, company, mail_id, texts, address, agent, visit.now, confirmed=confirmed
        )
    except mailreview.NotForReview as done:
        raise Refused(409, "mail_done") from done
    except TaskTaken as taken:
        raise Refused(409, "task_taken") from taken
    console.pulse.nudge()
    return to(f"/orders/{number}")


@router.post("/review/{mail_id}/link")
def link_mail(mail_id: int, visit: Guarded, form: Form) -> Response:
    number = str(form.get("number") or "").strip()
    try:
        mailreview.link_to_order(visit.console.database, mail_id, number, visit.who.name, visit.now)
    except NoSuchOrder:
        return show_review(visit, mail_id, 422, visit.word("order_unknown"))
    except mailreview.NotForReview as done:
        raise Refused(409, "mail_done") from done
    except TaskTaken as taken:
        raise Refused(409, "task_taken") from taken
    visit.console.pulse.nudge()
    return to(f"/orders/{number}")


@router.post("/review/{mail_id}/ignore")
def ignore(mail_id: int, visit: Guarded, form: Form) -> Response:
    note = str(form.get("note") or "")[:1000]
    try:
        mailreview.ignore(visit.console.database, mail_id, note, visit.who.name, visit.now)
    except mailreview.NotForReview as done:
        raise Refused(409, "mail_done") from done
    except TaskTaken as taken:
        raise Refused(409, "task_taken") from taken
    visit.console.pulse.nudge()
    return to("/review")


@router.post("/review/{mail_id}/again")
def read_again(mail_id: int, visit: GuardedSupervisor) -> Response:
    try:
        mailreview.read_again(visit.console.database, mail_id, visit.who.name, visit.now)
    except mailreview.NotForReview as done:
        raise Refused(409, "mail_done") from done
    except TaskTaken as taken:
        raise Refused(409, "task_taken") from taken
    return to("/review")
