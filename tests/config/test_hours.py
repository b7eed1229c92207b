"""Hours and days off as people write them."""

from datetime import date, datetime

import pytest

from config.hours import Unreadable, read_days_off, read_hours

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "weekday", "spans"),
    [
        ("", 6, ((0, 1440),)),
        ("08:00-20:00", 6, ((480, 1200),)),
        ("mon-fri 08:00-12:00 13:00-18:00; sat 09:00-12:00", 4, ((480, 720), (780, 1080))),
        ("mon-fri 08:00-12:00 13:00-18:00; sat 09:00-12:00", 5, ((540, 720),)),
        ("mon-fri 08:00-12:00 13:00-18:00; sat 09:00-12:00", 6, ()),
        ("周一至周五 08:00-18:00；周六 08:00-12:00", 5, ((480, 720),)),
        ("sat-mon 00:00-24:00", 0, ((0, 1440),)),
        ("sat-mon 00:00-24:00", 1, ()),
        ("mon-sun", 3, ((0, 1440),)),
        ("08:00-20:00; sun 10:00-12:00", 6, ((600, 720),)),
    ],
)
def test_hours(text: str, weekday: int, spans: tuple[tuple[int, int], ...]) -> None:
    assert read_hours(text).spans(date.fromordinal(MONDAY.toordinal() + weekday)) == spans


@pytest.mark.parametrize(
    "text", ["8-20", "mon-xyz 08:00-12:00", "20:00-06:00", "08:00-08:00", "25:00-26:00", "08:60-09:00"]
)
def test_unreadable_hours(text: str) -> None:
    with pytest.raises(Unreadable):
        read_hours(text)


def test_the_end_of_a_span_is_not_within() -> None:
    hours = read_hours("08:00-20:00")
    assert hours.covers(datetime(2026, 11, 23, 8, 0))  # noqa: DTZ001 (a wall clock)
    assert not hours.covers(datetime(2026, 11, 23, 20, 0))  # noqa: DTZ001
    assert not hours.covers(datetime(2026, 11, 23, 7, 59, 59))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "day", "off"),
    [
        ("sun", date(2026, 11, 29), True),
        ("sun", date(2026, 11, 28), False),
        ("sat-sun; 2026-12-24", date(2026, 12, 24), True),
        ("2027-02-05..2027-02-11", date(2027, 2, 11), True),
        ("2027-02-05..2027-02-11", date(2027, 2, 12), False),
        ("周日；2027-2-5", date(2026, 11, 29), True),
        ("", date(2026, 11, 29), False),
    ],
)
def test_days_off(text: str, day: date, off: bool) -> None:
    assert read_days_off(text).covers(day) is off


@pytest.mark.parametrize("text", ["someday", "2027-02-30", "2027-02-11..2027-02-05", "mon-sun", "sat,sun,xyz"])
def test_unreadable_days_off(text: str) -> None:
    with pytest.raises(Unreadable):
        read_days_off(text)
