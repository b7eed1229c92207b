"""The cut-off table at every boundary, over month, year and leap-day ends, and with the working calendar."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time

from config.calendar import WorkCalendar
from config.cutoffs import Cutoffs
from config.phrases import phrase
from config.rulefolder import shipped
from config.zone import Zone
from dispatch.deadline import Deadline, pickup_deadline

SHANGHAI = ZoneInfo("Asia/Shanghai")
CUTOFFS, CUTOFF_FAULTS = Cutoffs.parse(shipped("cutoffs.csv"), "cutoffs.csv")
HEADING = "date,until,zone,working,hours,remark\n"


def deadline(ordered: str, zone: Zone, rows: str | None = None, tz: ZoneInfo = SHANGHAI) -> Deadline:
    """rows None: as shipped, the calendar switched off."""
    calendar, faults = WorkCalendar.parse(HEADING + (rows or ""), "calendar.csv", enabled=rows is not None)
    assert faults == []
    moment = datetime.fromisoformat(ordered).replace(tzinfo=tz)
    return pickup_deadline(moment.astimezone(UTC), zone, CUTOFFS, calendar, tz)


def local(found: Deadline, tz: ZoneInfo = SHANGHAI) -> str:
    assert found.by.tzinfo is UTC
    return found.by.astimezone(tz).strftime("%Y-%m-%d %H:%M")


def test_the_shipped_table_has_no_faults() -> None:
    assert CUTOFF_FAULTS == []


# SPEC 6, every row at both of its ends
@pytest.mark.parametrize(
    ("zone", "ordered", "by"),
    [
        ("urban", "2026-11-24T00:00:00", "2026-11-24 15:00"),
        ("urban", "2026-11-24T11:59:59.999999", "2026-11-24 15:00"),
        ("urban", "2026-11-24T12:00:00", "2026-11-24 18:00"),
        ("urban", "2026-11-24T14:59:59", "2026-11-24 18:00"),
        ("urban", "2026-11-24T15:00:00", "2026-11-25 12:00"),
        ("urban", "2026-11-24T23:59:59", "2026-11-25 12:00"),
        ("suburban", "2026-11-24T00:00:00", "2026-11-24 18:00"),
        ("suburban", "2026-11-24T11:59:59", "2026-11-24 18:00"),
        ("suburban", "2026-11-24T12:00:00", "2026-11-25 18:00"),
        ("suburban", "2026-11-24T23:59:59", "2026-11-25 18:00"),
        # ends of month and year, leap day
        ("urban", "2026-11-30T15:00:00", "2026-12-01 12:00"),
        ("suburban", "2026-12-31T12:00:00", "2027-01-01 18:00"),
        ("urban", "2028-02-28T16:00:00", "2028-02-29 12:00"),
        ("urban", "2028-02-29T16:00:00", "2028-03-01 12:00"),
        ("suburban", "2027-02-28T13:00:00", "2027-03-01 18:00"),
        # a public holiday: the calendar is off by default
        ("urban", "2026-09-30T15:00:00", "2026-10-01 12:00"),
    ],
)
def test_the_cut_off_table(zone: str, ordered: str, by: str) -> None:
    assert local(deadline(ordered, Zone(zone))) == by


def test_midnight_is_that_of_the_company() -> None:
    """16:30 UTC is half past midnight in Shanghai: already the next day, and before noon."""
    moment = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
    found = pickup_deadline(moment, Zone.URBAN, CUTOFFS, WorkCalendar.always(), SHANGHAI)
    assert local(found) == "2026-11-25 15:00"


def test_the_rule_reads_no_clock() -> None:
    with freeze_time("2031-01-01T00:00:00+00:00"):
        assert local(deadline("2026-11-24T09:12", Zone.URBAN)) == "2026-11-24 15:00"


def test_outside_has_no_deadline() -> None:
    with pytest.raises(LookupError):
        deadline("2026-11-24T09:12", Zone.OUTSIDE)


@pytest.mark.parametrize(
    ("ordered", "zone", "zh"),
    [
        ("2026-11-24T09:12", "urban", "下单时间 09:12 在 12:00 之前，城区：当天 15:00 前提货"),
        ("2026-11-24T12:00", "urban", "下单时间 12:00 在 12:00 到 15:00 之间，城区：当天 18:00 前提货"),
        ("2026-11-24T15:00", "urban", "下单时间 15:00 在 15:00 或以后，城区：次日（2026-11-25）12:00 前提货"),
        ("2026-11-24T11:59", "suburban", "下单时间 11:59 在 12:00 之前，郊区：当天 18:00 前提货"),
        ("2026-11-24T12:00", "suburban", "下单时间 12:00 在 12:00 或以后，郊区：次日（2026-11-25）18:00 前提货"),
    ],
)
def test_the_reason_in_words(ordered: str, zone: str, zh: str) -> None:
    found = deadline(ordered, Zone(zone))
    assert phrase(found.phrase, "zh", **found.values) == zh
    english = phrase(found.phrase, "en", **found.values)
    assert ordered[-5:] in english
    assert "$" not in english


# -- with the calendar of working days --


@pytest.mark.parametrize(
    ("zone", "ordered", "by"),
    [
        ("urban", "2026-09-30T15:00", "2026-10-08 12:00"),  # over National Day
        ("suburban", "2026-09-30T12:00", "2026-10-08 18:00"),
        ("urban", "2026-09-30T14:59", "2026-09-30 18:00"),
        ("urban", "2026-10-09T15:00", "2026-10-10 12:00"),  # a make-up Saturday
        ("urban", "2026-10-10T09:00", "2026-10-10 15:00"),
        ("urban", "2026-02-14T16:00", "2026-02-24 12:00"),
        ("urban", "2026-12-31T18:00", "2027-01-04 12:00"),
        ("suburban", "2027-02-04T12:00", "2027-02-11 18:00"),
        ("urban", "2026-11-27T15:00", "2026-11-30 12:00"),  # Friday afternoon
        ("urban", "2026-11-28T09:00", "2026-11-30 12:00"),  # on a day off: the last band
        ("suburban", "2026-11-29T09:00", "2026-11-30 18:00"),
        ("urban", "2028-02-28T15:00", "2028-02-29 12:00"),
    ],
)
def test_the_next_working_day(zone: str, ordered: str, by: str) -> None:
    assert local(deadline(ordered, Zone(zone), "")) == by


def test_words_over_a_holiday() -> None:
    found = deadline("2026-09-30T15:00", Zone.URBAN, "")
    zh = "下单时间 15:00 在 15:00 或以后，城区：下一个工作日（2026-10-08）12:00 前提货"
    assert phrase(found.phrase, "zh", **found.values) == zh
    found = deadline("2026-10-01T09:00", Zone.URBAN, "")
    assert phrase(found.phrase, "zh", **found.values) == "下单时间 09:00，当天已不提货，城区：2026-10-08 12:00 前提货"


WEEK = '*,,,yes,"mon-fri 08:00-12:00 13:00-18:00; sat 08:00-12:00",\n'


@pytest.mark.parametrize(
    ("zone", "ordered", "by", "code"),
    [
        ("urban", "2026-11-28T09:00", "2026-11-28 12:00", "clipped"),  # Saturday: work ends at noon
        ("urban", "2026-11-28T12:00", "2026-11-30 12:00", "closed"),
        ("urban", "2026-11-27T16:00", "2026-11-28 12:00", "next_after"),
        ("suburban", "2026-11-27T16:00", "2026-11-28 12:00", "clipped"),
        ("urban", "2026-11-24T19:00", "2026-11-25 12:00", "closed"),
        ("urban", "2026-11-24T17:59", "2026-11-25 12:00", "next_after"),
    ],
)
def test_working_hours_bound_the_deadline(zone: str, ordered: str, by: str, code: str) -> None:
    found = deadline(ordered, Zone(zone), WEEK)
    assert local(found) == by
    assert found.phrase == f"deadline_{zone}_{code}"
    assert "$" not in phrase(found.phrase, "zh", **found.values)


def test_zones_may_have_own_days() -> None:
    rows = "2026-11-25,,suburban,no,,\n"
    assert local(deadline("2026-11-24T16:00", Zone.SUBURBAN, rows)) == "2026-11-26 18:00"
    assert local(deadline("2026-11-24T16:00", Zone.URBAN, rows)) == "2026-11-25 12:00"


# -- another clock: the hour that does not exist, and the one that exists twice --


@pytest.mark.parametrize(
    ("ordered", "by"),
    [("2026-03-28T16:00", "2026-03-29T10:00+00:00"), ("2026-10-24T16:00", "2026-10-25T11:00+00:00")],
)
def test_a_company_with_summer_time(ordered: str, by: str) -> None:
    found = deadline(ordered, Zone.URBAN, tz=ZoneInfo("Europe/Berlin"))
    assert found.by == datetime.fromisoformat(by)


def test_a_later_order_never_has_an_earlier_deadline() -> None:
    """Minute by minute over a week with a half Saturday and a free Sunday."""
    calendar, _ = WorkCalendar.parse(HEADING + WEEK, "calendar.csv", enabled=True)
    for zone in (Zone.URBAN, Zone.SUBURBAN):
        previous = datetime.min.replace(tzinfo=UTC)
        for minute in range(0, 8 * 1440, 7):
            day, within = divmod(minute, 1440)
            moment = datetime(2026, 11, 16 + day, within // 60, within % 60, tzinfo=SHANGHAI)
            by = pickup_deadline(moment, zone, CUTOFFS, calendar, SHANGHAI).by
            assert by >= previous
            assert by > moment
            previous = by
