"""The names that may follow a division once it has been named: of its counties and towns, in all their forms."""

from collections.abc import Iterator, Mapping, Sequence

from config.placenames import is_plain_zone, root, town_root, zone_forms
from config.placeunits import Units
from config.placewords import (
    CITY,
    COUNTY,
    FULL,
    OTHER_SUFFIX,
    PLACE,
    PROVINCE,
    SHORT_CITY,
    SHORT_COUNTY,
    SHORT_TOWN,
    TOWN,
    Names,
)

_TOWN_ENDS = ("镇", "乡", "街道", "区", "城")
_SHORT = {PROVINCE: SHORT_CITY, CITY: SHORT_CITY, COUNTY: SHORT_COUNTY, TOWN: SHORT_TOWN}


class PartNames:
    """Collects the names of the parts of one unit or of several, together with former names and places in them."""

    def __init__(
        self,
        units: Units,
        former: Mapping[int, Sequence[tuple[str, int, float]]],
        places: Mapping[int, Sequence[tuple[str, int]]],
    ) -> None:
        self._units, self._former, self._places = units, former, places

    def of(self, tops: tuple[int, ...]) -> Names:
        """All names that may follow one of these units."""
        names = Names()
        for top in tops:
            self._add_parts(names, top)
        names.close()
        return names

    def _add_parts(self, names: Names, top: int) -> None:
        units = self._units
        for unit in self._below(top):
            if units.level[unit] == TOWN and is_plain_zone(units.folded[unit]) and units.chain[unit][-2] != top:
                continue
            if units.level[unit] == TOWN:
                self._add_town(names, unit, units.level[top] > PROVINCE)
            elif not units.is_named_below(unit):
                self._add_division(names, unit)
            self._add_zone(names, top, unit)
        self._prefer_counties(names, top)
        for surface, unit, weight in self._former.get(top, ()):
            names.add(surface, unit, weight)
        for surface, unit in self._places.get(top, ()):
            self._add_place(names, surface, unit)

    def _below(self, top: int) -> Iterator[int]:
        for child in self._units.children[top]:
            yield child
            yield from self._below(child)

    def _add_division(self, names: Names, unit: int) -> None:
        name = self._units.folded[unit]
        names.add(name, unit, FULL)
        if len(root(name)) > 1:
            names.add(root(name), unit, _SHORT[self._units.level[unit]])

    def _add_town(self, names: Names, unit: int, bare_too: bool) -> None:
        """A town by its official name, and bare or with another suffix where more than its province is known."""
        name, above = self._units.folded[unit], self._units.chain[unit][-2]
        names.add(name, unit, FULL)
        for other in _other_official_names(name, self._units.folded[above]):
            names.add(other, unit, FULL)
        short = town_root(name)
        if name.endswith("街街道"):  # 北湖街街道 of 武汉
            names.add(name[:-3] + "街道", unit, OTHER_SUFFIX)
        if short.endswith("镇") and (len(short) > 2 or name.endswith("镇镇")):  # 真如镇街道 is 真如镇, 乌镇镇 is 乌镇
            names.add(short, unit, FULL)
            short = short[:-1]
        if not bare_too or len(short) < 2:
            return
        names.add(short, unit, SHORT_TOWN)
        if short != name:
            for suffix in ("镇", "乡", "街道", "区") if self._units.level[above] == CITY else ("镇", "乡", "街道"):
                names.add(short + suffix, unit, OTHER_SUFFIX)

    def _prefer_counties(self, names: Names, top: int) -> None:
        """Of a county and a town of another county with one bare name, the county is meant: 重庆江北, 百色那坡."""
        level = self._units.level
        for county in self._units.children[top]:
            meaning = names.meanings.get(root(self._units.folded[county]), {})
            if level[county] == COUNTY and meaning.get(county, FULL) < FULL:
                for town in [unit for unit in meaning if level[unit] == TOWN]:
                    del meaning[town]

    def _add_place(self, names: Names, surface: str, unit: int) -> None:
        """A colloquial place settles which of several towns of the name is meant, and gives way to a town within it."""
        meaning = names.meanings.get(surface, {})
        inner = {known: weight for known, weight in meaning.items() if unit in self._units.chain[known]}
        names.meanings[surface] = inner or {unit: PLACE}

    def _add_zone(self, names: Names, top: int, unit: int) -> None:
        """合肥经济技术开发区 is 开发区, 经开区, 经济开发区 … to those who have already said 合肥."""
        name = self._units.folded[unit]
        if self._units.level[top] == PROVINCE or not name.endswith(("区", "园")):
            return
        parent = self._units.chain[unit][-2]
        for above in self._units.chain[unit][:-1]:
            rest = _without_owner(name, root(self._units.folded[above]))
            if rest != name:
                name = rest
                if top in (above, parent) or not is_plain_zone(rest):  # 经济开发区 behind 济南 is not that of 商河县
                    names.add(rest, unit, FULL)
        if parent == top and len(name) < 11:
            for form in zone_forms(name):
                if form not in names.meanings or form == name:
                    names.add(form, unit, OTHER_SUFFIX)


def _other_official_names(name: str, above: str) -> list[str]:
    """召陵区老窝镇 of 召陵区 is 老窝镇; 科技城(东渚街道) is both."""
    found = []
    if name.startswith(above) and len(name) > len(above) + 1:
        found.append(name.removeprefix(above))
    if name.endswith(")") and name.count("(") == 1:
        found += [part for part in name[:-1].split("(") if len(part) > 2 and part.endswith(_TOWN_ENDS)]
    return found


def _without_owner(name: str, owner: str) -> str:
    """昆山经济技术开发区 without 昆山; unchanged where it does not begin so or nothing would be left."""
    if len(owner) < 2 or not name.startswith(owner):
        return name
    rest = name.removeprefix(owner)
    rest = rest[1:] if rest[:1] in ("市", "区", "县") else rest
    return rest if len(rest) > 2 else name
