"""Counting: ranks, shares, and that the groups and parts always make up the whole."""

import math
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.reports.report import Column
from followup.reports.tally import Ranks, Tally, change, mean, share

PARTS = ("in_time", "late", "missing")


@pytest.mark.parametrize(
    ("percent", "value"), [(0, 1.0), (1, 1.0), (50, 2.0), (51, 3.0), (75, 3.0), (76, 4.0), (99, 4.0), (100, 4.0)]
)
def test_the_nearest_rank(percent: int, value: float) -> None:
    ranks = Ranks()
    for seconds in (4.0, 1.0, 3.0, 2.0):
        ranks.add(seconds)
    assert ranks.at(percent) == value


def test_of_nothing_there_is_no_rank() -> None:
    assert (Ranks().at(50), Ranks().worst, Ranks().total) == (None, None, 0)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1), st.integers(1, 100))
def test_a_rank_is_a_value_that_so_many_do_not_exceed(values: list[float], percent: int) -> None:
    ranks = Ranks()
    for value in values:
        ranks.add(value)
    found = ranks.at(percent)
    assert found in values
    assert sum(value <= found for value in values) >= math.ceil(len(values) * percent / 100)
    assert sum(value < found for value in values) < math.ceil(len(values) * percent / 100)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(PARTS)), max_size=200))
def test_the_groups_and_the_parts_make_up_the_whole(things: list[tuple[str, str]]) -> None:
    tally = Tally(*PARTS)
    for group, part in things:
        tally.add(group, part)
    table = tally.table("by", Column("group"), rate=(("in_time",), PARTS))
    assert tally.whole == len(things)
    assert {row[0]: row[1] for row in table.rows} == dict(Counter(group for group, _ in things))
    assert all(row[1] == sum(int(str(part)) for part in row[2:5]) for row in table.rows)
    if things:
        columns = list(zip(*table.rows, strict=True))
        assert table.total == (None, *map(sum, columns[1:5]), share(tally.of("in_time"), len(things)))
        assert list(columns[1]) == sorted(columns[1], reverse=True), "the fullest first"
    else:
        assert (table.rows, table.total) == ((), None)


def test_a_part_that_nobody_named_is_an_error() -> None:
    with pytest.raises(KeyError):
        Tally("in_time").add("a", "late")


def test_shares_and_means_are_rounded_half_up() -> None:
    assert (share(1, 3), share(2, 3), share(0, 0)) == (Decimal("0.3333"), Decimal("0.6667"), None)
    assert (mean(5, 8), mean(0, 0)) == (Decimal("0.63"), None)  # 0.625
    assert (change(5, 4), change(3, 4), change(3, 0)) == (Decimal("0.2500"), Decimal("-0.2500"), None)
