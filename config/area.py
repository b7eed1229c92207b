"""Whose address is it, in which zone, at what surcharge: areas.csv laid over the divisions (SPEC 4.3, 4.4)."""

import re
from typing import Any

from config.areamap import AreaMap
from config.areasheet import Area, AreaRow, rows_of
from config.divisions import Divisions
from config.faults import Fault
from config.place import Ambiguous, Place
from config.placenames import fold
from config.placescan import is_road
from config.zone import Zone

__all__ = ["Area", "AreaTable", "address_json"]

_POSTCODE = re.compile(r"(?<![\d-])\d{6}(?![\d-])")
_Path = tuple[str | None, ...]


class AreaTable:
    """The rules of areas.csv. The most specific row decides: the company's own alias, then a keyword, then the town, a
    whole postcode, the county, the beginning of a postcode, the city, the province."""

    def __init__(self, rows: list[AreaRow], drawn: AreaMap | None = None) -> None:
        self._rows, self._drawn = rows, drawn
        self._divisions = {row.place.levels: row.area for row in rows if row.kind == "division" and row.place}
        self._around_served = {
            levels[:known] + (None,) * (4 - known)
            for levels, area in self._divisions.items()
            if served(area)
            for known in range(1, 5)
        }
        self._postcodes = {row.word: row.area for row in rows if row.kind == "postcode"}
        words = [row for row in rows if row.kind in ("alias", "keyword")]
        self._words = sorted(words, key=lambda row: (row.kind == "keyword", -len(row.word)))
        self.areas = tuple(row.area for row in rows)

    @classmethod
    def parse(cls, text: str, file: str, divisions: Divisions) -> tuple["AreaTable", list[Fault]]:
        """The table of the sound rows, and the faults of the others, each with its line and mend."""
        rows, faults = rows_of(text, file, divisions)
        return cls(rows), faults

    def with_map(self, drawn: AreaMap) -> "AreaTable":
        """The same table with polygons, which decide where an address gives coordinates."""
        return AreaTable(self._rows, drawn)

    def dispatchers(self) -> dict[str, str]:
        """Each dispatcher key that the table names -> the first row that names it (areas.csv:12)."""
        named: dict[str, str] = {}
        for area in self.areas:
            if area.dispatcher:
                named.setdefault(area.dispatcher, area.row)
        return named

    def find(self, text: str, place: Place | Ambiguous | None) -> Area | None:
        """The area of an address, by its text and the place it was located at; None where no row holds.

        Of an ambiguous place only where every reading gives the same row. See `too_coarse` for what None may mean.
        """
        folded = fold(text)
        area = (self._drawn.find(text) if self._drawn else None) or self._by_word(folded, place)
        if area is not None:
            return area
        if isinstance(place, Ambiguous):
            found = {self._by_place(folded, reading) for reading in place.paths}
            return found.pop() if len(found) == 1 else None
        return self._by_place(folded, place)

    def too_coarse(self, place: Place | Ambiguous | None) -> bool:
        """Whether a place without a row is not outside but only not told closely enough: parts of it have rows."""
        if place is None:
            return True
        readings = place.paths if isinstance(place, Ambiguous) else (place,)
        return any(reading.levels in self._around_served for reading in readings)

    def coverage(self, divisions: Divisions, home: str) -> list[Place]:
        """The districts of the home city (上海市) that no dispatcher serves, wholly or in the towns without a row."""
        city = divisions.city(home)
        if not isinstance(city, Place):
            return []
        return [county for county in divisions.subdivisions(city) if not self._is_covered(divisions, county)]

    def _is_covered(self, divisions: Divisions, county: Place) -> bool:
        area = self._by_place("", county)
        if area is not None:
            return area.zone is Zone.OUTSIDE or area.dispatcher is not None
        towns = divisions.subdivisions(county)
        return bool(towns) and all(town.levels in self._divisions for town in towns)

    def _by_word(self, folded: str, place: Place | Ambiguous | None) -> Area | None:
        for row in self._words:
            if row.word in folded and _may_be(place, row.place):
                end = folded.index(row.word) + len(row.word)
                if row.kind == "keyword" or not is_road(folded, end):
                    return row.area
        return None

    def _by_place(self, folded: str, place: Place | None) -> Area | None:
        province, city, county, town = place.levels if place else (None, None, None, None)
        postcodes = _POSTCODE.findall(folded) if self._postcodes else []
        return (
            (town and self._divisions.get((province, city, county, town)))
            or self._by_postcode(postcodes, (6,))
            or (county and self._divisions.get((province, city, county, None)))
            or self._by_postcode(postcodes, (5, 4, 3, 2))
            or (city and self._divisions.get((province, city, None, None)))
            or (province and self._divisions.get((province, None, None, None)))
            or None
        )

    def _by_postcode(self, postcodes: list[str], lengths: tuple[int, ...]) -> Area | None:
        for length in lengths:
            for postcode in postcodes:
                if postcode[:length] in self._postcodes:
                    return self._postcodes[postcode[:length]]
        return None


def served(area: Area) -> bool:
    """Whether pickups are made there."""
    return area.zone is not Zone.OUTSIDE


def _may_be(place: Place | Ambiguous | None, scope: Place | None) -> bool:
    """Whether an alias that lies in `scope` may be meant at `place`: 下沙 of 杭州 is not that of 深圳."""
    if place is None or scope is None:
        return True
    readings = place.paths if isinstance(place, Ambiguous) else (place,)
    return any(reading.agrees(scope) for reading in readings)


def address_json(text: str, divisions: Divisions, areas: AreaTable, home: str | None) -> dict[str, Any]:
    """What `consign address --json` prints: the levels or the ambiguous paths; zone and dispatcher.

    The zone is None where the address does not tell it: no place, several, or one only parts of which are served.
    """
    place = divisions.locate(text, home=home)
    area = areas.find(text, place)
    if isinstance(place, Ambiguous):
        answer: dict[str, Any] = {"ambiguous": [reading.path for reading in place.paths]}
    else:
        levels = place.levels if place else (None, None, None, None)
        answer = dict(zip(("province", "city", "county", "town"), levels, strict=True))
    if area is not None:
        return answer | {"zone": area.zone.value, "dispatcher": area.dispatcher}
    return answer | {
        "zone": None if isinstance(place, Ambiguous) or areas.too_coarse(place) else Zone.OUTSIDE.value,
        "dispatcher": None,
    }
