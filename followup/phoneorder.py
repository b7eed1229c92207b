"""An order that a person types: at the phone, or from a mail that no rule could read (SPEC 8).

The same reading of each field, the same checks, the same price and letters as for a mail.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from config.company import Company
from config.database import Database
from config.zone import Zone
from dispatch.deadline import Deadline, company_deadline
from intake import customerbook, register
from intake.customers import CustomerTerms
from intake.fingerprint import content_key
from intake.form import complete, read_fields
from intake.judge import judge
from intake.orderform import OrderForm, Payment, ReadOrder
from intake.register import NewOrder
from intake.verdict import Verdict

PAYMENT_WORDS = {
    Payment.COLLECT.value: "到付",
    Payment.ON_PICKUP.value: "现付",
    Payment.MONTHLY.value: "月结",
    Payment.ON_RECEIPT.value: "回单付",
}


@dataclass(frozen=True)
class Weighed:
    """What would become of an order: told while it is typed."""

    read: ReadOrder
    verdict: Verdict
    deadline: Deadline | None


@dataclass(frozen=True)
class Caller:
    """On whose behalf an order is entered: where answers go, and what was agreed with this customer."""

    address: str = ""
    customer_id: int | None = None
    terms: CustomerTerms | None = None


@dataclass(frozen=True)
class Source:
    """How an order came to us: by phone now, or in a mail that arrived before."""

    ordered_at: datetime
    arrived_at: datetime
    note: str = ""
    channel: str = "phone"
    mail_id: int | None = None


def read_texts(texts: Mapping[str, str]) -> ReadOrder:
    """The fields as a person typed them, read as a mail's are. Raises KeyError for a field that the form lacks."""
    filled = {name: text.strip() for name, text in texts.items() if text.strip()}
    return complete(ReadOrder(form=OrderForm()), read_fields(in_words(filled)))


def in_words(texts: Mapping[str, str]) -> dict[str, str]:
    """The same with the payment, which forms choose by its code, in the word that the readers know."""
    return {name: PAYMENT_WORDS.get(text, text) if name == "payment" else text for name, text in texts.items()}


def caller_of(session: Session, address: str) -> Caller:
    """The customer of an address; somebody unknown has no terms."""
    address = address.strip().lower()
    customer_id, terms = customerbook.customers_of(session, [address]).get(address, (None, None))
    return Caller(address, customer_id, terms)


def weigh(company: Company, read: ReadOrder, caller: Caller, at: datetime, *, confirmed: bool) -> Weighed:
    """Judges an order as if it were entered at `at`; nothing is stored."""
    known = caller.terms is not None or not caller.address
    verdict = judge(read, company, at=at, customer=caller.terms, sender_known=known, confirmed=confirmed)
    deadline = None
    if verdict.zone is not Zone.OUTSIDE:
        deadline = company_deadline(company, at, verdict.zone)
    return Weighed(read, verdict, deadline)


def enter(
    database: Database,
    session: Session,
    company: Company,
    read: ReadOrder,
    caller: Caller,
    source: Source,
    agent: str,
    now: datetime,
    *,
    confirmed: bool,
) -> str:
    """Enters the order in the caller's transaction; returns its number. The three minutes run from `now` (SPEC 5)."""
    weighed = weigh(company, read, caller, source.ordered_at, confirmed=confirmed)
    new = NewOrder(
        read=read,
        verdict=weighed.verdict,
        content_key=content_key(caller.address, read.form),
        ordered_at=source.ordered_at,
        ordered_at_note=source.note,
        arrived_at=source.arrived_at,
        clear_from=now,
        channel=source.channel,
        mail_id=source.mail_id,
        shipper_address=caller.address,
        customer_id=caller.customer_id,
        actor=f"agent:{agent}",
        company=company.key,
    )
    day = now.astimezone(company.timezone).strftime("%Y%m%d")
    return register.enter(database, session, [new], day, now)[0]


def enter_by_phone(
    database: Database,
    company: Company,
    texts: Mapping[str, str],
    address: str,
    agent: str,
    now: datetime,
    *,
    confirmed: bool,
) -> str:
    """An order by phone: the order time is now, which is when its confirming mail is written (SPEC 8).

    Returns the number. Raises KeyError for a field that the form lacks.
    """
    read = read_texts(texts)
    with database.write() as session:
        caller, source = caller_of(session, address), Source(now, now)
        return enter(database, session, company, read, caller, source, agent, now, confirmed=confirmed)
