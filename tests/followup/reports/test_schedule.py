"""When a report is mailed: the last occasion, by the clock on the wall, and what it is about."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from config.desksections import ReportSettings
from config.settings import Settings
from followup.reports.schedule import last_occasion, subject_period

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


def local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("when", "now", "at", "key"),
    [
        ("Mon 09:00", "2026-11-30 09:00", "2026-11-30 09:00", "2026-W49"),  # to the minute
        ("Mon 09:00", "2026-11-30 08:59:59", "2026-11-23 09:00", "2026-W48"),
        ("mon 09:00", "2026-12-06 23:59", "2026-11-30 09:00", "2026-W49"),
        ("Sun 18:00", "2026-11-29 17:59", "2026-11-22 18:00", "2026-W47"),
        ("daily 18:00", "2026-11-24 18:00", "2026-11-24 18:00", "2026-11-24"),
        ("daily 18:00", "2026-11-24 17:59", "2026-11-23 18:00", "2026-11-23"),
        ("monthly 1 08:00", "2026-12-01 07:59", "2026-11-01 08:00", "2026-11"),
        ("monthly 1 08:00", "2026-12-01 08:00", "2026-12-01 08:00", "2026-12"),
        ("monthly 31 08:00", "2026-02-28 08:00", "2026-02-28 08:00", "2026-02"),
        ("monthly last 18:00", "2028-03-01 00:00", "2028-02-29 18:00", "2028-02"),
        ("monthly 5 08:00", "2027-01-04 12:00", "2026-12-05 08:00", "2026-12"),
    ],
)
def test_the_last_occasion(when: str, now: str, at: str, key: str) -> None:
    occasion = last_occasion(when, local(now), SHANGHAI)
    assert (occasion.at, occasion.key) == (local(at), key)


def test_an_hour_that_is_left_out_or_comes_twice_has_one_occasion() -> None:
    spring = [last_occasion("daily 02:30", datetime(2026, 3, 29, hour, tzinfo=UTC), BERLIN) for hour in range(24)]
    assert {each.at for each in spring if each.key == "2026-03-29"} == {datetime(2026, 3, 29, 1, 30, tzinfo=UTC)}
    autumn = [last_occasion("daily 02:30", datetime(2026, 10, 25, hour, tzinfo=UTC), BERLIN) for hour in range(24)]
    assert {each.at for each in autumn if each.key == "2026-10-25"} == {datetime(2026, 10, 25, 0, 30, tzinfo=UTC)}


@settings(deadline=None)
@given(
    when=st.sampled_from(["daily 02:30", "Sun 03:00", "Mon 09:00", "monthly 1 08:00", "monthly last 23:59"]),
    minutes=st.integers(0, 20 * 365 * 1440),
)
def test_it_never_lies_ahead_nor_more_than_a_cycle_back(when: str, minutes: int) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    occasion = last_occasion(when, now, BERLIN)
    longest = {"daily": timedelta(hours=25), "weekly": timedelta(days=7, hours=1), "monthly": timedelta(days=32)}
    assert timedelta(0) <= now - occasion.at <= longest[occasion.cycle]


@pytest.mark.parametrize(
    ("when", "of", "key"),
    [
        ("Mon 09:00", "", "2026-W48"),
        ("daily 18:00", "", "2026-12-01"),
        ("daily 18:00", "today", "2026-12-02"),
        ("monthly 1 08:00", "", "2026-11"),
        ("Mon 09:00", "this-month", "2026-11"),  # as the occasion sees it, on 30 November
    ],
)
def test_what_it_is_about_is_seen_from_the_occasion(when: str, of: str, key: str) -> None:
    """The daemon was down until Wednesday evening, 2 December."""
    now = local("2026-12-02 19:00")
    period = subject_period(last_occasion(when, now, SHANGHAI), of, now, SHANGHAI)
    assert (period.key, period.as_of) == (key, now)


def test_what_ships_is_the_weekly_summary_of_exceptions() -> None:
    assert [(each.name, each.when, each.to, each.form) for each in Settings().reports] == [
        ("exceptions", "Mon 09:00", (), "html")
    ]


@pytest.mark.parametrize(
    "when", ["", "Monday 09:00", "daily 24:00", "daily 9:00", "monthly 0 08:00", "monthly 32 08:00"]
)
def test_a_time_that_cannot_be_is_a_fault(when: str) -> None:
    with pytest.raises(ValidationError):
        ReportSettings(name="shift", when=when)


def test_a_recipient_is_an_address() -> None:
    with pytest.raises(ValidationError):
        ReportSettings(name="shift", when="daily 18:00", to=("lead",))
