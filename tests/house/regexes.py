"""Whether a regular expression can take exponential time, found by its structure alone (row 19).

An expression is read into its positions (Glushkov): each character of it, and which may follow which. It backtracks
without bound when one text can be read in two ways round a loop: then two readings start at the same position, go
apart, and meet there again. Repeats of few times are written out; what is possessive or atomic is not read again, and
passes.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from re import _parser as parser  # type: ignore[attr-defined]  # the only way to the structure of an expression
from typing import Any

FEW = 3  # times that a repeat is written out; more often counts as without bound
HIGHEST = 0x10FFFF
Ranges = tuple[tuple[int, int], ...]
DIGITS: Ranges = ((48, 57),)
SPACES: Ranges = ((9, 13), (28, 32), (0x85, 0x85), (0xA0, 0xA0), (0x3000, 0x3000))
WORDS: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122), (0xC0, 0x24F), (0x4E00, 0x9FFF))


@dataclass
class Fragment:
    """A part of an expression: where it may begin and end, and whether it may be empty."""

    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)
    empty: bool = True


class Positions:
    """The positions of an expression, what each matches, and in how many ways one follows another."""

    def __init__(self, pattern: "re.Pattern[Any]") -> None:
        self.signs: list[Ranges] = []
        self.follows: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        self.ignore_case = bool(pattern.flags & re.IGNORECASE)
        self.read(parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG))

    def read(self, items: Iterable[Any]) -> Fragment:
        whole = Fragment()
        for operation, value in items:
            whole = self._then(whole, self._one(str(operation), value))
        return whole

    def _one(self, operation: str, value: Any) -> Fragment:
        if operation in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            return self._sign(ranges_of(operation, value, self.ignore_case))
        if operation == "SUBPATTERN":
            return self.read(value[3])
        if operation == "BRANCH":
            return self._either([self.read(branch) for branch in value[1]])
        if operation in ("MAX_REPEAT", "MIN_REPEAT"):
            return self._repeated(*value)
        return Fragment()  # what looks ahead or behind, refers back, or is never read again

    def _sign(self, ranges: Ranges) -> Fragment:
        self.signs.append(ranges)
        return Fragment([len(self.signs) - 1], [len(self.signs) - 1], empty=False)

    def _then(self, one: Fragment, other: Fragment) -> Fragment:
        self._join(one.last, other.first)
        first = one.first + (other.first if one.empty else [])
        last = other.last + (one.last if other.empty else [])
        return Fragment(first, last, one.empty and other.empty)

    def _either(self, branches: list[Fragment]) -> Fragment:
        return Fragment(
            [each for branch in branches for each in branch.first],
            [each for branch in branches for each in branch.last],
            any(branch.empty for branch in branches),
        )

    def _repeated(self, least: int, most: int, items: Iterable[Any]) -> Fragment:
        if most <= FEW:
            whole = Fragment()
            for turn in reversed(range(most)):  # x{0,2} is (x(x)?)?
                whole = self._then(self.read(items), whole)
                whole.empty |= turn >= least
            return whole
        one = self.read(items)
        self._join(one.last, one.first)
        return Fragment(one.first, one.last, one.empty or least == 0)

    def _join(self, before: list[int], after: list[int]) -> None:
        for one in before:
            for other in after:
                self.follows[one][other] += 1


def ranges_of(operation: str, value: Any, ignore_case: bool) -> Ranges:
    """What a position matches, as ranges of characters."""
    if operation == "ANY":
        return ((0, 9), (11, HIGHEST))
    if operation == "IN":
        negated = str(value[0][0]) == "NEGATE"
        found = [each for op, inner in value[negated:] for each in _choice(str(op), inner, ignore_case)]
        return _others(found) if negated else tuple(found)
    ranges = tuple(_choice("LITERAL", value, ignore_case))
    return ranges if operation == "LITERAL" else _others(ranges)


def _choice(operation: str, value: Any, ignore_case: bool) -> Iterable[tuple[int, int]]:
    if operation == "LITERAL":
        both = {
            value,
            *(ord(sign) for sign in (chr(value).lower(), chr(value).upper()) if ignore_case and len(sign) == 1),
        }
        return [(each, each) for each in both]
    if operation == "RANGE":
        return [value]
    name = str(value)
    known = DIGITS if "DIGIT" in name else SPACES if "SPACE" in name else WORDS
    return _others(known) if "NOT" in name else known


def _others(ranges: Iterable[tuple[int, int]]) -> Ranges:
    found, next_ = [], 0
    for low, high in sorted(ranges):
        if low > next_:
            found.append((next_, low - 1))
        next_ = max(next_, high + 1)
    return (*found, (next_, HIGHEST)) if next_ <= HIGHEST else tuple(found)


@cache
def overlap(one: Ranges, other: Ranges) -> bool:
    return any(a <= d and c <= b for a, b in one for c, d in other)


def reads_twice(pattern: "re.Pattern[Any]") -> bool:
    """Whether some text can be read in two ways round a loop: exponential time for whoever writes it."""
    positions = Positions(pattern)
    for loop in loops(positions.follows):
        if any(times > 1 for one in loop for other, times in positions.follows[one].items() if other in loop):
            return True
        if _parts_and_meets(positions, loop):
            return True
    return False


def _parts_and_meets(positions: Positions, loop: set[int]) -> bool:
    """Whether two readings can leave a position of the loop, differ, and be at one position of it together again."""
    pairs: dict[Any, dict[Any, int]] = {}
    waiting = [(each, each) for each in loop]
    while waiting:
        one, other = waiting.pop()
        if (one, other) in pairs:
            continue
        following = {
            (a, b): 1
            for a in positions.follows[one]
            if a in loop
            for b in positions.follows[other]
            if b in loop and overlap(positions.signs[a], positions.signs[b])
        }
        pairs[(one, other)] = following
        waiting.extend(following)
    return any(any(a != b for a, b in together) and any(a == b for a, b in together) for together in loops(pairs))


def loops(follows: Any) -> list[set[Any]]:
    """The sets of nodes that can be reached from each other, without those of no loop (Tarjan, not recursive)."""
    index: dict[Any, int] = {}
    low: dict[Any, int] = {}
    stack: list[Any] = []
    on_stack: set[Any] = set()
    found: list[set[Any]] = []
    for root in list(follows):
        if root in index:
            continue
        work = [(root, iter(list(follows.get(root, ()))))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, after = work[-1]
            for each in after:
                if each not in index:
                    index[each] = low[each] = len(index)
                    stack.append(each)
                    on_stack.add(each)
                    work.append((each, iter(list(follows.get(each, ())))))
                    break
                if each in on_stack:
                    low[node] = min(low[node], index[each])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    together = set()
                    while True:
                        each = stack.pop()
                        on_stack.discard(each)
                        together.add(each)
                        if each == node:
                            break
                    if len(together) > 1 or node in follows.get(node, ()):
                        found.append(together)
    return found
