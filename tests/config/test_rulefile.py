"""Cells as values; and no text of a rule file, however broken, raises."""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import company as company_module
from config.company import build_company
from config.divisions import Divisions
from config.faults import Fault
from config.place import Place
from config.rulefile import Cells, key_of, name_of, parse_date, parse_decimal, parse_time, prefixes
from config.rulefolder import RULE_FILES, RuleText, shipped
from config.settings import Settings
from config.sheet import Row


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.52", Decimal("0.52")),
        ("１２０", Decimal(120)),
        ("¥1,200.50", Decimal("1200.50")),
        ("80元", Decimal(80)),
        ("5%", Decimal(5)),
        ("-3", Decimal(-3)),
        ("NaN", None),
        ("Infinity", None),
        ("1e400", None),
        ("0.0000001", None),
        ("half", None),
        ("", None),
    ],
)
def test_numbers(text: str, number: Decimal | None) -> None:
    assert parse_decimal(text) == number


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("00:00", 0), ("9:30", 570), ("15：00", 900), ("24:00", 1440), ("24:01", None), ("12:60", None), ("noon", None)],
)
def test_times(text: str, minutes: int | None) -> None:
    assert parse_time(text) == minutes


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-10-01", date(2026, 10, 1)),
        ("2026/10/1", date(2026, 10, 1)),
        ("2026年10月1日", date(2026, 10, 1)),
        ("2028-02-29", date(2028, 2, 29)),
        ("2026-02-29", None),
        ("01.10.2026", None),
    ],
)
def test_dates(text: str, day: date | None) -> None:
    assert parse_date(text) == day


def test_keys_of_places() -> None:
    place = Place("浙江省", "金华市", "义乌市", None)
    assert key_of(place) == ("浙江省", "金华市", "义乌市")
    assert prefixes(place) == [("浙江省", "金华市", "义乌市"), ("浙江省", "金华市"), ("浙江省",), ()]
    town_without_county = Place("广东省", "东莞市", None, "虎门镇")
    assert prefixes(town_without_county) == [
        ("广东省", "东莞市", None, "虎门镇"),
        ("广东省", "东莞市"),
        ("广东省",),
        (),
    ]
    assert (name_of(key_of(place)), name_of(())) == ("浙江省/金华市/义乌市", "*")


def test_a_name_that_is_only_part_of_the_cell_is_no_division() -> None:
    cells = Cells(Row(2, {"to": "杭州附近"}), "lanes.csv")
    assert cells.place("to", Divisions.load()) is None
    assert [(fault.line, fault.key) for fault in cells.faults] == [(2, "to")]


WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", ",", "\n", '"', "#", "*", "上海市", "杭州", "吉林", "0.5", "-1", "1e9", "24:00", "mon-fri", ";", "yes"]
    ),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(RULE_FILES), at=st.integers(0, 400), column=st.integers(0, 9), word=WORDS)
def test_any_cell_may_hold_anything(name: str, at: int, column: int, word: str) -> None:
    lines = shipped(name).splitlines()
    cells = lines[at % len(lines)].split(",")
    cells[column % len(cells)] = word
    lines[at % len(lines)] = ",".join(cells)
    texts = {each: RuleText(each, shipped(each)) for each in RULE_FILES}
    texts[name] = RuleText(name, "\n".join(lines))
    company, faults = build_company(Settings(), texts)
    assert (company is None) == bool(faults)
    assert all(isinstance(fault, Fault) and fault.mend for fault in faults)
    assert company_module.coverage(company) if company else True


def test_the_companys_clock_is_that_of_the_settings() -> None:
    texts = {name: RuleText(name, shipped(name)) for name in RULE_FILES}
    company, _ = build_company(Settings(timezone="Asia/Urumqi"), texts)
    assert company is not None
    assert company.timezone == company.dispatchers.timezone == ZoneInfo("Asia/Urumqi")
