"""What the phone form may fill in for a customer of the customer book: what was agreed, and what he usually orders.

What is usual is told by his last orders, the most frequent value first, of equal ones the newest.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import customerbook, register
from intake.customers import CustomerTerms
from intake.orderform import Payment
from intake.record import OrderRecord
from intake.tables import Order

LAST = 20  # orders that tell what is usual


@dataclass(frozen=True)
class Usual:
    """What is filled in: texts by the names of the form's fields, and the address that answers go to."""

    texts: dict[str, str]
    address: str


def usual_of(session: Session, customer_id: int, terms: CustomerTerms) -> Usual:
    """The customer's own particulars from the book, pickup and payment from his last orders."""
    newest = select(Order.id).where(Order.customer_id == customer_id).order_by(Order.id.desc()).limit(LAST)
    found = register.records(session, list(session.scalars(newest)), origins=False)
    return filled_in(terms, [found[order_id] for order_id in sorted(found, reverse=True)])


def filled_in(terms: CustomerTerms, orders: Sequence[OrderRecord]) -> Usual:
    """Rule: `orders` are his last ones, the newest first."""
    forms = [order.form for order in orders]
    payment = _most(form.payment.value for form in forms if form.payment)
    texts = {
        "shipper.name": terms.contact or _most(form.shipper.name for form in forms),
        "shipper.phone": terms.phone or _most(form.shipper.phone for form in forms),
        "shipper.company": terms.name,
        "pickup_address": _most(form.pickup_address for form in forms),
        "payment": payment or (Payment.MONTHLY.value if terms.account else ""),
    }
    address = _most(order.shipper_address for order in orders) or next(iter(terms.addresses), "")
    return Usual({name: text for name, text in texts.items() if text}, address)


def _most(values: Iterable[str | None]) -> str:
    counted = Counter(value for value in values if value)
    return max(counted, key=lambda value: counted[value], default="")  # of equal ones the first


def of_words(session: Session, text: str, orders: Sequence[OrderRecord], limit: int) -> list[tuple[int, CustomerTerms]]:
    """Customers by name, key, contact, phone or mail address; and those whose `orders` answer to the text."""
    found = dict(customerbook.search(session, text, limit))
    if len(found) < limit and orders:
        owners = select(Order.customer_id).where(Order.id.in_([order.id for order in orders])).distinct()
        ids = [one for one in session.scalars(owners) if one is not None and one not in found]
        found |= customerbook.by_ids(session, ids[: limit - len(found)])
    return list(found.items())
