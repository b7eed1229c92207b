"""Reading Chinese text for names of divisions: which words are places, and which are roads, companies or landmarks."""

import re
from dataclasses import dataclass

from config.gazetteer import CITY, COUNTY, PLACE, PROVINCE, SHORT_COUNTY, TOWN, Gazetteer, Weights

# After the bare name: 上海路, 北京东路, 重庆南路, 西安大道, 上地十街, 香港中环路, 石牌西横路.
_ROAD = re.compile(
    r"[东西南北中新老大环内外前后上下支横直]{0,3}[一二三四五六七八九十\d]{0,3}[支环横纵]?"
    r"(?:路|街(?!道)|大街|大道|道(?![教口])|巷|弄|胡同|高速|公路|快速路|高架|立交|隧道|大桥|国道|里(?![^\d]{0,3}(?:镇|乡|街道)))"
)
_NOT_A_DIVISION = re.compile(
    r"门|桥|里|湾|市场|大厦|大酒店|宾馆|饭店|书店|石材|火腿|明珠|山庄|花园|小区|新村|公园|广场"
)
_LANDMARK = re.compile(
    r"(?:文化|体育|市民)?(?:公园|广场|大厦|花园|小区|酒店|宾馆|商城|大学(?!城)|中学|小学|医院|火车站|体育馆|体育场|公寓)"
)
_COMPANY = re.compile(
    r"[^\s,,;;。、:()/\d]{0,14}?(?:公司|集团|大学(?!城)|学院|银行|医院|研究所|研究院|协会|事务所|商行|经营部)"
)
_SUFFIXED = re.compile(r"(?:[区县镇]|(?<=..)[省市旗乡盟州]|街道|苏木|地区)$")
_EDGE = re.compile(
    r"(?:^|[^\u4e00-\u9fff]|中国|中华人民共和国|发往|送到|送至|寄往|寄到|运往|运到|发到|地址|地点|位于|坐落|[到至往于在从由去向发是为])$"
)
_STOP_BEFORE = 4  # how far back an edge word can reach


def _readings(meaning: Weights) -> int:
    """How many divisions have the name today; that a part of one is called otherwise now does not count."""
    return sum(weight >= SHORT_COUNTY for weight in meaning.values())


def is_road(text: str, end: int) -> bool:
    """Whether the name that ends at `end` is only the beginning of a road's name (南京 in 南京西路)."""
    return _ROAD.match(text, end) is not None


@dataclass(frozen=True, slots=True)
class Token:
    """A word that may be a division: what it may mean, how firmly it was said, where it stands."""

    meaning: Weights
    firm: bool
    start: int
    end: int


class Scanner:
    """Finds the tokens of one text after the other; holds only the index."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._suffixed: dict[str, bool] = {}

    def tokens(self, text: str) -> list[Token]:
        """The tokens of a folded text, left to right. Roads and landmarks that carry a place's name give none."""
        gazetteer, anywhere = self._gazetteer, self._gazetteer.anywhere
        found: list[Token] = []
        context: tuple[int, ...] = ()
        within = None
        position, adjacent, size = 0, 0, len(text)
        while position < size - 1:
            head = text[position : position + 2]
            local = within.longest(text, position) if within is not None and head in within.heads else None
            wide = anywhere.longest(text, position) if head in anywhere.heads else None
            if local is None and wide is None:
                position += 1
                continue
            if local is not None and (wide is None or len(local) >= len(wide)):
                assert within is not None
                surface, meaning, inside = local, within.meanings[local], True
            else:
                assert wide is not None
                surface, meaning, inside = wide, anywhere.meanings[wide], False
            end = position + len(surface)
            skip = self._unusable(text, position, end, surface, meaning, inside, position == adjacent and bool(found))
            if skip:
                position = skip
                continue
            firm = (position == adjacent and bool(found)) or self._firm(text, end, surface)
            found.append(Token(meaning, firm, position, end))
            context = self._narrowed(context, meaning)
            within = gazetteer.within(context) if context else None
            position = adjacent = end
        return found

    def _unusable(
        self, text: str, start: int, end: int, surface: str, meaning: Weights, inside: bool, adjacent: bool
    ) -> int:
        """0 where the word counts; otherwise the position from which to read on."""
        if self._has_suffix(surface):
            if len(surface) == 2 and not adjacent and not (surface[1] == "县" and self._at_edge(text, start)):
                return start + 1  # 城区, 东区, 张镇 mean something only behind their city
            return 0
        road = _ROAD.match(text, end)
        if road and not self._goes_on(text, end, meaning):
            return road.end()
        if not adjacent and not self._at_edge(text, start):
            return start + 1
        levels = {self._gazetteer.level[unit] for unit in meaning}
        if CITY in levels or PROVINCE in levels or PLACE in meaning.values():
            return (
                end if _NOT_A_DIVISION.match(text, end) and not text.startswith("市场", end) and end - start < 3 else 0
            )
        if _NOT_A_DIVISION.match(text, end):
            return end
        return self._unusable_part(text, end, levels, meaning, inside, adjacent)

    def _unusable_part(
        self, text: str, end: int, levels: set[int], meaning: Weights, inside: bool, adjacent: bool
    ) -> int:
        """Bare names of counties and towns (闵行, 莘庄) are believed beside their city, or alone in the line."""
        if inside and adjacent:
            return end if TOWN in levels and _LANDMARK.match(text, end) else 0
        if levels == {COUNTY} and (
            _readings(meaning) == 1 or end == len(text) or not "\u4e00" <= text[end] <= "\u9fff"
        ):
            return 0
        return end

    def _goes_on(self, text: str, end: int, meaning: Weights) -> bool:
        """Whether what looks like a road is the next division: 台州路桥, 唐山路北, 哈尔滨道里."""
        units = tuple(sorted(unit for unit in meaning if self._gazetteer.level[unit] < COUNTY))
        return bool(units) and self._gazetteer.within(units).longest(text, end) is not None

    def _has_suffix(self, surface: str) -> bool:
        known = self._suffixed.get(surface)
        if known is None:
            known = self._suffixed[surface] = bool(_SUFFIXED.search(surface))
        return known

    def _at_edge(self, text: str, start: int) -> bool:
        return start == 0 or _EDGE.search(text[max(0, start - _STOP_BEFORE) : start]) is not None

    def _firm(self, text: str, end: int, surface: str) -> bool:
        """A bare name at the head of a company's name says where it is registered, not where the goods are."""
        return self._has_suffix(surface) or _COMPANY.match(text, end) is None

    def _narrowed(self, context: tuple[int, ...], meaning: Weights) -> tuple[int, ...]:
        """The units within which the next words are read: the meanings that lie in the context, or the new ones."""
        level, chain = self._gazetteer.level, self._gazetteer.chain
        usable = [unit for unit in meaning if level[unit] < TOWN]
        inner = [unit for unit in usable if any(above in chain[unit] for above in context)]
        if context and not inner:
            return context
        chosen = inner or usable
        return tuple(sorted(chosen)) if len(chosen) <= 6 else ()
