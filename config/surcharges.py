"""surcharges.csv: what is charged beside the freight, and for what (SPEC 4.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from config.divisions import Divisions
from config.faults import Fault
from config.place import Place
from config.rulefile import Cells, PlaceKey, prefixes, read_rows

COLUMNS = {
    "code": ("代码", "费用"),
    "when": ("条件", "何时"),
    "over": ("超过",),
    "place": ("地点", "目的地"),
    "from": ("起", "开始日期"),
    "until": ("止", "结束日期"),
    "amount": ("金额", "费率"),
    "per": ("单位", "每"),
    "minimum": ("最低", "最低收费"),
    "remark": ("备注", "说明"),
}
REQUIRED = ("code", "when", "amount", "per")
CODES = ("remote", "upstairs", "tail_lift", "waiting", "oversize", "overweight", "fuel", "season", "insurance")
WHEN = {
    "always": "always", "总是": "always",
    "service": "service", "要求": "service", "服务": "service",
    "place": "place", "地点": "place",
    "piece_cm": "piece_cm", "单件厘米": "piece_cm",
    "piece_kg": "piece_kg", "单件公斤": "piece_kg",
}  # fmt: skip
PER = {
    "shipment": "shipment", "票": "shipment", "每票": "shipment",
    "piece": "piece", "件": "piece", "每件": "piece",
    "kg": "kg", "公斤": "kg",
    "m3": "m3", "m³": "m3", "方": "m3", "立方": "m3",
    "percent": "percent", "%": "percent",
}  # fmt: skip
LARGER = ("piece_cm", "piece_kg")
OF_FREIGHT = ("fuel", "season")  # a percentage of the freight, not a surcharge that needs consent


@dataclass(frozen=True)
class SurchargeRule:
    """A row: charge `amount` (CNY, or percent of the freight) per unit when its condition holds."""

    code: str
    when: str
    over: Decimal | None  # cm or kg of one piece
    place: PlaceKey | None  # of the destination
    first: date | None
    last: date | None
    amount: Decimal
    per: str
    minimum: Decimal
    row: str
    line: int

    def in_force(self, on: date) -> bool:
        return (self.first is None or self.first <= on) and (self.last is None or on <= self.last)


@dataclass(frozen=True)
class Asked:
    """What of a shipment the conditions look at."""

    destination: Place
    services: Sequence[str]
    longest_cm: Decimal | None  # longest side of a piece
    heaviest_kg: Decimal | None  # weight of a piece, or the average where only the total is known
    on: date


class Surcharges:
    """The rules of surcharges.csv; of each code at most one row is charged, the most specific that holds."""

    def __init__(self, rules: list[SurchargeRule]) -> None:
        self._by_code: dict[str, list[SurchargeRule]] = {}
        for rule in rules:
            self._by_code.setdefault(rule.code, []).append(rule)

    @classmethod
    def parse(cls, text: str, file: str, divisions: Divisions) -> tuple["Surcharges", list[Fault]]:
        """The surcharges and every fault. A file with a heading only means: none."""
        rows, faults = read_rows(text, file, COLUMNS, REQUIRED)
        rules: list[SurchargeRule] = []
        for cells in rows:
            rule = _rule(cells, divisions)
            if rule is not None:
                clash = next((other for other in rules if _clash(rule, other)), None)
                if clash:
                    cells.fault("code", "surcharge_overlap", value=rule.code, line=str(clash.line))
                else:
                    rules.append(rule)
            faults += cells.faults
        return cls(rules), faults

    def that_hold(self, asked: Asked) -> list[SurchargeRule]:
        """The row to charge of each code, in the order of the file."""
        chosen = []
        for rules in self._by_code.values():
            held = [rule for rule in rules if rule.in_force(asked.on) and _holds(rule, asked)]
            if held:
                chosen.append(max(held, key=_specific))
        return chosen

    def offers(self, service: str) -> bool:
        """Whether a service that was asked for has a price."""
        return any(rule.when == "service" for rule in self._by_code.get(service, ()))


def _holds(rule: SurchargeRule, asked: Asked) -> bool:
    match rule.when:
        case "service":
            return rule.code in asked.services and _in_place(rule, asked)
        case "piece_cm":
            return asked.longest_cm is not None and rule.over is not None and asked.longest_cm > rule.over
        case "piece_kg":
            return asked.heaviest_kg is not None and rule.over is not None and asked.heaviest_kg > rule.over
        case _:
            return _in_place(rule, asked)


def _in_place(rule: SurchargeRule, asked: Asked) -> bool:
    return rule.place is None or rule.place in prefixes(asked.destination)


def _specific(rule: SurchargeRule) -> tuple[Decimal, int, date]:
    return (rule.over or Decimal(0), len(rule.place or ()), rule.first or date.min)


def _clash(one: SurchargeRule, other: SurchargeRule) -> bool:
    """Whether two rows of a code may hold for the same shipment with nothing to choose between them."""
    same = (one.code, one.when, one.over, one.place) == (other.code, other.when, other.over, other.place)
    apart = (one.last is not None and other.first is not None and one.last < other.first) or (
        other.last is not None and one.first is not None and other.last < one.first
    )
    return same and not apart


def _rule(cells: Cells, divisions: Divisions) -> SurchargeRule | None:
    code = cells.one_of("code", {code: code for code in CODES})
    when, per = cells.one_of("when", WHEN), cells.one_of("per", PER)
    amount = cells.number("amount", required=True, least=Decimal("-100") if code in OF_FREIGHT else None)
    over, minimum = cells.number("over"), cells.number("minimum")
    first, last = cells.date("from"), cells.date("until")
    place = cells.place("place", divisions) if cells.has("place") else None
    if first and last and last < first:
        cells.fault("until", "calendar_backwards", first=str(first), last=str(last))
    if when in LARGER and over is None and not cells.has("over"):
        cells.fault("over", "cell_missing", column="over")
    if when == "place" and not cells.has("place"):
        cells.fault("place", "cell_missing", column="place")
    if code in OF_FREIGHT and per is not None and per != "percent":
        cells.fault("per", "surcharge_percent_only", value=code)
    if cells.faults or code is None or when is None or per is None or amount is None:
        return None
    return SurchargeRule(
        code, when, over, place, first, last, amount, per, minimum or Decimal(0), cells.row, cells.line
    )
