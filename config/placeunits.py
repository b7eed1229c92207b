"""The divisions themselves: units by number with their levels and ancestors, read from the vendored data."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from importlib import resources

from config.place import Place
from config.placenames import fold
from config.placewords import CITY, COUNTY, PROVINCE, TOWN

_SEPARATE = ("71", "81", "82")  # Taiwan, Hong Kong, Macau: their districts are known only beside the name of the region


class Units:
    """Provinces, cities, counties and towns by number, each with the chain of its ancestors."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.folded: list[str] = []  # the names in the form that texts are compared in
        self.level: list[int] = []
        self.chain: list[tuple[int, ...]] = []  # the ancestors from the province down, and the unit itself
        self.children: dict[int, list[int]] = defaultdict(list)
        self.by_code: dict[str, int] = {}
        self.provinces: list[int] = []
        self.separate: set[int] = set()
        self._read_divisions()

    def _unit(self, name: str, folded: str, level: int, parent: int | None) -> int:
        number = len(self.names)
        self.names.append(name)
        self.folded.append(folded)
        self.level.append(level)
        self.chain.append((*self.chain[parent], number) if parent is not None else (number,))
        if parent is not None:
            self.children[parent].append(number)
            if parent in self.separate:
                self.separate.add(number)
        return number

    def _read_divisions(self) -> None:
        text = "\n".join(lines("divisions.txt"))
        for line, folded in zip(text.split("\n"), fold(text).split("\n"), strict=True):
            code, name, *towns = line.split("\t")
            _, plain, *plain_towns = folded.split("\t")
            if len(code) == 2:
                self.by_code[code] = self._unit(name, plain, PROVINCE, None)
                self.provinces.append(self.by_code[code])
                if code in _SEPARATE:
                    self.separate.add(self.by_code[code])
            elif len(code) == 4:
                self._read_city(code, name, plain)
            else:
                county = self._read_county(code, name, plain)
                if towns:
                    for town, plain_town in zip(towns[0].split(" "), plain_towns[0].split(" "), strict=True):
                        self._unit(town, plain_town, TOWN, county)

    def _read_city(self, code: str, name: str, plain: str) -> None:
        province = self.by_code[code[:2]]
        if name in ("市辖区", "县"):  # a municipality is its own city
            same = [unit for unit in self.children[province] if self.names[unit] == self.names[province]]
            own = (self.names[province], self.folded[province], CITY, province)
            self.by_code[code] = same[0] if same else self._unit(*own)
        elif "直辖县级" not in name:
            self.by_code[code] = self._unit(name, plain, CITY, province)

    def _read_county(self, code: str, name: str, plain: str) -> int:
        city = self.by_code.get(code[:4])
        if city is None:  # directly under the province: it is its own city
            city = self._unit(name, plain, CITY, self.by_code[code[:2]])
        elif self.names[city] == name:  # 东莞市 has no counties: its towns are its own
            self.by_code[code] = city
            return city
        self.by_code[code] = self._unit(name, plain, COUNTY, city)
        return self.by_code[code]

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

    def is_named_below(self, unit: int) -> bool:
        """Whether its city (上海市) or county (济源市) has the same name, which then means the lower one."""
        return any(self.names[child] == self.names[unit] for child in self.children[unit] if self.level[child] < TOWN)


def lines(name: str) -> list[str]:
    """The lines of a file of the division data, without comments."""
    text = resources.files("config").joinpath("defaults", "divisions", name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def table(name: str) -> Iterable[dict[str, str]]:
    """The rows of a CSV file of the division data."""
    return csv.DictReader(lines(name))
