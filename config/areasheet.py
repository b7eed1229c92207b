"""areas.csv: reading its rows, and saying of each what is wrong and how to mend it (SPEC 4.3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from config import sheet
from config.divisions import Divisions
from config.faults import Fault
from config.place import Ambiguous, Place
from config.placenames import fold
from config.zone import Zone

COLUMNS = {
    "match": ("匹配", "地名", "地址"),
    "kind": ("类型", "种类"),
    "zone": ("区域", "分区"),
    "dispatcher": ("调度", "调度员"),
    "pickup_surcharge": ("提货费", "提货附加费"),
    "delivery_surcharge": ("送货费", "送货附加费"),
    "remark": ("备注", "说明"),
}
REQUIRED = ("match", "kind", "zone", "dispatcher")
KINDS = {"division": "division", "alias": "alias", "keyword": "keyword", "postcode": "postcode"}
KINDS |= {"行政区划": "division", "行政区": "division", "区划": "division", "别名": "alias", "俗称": "alias"}
KINDS |= {"关键词": "keyword", "关键字": "keyword", "邮编": "postcode", "邮政编码": "postcode"}
ZONES = {"urban": Zone.URBAN, "suburban": Zone.SUBURBAN, "outside": Zone.OUTSIDE}
ZONES |= {"城区": Zone.URBAN, "市区": Zone.URBAN, "郊区": Zone.SUBURBAN, "区外": Zone.OUTSIDE, "不服务": Zone.OUTSIDE}
T = TypeVar("T")
_POSTCODE = re.compile(r"\d{2,6}")
_NO_MONEY = Decimal("0.00")
_MOST_MONEY = Decimal("1000000")


@dataclass(frozen=True)
class Area:
    """What a row of areas.csv says of an address: zone, dispatcher key, surcharges in CNY, and which row it was."""

    zone: Zone
    dispatcher: str | None
    pickup_surcharge: Decimal
    delivery_surcharge: Decimal
    row: str  # "areas.csv:12"
    match: str


@dataclass(frozen=True)
class AreaRow:
    """A sound row and what it stands for. `place` is the division itself, or where an alias is known to lie."""

    line: int
    kind: str
    word: str  # folded: the alias, keyword or postcode
    place: Place | None
    area: Area


def rows_of(text: str, file: str, divisions: Divisions) -> tuple[list[AreaRow], list[Fault]]:
    """The sound rows of areas.csv and the faults of the others, in the order of the file."""
    raw, faults = sheet.read(text, file, COLUMNS, REQUIRED)
    if any(fault.key in REQUIRED for fault in faults):
        return [], faults
    rows: list[AreaRow] = []
    first: dict[tuple[str, str, str], AreaRow] = {}
    for entry in raw:
        reading = _Reading(entry, file, divisions)
        row = reading.row()
        faults += reading.faults
        if row is None:
            continue
        same = first.setdefault((row.kind, row.word, row.place.path if row.place else ""), row)
        if same is row:
            rows.append(row)
        else:
            faults.append(sheet.fault(file, row.line, "match", "area_twice", match=row.area.match, line=str(same.line)))
    return rows, sorted(faults, key=lambda fault: fault.line or 0)


class _Reading:
    """One row being read; every fault of it is collected, not only the first."""

    def __init__(self, entry: sheet.Row, file: str, divisions: Divisions) -> None:
        self._cells: Mapping[str, str] = entry.cells
        self._line, self._file, self._divisions = entry.line, file, divisions
        self.faults: list[Fault] = []

    def row(self) -> AreaRow | None:
        match = self._cells["match"]
        kind = self._one_of("kind", KINDS, "area_kind_unknown")
        zone = self._one_of("zone", ZONES, "area_zone_unknown")
        pickup, delivery = self._money("pickup_surcharge"), self._money("delivery_surcharge")
        dispatcher = self._cells["dispatcher"] or None
        if zone in (Zone.URBAN, Zone.SUBURBAN) and dispatcher is None:
            self._fault("dispatcher", "area_dispatcher_missing", match=match)
        word, place = self._meaning(kind, match) if kind else ("", None)
        if self.faults or kind is None or zone is None:
            return None
        area = Area(zone, dispatcher, pickup, delivery, f"{self._file.rpartition('/')[2]}:{self._line}", match)
        return AreaRow(self._line, kind, word, place, area)

    def _fault(self, column: str, code: str, **values: str) -> None:
        self.faults.append(sheet.fault(self._file, self._line, column, code, **values))

    def _one_of(self, column: str, known: Mapping[str, T], code: str) -> T | None:
        value = self._cells[column]
        found = known.get(fold(value).lower())
        if found is None:
            self._fault(column, code, value=value or "(空)")
        return found

    def _money(self, column: str) -> Decimal:
        """CNY, with or without 元 or ¥; empty is none."""
        value = self._cells.get(column, "")
        plain = fold(value).strip("¥￥元 ").replace(",", "")
        if not plain:
            if value:
                self._fault(column, "area_money_unreadable", value=value)
            return _NO_MONEY
        try:
            amount = Decimal(plain)
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite() or amount.copy_abs() >= _MOST_MONEY or amount != amount.quantize(_NO_MONEY):
            self._fault(column, "area_money_unreadable", value=value)
            return _NO_MONEY
        if amount < 0:
            self._fault(column, "area_money_negative", value=value)
        return amount.quantize(_NO_MONEY)

    def _meaning(self, kind: str, match: str) -> tuple[str, Place | None]:
        if not match:
            self._fault("match", "area_match_empty")
            return "", None
        if kind == "division":
            return "", self._division(match)
        if kind == "alias":
            return self._alias(match)
        word = fold(match)
        if kind == "postcode" and not _POSTCODE.fullmatch(word):
            self._fault("match", "area_postcode_wrong", match=match)
        if kind == "keyword" and len(word) < 2:
            self._fault("match", "area_word_short", match=match)
        return word, None

    def _division(self, match: str) -> Place | None:
        found = self._divisions.named(match)
        if found is None:
            self._fault("match", "area_division_unknown", match=match)
        elif isinstance(found, Ambiguous):
            paths = ", ".join(place.path for place in found.paths[:6])
            self._fault("match", "area_division_ambiguous", match=match, paths=paths)
        else:
            return Place(*found.levels)
        return None

    def _alias(self, match: str) -> tuple[str, Place | None]:
        """下沙, or with the city it is in: 杭州 下沙. The place says where the alias may be read."""
        scope, _, word = match.rpartition(" ")
        if len(fold(word)) < 2:
            self._fault("match", "area_word_short", match=match)
        if scope:
            return fold(word), self._division(scope.strip())
        known = self._divisions.named(match)
        return fold(word), known.city_only() if isinstance(known, Place) else None
