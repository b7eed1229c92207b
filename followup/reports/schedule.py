"""Rule: "Mon 09:00" and the time -> the last occasion to mail a report, and the period that it is about. Pure."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from followup.reports.period import DAY, Period, period_of

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# What a report is about where nothing else is set: what has just ended.
ABOUT = {"daily": "yesterday", "weekly": "last-week", "monthly": "last-month"}


@dataclass(frozen=True)
class Occasion:
    """When a report was to be mailed, and a key that each day, week or month has but one of."""

    at: datetime
    key: str  # "2026-11-25", "2026-W48", "2026-11"
    cycle: str  # "daily" | "weekly" | "monthly"


def last_occasion(when: str, now: datetime, zone: ZoneInfo) -> Occasion:
    """The latest occasion of "daily 18:00", "Mon 09:00", "monthly 1 08:00" or "monthly last 18:00" that is not after
    `now`. Earlier ones that were missed are not made up for: their periods can be looked at on the screen.

    By the clock on the wall: an hour that a change of time leaves out, or has twice, makes one occasion all the same.
    """
    *days, clock = when.lower().split()
    hour, minute = map(int, clock.split(":"))
    today = now.astimezone(zone).date()
    cycle = "daily" if days[0] == "daily" else "monthly" if days[0] == "monthly" else "weekly"
    for day in _days(cycle, days[-1], today):
        at = datetime.combine(day, time(hour, minute), zone).astimezone(UTC)
        if at <= now:
            return Occasion(at, _key(cycle, day), cycle)
    raise ValueError(f"no schedule: {when!r}")


def _days(cycle: str, which: str, today: date) -> tuple[date, date]:
    """The day of the occasion in this day, week or month, and in the one before."""
    if cycle == "daily":
        return today, today - DAY
    if cycle == "weekly":
        day = today - timedelta(days=today.weekday() - WEEKDAYS.index(which))
        return day, day - 7 * DAY
    this = today.replace(day=1)
    return _day_of_month(this, which), _day_of_month((this - DAY).replace(day=1), which)


def _day_of_month(first: date, which: str) -> date:
    """A month that is too short has its last day."""
    last = (first + 32 * DAY).replace(day=1) - DAY
    return last if which == "last" else first.replace(day=min(int(which), last.day))


def _key(cycle: str, day: date) -> str:
    if cycle == "daily":
        return day.isoformat()
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}" if cycle == "weekly" else f"{day:%Y-%m}"


def subject_period(occasion: Occasion, of: str, now: datetime, zone: ZoneInfo) -> Period:
    """The period of the report: seen from the occasion, though it may be mailed later, as things are now."""
    period = period_of(of or ABOUT[occasion.cycle], occasion.at, zone)
    return replace(period, as_of=now)
