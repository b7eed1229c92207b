"""Free text -> province, city, county and town; where it fits several places, it says so (SPEC 4.3, 4.4)."""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from config.gazetteer import Gazetteer, gazetteer
from config.place import Ambiguous, Place
from config.placenames import fold
from config.placeroman import FAINT, RomanScanner
from config.placescan import Scanner, Token
from config.placewords import CITY, COUNTY, PROVINCE, TOWN

__all__ = ["Ambiguous", "Divisions", "Place"]

_NEAR_TIE = 0.25  # two readings of a text that differ by no more are not told apart by it
_SPACED_OUT = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
_ROUTE = re.compile(r"->|→|⇒|=>|--+|发往|发到|运往|送到|送至|到|至")
_SEPARATORS = re.compile(r"[\s/,、-]+")
_LATIN = re.compile(r"[A-Za-z]{2}")


class Divisions:
    """The divisions of China, asked by free text. Immutable and safe for threads after `load`."""

    def __init__(self, index: Gazetteer) -> None:
        self._index = index
        self._scanner = Scanner(index)
        self._roman = RomanScanner(index)

    @classmethod
    def load(cls) -> "Divisions":
        """The one instance over the vendored division data (and its renames and places)."""
        return _loaded()

    def locate(self, text: str, *, near: Place | None = None, home: str | None = None) -> Place | Ambiguous | None:
        """The place that an address names, as deep as it goes; None where it names none.

        near: a place known from the other words of the order, which decides between equal readings;
        home: the company's home city (上海市), which decides where it holds the only one of them.
        """
        folded = fold(text)
        tokens = self._tokens(folded)
        if tokens:
            return self._resolve(tokens, near, home)
        return self._in_known_city(folded, near, home) or self._as_bare_town(folded)

    def city(self, text: str, *, near: Place | None = None) -> Place | Ambiguous | None:
        """The place that a destination line names (杭州, 浙江杭州, 义乌, Ningbo); of a route (上海→杭州) its end.

        A county-level city keeps its county level. A name that is a province and a city (吉林) is Ambiguous.
        """
        folded = fold(text)
        parts = [part for part in _ROUTE.split(folded) if part.strip()]
        for part in reversed(parts):
            tokens = self._tokens(part)
            if tokens:
                found = self._resolve(tokens, near, None, whole_city=True)
                last = part.rpartition("-")[2]  # 上海-杭州 is a route too, 江苏-苏州-昆山 is one place
                return self.city(last, near=near) if isinstance(found, Ambiguous) and last != part else found
        return self._as_bare_town(folded)

    def named(self, text: str) -> Place | Ambiguous | None:
        """What a name or path (莘庄镇, 上海市闵行区, 浙江省/杭州市) means when all of it must be names; else None."""
        folded = fold(text).strip()
        tokens = self._scanner.tokens(folded)
        covered = sum(token.end - token.start for token in tokens)
        if not tokens or covered != len(_SEPARATORS.sub("", folded)):
            return None
        found = self._resolve(tokens, None, None)
        return None if isinstance(found, Place) and found.note else found

    def subdivisions(self, place: Place) -> list[Place]:
        """The divisions one level below a place: the counties of a city, the towns of a county."""
        unit = self._unit(place)
        return [self._index.place(child) for child in self._index.children[unit]] if unit is not None else []

    def provinces(self) -> list[Place]:
        """All provinces, autonomous regions and municipalities, in the order of their codes."""
        return [self._index.place(unit) for unit in self._index.provinces]

    def _unit(self, place: Place) -> int | None:
        try:
            return self._index.unit_of(place.path)
        except KeyError:
            return None

    def _tokens(self, folded: str) -> list[Token]:
        tokens = self._scanner.tokens(folded)
        if not tokens and " " in folded:
            tokens = self._scanner.tokens(_SPACED_OUT.sub("", folded))
        if _LATIN.search(folded):
            tokens += self._roman.tokens(folded)
        return tokens

    def _in_known_city(self, folded: str, near: Place | None, home: str | None) -> Place | Ambiguous | None:
        """A text of which only the city's own people know the names: 安亭墨玉南路888号, read in Shanghai."""
        for city in (near.city_only() if near else None, self._home(home)):
            unit = self._unit(city) if city and city.city else None
            tokens = self._scanner.tokens(folded, (unit,)) if unit is not None else []
            if tokens:
                found = self._resolve(tokens, near, home)
                if isinstance(found, Place):
                    return replace(found, confidence=0.6, note="taken for the one in the city at hand")
                return found
        return None

    def _home(self, home: str | None) -> Place | None:
        found = self.named(home) if home else None
        return found.city_only() if isinstance(found, Place) else None

    def _as_bare_town(self, folded: str) -> Place | None:
        """A line that is only the bare name of a town which no second town has: 乍浦."""
        units = self._index.bare_towns().get(folded.strip(), ())
        return self._index.place(units[0], 0.7) if len(units) == 1 else None

    # -- from words to one place --

    def _resolve(
        self, tokens: list[Token], near: Place | None, home: str | None, whole_city: bool = False
    ) -> Place | Ambiguous | None:
        plain = self._one_line(tokens)
        if plain is not None:
            return self._index.place(plain, *self._confidence(plain, tokens))
        firm = [token for token in tokens if token.firm]
        scores = self._scores(firm or tokens, (firm and tokens) or [])
        best = max(scores.values())
        chain, level = self._index.chain, self._index.level
        top = [unit for unit, score in scores.items() if best - score < _NEAR_TIE]
        winners = [unit for unit in top if scores[unit] == best]
        # Of a unit and one within it that are equally well supported, the outer: the text says no more (海南, 大连).
        # A destination must be a city, though: that 吉林 is a province does not settle it.
        kept = (PROVINCE,) if whole_city else ()
        winners = [u for u in winners if not any(v != u and v in chain[u] and level[v] not in kept for v in winners)]
        rivals = [u for u in top if u not in winners and not any(u in chain[w] or w in chain[u] for w in winners)]
        choices = winners + rivals
        if len(choices) == 1:
            return self._index.place(choices[0], *self._confidence(choices[0], tokens))
        return self._decide(choices, tokens, near, home)

    def _one_line(self, tokens: list[Token]) -> int | None:
        """The deepest unit where every word has one meaning and each lies in the other, as in most addresses."""
        chain = self._index.chain
        deepest: int | None = None
        for token in tokens:
            if len(token.meaning) != 1 or not token.firm:
                return None
            (unit,) = token.meaning
            if deepest is None or deepest in chain[unit]:
                deepest = unit
            elif unit not in chain[deepest]:
                return None
        return deepest

    def _scores(self, tokens: list[Token], hints: list[Token]) -> dict[int, float]:
        """Each unit that a firm word names -> how well all words fit it and the units above it."""
        chain = self._index.chain
        scores: dict[int, float] = {}
        for named in tokens:
            for unit in named.meaning:
                if unit not in scores:
                    line = chain[unit]
                    score = 0.0
                    for token in tokens:
                        meaning = token.meaning
                        score += max([meaning[member] for member in line if member in meaning], default=0.0)
                    scores[unit] = score
        for hint in hints:
            if not hint.firm:
                for unit in scores:
                    if any(member in hint.meaning for member in chain[unit]):
                        scores[unit] += 0.3
        return scores

    def _decide(
        self, choices: list[int], tokens: list[Token], near: Place | None, home: str | None
    ) -> Place | Ambiguous:
        if not self._are_of_one_word(choices, tokens):
            return Ambiguous(tuple(self._index.place(unit, 0.0) for unit in choices))
        if near is not None:
            places = [self._index.place(unit, 0.8, "resolved by the other words of the order") for unit in choices]
            shared = [_shared(place, near) for place in places]
            closest = [place for place, count in zip(places, shared, strict=True) if count == max(shared) > 0]
            if len(closest) == 1:
                return closest[0]
        if home is not None:
            at_home = [unit for unit in choices if self._is_in(unit, home)]
            if len(at_home) == 1:
                return self._index.place(at_home[0], 0.7, "taken for the one in the home city")
        return Ambiguous(tuple(self._index.place(unit, 0.0) for unit in choices))

    def _are_of_one_word(self, choices: list[int], tokens: list[Token]) -> bool:
        """Whether one word has all these readings; 杭州/宁波 are two words, between which nothing decides."""
        lines = [self._index.chain[unit] for unit in choices]
        return any(all(not token.meaning.keys().isdisjoint(line) for line in lines) for token in tokens)

    def _is_in(self, unit: int, city: str) -> bool:
        names, level = self._index.names, self._index.level
        return any(level[member] == CITY and names[member].startswith(city) for member in self._index.chain[unit])

    def _confidence(self, unit: int, tokens: Iterable[Token]) -> tuple[float, str]:
        """How sure, and what speaks against: a word of the text that names another place than the one chosen."""
        line = self._index.chain[unit]
        levels, confidence = set(), 1.0
        for token in tokens:
            support = [(token.meaning[member], self._index.level[member]) for member in line if member in token.meaning]
            if support:
                weight, level = max(support)
                levels.add(level)
                confidence = min(confidence, 0.9 + weight / 10)
            elif (
                token.firm
                and max(token.meaning.values()) > FAINT
                and any(self._index.level[other] < TOWN for other in token.meaning)
            ):
                return 0.5, "the text also names another place"
        if not levels & {PROVINCE, CITY} and self._index.level[unit] >= COUNTY:
            confidence -= 0.1
        return round(confidence, 2), ""


def _shared(place: Place, near: Place) -> int:
    count = 0
    for mine, theirs in zip(place.levels, near.levels, strict=True):
        if mine is None or mine != theirs:
            break
        count += 1
    return count


@cache
def _loaded() -> Divisions:
    return Divisions(gazetteer())
