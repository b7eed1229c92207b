"""Rule: a shipment and its way -> its price, item by item, each with the row that gave it (SPEC 4.5).

Money is CNY. Every item is rounded half up to 0.01; the total is the sum of the rounded items.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

from config.lanes import NOTHING, Lane, Lanes, Step, step_for
from config.place import Place
from config.quote import Charge, Quote
from config.rulefile import PlaceKey, prefixes
from config.surcharges import OF_FREIGHT, Asked, SurchargeRule, Surcharges

CENT = Decimal("0.01")
HUNDRED = Decimal(100)


class AgreedPrice(BaseModel):
    """What was agreed with a customer for a lane; what is None stays as in lanes.csv."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    origin: tuple[str | None, ...] = ()  # levels of a division, outermost first; () is everywhere
    destination: tuple[str | None, ...] = ()
    price_kg: Decimal | None = None  # CNY a kg, for any weight
    price_m3: Decimal | None = None  # CNY a m³, for any volume
    minimum: Decimal | None = None  # CNY
    discount: Decimal | None = None  # percent off the freight
    first: date | None = None
    last: date | None = None

    def in_force(self, on: date) -> bool:
        return (self.first is None or self.first <= on) and (self.last is None or on <= self.last)


class HasPrices(Protocol):
    """A customer, as far as the tariff needs to know him."""

    @property
    def key(self) -> str: ...

    @property
    def prices(self) -> tuple[AgreedPrice, ...]: ...


@dataclass(frozen=True)
class NoLane:
    """No price: no lane leads there, or the lane has no price yet and an agent must name it. `code` is its sentence."""

    code: Literal["no_lane", "lane_without_price"]
    lane: Lane | None = None


def money(amount: Decimal) -> Decimal:
    """Rounded half up to the cent."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def plain(number: Decimal) -> str:
    """A number as people write it: no exponent, no trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Tariff:
    """Lanes and surcharges of a company."""

    def __init__(self, lanes: Lanes, surcharges: Surcharges) -> None:
        self.lanes, self.surcharges = lanes, surcharges

    def quote(
        self,
        origin: Place,
        destination: Place,
        *,
        pieces: int | None,
        weight_kg: Decimal | None,
        volume_m3: Decimal | None,
        on: date,
        piece_cm: Sequence[Decimal] | None = None,
        piece_kg: Decimal | None = None,
        services: Sequence[str] = (),
        customer: HasPrices | None = None,
        pickup_surcharge: Decimal = NOTHING,
        delivery_surcharge: Decimal = NOTHING,
        pickup_row: str = "",
        delivery_row: str = "",
    ) -> Quote | NoLane:
        """The price of a shipment ordered on a day of the company's calendar.

        A measure that is not known (None) gives no price of its own; at least one should be known. `services` are the
        charge codes of what was asked for ("upstairs"); the surcharges of the pickup and delivery areas come from
        areas.csv, with the rows that gave them.
        """
        lane = self.lanes.find(origin, destination)
        if lane is None:
            return NoLane("no_lane")
        agreed = agreed_price(customer, origin, destination, on)
        by_weight, by_volume = _steps_of(lane, agreed, customer)
        if not by_weight or not by_volume:
            return NoLane("lane_without_price", lane)
        freight = _freight(lane, by_weight, by_volume, weight_kg, volume_m3, agreed, customer)
        charges = [freight]
        for code, amount, row in (
            ("pickup", pickup_surcharge, pickup_row),
            ("delivery", delivery_surcharge, delivery_row),
        ):
            if amount:
                charges.append(Charge(code=code, amount=money(amount), basis=f"1 × {plain(amount)}", row=row))
        load = Load(pieces, weight_kg, volume_m3, freight.amount)
        asked = Asked(
            destination,
            services,
            max(piece_cm) if piece_cm else None,
            heaviest_piece(pieces, weight_kg, piece_kg),
            on,
        )
        charges += [charge for rule in self.surcharges.that_hold(asked) if (charge := load.charge(rule))]
        return Quote(
            origin=_city(origin, lane.origin),
            destination=_city(destination, lane.destination),
            transfers=lane.transfers,
            days=lane.days,
            charges=tuple(sorted(charges, key=_place_on_the_bill)),
            lane_row=lane.row,
        )


def heaviest_piece(pieces: int | None, weight_kg: Decimal | None, piece_kg: Decimal | None) -> Decimal | None:
    """A weight that at least one piece surely has: as given, or the average of all."""
    if piece_kg is not None:
        return piece_kg
    return weight_kg / pieces if pieces and weight_kg is not None else None


def _city(place: Place, key: PlaceKey) -> str:
    """The end of a lane in one word: the city, or the county-level one that the lane is for (义乌市)."""
    return (key[2] if len(key) > 2 else None) or place.city or place.province or ""


def _place_on_the_bill(charge: Charge) -> int:
    """Freight first, what is a part of it next, then the surcharges in the order they arose (sorting is stable)."""
    return 0 if charge.code == "freight" else 1 if charge.code in OF_FREIGHT else 2


def agreed_price(customer: HasPrices | None, origin: Place, destination: Place, on: date) -> AgreedPrice | None:
    """The most specific agreement in force: the destination's level counts first, then the origin's."""
    if customer is None:
        return None
    origins, destinations = prefixes(origin), prefixes(destination)
    held = [
        price
        for price in customer.prices
        if price.in_force(on) and tuple(price.origin) in origins and tuple(price.destination) in destinations
    ]
    return max(held, key=lambda price: (len(price.destination), len(price.origin)), default=None)


def _steps_of(
    lane: Lane, agreed: AgreedPrice | None, customer: HasPrices | None
) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    by_weight, by_volume = lane.by_weight, lane.by_volume
    row = _customer_row(customer)
    if agreed is not None and agreed.price_kg is not None:
        by_weight = (Step(NOTHING, agreed.price_kg, row),)
    if agreed is not None and agreed.price_m3 is not None:
        by_volume = (Step(NOTHING, agreed.price_m3, row),)
    return by_weight, by_volume


def _customer_row(customer: HasPrices | None) -> str:
    return f"customer:{customer.key}" if customer else ""


def _freight(
    lane: Lane,
    by_weight: tuple[Step, ...],
    by_volume: tuple[Step, ...],
    weight_kg: Decimal | None,
    volume_m3: Decimal | None,
    agreed: AgreedPrice | None,
    customer: HasPrices | None,
) -> Charge:
    """The greatest of weight price, volume price and minimum charge; the agreed discount goes off what is above it."""
    offers: list[tuple[Decimal, str, str]] = []
    for measure, steps, unit in ((weight_kg, by_weight, "kg"), (volume_m3, by_volume, "m³")):
        if measure is not None:
            step = step_for(steps, measure)
            offers.append((measure * step.price, f"{plain(measure)} {unit} × {plain(step.price)}", step.row))
    amount, basis, row = max(offers, key=lambda offer: offer[0], default=(NOTHING, "", lane.row))
    if agreed is not None and agreed.discount:
        amount = amount * (HUNDRED - agreed.discount) / HUNDRED
        basis, row = f"{basis} − {plain(agreed.discount)}%", _customer_row(customer)
    minimum, minimum_row = lane.minimum, lane.row
    if agreed is not None and agreed.minimum is not None:
        minimum, minimum_row = agreed.minimum, _customer_row(customer)
    if minimum > amount:
        amount, row = minimum, minimum_row
        basis = f"最低 min. {plain(minimum)}"
    return Charge(code="freight", amount=money(amount), basis=basis, row=row)


@dataclass(frozen=True)
class Load:
    """What surcharges multiply: pieces, measures, freight."""

    pieces: int | None
    weight_kg: Decimal | None
    volume_m3: Decimal | None
    freight: Decimal

    def charge(self, rule: SurchargeRule) -> Charge | None:
        """The charge of a rule; None where it comes to nothing. An unknown measure counts as nothing: the minimum."""
        match rule.per:
            case "percent":
                amount, basis = self.freight * rule.amount / HUNDRED, f"{plain(self.freight)} × {plain(rule.amount)}%"
            case "shipment":
                amount, basis = rule.amount, f"1 × {plain(rule.amount)}"
            case per:
                count = {"piece": Decimal(self.pieces or 0), "kg": self.weight_kg, "m3": self.volume_m3}[per] or NOTHING
                unit = {"piece": "", "kg": " kg", "m3": " m³"}[per]
                amount, basis = count * rule.amount, f"{plain(count)}{unit} × {plain(rule.amount)}"
        if rule.minimum > amount:
            amount, basis = rule.minimum, f"最低 min. {plain(rule.minimum)}"
        rounded = money(amount)
        return Charge(code=rule.code, amount=rounded, basis=basis, row=rule.row) if rounded else None
