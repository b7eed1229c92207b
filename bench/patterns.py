"""Every regular expression of the rooms, and what it costs: `python -m bench.patterns [--seconds S]`.

Each is searched in texts made of its own parts, repeated and then broken off, twice as long each time. Printed is what
takes more than 2.5 times as long for twice the text: an attacker's lever (RELIABILITY section 6, row 19), unless it is
only ever matched at the beginning of a text, or reads what the administrator wrote. What can grow without bound by
structure alone is found by tests/house/test_regexes.py, without a clock.
"""

import argparse
import ast
import importlib
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOMS = ("config", "intake", "dispatch", "followup", "consign")
ROOT = Path(__file__).parents[1]
FEWEST, MOST, WORSE = 1_000, 32_000, 2.5
QUICK = 0.00025  # seconds for FEWEST characters: what looks at each pair of them takes ten times as long
Pattern = re.Pattern[str] | re.Pattern[bytes]


def all_patterns() -> dict[str, Pattern]:
    """Every pattern that a module of the rooms holds or compiles, by a place that names it."""
    found: dict[tuple[str | bytes, int], str] = {}
    patterns: dict[str, Pattern] = {}
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            if {"migrations", "divisions"} & set(file.relative_to(ROOT).parent.parts):
                continue  # neither reads what a stranger wrote
            name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            module = importlib.import_module(name)
            for place, pattern in [*_held(vars(module), name, set()), *_written(file)]:
                if found.setdefault((pattern.pattern, pattern.flags), place) == place:
                    patterns[place] = pattern
    return patterns


def _held(value: Any, place: str, seen: set[int]) -> Iterator[tuple[str, Pattern]]:
    """Patterns in what a module holds: alone, in collections, in values of ours."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, re.Pattern):
        yield place, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _held(inner, f"{place}.{key}", seen)
    elif isinstance(value, list | tuple | set | frozenset):
        for number, inner in enumerate(value):
            yield from _held(inner, f"{place}[{number}]", seen)
    elif type(value).__module__.split(".")[0] in ROOMS and not isinstance(value, type):
        names = getattr(type(value), "__slots__", None) or vars(value)
        for each in names:
            yield from _held(getattr(value, each, None), f"{place}.{each}", seen)


def _written(file: Path) -> Iterator[tuple[str, Pattern]]:
    """Patterns that stand as literals in calls of re."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "re":
            assert isinstance(node, ast.Call)
            first = node.args[0] if node.args else None
            if called.attr != "compile" and isinstance(first, ast.Constant) and isinstance(first.value, str | bytes):
                yield f"{file.relative_to(ROOT)}:{node.lineno}", re.compile(first.value)


def pumps(pattern: Pattern) -> Iterator[str]:
    """Texts that lead far into the pattern: its beginning up to each part, each repeated part."""
    parser: Any = importlib.import_module("re._parser")
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    yield from dict.fromkeys(text for text in _texts(list(tree)) if text)


def _texts(items: list[Any]) -> Iterator[str]:
    so_far = ""
    for item in items:
        operation, value = str(item[0]), item[1]
        if operation.endswith("_REPEAT"):
            for inner in _texts(list(value[2])):
                yield inner
                yield so_far + inner
        elif operation == "SUBPATTERN":
            yield from (so_far + inner for inner in _texts(list(value[3])))
        elif operation == "BRANCH":
            for branch in value[1]:
                yield from (so_far + inner for inner in _texts(list(branch)))
        so_far += sample([item])
        yield so_far


def sample(items: list[Any]) -> str:
    """A shortest text that the items may match."""
    said = ""
    for operation, value in ((str(item[0]), item[1]) for item in items):
        if operation == "LITERAL":
            said += chr(value)
        elif operation == "NOT_LITERAL":
            said += "a" if value != ord("a") else "b"
        elif operation == "ANY":
            said += "a"
        elif operation == "IN":
            said += _one_of(value)
        elif operation.endswith("_REPEAT"):
            said += sample(list(value[2])) * max(value[0], 1)
        elif operation == "SUBPATTERN":
            said += sample(list(value[3]))
        elif operation == "BRANCH":
            said += sample(list(value[1][0]))
    return said


def _one_of(choices: Any) -> str:
    first, value = str(choices[0][0]), choices[0][1]
    if first == "NEGATE":
        banned = {value for operation, value in choices[1:] if str(operation) == "LITERAL"}
        return next(sign for sign in "aZ5 -中" if ord(sign) not in banned)
    if first in ("LITERAL", "RANGE"):
        return chr(value if first == "LITERAL" else value[0])
    return {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a"}.get(str(value), "~")


def growth(pattern: Pattern, pump: str, seconds: float) -> tuple[int, float, float]:
    """Length, seconds and growth at the longest text searched before it took `seconds`; 0 where it is quick at once."""
    before, length = 0.0, FEWEST
    while True:
        text: Any = (pump * (length // len(pump) + 1))[:length] + "\0"
        text = text.encode("utf-8", "replace") if isinstance(pattern.pattern, bytes) else text
        start = time.process_time()
        pattern.sub(text[:0], text)
        took = time.process_time() - start
        if length == FEWEST and took < QUICK:
            return MOST, took, 0.0
        if took > seconds or length >= MOST:
            return length, took, took / before if before else 0.0
        before, length = took, 2 * length


def main() -> int:
    """Prints each pattern that grows too fast, with the text that makes it; 1 when there is one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=0.05, help="a search is not made longer than that")
    options = parser.parse_args()
    patterns = all_patterns()
    bad = 0
    for number, (place, pattern) in enumerate(patterns.items(), 1):
        sys.stderr.write(f"\r{number} of {len(patterns)}")
        for pump in pumps(pattern):
            length, took, grew = growth(pattern, pump, options.seconds)
            if length < MOST and grew > WORSE:
                bad += 1
                sys.stdout.write(f"\n{place}: {pump[:40]!r} x {length}: {took:.2f} s, x{grew:.1f}\n")
                break
    sys.stdout.write(f"\n{len(patterns)} patterns, {bad} grow faster than {WORSE} for twice the text\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
