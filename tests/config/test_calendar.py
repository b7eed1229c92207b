"""Holidays and make-up workdays of 2026 and 2027, own exceptions, hours of the week."""

from datetime import date, timedelta

import pytest

from config.calendar import WorkCalendar
from config.rulefolder import shipped
from config.zone import Zone

HEADING = "date,until,zone,working,hours,remark\n"


def calendar(rows: str = "") -> WorkCalendar:
    made, faults = WorkCalendar.parse(HEADING + rows, "calendar.csv", enabled=True)
    assert faults == []
    return made


# The State Council's arrangement for 2026; of 2027 what the law fixes.
@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 1, 1), date(2026, 1, 3)),  # New Year
        (date(2026, 2, 15), date(2026, 2, 23)),  # Spring Festival
        (date(2026, 4, 4), date(2026, 4, 6)),  # Qingming
        (date(2026, 5, 1), date(2026, 5, 5)),  # Labour Day
        (date(2026, 6, 19), date(2026, 6, 21)),  # Dragon Boat
        (date(2026, 9, 25), date(2026, 9, 27)),  # Mid-Autumn
        (date(2026, 10, 1), date(2026, 10, 7)),  # National Day
        (date(2027, 1, 1), date(2027, 1, 3)),
        (date(2027, 2, 5), date(2027, 2, 8)),  # Spring Festival: eve and first three days
        (date(2027, 4, 5), date(2027, 4, 5)),
        (date(2027, 5, 1), date(2027, 5, 2)),
        (date(2027, 6, 9), date(2027, 6, 9)),
        (date(2027, 9, 15), date(2027, 9, 15)),
        (date(2027, 10, 1), date(2027, 10, 3)),
    ],
)
def test_public_holidays_are_off(first: date, last: date) -> None:
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    assert [day for day in days if calendar().is_working(day)] == []


@pytest.mark.parametrize(
    "day",
    [date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 9, 20), date(2026, 10, 10)],
)
def test_make_up_weekend_days_are_worked(day: date) -> None:
    assert day.weekday() >= 5
    assert calendar().is_working(day)


@pytest.mark.parametrize(
    ("day", "following"),
    [
        (date(2026, 9, 30), date(2026, 10, 8)),  # over National Day
        (date(2026, 10, 9), date(2026, 10, 10)),  # to a worked Saturday
        (date(2026, 10, 10), date(2026, 10, 12)),
        (date(2026, 2, 13), date(2026, 2, 14)),
        (date(2026, 2, 14), date(2026, 2, 24)),
        (date(2026, 12, 31), date(2027, 1, 4)),  # the year ends
        (date(2027, 2, 4), date(2027, 2, 11)),
        (date(2026, 11, 24), date(2026, 11, 25)),
        (date(2026, 11, 27), date(2026, 11, 30)),
        (date(2028, 2, 28), date(2028, 2, 29)),  # leap day
    ],
)
def test_the_next_working_day(day: date, following: date) -> None:
    assert calendar().next_working_day(day) == following


def test_switched_off_every_day_is_worked() -> None:
    always, faults = WorkCalendar.parse(shipped("calendar.csv"), "calendar.csv", enabled=False)
    assert faults == []
    for day in (date(2026, 10, 1), date(2027, 2, 6), date(2026, 11, 29)):
        assert always.is_working(day)
        assert always.next_working_day(day) == day + timedelta(days=1)


def test_own_exceptions_lie_over_the_public_calendar() -> None:
    own = calendar("2027-02-05,2027-02-07,urban,yes,09:00-15:00,\n2026-11-25,,,no,,\n2026-11-28,,suburban,yes,,\n")
    assert own.spans(date(2027, 2, 6), Zone.URBAN) == ((540, 900),)
    assert own.spans(date(2027, 2, 6), Zone.SUBURBAN) == ()
    assert own.next_working_day(date(2026, 11, 24)) == date(2026, 11, 26)
    assert own.next_working_day(date(2026, 11, 27), Zone.SUBURBAN) == date(2026, 11, 28)
    assert own.next_working_day(date(2026, 11, 27), Zone.URBAN) == date(2026, 11, 30)


def test_hours_of_the_week_in_several_spans() -> None:
    week = calendar('*,,,yes,"mon-fri 08:00-12:00 13:00-18:00; sat 08:00-12:00",\n')
    assert week.spans(date(2026, 11, 24)) == ((480, 720), (780, 1080))
    assert week.spans(date(2026, 11, 28)) == ((480, 720),)  # Saturday
    assert week.spans(date(2026, 11, 29)) == ()
    assert week.spans(date(2026, 10, 3)) == ()  # a Saturday in the holidays
    assert week.spans(date(2026, 9, 20)) == ((480, 720), (780, 1080))  # a make-up Sunday has a Friday's hours


def test_the_weekend_inside_a_holiday_is_off_for_those_who_work_weekends() -> None:
    week = calendar("*,,,yes,mon-sun,\n")
    assert week.is_working(date(2026, 9, 27)) is True  # Sunday after the Mid-Autumn Friday: no holiday after it
    assert week.is_working(date(2026, 10, 4)) is False
    assert week.is_working(date(2026, 2, 22)) is False
    assert week.is_working(date(2026, 11, 29)) is True


def test_a_year_without_working_day_is_said() -> None:
    shut = calendar("2026-11-25,2027-11-26,,no,,\n")
    with pytest.raises(LookupError):
        shut.next_working_day(date(2026, 11, 24))
