"""The names of all divisions and what each may mean: the index behind `Divisions`, built once from the data."""

from collections import defaultdict
from functools import cache

from config.placenames import fold, is_plain_zone, root, town_root, zone_forms
from config.placeparts import PartNames
from config.placeunits import Units, table
from config.placewords import (
    CITY,
    COUNTY,
    FORMER,
    FULL,
    OTHER_SUFFIX,
    PLACE,
    SHORT_CITY,
    SHORT_COUNTY,
    SPLIT,
    STRAY_TOWN,
    TOWN,
    Names,
)


class Gazetteer(Units):
    """The units with their names: those known anywhere, and those known behind a unit that has been named."""

    def __init__(self) -> None:
        super().__init__()
        self.anywhere = Names()
        self._province_roots = {unit: root(self.folded[unit]) for unit in self.provinces}
        self._bare_towns: dict[str, list[int]] = {}
        self._within: dict[tuple[int, ...], Names] = {}
        self._former: dict[int, list[tuple[str, int, float]]] = defaultdict(list)
        self._places: dict[int, list[tuple[str, int]]] = defaultdict(list)
        self._name_everything()
        self._read_renames()
        self._read_places()
        self.anywhere.close()
        self._parts = PartNames(self, self._former, self._places)

    def within(self, units: tuple[int, ...]) -> Names:
        """The names that may follow one of these units: of its cities and counties all forms, of its towns too."""
        names = self._within.get(units)
        if names is None:
            names = self._within[units] = self._parts.of(units)
        return names

    def _name_everything(self) -> None:
        cities: set[str] = set()
        counties: list[tuple[str, int]] = []
        for unit, level in enumerate(self.level):
            name = self.folded[unit]
            if level <= CITY:
                if not self.is_named_below(unit):
                    self._name_city(unit, name)
                    cities.update((name, root(name)))
            elif unit in self.separate:
                continue
            elif level == COUNTY:
                counties.append((name, unit))
                if len(name) > 2 or name.endswith("县"):  # 雄县, but not 城区 or 东区
                    self.anywhere.add(name, unit, FULL)
            elif len(name) > 2 and not is_plain_zone(name) and not (name[-1] in "区会" and zone_forms(name)):
                self.anywhere.add(name, unit, STRAY_TOWN)
        self._name_counties_short(counties, cities)

    def _name_city(self, unit: int, name: str) -> None:
        self.anywhere.add(name, unit, FULL)
        short = root(name)
        if len(short) > 1:
            if not self._is_of_another_province(short, unit):
                self.anywhere.add(short, unit, SHORT_CITY)
            for suffix in ("市", "地区", "州", "自治州") if self.level[unit] == CITY else ("省", "自治区"):
                if suffix != "州" or "自治" in name:
                    self.anywhere.add(short + suffix, unit, OTHER_SUFFIX)
        for child in self.children[unit]:
            part = self.folded[child]
            if part.startswith("市") and name.endswith("市"):  # 济宁市中区, 青岛市南区: the two 市 are written once
                self.anywhere.add(short + part, child, FULL)

    def _is_of_another_province(self, short: str, unit: int) -> bool:
        """海南 is the province and never 海南州 of 青海."""
        return any(short == bare for p, bare in self._province_roots.items() if p != self.chain[unit][0])

    def _name_counties_short(self, counties: list[tuple[str, int]], cities: set[str]) -> None:
        official = set(self.anywhere.meanings)
        for name, unit in counties:
            short = root(name)
            if len(short) < 2 or short == name:
                continue
            if short not in cities:
                self.anywhere.add(short, unit, SHORT_COUNTY)
            for suffix in "区县市":
                if short + suffix not in official:
                    self.anywhere.add(short + suffix, unit, OTHER_SUFFIX)

    def _read_renames(self) -> None:
        for row in table("renames.csv"):
            unit, surface = self.unit_of(row["now"]), fold(row["former"])
            whole = row["kind"] == "all"
            names = [(surface, FORMER if whole else SPLIT)]
            if len(root(surface)) > 1 and not (whole and self._is_taken(root(surface), unit)):
                names.append((root(surface), SHORT_COUNTY if whole else SPLIT - 0.2))
            for name, weight in names:
                if not whole or len(name) > 2 or name not in self.anywhere.meanings:
                    self.anywhere.add(name, unit, weight)
                for member in self.chain[unit][:-1]:
                    self._former[member].append((name, unit, weight))

    def _is_taken(self, short: str, unit: int) -> bool:
        """Whether a division beside this one has the bare name today: 汉阳 is 汉阳区, whatever 汉阳县 became."""
        beside = self.children[self.chain[unit][-2]] if len(self.chain[unit]) > 1 else self.provinces
        return any(other != unit and root(self.folded[other]) == short for other in beside)

    def _read_places(self) -> None:
        for row in table("places.csv"):
            unit, surface = self.unit_of(row["path"]), fold(row["place"])
            if row["reach"] == "anywhere":
                self.anywhere.add(surface, unit, PLACE)
            else:
                for member in self.chain[unit][1:-1] or self.chain[unit][1:]:
                    self._places[member].append((surface, unit))

    def bare_towns(self) -> dict[str, list[int]]:
        """The bare names of all 镇 (乍浦) -> the towns; made at the first use."""
        if not self._bare_towns:
            bare: dict[str, list[int]] = defaultdict(list)
            for unit, name in enumerate(self.folded):
                if self.level[unit] == TOWN and len(name) > 2 and name.endswith("镇") and not name.endswith("站镇"):
                    bare[town_root(name)].append(unit)
            self._bare_towns = bare  # at once, as several threads may ask
        return self._bare_towns


@cache
def gazetteer() -> Gazetteer:
    """The index, built at the first use and shared by all."""
    return Gazetteer()
