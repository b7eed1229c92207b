"""Hours of a week as people write them in a cell: "mon-fri 08:00-12:00 13:00-18:00; sat 08:00-12:00"."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from config.placenames import fold
from config.rulefile import parse_date, parse_time, show_time

Span = tuple[int, int]  # minutes after midnight: from (within) to (not within)
WEEK = frozenset(range(7))
DAY_NAMES = {name: day for day, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
DAY_NAMES |= {f"{word}{name}": day for word in ("周", "星期") for day, name in enumerate("一二三四五六日")}
DAY_NAMES |= {"周天": 6, "星期天": 6}
_SPAN = re.compile(r"(\d{1,2}:\d{2})[-~至](\d{1,2}:\d{2})")
_DAYS = re.compile(r"([a-z]{3}|周.|星期.)(?:[-~至]([a-z]{3}|周.|星期.))?")
_DATES = re.compile(r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2})(?:\.\.|~|至)?(\d{4}[-/.]\d{1,2}[-/.]\d{1,2})?")


class Unreadable(ValueError):
    """The word of a cell that is neither days nor hours."""


@dataclass(frozen=True)
class WeekHours:
    """The spans of each weekday (Monday first). Without any entry every hour of every day counts."""

    days: tuple[tuple[Span, ...], ...] | None = None

    def spans(self, day: date) -> tuple[Span, ...]:
        return ((0, 1440),) if self.days is None else self.days[day.weekday()]

    def covers(self, local: datetime) -> bool:
        minute = local.hour * 60 + local.minute
        return any(start <= minute < end for start, end in self.spans(local.date()))


@dataclass(frozen=True)
class DaysOff:
    """Weekdays and ranges of dates on which somebody does not work."""

    weekdays: frozenset[int] = frozenset()
    dates: tuple[tuple[date, date], ...] = ()

    def covers(self, day: date) -> bool:
        return day.weekday() in self.weekdays or any(first <= day <= last for first, last in self.dates)


def read_hours(text: str) -> WeekHours:
    """The hours of a cell; hours without days hold for all days, days without hours for the whole day.

    A later entry replaces an earlier one for its days. Raises Unreadable.
    """
    if not text.strip():
        return WeekHours()
    days: list[tuple[Span, ...]] = [() for _ in range(7)]
    for entry in re.split(r"[;；\n]", fold(text).lower()):
        if not entry.strip():
            continue
        weekdays: frozenset[int] = frozenset()
        spans: list[Span] = []
        for word in entry.replace(",", " ").split():
            if found := _SPAN.fullmatch(word):
                spans.append(_span(found, word))
            else:
                weekdays |= read_days(word)
        for day in weekdays or WEEK:
            days[day] = tuple(sorted(spans)) or ((0, 1440),)
    return WeekHours(tuple(days))


def _span(found: re.Match[str], word: str) -> Span:
    start, end = parse_time(found[1]), parse_time(found[2])
    if start is None or end is None or end <= start:
        raise Unreadable(word)
    return start, end


def read_days(word: str) -> frozenset[int]:
    """The weekdays of mon, sat-sun or 周六; over the week's end too (sat-mon). Raises Unreadable."""
    found = _DAYS.fullmatch(word)
    first = DAY_NAMES.get(found[1]) if found else None
    last = DAY_NAMES.get(found[2]) if found and found[2] else first
    if first is None or last is None:
        raise Unreadable(word)
    return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))


def read_days_off(text: str) -> DaysOff:
    """ "sat; sun; 2026-12-24; 2027-02-05..2027-02-11" as days off. Raises Unreadable."""
    weekdays: frozenset[int] = frozenset()
    dates: list[tuple[date, date]] = []
    for word in re.split(r"[;；,\s]", fold(text).lower()):
        if not word:
            continue
        if found := _DATES.fullmatch(word):
            first = parse_date(found[1])
            last = parse_date(found[2]) if found[2] else first
            if first is None or last is None or last < first:
                raise Unreadable(word)
            dates.append((first, last))
        else:
            weekdays |= read_days(word)
    if weekdays == WEEK:
        raise Unreadable(text)
    return DaysOff(weekdays, tuple(dates))


def show_spans(spans: tuple[Span, ...]) -> str:
    return " ".join(f"{show_time(start)}-{show_time(end)}" for start, end in spans)
