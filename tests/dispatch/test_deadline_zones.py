"""Pickup deadlines over changes of the clock, in four zones, against a table of its own (RELIABILITY row 34).

The table knows the changes as they were announced, the cut-offs as SPEC 6 prints them, and adds hours by hand; it asks
no time zone library. Shanghai had summer time from 1986 to 1991.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.calendar import WorkCalendar
from config.cutoffs import Cutoffs
from config.rulefolder import shipped
from config.zone import Zone
from dispatch.deadline import pickup_deadline

CUTOFFS, _ = Cutoffs.parse(shipped("cutoffs.csv"), "cutoffs.csv")
EVERY_DAY, _ = WorkCalendar.parse("date,until,zone,working,hours,remark\n", "calendar.csv", enabled=False)
# Zone -> its offset in winter, and summer times: from, to, in UTC. A summer hour is added in between.
CHANGES: dict[str, tuple[int, tuple[tuple[str, str], ...]]] = {
    "Asia/Shanghai": (
        8,
        (
            ("1986-05-03T18:00", "1986-09-13T17:00"),
            ("1987-04-11T18:00", "1987-09-12T17:00"),
            ("1988-04-16T18:00", "1988-09-10T17:00"),
            ("1989-04-15T18:00", "1989-09-16T17:00"),
            ("1990-04-14T18:00", "1990-09-15T17:00"),
            ("1991-04-13T18:00", "1991-09-14T17:00"),
        ),
    ),
    "Europe/Berlin": (
        1,
        (
            ("2025-03-30T01:00", "2025-10-26T01:00"),
            ("2026-03-29T01:00", "2026-10-25T01:00"),
            ("2027-03-28T01:00", "2027-10-31T01:00"),
        ),
    ),
    "America/New_York": (
        -5,
        (
            ("2025-03-09T07:00", "2025-11-02T06:00"),
            ("2026-03-08T07:00", "2026-11-01T06:00"),
            ("2027-03-14T07:00", "2027-11-07T06:00"),
        ),
    ),
    "UTC": (0, ()),
}
# Zone -> rows of SPEC 6: ordered before this hour -> picked up by that hour, so many days later.
PRINTED = {
    Zone.URBAN: ((12, 15, 0), (15, 18, 0), (24, 12, 1)),
    Zone.SUBURBAN: ((12, 18, 0), (24, 18, 1)),
}
STEPS = (-36, -30, -25, -24, -23, -13, -12, -11, -2, -1, 0, 1, 2, 11, 12, 13, 23, 24, 25)  # hours round each change


def offset(zone: str, at: datetime) -> timedelta:
    winter, summers = CHANGES[zone]
    summer = any(datetime.fromisoformat(begin) <= at < datetime.fromisoformat(end) for begin, end in summers)
    return timedelta(hours=winter + summer)


def by_the_table(zone: str, ordered: datetime, area: Zone) -> datetime:
    """The deadline in UTC, without a zone; `ordered` likewise."""
    local = ordered + offset(zone, ordered)
    hour, days = next((by, days) for before, by, days in PRINTED[area] if local.hour < before)
    due = datetime.combine(local.date(), time()) + timedelta(days=days, hours=hour)
    for guess in (due - offset(zone, ordered), due - offset(zone, ordered + timedelta(days=2))):
        if guess + offset(zone, guess) == due:
            return guess
    raise AssertionError(f"no such time in {zone}: {due}")


def instants() -> Iterator[tuple[str, datetime]]:
    for zone, (_, summers) in CHANGES.items():
        for moment in [datetime.fromisoformat(each) for summer in summers for each in summer]:
            yield from ((zone, moment + timedelta(hours=hours, minutes=hours % 3)) for hours in STEPS)
        yield from ((zone, datetime.fromisoformat(f"2026-12-31T{hour:02}:59")) for hour in range(24))


def test_there_are_enough_of_them() -> None:
    assert len(list(instants())) >= 400


@pytest.mark.parametrize("zone", CHANGES)
@pytest.mark.parametrize("area", PRINTED)
def test_deadlines_equal_the_table(zone: str, area: Zone) -> None:
    for where, ordered in instants():
        if where == zone:
            found = pickup_deadline(ordered.replace(tzinfo=UTC), area, CUTOFFS, EVERY_DAY, ZoneInfo(zone))
            assert found.by.replace(tzinfo=None) == by_the_table(zone, ordered, area), (zone, ordered)
