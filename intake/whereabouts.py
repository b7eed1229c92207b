"""Rule: where an order is picked up and where it goes, as its words and the company's areas tell (SPEC 4.3, 4.4)."""

from dataclasses import dataclass, replace

from config.area import Area
from config.company import Company
from config.divisions import Divisions
from config.place import Ambiguous, Place
from config.zone import Zone
from intake.orderform import OrderForm

DOUBTFUL = 0.6  # a place less sure than this has words of its text against it
Located = Place | Ambiguous | None


@dataclass(frozen=True)
class Whereabouts:
    """The places of an order. `pickup` and `destination` are set only where they are one place that serves a price."""

    pickup_read: Located  # what the pickup address names
    pickup: Place | None
    area: Area | None
    too_coarse: bool  # no area, but parts of the place have one: the address tells too little
    destination_read: Located  # what the destination line names
    destination: Place | None  # as deep as the consignee's address takes it
    address_read: Located  # what the consignee's address names
    delivery_area: Area | None

    @property
    def is_served(self) -> bool:
        """Whether goods are picked up there at all."""
        return self.area is not None and self.area.zone is not Zone.OUTSIDE

    @property
    def contradictory(self) -> bool:
        """Whether the consignee's address lies in another place than the destination."""
        there, address = self.destination_read, self.address_read
        if not isinstance(there, Place) or not isinstance(address, Place):
            return False
        return address.confidence >= DOUBTFUL and not there.agrees(address)


def whereabouts(form: OrderForm, company: Company) -> Whereabouts:
    """Both ends of an order. The other words of the order decide between equal readings; nothing is guessed."""
    divisions, home = company.divisions, company.home_city
    pickup_read = divisions.locate(form.pickup_address, home=home) if form.pickup_address else None
    area = company.areas.find(form.pickup_address, pickup_read) if form.pickup_address else None
    destination_read, address_read = _far_end(form, divisions)
    destination = _destination(destination_read, address_read)
    delivery_area = None
    if destination is not None:
        text = form.consignee.address or form.destination or ""
        delivery_area = company.areas.find(text, destination)
    return Whereabouts(
        pickup_read=pickup_read,
        pickup=_pickup(pickup_read, area, company),
        area=area,
        too_coarse=area is None and company.areas.too_coarse(pickup_read),
        destination_read=destination_read,
        destination=destination,
        address_read=address_read,
        delivery_area=delivery_area,
    )


def _pickup(read: Located, area: Area | None, company: Company) -> Place | None:
    """One place to price from. An own alias may be known to areas.csv alone: it then counts as the home city."""
    if isinstance(read, Place) and read.city is not None:
        return read
    if area is None:
        return None
    if isinstance(read, Ambiguous):
        cities = {place.city_only().levels for place in read.paths}
        return Place(*cities.pop()) if len(cities) == 1 else None
    home = company.divisions.city(company.home_city)
    return home if isinstance(home, Place) and (read is None or read.agrees(home)) else None


def _far_end(form: OrderForm, divisions: Divisions) -> tuple[Located, Located]:
    """Destination and consignee's address, each helped by the other where alone it may mean several places."""
    line, address = form.destination, form.consignee.address
    there = divisions.city(line) if line else None
    near = there if isinstance(there, Place) else None
    located = divisions.locate(address, near=near) if address else None
    if isinstance(there, Ambiguous) and isinstance(located, Place):
        fitting = [place for place in there.paths if place.agrees(located)]
        deepest = [place for place in fitting if place.city is not None] or fitting
        if len(deepest) == 1:
            there = deepest[0]
    if isinstance(located, Ambiguous) and isinstance(there, Place):
        fitting = [place for place in located.paths if there.agrees(place)]
        located = fitting[0] if len(fitting) == 1 else located
    return there, located


def _destination(there: Located, address: Located) -> Place | None:
    """One city; a province alone tells too little."""
    if not isinstance(there, Place):
        return None
    deeper = address if isinstance(address, Place) and there.agrees(address) else there
    merged = _merged(there, deeper)
    return merged if merged.city is not None else None


def _merged(there: Place, deeper: Place) -> Place:
    """Both levels together: 义乌 with 浙江省 … stays in 义乌."""
    return replace(
        there,
        province=there.province or deeper.province,
        city=there.city or deeper.city,
        county=there.county or deeper.county,
        town=there.town or deeper.town,
    )
