"""Reading addresses in English (Pudong New Area, Shanghai): names in pinyin or customary English, never a road."""

import re
from collections import defaultdict

from config.gazetteer import CITY, COUNTY, PROVINCE, Gazetteer, _table
from config.placescan import Token

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
_FAINT = 0.3  # a bare county name among other words: it counts beside its city only
_LONGEST = 3  # words of one name: Hong Kong, Hu He Hao Te is written in one


class RomanScanner:
    """Finds the tokens of English address lines."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._level = gazetteer.level
        self._units: dict[str, list[int]] = defaultdict(list)
        for row in _table("english.csv"):
            unit = gazetteer.by_code.get(row["code"])
            if (unit is not None and unit not in gazetteer.separate) or row["code"] in ("71", "81", "82"):
                self._add(row["english"], gazetteer.by_code[row["code"]])
        for row in _table("english-usage.csv"):
            self._units[_key(row["english"])] = [gazetteer.unit_of(row["path"])]

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
            length, units = self._longest(words, k)
            if not units:
                k += 1
                continue
            after = k + length
            if _is_road(words, after):
                k = after + 1
                continue
            meaning = self._meaning(words, k, after, units)
            found.append(Token(meaning, True, k, after))
            k = after
        if all(max(token.meaning.values()) <= _FAINT for token in found):
            return []
        return found

    def _longest(self, words: list[str], k: int) -> tuple[int, list[int]]:
        for length in range(min(_LONGEST, len(words) - k), 0, -1):
            units = self._units.get(_key("".join(words[k : k + length])))
            if units:
                return length, units
        return 1, []

    def _meaning(self, words: list[str], start: int, end: int, units: list[int]) -> dict[int, float]:
        following = words[end].lower() if end < len(words) else ","
        if following == "new" and end + 1 < len(words):
            following = words[end + 1].lower()
        wanted = _SUFFIX.get(following)
        if wanted == CITY:
            return {unit: 1.0 for unit in units if self._level[unit] in (CITY, COUNTY)}
        if wanted is not None:
            return {unit: 1.0 for unit in units if self._level[unit] == wanted} or dict.fromkeys(units, 0.6)
        high = {unit: 0.8 for unit in units if self._level[unit] < COUNTY}
        alone = (start == 0 or not words[start - 1].isalpha()) and not following.isalpha()
        return high or dict.fromkeys(units, 0.7 if alone else _FAINT)


def _is_road(words: list[str], after: int) -> bool:
    k = after
    while k < len(words) and k < after + 2 and words[k].lower() in _BETWEEN:
        k += 1
    return k < len(words) and words[k].lower() in _ROAD


def _key(english: str) -> str:
    return english.lower().replace("'", "").replace("’", "").replace(" ", "")
