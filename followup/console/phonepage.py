"""Phone order and quote: one form; area, deadline, price and what is missing appear while it is typed."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from config.company import Company
from config.phrases import phrase
from dispatch.roster import on_duty
from followup import knowncustomers, ordersearch, phoneorder
from followup.console import fields
from followup.console.desk import FIRST, Form, Guarded, Refused, SignedIn, Visit, to
from followup.console.queuepage import dispatcher_names
from followup.console.sayings import reason
from followup.knowncustomers import Usual
from followup.phoneorder import Weighed
from intake import customerbook, register
from intake.verdict import Outcome

router = APIRouter()
LONGEST = 2000
KNOWN_SHOWN = 6
ORDERS_ASKED = 60  # the newest that answer: several of them are of one caller
# What is taken over from an earlier order of the same customer: not the goods, they differ each time.
REPEATED = (
    *("shipper.name", "shipper.phone", "shipper.company", "pickup_address", "destination", "payment"),
    *("consignee.name", "consignee.phone", "consignee.company", "consignee.address"),
)


def typed_texts(form: Any) -> dict[str, str]:
    """The fields of the order form as they were typed, by their names."""
    return {name: str(form.get(f"f.{name}") or "")[:LONGEST].strip() for name in fields.NAMES}


@router.get("/phone")
def phone_page(visit: SignedIn, like: str = "", customer: int = 0) -> Response:
    """Empty, or filled from an earlier order (`like`) of the same customer, or from the customer book."""
    texts, address, key = {}, "", ""
    if customer:
        usual = _usual(visit, customer)
        texts, address = usual.texts, usual.address
    if like:
        with visit.console.database.read() as session:
            order = register.by_number(session, like)
        if order is None:
            raise Refused(404, "order_unknown")
        texts = {name: fields.text_of(order.form, name) for name in REPEATED}
        address, key = order.shipper_address, order.company
    return show_form(visit, visit.console.company_named(key), texts, address)


def _usual(visit: Visit, customer_id: int) -> Usual:
    with visit.console.database.read() as session:
        terms = customerbook.by_ids(session, [customer_id]).get(customer_id)
        if terms is None:
            raise Refused(404, "customer_unknown")
        return knowncustomers.usual_of(session, customer_id, terms)


def show_form(
    visit: Visit, company: Company, texts: dict[str, str], address: str, status: int = 200, trouble: str = ""
) -> Response:
    with visit.console.database.read() as session:
        caller = phoneorder.caller_of(session, address)
    values = {
        "form_fields": fields.FIELDS,
        "form_texts": texts,
        "typed": {},
        "terms": caller.terms,
        "address": address,
        "trouble": trouble,
        "weighed": weigh(visit, company, texts, address, confirmed=False) if any(texts.values()) else None,
        "company": company.key or FIRST,
    }
    return visit.console.page(visit, "phone.html", status, **values, **check_helpers(visit, company))


def weigh(visit: Visit, company: Company, texts: dict[str, str], address: str, *, confirmed: bool) -> Weighed:
    with visit.console.database.read() as session:
        caller = phoneorder.caller_of(session, address)
    read = phoneorder.read_texts(texts)
    return phoneorder.weigh(company, read, caller, visit.now, confirmed=confirmed)


def check_helpers(visit: Visit, company: Company) -> dict[str, Any]:
    """What the panel of checks needs besides the weighed order."""

    def duty_name(key: str | None) -> str:
        return on_duty(company.dispatchers, key, visit.now).dispatcher.name if key else ""

    def why_deadline(weighed: Weighed) -> str:
        deadline = weighed.deadline
        return phrase(deadline.phrase, visit.language, **deadline.values) if deadline else ""

    return {
        "say_reason": lambda one: reason(one, visit),
        "duty_name": duty_name,
        "why_deadline": why_deadline,
        "dispatcher_name": dispatcher_names(visit),
    }


@router.post("/check")
def check(visit: Guarded, form: Form) -> Response:
    """What would become of what is typed so far. Nothing is stored."""
    texts, address, company = typed_texts(form), str(form.get("address") or "")[:254], company_chosen(visit, form)
    confirmed = bool(form.get("confirmed"))
    weighed = weigh(visit, company, texts, address, confirmed=confirmed) if any(texts.values()) else None
    return visit.console.page(visit, "check.html", weighed=weighed, **check_helpers(visit, company))


def company_chosen(visit: Visit, form: Any) -> Company:
    """The company that the order is for."""
    return visit.console.company_named(str(form.get("company") or ""))


@router.get("/known")
def known(visit: SignedIn, q: str = "") -> Response:
    """Who is being talked to, by phone, name or mail address: out of the customer book, and by earlier orders."""
    text = q.strip()[:100]
    with visit.console.database.read() as session:
        found = ordersearch.search(session, text, ORDERS_ASKED) if len(text) > 1 else []
        customers = knowncustomers.of_words(session, text, found, KNOWN_SHOWN) if len(text) > 1 else []
    callers = ordersearch.newest_of_callers(found)[:KNOWN_SHOWN]
    return visit.console.page(visit, "known.html", customers=customers, orders=callers)


@router.post("/phone")
def enter(visit: Guarded, form: Form) -> Response:
    """Enters the order; an incomplete one is shown again with what is missing, unless it is to be kept so."""
    console, company, agent = visit.console, company_chosen(visit, form), visit.who.name
    texts, address = typed_texts(form), str(form.get("address") or "").strip()[:254]
    if address and not plausible_address(address):
        return show_form(visit, company, texts, address, 422, visit.word("address_bad"))
    confirmed = bool(form.get("confirmed"))
    weighed = weigh(visit, company, texts, address, confirmed=confirmed)
    if weighed.verdict.outcome is Outcome.INCOMPLETE and not form.get("keep_incomplete"):
        return show_form(visit, company, texts, address, 422, visit.word("order_incomplete"))
    number = phoneorder.enter_by_phone(console.database, company, texts, address, agent, visit.now, confirmed=confirmed)
    console.pulse.nudge()
    return to(f"/orders/{number}")


def plausible_address(address: str) -> bool:
    """One mail address that our letters can go to."""
    local, at, domain = address.rpartition("@")
    plain = address.isascii() and address.isprintable() and not any(sign in address for sign in ' ,;<>()"\\')
    return bool(at and local and "." in domain and plain and "@" not in local)
