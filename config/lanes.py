"""lanes.csv: which way goods go, in how many days, at what price; the most specific row decides (SPEC 4.4, 4.5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from config import sheet
from config.divisions import Divisions
from config.faults import Fault
from config.place import Place
from config.rulefile import Cells, PlaceKey, name_of, prefixes, read_rows

COLUMNS = {
    "from": ("始发", "起运地", "发站"),
    "to": ("到达", "目的地", "到站"),
    "transfers": ("中转", "中转次数"),
    "days": ("天数", "时效"),
    "from_kg": ("起重", "公斤起"),
    "price_kg": ("每公斤", "公斤价"),
    "from_m3": ("起方", "立方起"),
    "price_m3": ("每立方", "立方价"),
    "minimum": ("最低收费", "起步价"),
    "remark": ("备注", "说明"),
}
REQUIRED = ("from", "to", "transfers", "days", "price_kg", "price_m3", "minimum")
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Step:
    """A price of a lane and from which measure on it holds: CNY a kg or a m³."""

    start: Decimal
    price: Decimal
    row: str


@dataclass(frozen=True)
class Lane:
    """A lane (线路): direct (0) or by transfers, transit days, prices by weight and by volume, minimum charge."""

    origin: PlaceKey
    destination: PlaceKey
    transfers: int
    days: int
    by_weight: tuple[Step, ...]
    by_volume: tuple[Step, ...]
    minimum: Decimal
    row: str
    line: int

    @property
    def priced(self) -> bool:
        """Whether the lane can be quoted; one without prices is served, but an agent has to name the price."""
        return bool(self.by_weight and self.by_volume)


def step_for(steps: tuple[Step, ...], measure: Decimal) -> Step:
    """The last step whose start the measure reaches."""
    return [step for step in steps if step.start <= measure][-1]


class Lanes:
    """All lanes, found by the most specific match: the destination's level counts first, then the origin's."""

    def __init__(self, lanes: list[Lane]) -> None:
        self._lanes = {(lane.origin, lane.destination): lane for lane in lanes}

    @classmethod
    def parse(cls, text: str, file: str, divisions: Divisions) -> tuple["Lanes", list[Fault]]:
        """The lanes of lanes.csv and every fault. A row with from_kg or from_m3 is a further price step of its lane."""
        rows, faults = read_rows(text, file, COLUMNS, REQUIRED)
        groups: dict[tuple[PlaceKey, PlaceKey], list[_LaneRow]] = {}
        for cells in rows:
            row = _lane_row(cells, divisions)
            faults += cells.faults
            if row is not None:
                groups.setdefault((row.origin, row.destination), []).append(row)
        lanes = []
        sound = not faults  # a step whose base row could not be read is not to blame
        for group in groups.values():
            if sound or any(row.is_base for row in group):
                lane = _lane(group, file, faults)
                if lane is not None:
                    lanes.append(lane)
        if not lanes and not faults:
            faults.append(sheet.fault(file, None, "from", "lanes_none"))
        return cls(lanes), sorted(faults, key=lambda fault: fault.line or 0)

    def find(self, origin: Place, destination: Place) -> Lane | None:
        """The lane between two places; None where no row holds."""
        origins = prefixes(origin)
        for towards in prefixes(destination):
            for away in origins:
                lane = self._lanes.get((away, towards))
                if lane is not None:
                    return lane
        return None

    def reaches(self, province: str | None) -> bool:
        """Whether any lane leads into a province; if not, no closer word about the destination would help."""
        return any(not lane.destination or lane.destination[0] == province for lane in self)

    def __iter__(self) -> Iterator[Lane]:
        return iter(self._lanes.values())

    def __len__(self) -> int:
        return len(self._lanes)


@dataclass(frozen=True)
class _LaneRow:
    """One row of the sheet; transfers and days may be empty in a further step."""

    origin: PlaceKey
    destination: PlaceKey
    transfers: int | None
    days: int | None
    from_kg: Decimal
    price_kg: Decimal | None
    from_m3: Decimal
    price_m3: Decimal | None
    minimum: Decimal | None
    row: str
    line: int

    @property
    def is_base(self) -> bool:
        return not self.from_kg and not self.from_m3


def _lane_row(cells: Cells, divisions: Divisions) -> _LaneRow | None:
    origin, destination = cells.place("from", divisions), cells.place("to", divisions)
    from_kg, from_m3 = cells.number("from_kg") or NOTHING, cells.number("from_m3") or NOTHING
    base = not from_kg and not from_m3
    transfers = cells.whole("transfers", required=base, most=9)
    days = cells.whole("days", required=base, most=60)
    price_kg, price_m3 = cells.number("price_kg"), cells.number("price_m3")
    minimum = cells.number("minimum")
    if base:
        _one_price_only(cells, price_kg, price_m3)
    else:
        _step_without_price(cells, from_kg, price_kg, "price_kg")
        _step_without_price(cells, from_m3, price_m3, "price_m3")
        if minimum is not None:
            cells.fault("minimum", "lane_step_minimum")
    if cells.faults or origin is None or destination is None:
        return None
    places = (origin, destination, transfers, days)
    return _LaneRow(*places, from_kg, price_kg, from_m3, price_m3, minimum, cells.row, cells.line)


def _one_price_only(cells: Cells, price_kg: Decimal | None, price_m3: Decimal | None) -> None:
    """The greater of weight and volume price counts (SPEC 4.5): one of them alone would be a hole in the tariff."""
    if cells.has("price_kg") != cells.has("price_m3"):
        missing = "price_m3" if cells.has("price_kg") else "price_kg"
        cells.fault(missing, "lane_half_priced", column=missing)
    for column, price in (("price_kg", price_kg), ("price_m3", price_m3)):
        if price is not None and price == 0:
            cells.fault(column, "cell_too_small", value="0", least="0.0001")


def _step_without_price(cells: Cells, start: Decimal, price: Decimal | None, column: str) -> None:
    if bool(start) != cells.has(column) or (start and price == 0):
        cells.fault(column, "lane_step_price", column=column)


def _lane(group: list[_LaneRow], file: str, faults: list[Fault]) -> Lane | None:
    bases = [row for row in group if row.is_base]
    name = {"from": name_of(group[0].origin), "to": name_of(group[0].destination)}
    if not bases:
        faults.append(sheet.fault(file, group[0].line, "from_kg", "lane_without_base", **name))
        return None
    base = bases[0]
    faults += [sheet.fault(file, again.line, "to", "lane_twice", **name, line=str(base.line)) for again in bases[1:]]
    if base.transfers is None or base.days is None:
        return None
    return Lane(
        base.origin,
        base.destination,
        base.transfers,
        base.days,
        _steps([(row.from_kg, row.price_kg, row) for row in group], "from_kg", file, faults),
        _steps([(row.from_m3, row.price_m3, row) for row in group], "from_m3", file, faults),
        base.minimum or NOTHING,
        base.row,
        base.line,
    )


def _steps(
    priced: list[tuple[Decimal, Decimal | None, _LaneRow]], column: str, file: str, faults: list[Fault]
) -> tuple[Step, ...]:
    steps: dict[Decimal, Step] = {}
    for start, price, row in priced:
        if price is None or (row.is_base and start in steps):
            continue
        if start in steps:
            faults.append(sheet.fault(file, row.line, column, "lane_step_twice", value=str(start)))
        steps.setdefault(start, Step(start, price, row.row))
    if steps and NOTHING not in steps:
        first = min(steps.values(), key=lambda step: step.start)
        line = int(first.row.rpartition(":")[2])
        faults.append(sheet.fault(file, line, column, "lane_step_without_base"))
        return ()
    return tuple(sorted(steps.values(), key=lambda step: step.start))
