"""No regular expression of the rooms can be made to take exponential time (RELIABILITY section 6, row 19)."""

import re

import pytest

from bench.patterns import all_patterns
from tests.house.regexes import reads_twice


@pytest.mark.parametrize(
    "pattern",
    [
        r"(\+?\d[\d\s-]*)+$",
        r"(a+)+b",
        r"(?:ab|abab)*d",
        r"(?:a|ab|b)*c",
        r"(?:x{1,60}y?)*z",
        r"^(?:见附件|请?见?附件)*$",
    ],
)
def test_an_expression_that_can_be_read_in_two_ways_is_found(pattern: str) -> None:
    assert reads_twice(re.compile(pattern))


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?:a,)*b",
        r"(?:[a-z]{1,63}\.)+com",
        r"\s*x\s*",
        r"(?:a|ab|b)*+c",
        r"\d(?:[ -]{0,2}\d){5,24}",
        r"(?:ab|cd)*e",
        r"(?:请?见?附件|谢谢)*$",
    ],
)
def test_one_that_cannot_passes(pattern: str) -> None:
    assert not reads_twice(re.compile(pattern))


def test_none_of_ours_can() -> None:
    patterns = all_patterns()
    assert len(patterns) > 250
    assert [place for place, pattern in patterns.items() if reads_twice(pattern)] == []
