"""On which days, and in which hours, the company works (SPEC 6): Chinese public holidays with their make-up workdays,
laid over by the company's own list (calendar.csv). Switched off, as it ships, every hour of every day is worked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays

from config.faults import Fault
from config.hours import Span, Unreadable, WeekHours, read_hours
from config.rulefile import Cells, read_rows
from config.zone import Zone

COLUMNS = {
    "date": ("日期", "起"),
    "until": ("止", "至"),
    "zone": ("区域", "分区"),
    "working": ("上班", "工作"),
    "hours": ("时间", "工作时间"),
    "remark": ("备注", "说明"),
}
REQUIRED = ("date", "working")
ZONES: dict[str, tuple[Zone, ...]] = {
    "urban": (Zone.URBAN,),
    "城区": (Zone.URBAN,),
    "suburban": (Zone.SUBURBAN,),
    "郊区": (Zone.SUBURBAN,),
}
BOTH = (Zone.URBAN, Zone.SUBURBAN)
WEEKLY = ("*", "weekly", "每周", "平日")
LONGEST = 366  # days of one row; also how far a next working day is looked for
WHOLE_DAY: tuple[Span, ...] = ((0, 1440),)
FRIDAY = 4
OFFICE_WEEK = WeekHours((WHOLE_DAY,) * 5 + ((), ()))  # where calendar.csv gives no hours of the week


@dataclass(frozen=True)
class DayRule:
    """What calendar.csv says of one date in one zone."""

    working: bool
    hours: tuple[Span, ...] | None  # None: the usual hours of that weekday
    line: int


class WorkCalendar:
    """Working days and hours of each zone. Immutable; a day beyond the published holidays is the library's estimate."""

    def __init__(
        self,
        rules: Mapping[tuple[Zone, date], DayRule],
        weekly: Mapping[Zone, WeekHours],
        *,
        enabled: bool,
    ) -> None:
        self.enabled = enabled
        self._rules, self._weekly = dict(rules), dict(weekly)

    @classmethod
    def parse(cls, text: str, file: str, *, enabled: bool) -> tuple["WorkCalendar", list[Fault]]:
        """The calendar of calendar.csv and its faults. A row with date * gives the usual hours of the week."""
        rows, faults = read_rows(text, file, COLUMNS, REQUIRED)
        rules: dict[tuple[Zone, date], DayRule] = {}
        weekly: dict[Zone, WeekHours] = {}
        for cells in rows:
            if cells.text("date") in WEEKLY:
                _weekly(cells, weekly)
            else:
                _days(cells, rules)
            faults += cells.faults
        return cls(rules, weekly, enabled=enabled), faults

    @classmethod
    def always(cls) -> "WorkCalendar":
        """Every hour of every day (as shipped)."""
        return cls({}, {}, enabled=False)

    def is_working(self, day: date, zone: Zone = Zone.URBAN) -> bool:
        """Whether goods are picked up in the zone on that day."""
        return bool(self.spans(day, zone))

    def spans(self, day: date, zone: Zone = Zone.URBAN) -> tuple[Span, ...]:
        """The hours worked on a day, in minutes after midnight; empty on a day off."""
        if not self.enabled:
            return WHOLE_DAY
        usual = self._weekly.get(zone, OFFICE_WEEK)
        rule = self._rules.get((zone, day))
        if rule is None:
            return _usual(day, usual) if _is_open(day, usual) else ()
        if not rule.working:
            return ()
        return rule.hours if rule.hours is not None else _usual(day, usual) or WHOLE_DAY

    def next_working_day(self, day: date, zone: Zone = Zone.URBAN) -> date:
        """The first working day after `day`. Raises LookupError where the list leaves none within a year."""
        for step in range(1, LONGEST + 1):
            later = day + timedelta(days=step)
            if self.is_working(later, zone):
                return later
        raise LookupError(f"no working day within a year after {day}")


def _usual(day: date, week: WeekHours) -> tuple[Span, ...]:
    """The hours of the weekday; a make-up Saturday or Sunday, free in other weeks, has those of a Friday."""
    return week.spans(day) or week.spans(day - timedelta(days=day.weekday() - FRIDAY))


def _is_open(day: date, week: WeekHours) -> bool:
    free, made_up = _public(day.year)
    return day in made_up or (bool(week.spans(day)) and day not in free)


@cache
def _public(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """The public days off of a year, and the weekend days worked in exchange; computed once, shared by all threads.

    The weekend inside a holiday (2026-10-04) is off too, though no decree needs to name it.
    """
    china = holidays.country_holidays("CN", years=(year - 1, year, year + 1))
    named = frozenset(china)
    weekend = {day + timedelta(days=step) for day in named if day.weekday() == FRIDAY for step in (1, 2)} | {
        day - timedelta(days=1) for day in named if day.weekday() == 0
    }
    inside = {day for day in weekend if _before(day) in named and _after(day) in named}
    made_up = frozenset(china.weekend_workdays)
    return (named | inside) - made_up, made_up


def _before(day: date) -> date:
    """The last weekday before a weekend day."""
    return day - timedelta(days=day.weekday() - FRIDAY)


def _after(day: date) -> date:
    return day + timedelta(days=7 - day.weekday())


def _zones(cells: Cells) -> tuple[Zone, ...]:
    return (cells.one_of("zone", ZONES) or ()) if cells.has("zone") else BOTH


def _hours(cells: Cells) -> WeekHours | None:
    try:
        return read_hours(cells.text("hours")) if cells.has("hours") else None
    except Unreadable as word:
        cells.fault("hours", "hours_unreadable", value=str(word))
        return None


def _weekly(cells: Cells, weekly: dict[Zone, WeekHours]) -> None:
    hours = _hours(cells)
    if hours is None and not cells.faults:
        cells.fault("hours", "cell_missing", column="hours")
    for zone in _zones(cells):
        if zone in weekly:
            cells.fault("date", "calendar_weekly_twice", zone=zone.value)
        elif hours is not None:
            weekly[zone] = hours


def _days(cells: Cells, rules: dict[tuple[Zone, date], DayRule]) -> None:
    first = cells.date("date", required=True)
    last = cells.date("until") if cells.has("until") else first
    working, hours = cells.yes("working"), _hours(cells)
    if not cells.has("working"):
        cells.fault("working", "cell_missing", column="working")
    if hours is not None and not working:
        cells.fault("hours", "calendar_hours_on_day_off")
    if first is None or last is None:
        return
    if not timedelta(0) <= last - first <= timedelta(days=LONGEST):
        cells.fault("until", "calendar_backwards", first=str(first), last=str(last))
        return
    for zone in _zones(cells):
        for step in range((last - first).days + 1):
            day = first + timedelta(days=step)
            rule = DayRule(working, hours.spans(day) if hours else None, cells.line)
            earlier = rules.setdefault((zone, day), rule)
            if earlier is not rule:
                cells.fault("date", "calendar_day_twice", day=str(day), line=str(earlier.line))
                return
