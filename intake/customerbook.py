"""Reads and writes the customers: whose address is whose, and what was agreed (SPEC 8)."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from config.database import Database
from intake.customers import CustomerTerms
from intake.tables import Customer, CustomerAddress

SHORTEST_PHONE = 4  # digits that are enough to look for

OF_ADDRESSES: Any = (
    select(CustomerAddress.address, Customer)
    .join(Customer, Customer.id == CustomerAddress.customer_id)
    .where(CustomerAddress.address.in_(bindparam("addresses", expanding=True)))
)


def keep(database: Database, session: Session, customers: Sequence[CustomerTerms]) -> None:
    """Enters customers, or changes those whose key is known; their addresses and domains are theirs alone now."""
    for terms in customers:
        row = {"key": terms.key, "name": terms.name, "terms": terms.model_dump(mode="json")}
        upsert = database.insert(Customer).values(**row)
        upsert = upsert.on_conflict_do_update(index_elements=["key"], set_={"name": row["name"], "terms": row["terms"]})
        customer_id = session.scalar(upsert.returning(Customer.id))
        claims = [*terms.addresses, *(f"@{domain}" for domain in terms.domains)]
        session.execute(
            delete(CustomerAddress).where(
                (CustomerAddress.customer_id == customer_id) | CustomerAddress.address.in_(claims)
            )
        )
        if claims:
            rows = [{"address": claim, "customer_id": customer_id} for claim in claims]
            session.execute(insert(CustomerAddress), rows)


def all_customers(session: Session) -> list[CustomerTerms]:
    """Every customer, by key."""
    return [
        CustomerTerms.model_validate(terms) for terms in session.scalars(select(Customer.terms).order_by(Customer.key))
    ]


def by_ids(session: Session, ids: Iterable[int]) -> dict[int, CustomerTerms]:
    """Customers by their ids; whoever is not in the book is left out."""
    rows = session.execute(select(Customer.id, Customer.terms).where(Customer.id.in_(list(ids))))
    return {row.id: CustomerTerms.model_validate(row.terms) for row in rows}


def search(session: Session, text: str, limit: int) -> dict[int, CustomerTerms]:
    """Customers whose name, key, contact, phone (any dashes) or mail address holds `text`, by name.

    The book is looked through as a whole: it has thousands of customers, not millions.
    """
    wanted = text.strip().lower()
    if not wanted:
        return {}
    digits = "".join(sign for sign in wanted if sign.isdigit())
    phone = Customer.terms["phone"].as_string()
    bare = func.replace(func.replace(func.replace(phone, "-", ""), " ", ""), "+86", "")
    addresses = select(CustomerAddress.customer_id).where(CustomerAddress.address.startswith(wanted, autoescape=True))
    fits = [
        func.lower(Customer.name).contains(wanted, autoescape=True),
        func.lower(Customer.key) == wanted,
        func.lower(Customer.terms["contact"].as_string()).contains(wanted, autoescape=True),
        Customer.id.in_(addresses),
    ]
    if len(digits) >= SHORTEST_PHONE:
        fits.append(bare.contains(digits))
    rows = session.execute(select(Customer.id, Customer.terms).where(or_(*fits)).order_by(Customer.name).limit(limit))
    return {row.id: CustomerTerms.model_validate(row.terms) for row in rows}


def customers_of(session: Session, addresses: Iterable[str]) -> dict[str, tuple[int, CustomerTerms]]:
    """The customer of each address: by the address itself, otherwise by its domain."""
    wanted = {address for address in addresses if address}
    lookups = wanted | {"@" + address.rpartition("@")[2] for address in wanted}
    known = dict(session.execute(OF_ADDRESSES, {"addresses": list(lookups)}).all())
    found = {}
    for address in wanted:
        customer = known.get(address) or known.get("@" + address.rpartition("@")[2])
        if customer:
            found[address] = (customer.id, CustomerTerms.model_validate(customer.terms))
    return found
