"""Periods in the company's time: their names, their borders, the same a year before; days of changed time too."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.reports.period import Period, UnknownPeriod, period_of

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)  # midnight in Shanghai: the 25th has begun


@pytest.mark.parametrize(
    ("text", "key", "first", "last"),
    [
        ("today", "2026-11-25", "2026-11-25", "2026-11-25"),
        ("yesterday", "2026-11-24", "2026-11-24", "2026-11-24"),
        ("this-week", "2026-W48", "2026-11-23", "2026-11-29"),
        ("last-week", "2026-W47", "2026-11-16", "2026-11-22"),
        ("this-month", "2026-11", "2026-11-01", "2026-11-30"),
        ("last-month", "2026-10", "2026-10-01", "2026-10-31"),
        ("this-year", "2026", "2026-01-01", "2026-12-31"),
        ("last-year", "2025", "2025-01-01", "2025-12-31"),
        ("2026-W53", "2026-W53", "2026-12-28", "2027-01-03"),
        ("2024-02", "2024-02", "2024-02-01", "2024-02-29"),
        ("2026-11-01..2026-11-15", "2026-11-01..2026-11-15", "2026-11-01", "2026-11-15"),
        ("2026-11-01..2026-11-01", "2026-11-01", "2026-11-01", "2026-11-01"),
    ],
)
def test_names_of_periods(text: str, key: str, first: str, last: str) -> None:
    period = period_of(text, NOW, SHANGHAI)
    assert (period.key, period.first.isoformat(), period.last.isoformat()) == (key, first, last)
    again = period_of(period.key, NOW, SHANGHAI)
    assert again == period


@pytest.mark.parametrize(
    "text",
    ["", "heute", "2026-13", "2026-W54", "2025-W53", "2026-11-31", "2026-11-15..2026-11-01", "9999", "0001-01", "२०२६"],
)
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(UnknownPeriod):
        period_of(text, NOW, SHANGHAI)


def test_a_day_begins_at_midnight_of_the_company() -> None:
    day = period_of("2026-11-24", NOW, SHANGHAI)
    assert (day.start, day.end) == (datetime(2026, 11, 23, 16, tzinfo=UTC), datetime(2026, 11, 24, 16, tzinfo=UTC))


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)])
def test_days_of_changed_time(day: str, hours: int) -> None:
    period = period_of(day, NOW, BERLIN)
    assert period.end - period.start == timedelta(hours=hours)
    assert_whole(period)


def test_the_close_of_a_period_that_goes_on_is_now() -> None:
    assert period_of("this-month", NOW, SHANGHAI).close == NOW
    assert period_of("last-month", NOW, SHANGHAI).close == period_of("last-month", NOW, SHANGHAI).end
    future = period_of("2027-01", NOW, SHANGHAI)
    assert future.close == future.start


@pytest.mark.parametrize(
    ("text", "before", "last"),
    [
        ("2026-11-24", "2025-11-24", "2025-11-24"),
        ("2024-02-29", "2023-02-28", "2023-02-28"),
        ("2026-W48", "2025-W48", "2025-11-30"),
        ("2026-W53", "2025-W52", "2025-12-28"),
        ("2025-02", "2024-02", "2024-02-29"),
        ("2026", "2025", "2025-12-31"),
        ("2026-11-01..2026-11-15", "2025-11-01..2025-11-15", "2025-11-15"),
    ],
)
def test_the_same_a_year_before(text: str, before: str, last: str) -> None:
    earlier = period_of(text, datetime(2028, 1, 1, tzinfo=UTC), SHANGHAI).a_year_before()
    assert (earlier.key, earlier.last.isoformat()) == (before, last)


def test_a_running_period_is_compared_as_far_as_it_has_come() -> None:
    earlier = period_of("this-month", NOW, SHANGHAI).a_year_before()
    assert earlier.close == datetime(2025, 11, 24, 16, 0, tzinfo=UTC)


def assert_whole(period: Period) -> None:
    """The parts follow each other from the start of the period to its end."""
    parts = period.parts()
    assert (parts[0].start, parts[-1].end) == (period.start, period.end)
    assert all(one.end == two.start for one, two in pairwise(parts))


@settings(deadline=None)
@given(
    first=st.dates(date(2000, 1, 1), date(2098, 1, 1)),
    days=st.integers(0, 800),
    zone=st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("America/Sao_Paulo"), ZoneInfo("Australia/Lord_Howe")]),
)
def test_the_parts_make_up_the_period(first: date, days: int, zone: ZoneInfo) -> None:
    period = period_of(f"{first}..{first + timedelta(days=days)}", NOW, zone)
    assert period.days == days + 1
    assert_whole(period)
