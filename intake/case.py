"""An order before the judge: what is known of its places and price, and what may be held against it (SPEC 4)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from config.company import Company
from config.quote import Quote
from config.tariff import NoLane
from intake.customers import CustomerTerms
from intake.orderform import OrderForm, ReadOrder
from intake.verdict import Outcome, Reason
from intake.whereabouts import Whereabouts, whereabouts

# What is settled as soon as the customer, or an agent for him, agrees; everything else needs other data or a person.
BY_CONSENT = frozenset(
    (
        "sender_unknown",
        "cargo_restricted",
        "cargo_asked",
        "density_unlikely",
        "piece_cm_above_limit",
        "piece_kg_above_limit",
        "shipment_kg_above_limit",
        "shipment_m3_above_limit",
        "pieces_above_limit",
        "declared_value_above_limit",
        "service_without_price",
        "surcharge_above_limit",
        "possible_duplicate",
    )
)


def by_consent(reason: Reason) -> bool:
    """Whether the customer's 确认 settles a reason; a letter may promise the pickup only if it settles all of them."""
    return reason.code in BY_CONSENT


@dataclass(frozen=True)
class Objection:
    """Something against an order: what it makes of it, and why."""

    outcome: Outcome
    reason: Reason


def rejected(code: str, field: str | None = None, /, **values: str) -> Objection:
    return Objection(Outcome.REJECTED, Reason(code=code, field=field, values=values))


def incomplete(code: str, field: str | None = None, /, **values: str) -> Objection:
    return Objection(Outcome.INCOMPLETE, Reason(code=code, field=field, values=values))


def asked(code: str, field: str | None = None, /, **values: str) -> Objection:
    """To be settled before anything moves: by the customer's consent where `by_consent`, otherwise by a person."""
    return Objection(Outcome.AWAITING_CONFIRMATION, Reason(code=code, field=field, values=values))


class Case:
    """An order before the judge, with what is known about its places and price."""

    def __init__(
        self,
        read: ReadOrder,
        company: Company,
        at: datetime,
        customer: CustomerTerms | None,
        sender_known: bool,
    ) -> None:
        self.read, self.form, self.company = read, read.form, company
        self.customer, self.sender_known = customer, sender_known
        self.where: Whereabouts = whereabouts(read.form, company)
        self.priced: Quote | NoLane | None = _price(self.form, self.where, company, at, customer)

    @property
    def quote(self) -> Quote | None:
        return self.priced if isinstance(self.priced, Quote) else None


def _price(
    form: OrderForm, where: Whereabouts, company: Company, at: datetime, customer: CustomerTerms | None
) -> Quote | NoLane | None:
    """The price, where the way is known and the cargo has a measure."""
    cargo = form.cargo
    if (
        not where.is_served
        or where.pickup is None
        or where.destination is None
        or (cargo.weight_kg is None and cargo.volume_m3 is None)
    ):
        return None
    area, delivery_area = where.area, where.delivery_area
    nothing = Decimal(0)
    return company.tariff.quote(
        where.pickup,
        where.destination,
        pieces=cargo.pieces,
        weight_kg=cargo.weight_kg,
        volume_m3=cargo.volume_m3,
        piece_cm=cargo.piece_cm,
        piece_kg=cargo.piece_kg,
        services=form.services,
        customer=customer,
        pickup_surcharge=area.pickup_surcharge if area else nothing,
        pickup_row=area.row if area else "",
        on=at.astimezone(company.timezone).date(),
        delivery_surcharge=delivery_area.delivery_surcharge if delivery_area else nothing,
        delivery_row=delivery_area.row if delivery_area else "",
    )
