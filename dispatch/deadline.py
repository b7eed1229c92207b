"""Rule: order time and zone -> by when the goods are picked up, and why (SPEC 6)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from config.calendar import WorkCalendar
from config.cutoffs import DAY_END, Band, Cutoffs
from config.rulefile import as_time, show_time
from config.zone import Zone

if TYPE_CHECKING:
    from config.company import Company


@dataclass(frozen=True)
class Deadline:
    """The latest pickup (UTC), and its reason: a sentence of phrases.toml with the values that fill it."""

    by: datetime
    phrase: str
    values: dict[str, str]


def pickup_deadline(
    ordered_at: datetime, zone: Zone, cutoffs: Cutoffs, calendar: WorkCalendar, timezone: ZoneInfo
) -> Deadline:
    """The deadline of an order by the cut-off table; a time exactly on a boundary belongs to the later band.

    The next day is the next day on which the zone is worked. An order on a day off, or after the last working hour of
    the day, counts as one of the day's last band. No deadline lies after the last working hour of its day.
    Raises LookupError for a zone without deadlines (outside).
    """
    local = ordered_at.astimezone(timezone)
    day, minute = local.date(), local.hour * 60 + local.minute
    band = cutoffs.band(zone, minute)
    open_until = max((end for _, end in calendar.spans(day, zone)), default=0)
    closed = minute >= open_until
    if closed and not band.next_day:
        band = cutoffs.last_band(zone)
    due_day = calendar.next_working_day(day, zone) if band.next_day or closed else day
    limit, clipped = band.deadline, False
    last_hour = max(end for _, end in calendar.spans(due_day, zone))
    if last_hour < limit:
        limit, clipped = last_hour, True
    by = datetime.combine(due_day, as_time(limit), timezone).astimezone(UTC)
    values = {
        "ordered": show_time(minute),
        "from": show_time(band.start),
        "to": show_time(band.end),
        "deadline": show_time(limit),
        "date": due_day.isoformat(),
    }
    return Deadline(by, _phrase(band, day, due_day, closed, clipped), values)


def company_deadline(company: "Company", ordered_at: datetime, zone: Zone) -> Deadline:
    """The deadline by the company's own cut-offs, calendar and clock. Raises LookupError outside the zones."""
    return pickup_deadline(ordered_at, zone, company.cutoffs, company.calendar, company.timezone)


def _phrase(band: Band, day: date, due_day: date, closed: bool, clipped: bool) -> str:
    if closed:
        return f"deadline_{band.zone.value}_closed"
    if clipped:
        return f"deadline_{band.zone.value}_clipped"
    when = {0: "same", 1: "next"}.get((due_day - day).days, "workday")
    shape = "before" if band.start == 0 and band.end < DAY_END else "after" if band.end == DAY_END else "between"
    return f"deadline_{band.zone.value}_{when}_{shape}"
