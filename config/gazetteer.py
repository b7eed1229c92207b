"""The names of all divisions and what each may mean: the index behind `Divisions`, built once from the data."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources

from config.place import Place
from config.placenames import fold, root, town_root, zone_forms

PROVINCE, CITY, COUNTY, TOWN = range(4)
Weights = dict[int, float]  # unit -> how much a name speaks for it

FULL = 1.0  # the official name
SHORT_CITY = 0.8  # 杭州, 浙江
SHORT_COUNTY = 0.7  # 余杭
SHORT_TOWN = 0.7  # 莘庄
OTHER_SUFFIX = 0.6  # 余杭市, 昆山县: the right root with a suffix it no longer has
STRAY_TOWN = 0.6  # an official town name with nothing before it that it belongs to
PLACE = 0.8  # 下沙, 张江高科
FORMER = 0.9  # 下城区, and nothing else has this name today
SPLIT = 0.6  # 余杭区 meant as the part that is 临平区 today
_SEPARATE = ("71", "81", "82")  # Taiwan, Hong Kong, Macau: their districts are known only beside the name of the region


class Names:
    """A set of surfaces with a two-character index, so that a scan asks only for lengths that can occur."""

    __slots__ = ("heads", "meanings")

    def __init__(self) -> None:
        self.meanings: dict[str, Weights] = {}
        self.heads: dict[str, tuple[int, ...]] = {}

    def add(self, surface: str, unit: int, weight: float) -> None:
        meaning = self.meanings.get(surface)
        if meaning is None:
            self.meanings[surface] = {unit: weight}
        elif weight > meaning.get(unit, 0.0):
            meaning[unit] = weight

    def close(self) -> None:
        """Make the two-character index; call once after the last `add`."""
        lengths: dict[str, set[int]] = defaultdict(set)
        for surface in self.meanings:
            lengths[surface[:2]].add(len(surface))
        self.heads = {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}

    def longest(self, text: str, start: int) -> str | None:
        """The longest surface that stands at `start`."""
        for length in self.heads.get(text[start : start + 2], ()):
            surface = text[start : start + length]
            if surface in self.meanings:
                return surface
        return None


class Gazetteer:
    """Units (province, city, county, town) by number, their chains of ancestors and their names."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.level: list[int] = []
        self.chain: list[tuple[int, ...]] = []  # the ancestors from the province down, and the unit itself
        self.children: dict[int, list[int]] = defaultdict(list)
        self.by_code: dict[str, int] = {}
        self.provinces: list[int] = []
        self.separate: set[int] = set()
        self.anywhere = Names()
        self._bare_towns: dict[str, list[int]] = defaultdict(list)
        self._within: dict[tuple[int, ...], Names] = {}
        self._former: dict[int, list[tuple[str, int, float]]] = defaultdict(list)
        self._places: dict[int, list[tuple[str, int]]] = defaultdict(list)
        self._read_divisions()
        self._name_everything()
        self._read_renames()
        self._read_places()
        self.anywhere.close()

    # -- units --

    def _unit(self, name: str, level: int, parent: int | None) -> int:
        number = len(self.names)
        self.names.append(name)
        self.level.append(level)
        self.chain.append((*self.chain[parent], number) if parent is not None else (number,))
        if parent is not None:
            self.children[parent].append(number)
            if parent in self.separate:
                self.separate.add(number)
        return number

    def _read_divisions(self) -> None:
        for line in _lines("divisions.txt"):
            code, name, *towns = line.split("\t")
            if len(code) == 2:
                self.by_code[code] = self._unit(name, PROVINCE, None)
                self.provinces.append(self.by_code[code])
                if code in _SEPARATE:
                    self.separate.add(self.by_code[code])
            elif len(code) == 4:
                self._read_city(code, name)
            else:
                self._read_county(code, name, towns[0].split(" ") if towns else [])

    def _read_city(self, code: str, name: str) -> None:
        province = self.by_code[code[:2]]
        if name in ("市辖区", "县"):  # a municipality is its own city
            same = [unit for unit in self.children[province] if self.names[unit] == self.names[province]]
            self.by_code[code] = same[0] if same else self._unit(self.names[province], CITY, province)
        elif "直辖县级" not in name:
            self.by_code[code] = self._unit(name, CITY, province)

    def _read_county(self, code: str, name: str, towns: list[str]) -> None:
        city = self.by_code.get(code[:4])
        if city is None:  # directly under the province: it is its own city
            city = self._unit(name, CITY, self.by_code[code[:2]])
        parent = city if self.names[city] == name and code[:4] in self.by_code else self._unit(name, COUNTY, city)
        self.by_code[code] = parent
        for town in towns:
            self._unit(town, TOWN, parent)

    def place(self, unit: int, confidence: float = 1.0, note: str = "") -> Place:
        """The unit as a Place with the official names of all its levels."""
        levels: list[str | None] = [None, None, None, None]
        for member in self.chain[unit]:
            levels[self.level[member]] = self.names[member]
        return Place(levels[0], levels[1], levels[2], levels[3], confidence, note)

    def unit_of(self, path: str) -> int:
        """The unit of an official path (浙江省/杭州市/拱墅区). Raises KeyError for a path that does not exist."""
        level = self.provinces
        unit = -1
        for part in path.split("/"):
            found = [candidate for candidate in level if self.names[candidate] == part]
            if len(found) != 1:
                raise KeyError(path)
            unit = found[0]
            level = self.children[unit]
        return unit

    # -- names --

    def _name_everything(self) -> None:
        cities: set[str] = set()
        counties: list[tuple[str, int]] = []
        for unit, level in enumerate(self.level):
            name = fold(self.names[unit]) if level < TOWN else self.names[unit]
            if level <= CITY:
                if not self._is_named_below(unit):
                    self._name_city(unit, name)
                    cities.update((name, root(name)))
            elif unit in self.separate:
                continue
            elif level == COUNTY:
                counties.append((name, unit))
                if len(name) > 2 or name.endswith("县"):  # 雄县, but not 城区 or 东区
                    self.anywhere.add(name, unit, FULL)
            elif len(name) > 2 and name not in _TOO_COMMON and not zone_forms(name):
                self.anywhere.add(fold(name), unit, STRAY_TOWN)
        self._name_counties_short(counties, cities)

    def _is_named_below(self, unit: int) -> bool:
        """Whether its city (上海市) or county (济源市) has the same name, which then means the lower one."""
        return any(self.names[child] == self.names[unit] for child in self.children[unit] if self.level[child] < TOWN)

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
            part = fold(self.names[child])
            if part.startswith("市") and name.endswith("市"):  # 济宁市中区, 青岛市南区: the two 市 are written once
                self.anywhere.add(short + part, child, FULL)

    def _is_of_another_province(self, short: str, unit: int) -> bool:
        """海南 is the province and never 海南州 of 青海."""
        return any(root(self.names[p]) == short for p in self.provinces if p not in self.chain[unit])

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
        for row in _table("renames.csv"):
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
        return any(other != unit and root(self.names[other]) == short for other in beside)

    def _read_places(self) -> None:
        for row in _table("places.csv"):
            unit, surface = self.unit_of(row["path"]), fold(row["place"])
            if row["reach"] == "anywhere":
                self.anywhere.add(surface, unit, PLACE)
            else:
                for member in self.chain[unit][1:-1] or self.chain[unit][1:]:
                    self._places[member].append((surface, unit))

    def bare_towns(self) -> dict[str, list[int]]:
        """The bare names of all 镇 (乍浦) -> the towns; made at the first use."""
        if not self._bare_towns:
            for unit, level in enumerate(self.level):
                if level == TOWN and len(self.names[unit]) > 2 and self.names[unit].endswith("镇"):
                    self._bare_towns[town_root(fold(self.names[unit]))].append(unit)
        return self._bare_towns

    # -- names within a unit --

    def within(self, units: tuple[int, ...]) -> Names:
        """The names that may follow one of these units: of its cities and counties all forms, of its towns too."""
        names = self._within.get(units)
        if names is None:
            names = Names()
            for unit in units:
                self._name_parts(names, unit)
            names.close()
            self._within[units] = names
        return names

    def _name_parts(self, names: Names, top: int) -> None:
        for unit in self._below(top):
            if self.level[unit] < TOWN and self._is_named_below(unit):
                continue
            name, level = fold(self.names[unit]), self.level[unit]
            short = town_root(name) if level == TOWN else root(name)
            names.add(name, unit, FULL)
            above = fold(self.names[self.chain[unit][-2]])
            if name.startswith(above) and len(name) > len(above) + 1:  # 召陵区老窝镇 of 召陵区
                names.add(name.removeprefix(above), unit, FULL)
            if name.endswith(")"):  # 三星镇(叠石桥家纺产业园区), 科技城(东渚街道)
                for part in name.rstrip(")").split("("):
                    names.add(part, unit, FULL)
            if name.endswith("街街道"):  # 北湖街街道 of 武汉
                names.add(name[:-3] + "街道", unit, OTHER_SUFFIX)
            if level == TOWN and short.endswith("镇"):  # 乌镇镇 is 乌镇 to everybody
                names.add(short, unit, FULL)
            elif len(short) > 1 and (level < TOWN or self.level[top] > PROVINCE):
                names.add(short, unit, (SHORT_CITY, SHORT_CITY, SHORT_COUNTY, SHORT_TOWN)[level])
                if level == TOWN and short != name:
                    for suffix in (
                        ("镇", "乡", "街道", "区") if self.level[self.chain[unit][-2]] == CITY else ("镇", "乡", "街道")
                    ):
                        names.add(short + suffix, unit, OTHER_SUFFIX)
            self._name_zone(names, top, unit, name)
        self._prefer_counties(names, top)
        for surface, unit, weight in self._former[top]:
            names.add(surface, unit, weight)
        for surface, unit in self._places[top]:
            self._name_place(names, surface, unit)

    def _prefer_counties(self, names: Names, top: int) -> None:
        """Of a county and a town of another county with one bare name, the county is meant: 重庆江北, 百色那坡."""
        for county in self.children[top]:
            meaning = names.meanings.get(root(fold(self.names[county])), {})
            if self.level[county] == COUNTY and meaning.get(county, FULL) < FULL:
                for town in [unit for unit in meaning if self.level[unit] == TOWN]:
                    del meaning[town]

    def _name_place(self, names: Names, surface: str, unit: int) -> None:
        """A colloquial place settles which of several towns of the name is meant, and gives way to a town within it."""
        meaning = names.meanings.get(surface, {})
        inner = {known: weight for known, weight in meaning.items() if unit in self.chain[known]}
        names.meanings[surface] = inner or {unit: PLACE}

    def _name_zone(self, names: Names, top: int, unit: int, name: str) -> None:
        """合肥经济技术开发区 is 开发区, 经开区, 经济开发区 … to those who have already said 合肥."""
        if self.level[top] == PROVINCE or not name.endswith(("区", "园")):
            return
        for above in self.chain[unit][:-1]:
            bare = root(fold(self.names[above]))
            if len(bare) > 1 and name.startswith((bare, bare + "市", bare + "区", bare + "县")):
                rest = name.removeprefix(bare)
                rest = rest[1:] if rest[:1] in "市区县" else rest
                if len(rest) > 2:
                    names.add(rest, unit, FULL)
                    name = rest
        if self.chain[unit][-2] == top:
            for form in zone_forms(name) if len(name) < 11 else ():
                if form not in names.meanings or form == name:
                    names.add(form, unit, OTHER_SUFFIX)

    def _below(self, top: int) -> Iterator[int]:
        for child in self.children[top]:
            yield child
            yield from self._below(child)


_TOO_COMMON = frozenset(
    (
        "工业园区",
        "工业区",
        "保税区",
        "综合保税区",
        "新城区",
        "旅游度假区",
        "高新产业园",
        "工业园",
        "物流园区",
        "管委会",
        "示范区",
    )
)


def _lines(name: str) -> list[str]:
    text = resources.files("config").joinpath("defaults", "divisions", name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _table(name: str) -> Iterable[dict[str, str]]:
    return csv.DictReader(_lines(name))


@cache
def gazetteer() -> Gazetteer:
    """The index, built at the first use and shared by all."""
    return Gazetteer()
