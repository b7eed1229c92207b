"""Reads and writes the customers: whose address is whose, and what was agreed (SPEC 8)."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from config.database import Database
from intake.customers import CustomerTerms
from intake.tables import Customer, CustomerAddress

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
