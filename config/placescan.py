"""Reading Chinese text for names of divisions: which words are places, and which are roads, companies or landmarks."""

import re
from dataclasses import dataclass

from config.gazetteer import Gazetteer
from config.placewords import CITY, COUNTY, PLACE, PROVINCE, SHORT_COUNTY, STRAY_TOWN, TOWN, Names, Weights

# After the bare name: 上海路, 北京东路, 重庆南路, 西安大道, 上地十街, 香港中环路, 石牌西横路.
_ROAD = re.compile(
    r"[东西南北中新老大环内外前后上下支横直]{0,3}[一二三四五六七八九十\d]{0,3}[支环横纵]?"
    r"(?:路|街(?!道)|大街|大道|道(?![教口])|巷|弄|胡同|高速|公路|快速路|高架|立交|隧道|大桥|国道|里(?![^\d]{0,3}(?:镇|乡|街道)))"
)
_BARE_ROAD = re.compile(r"路(?=\d|$|[^\u4e00-\u9fff]|口|[东西南北中]段)")  # 莘庄镇路3号
_PLACE_TAIL = re.compile(
    r"$|[^\u4e00-\u9fff]|[\u4e00-\u9fff]{1,5}(?:路|街|大道|公路|弄|巷)|工业|开发|经济|物流|科技|产业|园区|新城|老街|仓"
)
_NOT_A_DIVISION = re.compile(
    r"门|桥|里|湾|大厦|大酒店|宾馆|饭店|书店|堂|石(?:材|板|厂|料|制|$)|火腿|明珠|山庄|花园|小区|新村|公园|广场"
)
_LANDMARK = re.compile(
    r"(?:文化|体育|市民)?(?:公园|广场|大厦|花园|小区|酒店|宾馆|商城|大学(?!城)|中学|小学|医院|火车站|体育馆|体育场|公寓)"
)
_COMPANY = re.compile(
    r"[^\s,,;;。、:()/\d]{0,14}?(?:公司|集团|大学(?!城)|学院|银行|医院|研究所|研究院|协会|事务所|商行|经营部)"
)
_SUFFIXED = re.compile(r"(?:[区县]|(?<=..)[省市镇旗乡盟]|街道|苏木|地区|办事处|[农林牧渔茶]场)$")
_EDGE = re.compile(r"(?:^|[^\u4e00-\u9fff]|中国|中华人民共和国|坐落|[到至往于在从由去向发送寄运是为址地点库])$")
_JOINTS = " ·|/,、-._>"  # what people write between the levels of an address
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


@dataclass(slots=True)
class _Word:
    """A name found in the text, before it is known whether it is used as a name of a place."""

    surface: str
    meaning: Weights
    start: int
    end: int
    inside: bool  # found among the names within the division named before it
    adjacent: bool  # directly behind that


class Scanner:
    """Finds the tokens of one text after the other; holds only the index."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._suffixed: dict[str, bool] = {}

    def tokens(self, text: str, known: tuple[int, ...] = ()) -> list[Token]:
        """The tokens of a folded text, left to right. Roads and landmarks that carry a place's name give none.

        known: units in which the text is known to lie, read as if their names stood before it.
        """
        found: list[Token] = []
        context = known
        within = self._gazetteer.within(context) if context else None
        position, adjacent, last = 0, -1, len(text) - 1
        anywhere = self._gazetteer.anywhere.heads
        while position < last:
            head = text[position : position + 2]  # most positions begin no name: told here, at the price of a look-up
            if head not in anywhere and (within is None or head not in within.heads):
                position += 1
                continue
            behind = position == adjacent or (bool(known) and not found and self._at_edge(text, position))
            word = self._word(text, position, within, behind)
            if word is None:
                position += 1
                continue
            position = self._past(text, word)
            if known and not found and not position and not self._stands_alone(text, word):
                position = word.end
            if position:
                continue
            position = word.end
            if context and not word.inside and self._is_elsewhere(text, word, context, found):
                continue
            while position < last and text[position] in _JOINTS:
                position += 1
            adjacent = position
            found.append(Token(word.meaning, self._is_firm(text, word), word.start, word.end))
            context = self._narrowed(context, word.meaning)
            within = self._gazetteer.within(context) if context else None
        return found

    def _word(self, text: str, start: int, within: Names | None, adjacent: bool) -> "_Word | None":
        """The longest name at `start`, of those within the division named before or of those known anywhere."""
        anywhere = self._gazetteer.anywhere
        local = within.longest(text, start) if within is not None else None
        surface = anywhere.longest(text, start)
        inside = local is not None and (surface is None or len(local) >= len(surface))
        names = within if inside and within is not None else anywhere
        surface = local if inside else surface
        if surface is None:
            return None
        word = _Word(surface, names.meanings[surface], start, start + len(surface), inside, adjacent)
        return self._cut_short(text, word, names) if surface[-1] in "镇乡" else word

    def _cut_short(self, text: str, word: "_Word", names: Names) -> "_Word":
        """庆阳镇原县 is 庆阳 and 镇原县, not the town 庆阳镇."""
        meaning = names.meanings.get(word.surface[:-1])
        if meaning is None:
            return word
        shorter = _Word(word.surface[:-1], meaning, word.start, word.end - 1, word.inside, word.adjacent)
        units = self._parents(meaning)
        rest = self._gazetteer.within(units).longest(text, shorter.end) if units else None
        return shorter if rest is not None and len(rest) > 1 else word

    def _past(self, text: str, word: "_Word") -> int:
        """0 where the word counts; otherwise the position from which to read on."""
        start, end = word.start, word.end
        if self._has_suffix(word.surface):
            road = (_ROAD if len(word.surface) == 2 else _BARE_ROAD).match(text, end)
            if road and not self._goes_on(text, word):
                return road.end()  # 莘县路 of 青岛
            if len(word.surface) == 2 and not word.adjacent and not self._is_small_county(text, word):
                return start + 1  # 城区, 东区, 张镇 mean something only behind their city
            return 0
        road = _ROAD.match(text, end)
        if road and not self._goes_on(text, word):
            return road.end()
        if not word.adjacent and not self._at_edge(text, start):
            return start + 1
        levels = {self._gazetteer.level[unit] for unit in word.meaning}
        if CITY in levels or PROVINCE in levels or PLACE in word.meaning.values():
            other = end - start == 2 and _NOT_A_DIVISION.match(text, end) and not self._goes_on(text, word)
            return end if other else 0
        if _NOT_A_DIVISION.match(text, end) and not self._goes_on(text, word):
            return end
        return 0 if self._is_believed(text, word, levels) else end

    def _is_believed(self, text: str, word: "_Word", levels: set[int]) -> bool:
        """Bare names of counties and towns (闵行, 莘庄) are believed beside their city, or alone in the line."""
        if word.inside and word.adjacent:
            return TOWN not in levels or _LANDMARK.match(text, word.end) is None
        alone = word.end == len(text) or not "\u4e00" <= text[word.end] <= "\u9fff"
        return levels == {COUNTY} and (alone or _readings(word.meaning) == 1)

    def _stands_alone(self, text: str, word: "_Word") -> bool:
        """Whether a name that nothing introduces is followed by what follows a place: 安亭墨玉南路, not 大桥下12号."""
        return self._has_suffix(word.surface) or _PLACE_TAIL.match(text, word.end) is not None

    def _is_small_county(self, text: str, word: "_Word") -> bool:
        return word.surface[1] == "县" and self._at_edge(text, word.start)

    def _goes_on(self, text: str, word: "_Word") -> bool:
        """Whether what looks like a road is the next division: 台州路桥, 唐山路北, 哈尔滨道里."""
        units = self._parents(word.meaning)
        return bool(units) and self._gazetteer.within(units).longest(text, word.end) is not None

    def _parents(self, meaning: Weights) -> tuple[int, ...]:
        return tuple(sorted(unit for unit in meaning if self._gazetteer.level[unit] < TOWN))

    def _has_suffix(self, surface: str) -> bool:
        known = self._suffixed.get(surface)
        if known is None:
            known = self._suffixed[surface] = bool(_SUFFIXED.search(surface))
        return known

    def _at_edge(self, text: str, start: int) -> bool:
        return start == 0 or _EDGE.search(text[max(0, start - _STOP_BEFORE) : start]) is not None

    def _is_firm(self, text: str, word: "_Word") -> bool:
        """A bare name at the head of a company's name says where it is registered, not where the goods are."""
        return word.adjacent or self._has_suffix(word.surface) or _COMPANY.match(text, word.end) is None

    def _is_elsewhere(self, text: str, word: "_Word", context: tuple[int, ...], found: list[Token]) -> bool:
        """Whether the word says nothing, since what it means lies outside the division that was named before it.

        That goes for a town of a name that the named city's towns do not have; once a county has been named, for
        landmarks (西湖区西湖文化广场) and for bare names written on without a break (四团镇平安, a village); and once a
        city has been named, for bare names with more of a word behind them.
        """
        level, chain, meaning = self._gazetteer.level, self._gazetteer.chain, word.meaning
        strongest, levels = max(meaning.values()), {level[unit] for unit in meaning}
        bare_without_break = strongest in (PLACE, SHORT_COUNTY) and text[word.start - 1] >= "\u4e00"
        if strongest <= STRAY_TOWN and levels == {TOWN}:
            may_be = any(token.firm for token in found)
        elif level[context[0]] == COUNTY:
            may_be = bare_without_break or (strongest == PLACE and levels <= {COUNTY, TOWN})
        else:  # 宁波市苏州工业园, but not 杭州市昆山 or 杭州市昆山张浦镇, which must be asked
            goes_on = text[word.end : word.end + 1] < "\u4e00" or self._goes_on(text, word)
            may_be = bare_without_break and not goes_on and any(token.firm for token in found)
        if not may_be:
            return False
        return not any(unit in chain[named] or named in chain[unit] for unit in meaning for named in context)

    def _narrowed(self, context: tuple[int, ...], meaning: Weights) -> tuple[int, ...]:
        """The units within which the next words are read: the meanings that lie in the context, or the new ones."""
        level, chain = self._gazetteer.level, self._gazetteer.chain
        usable = [unit for unit in meaning if level[unit] < TOWN]
        inner = [unit for unit in usable if any(above in chain[unit] for above in context)]
        if not usable:
            return context
        chosen = inner or usable
        return tuple(sorted(chosen)) if len(chosen) <= 6 else ()
