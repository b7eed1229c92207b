"""Reading addresses in English (Pudong New Area, Shanghai): names in pinyin or customary English, never a road."""

import re
from collections import defaultdict

from config.gazetteer import Gazetteer
from config.placescan import Token
from config.placeunits import table
from config.placewords import CITY, COUNTY, PROVINCE

_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*|[,;\n()]")
_ROAD = frozenset(
    (
        "road",
        "rd",
        "street",
        "st",
        "avenue",
        "ave",
        "lane",
        "ln",
        "highway",
        "hwy",
        "boulevard",
        "blvd",
        "lu",
        "jie",
        "dadao",
        "dajie",
        "alley",
        "expressway",
        "bridge",
        "hotel",
    )
)
_BETWEEN = frozenset(
    (
        "south",
        "north",
        "east",
        "west",
        "middle",
        "central",
        "mid",
        "s",
        "n",
        "e",
        "w",
        "m",
        "zhong",
        "dong",
        "xi",
        "nan",
        "bei",
        "first",
        "second",
        "third",
        "new",
    )
)
_SUFFIX = {
    "district": COUNTY, "dist": COUNTY, "qu": COUNTY, "county": COUNTY, "xian": COUNTY, "area": COUNTY,
    "city": CITY, "shi": CITY, "municipality": CITY, "prefecture": CITY,
    "province": PROVINCE, "prov": PROVINCE, "sheng": PROVINCE,
}  # fmt: skip
FAINT = 0.3  # a bare county name among other words: it counts beside its city only
_LONGEST = 3  # words of one name: Hong Kong, Hu He Hao Te is written in one


class RomanScanner:
    """Finds the tokens of English address lines."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._level = gazetteer.level
        self._units: dict[str, list[int]] = defaultdict(list)
        self._usual: dict[str, int] = {}  # of several places of one spelling, the one the trade means
        for row in table("english.csv"):
            unit = gazetteer.by_code.get(row["code"])
            if (unit is not None and unit not in gazetteer.separate) or row["code"] in ("71", "81", "82"):
                self._add(row["english"], gazetteer.by_code[row["code"]])
        for row in table("english-usage.csv"):
            self._usual[_key(row["english"])] = gazetteer.unit_of(row["path"])

    def _add(self, english: str, unit: int) -> None:
        key = _key(english)
        if len(key) > 3:
            self._units[key].append(unit)

    def tokens(self, text: str) -> list[Token]:
        """The tokens of a folded text, in its order. A bare county name counts only where it fills its segment."""
        words = [match.group() for match in _WORD.finditer(text)]
        found: list[Token] = []
        k = 0
        while k < len(words):
            length = self._longest(words, k)
            if not length:
                k += 1
                continue
            after = k + length
            if _is_road(words, after):
                k = after + 1
                continue
            found.append(Token(self._meaning(words, k, after), True, k, after))
            k = after
        if all(max(token.meaning.values()) <= FAINT for token in found):
            return []
        return found

    def _longest(self, words: list[str], k: int) -> int:
        """The number of words of the longest name that begins at word `k`; 0 for none."""
        for length in range(min(_LONGEST, len(words) - k), 0, -1):
            key = _key("".join(words[k : k + length]))
            if key in self._units or key in self._usual:
                return length
        return 0

    def _meaning(self, words: list[str], start: int, end: int) -> dict[int, float]:
        key = _key("".join(words[start:end]))
        usual = self._usual.get(key)
        meaning = self._plain_meaning(words, start, end, self._units.get(key, []))
        if usual is not None:
            meaning = {unit: weight - 0.3 for unit, weight in meaning.items()} | {usual: max([0.8, *meaning.values()])}
        return meaning

    def _plain_meaning(self, words: list[str], start: int, end: int, units: list[int]) -> dict[int, float]:
        following = words[end].lower() if end < len(words) else ","
        if following == "new" and end + 1 < len(words):
            following = words[end + 1].lower()
        wanted = _SUFFIX.get(following)
        if wanted is not None:
            levels = (CITY, COUNTY) if wanted == CITY else (wanted,)  # a county-level city is a city too
            return {unit: 1.0 for unit in units if self._level[unit] in levels} or dict.fromkeys(units, 0.6)
        high = {unit: 0.8 for unit in units if self._level[unit] < COUNTY}
        alone = end == start + 1 and (start == 0 or not words[start - 1].isalpha()) and not following.isalpha()
        return high or dict.fromkeys(units, 0.7 if alone else FAINT)


def _is_road(words: list[str], after: int) -> bool:
    k = after
    while k < len(words) and k < after + 2 and words[k].lower() in _BETWEEN:
        k += 1
    return k < len(words) and words[k].lower() in _ROAD


def _key(english: str) -> str:
    return english.lower().replace("'", "").replace("’", "").replace(" ", "")
