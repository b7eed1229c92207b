"""Rule: "last-week" and the time of asking -> a period of whole days in the company's time zone. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
_RANGE = re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)", re.ASCII)
_WEEK = re.compile(r"(\d{4})-W(\d\d)", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d\d)", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)


class UnknownPeriod(ValueError):
    """No period is written like that."""


@dataclass(frozen=True)
class Part:
    """A part of a period: an hour of its day, a day, or a month."""

    label: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Period:
    """Whole days from `first` to `last`, asked about at `as_of`; a moment on the border of two belongs to the later."""

    key: str  # "2026-11-24", "2026-W48", "2026-11", "2026", "2026-11-01..2026-11-15"
    first: date
    last: date
    zone: ZoneInfo
    as_of: datetime

    @property
    def start(self) -> datetime:
        return midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        return midnight(self.last + DAY, self.zone)

    @property
    def close(self) -> datetime:
        """Up to when something can have happened in it: its end, or the moment of asking while it goes on."""
        return max(self.start, min(self.end, self.as_of))

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def parts(self) -> list[Part]:
        """The period for a chart: a day in its hours, up to two months in days, beyond that in months."""
        if self.days == 1:
            return self._hours()
        if self.days <= 62:
            days = [self.first + number * DAY for number in range(self.days)]
            return [Part(f"{day:%m-%d}", midnight(day, self.zone), midnight(day + DAY, self.zone)) for day in days]
        return self._months()

    def _hours(self) -> list[Part]:
        """By the clock on the wall; on a day of changed time one hour is missing or twice as long."""
        starts = [datetime.combine(self.first, time(hour), self.zone).astimezone(UTC) for hour in range(24)]
        ends = [*starts[1:], self.end]
        return [Part(f"{hour:02d}", starts[hour], max(starts[hour], ends[hour])) for hour in range(24)]

    def _months(self) -> list[Part]:
        made, day = [], self.first
        while day <= self.last:
            following = min(_next_month(day), self.last + DAY)
            made.append(Part(f"{day:%Y-%m}", midnight(day, self.zone), midnight(following, self.zone)))
            day = following
        return made

    def a_year_before(self) -> "Period":
        """The same days, week or month of the year before; while this one goes on, as far as this one has come."""
        if match := _WEEK.fullmatch(self.key):
            first, last, key = _week(int(match[1]) - 1, int(match[2]))
        else:
            first, last = _year_before(self.first), _year_before(self.last)
            if _MONTH.fullmatch(self.key):
                last = _next_month(first) - DAY
            key = _key_like(self.key, first, last)
        before = Period(key, first, last, self.zone, self.as_of)
        if self.as_of >= self.end:
            return before
        return Period(key, first, last, self.zone, before.start + (self.close - self.start))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day, in UTC."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def period_of(text: str, now: datetime, zone: ZoneInfo) -> Period:
    """The period that `text` names at the time `now`: a word of WORDS, or a key as Period has it.

    Raises UnknownPeriod.
    """
    today = now.astimezone(zone).date()
    try:
        first, last, key = WORDS[text](today) if text in WORDS else _written(text)
        if last < first or first.year < 2000 or last.year > 2999:
            raise UnknownPeriod(text)
    except ValueError as wrong:
        raise UnknownPeriod(text) from wrong
    return Period(key, first, last, zone, now)


Days = tuple[date, date, str]


def _written(text: str) -> Days:
    if match := _RANGE.fullmatch(text):
        first, last = date.fromisoformat(match[1]), date.fromisoformat(match[2])
        return first, last, text if first != last else first.isoformat()
    if match := _WEEK.fullmatch(text):
        first = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        return first, first + 6 * DAY, text
    if match := _MONTH.fullmatch(text):
        return _month(date(int(match[1]), int(match[2]), 1))
    if _YEAR.fullmatch(text):
        return _year(int(text))
    return _day(date.fromisoformat(text))


def _day(day: date) -> Days:
    return day, day, day.isoformat()


def _week_of(day: date) -> Days:
    year, week, weekday = day.isocalendar()
    first = day - (weekday - 1) * DAY
    return first, first + 6 * DAY, f"{year}-W{week:02d}"


def _week(year: int, week: int) -> Days:
    """A week of a year; the 53rd of a year without one is its last."""
    try:
        return _week_of(date.fromisocalendar(year, week, 1))
    except ValueError:
        return _week_of(date.fromisocalendar(year, week - 1, 1))


def _month(day: date) -> Days:
    first = day.replace(day=1)
    return first, _next_month(first) - DAY, f"{first:%Y-%m}"


def _next_month(day: date) -> date:
    return (day.replace(day=1) + 32 * DAY).replace(day=1)


def _year(year: int) -> Days:
    return date(year, 1, 1), date(year, 12, 31), f"{year:04d}"


def _year_before(day: date) -> date:
    """29 February has 28 February before it."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _key_like(key: str, first: date, last: date) -> str:
    if _MONTH.fullmatch(key):
        return f"{first:%Y-%m}"
    if _YEAR.fullmatch(key):
        return f"{first:%Y}"
    return first.isoformat() if first == last else f"{first.isoformat()}..{last.isoformat()}"


WORDS: dict[str, Callable[[date], Days]] = {
    "today": _day,
    "yesterday": lambda today: _day(today - DAY),
    "this-week": _week_of,
    "last-week": lambda today: _week_of(today - 7 * DAY),
    "this-month": _month,
    "last-month": lambda today: _month(today.replace(day=1) - DAY),
    "this-year": lambda today: _year(today.year),
    "last-year": lambda today: _year(today.year - 1),
}
