"""Who gets the work order: by days off, duty hours and deputies."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from config.dispatchers import Dispatchers
from config.phrases import catalogue
from config.rulefolder import shipped
from dispatch.roster import on_duty

SHANGHAI = ZoneInfo("Asia/Shanghai")
ROSTER = """key,name,email,phone,deputy,days_off,duty
a,甲,dispatch-a@consign.example,13900000001,b,sun; 2026-12-24,08:00-20:00
b,乙,dispatch-b@consign.example,13900000002,c,2026-12-24,08:00-22:00
c,丙,dispatch-c@consign.example,13900000003,a,,mon-fri 08:00-18:00
alone,丁,dispatch-d@consign.example,13900000004,,sat-sun,
"""


def roster(text: str = ROSTER) -> Dispatchers:
    dispatchers, faults = Dispatchers.parse(text, "dispatchers.csv", SHANGHAI)
    assert faults == []
    return dispatchers


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    ("key", "when", "dispatcher", "deputy", "reason"),
    [
        ("a", "2026-11-24T08:00", "a", "b", "duty_own"),
        ("a", "2026-11-24T19:59:59", "a", "b", "duty_own"),
        ("a", "2026-11-24T20:00", "b", "c", "duty_deputy"),  # nobody after b works then: the next in line is named
        ("a", "2026-11-29T10:00", "b", "c", "duty_deputy"),  # Sunday
        ("a", "2026-12-24T10:00", "c", "a", "duty_deputy"),  # Thursday, a and b off
        ("a", "2026-12-24T19:00", "a", "b", "duty_nobody"),
        ("a", "2026-11-24T23:00", "a", "b", "duty_nobody"),
        ("b", "2026-11-24T10:00", "b", "c", "duty_own"),
        ("b", "2026-11-28T10:00", "b", "a", "duty_own"),  # Saturday: c is off, a works
        ("alone", "2026-11-24T03:00", "alone", None, "duty_own"),
        ("alone", "2026-11-28T10:00", "alone", None, "duty_nobody"),
        ("gone", "2026-11-24T10:00", "a", "b", "duty_unknown_key"),
        ("gone", "2026-11-29T10:00", "b", "c", "duty_unknown_key"),
        (None, "2026-11-24T10:00", "a", "b", "duty_unknown_key"),
    ],
)
def test_on_duty(key: str | None, when: str, dispatcher: str, deputy: str | None, reason: str) -> None:
    duty = on_duty(roster(), key, at(when))
    assert (duty.dispatcher.key, duty.deputy.key if duty.deputy else None, duty.reason) == (dispatcher, deputy, reason)
    assert duty.reason in catalogue()


def test_the_day_off_is_one_of_the_company() -> None:
    """17:00 UTC on Saturday is Sunday in Shanghai."""
    text = ROSTER.replace("08:00-20:00", "").replace("08:00-22:00", "")
    saturday_evening = datetime(2026, 11, 28, 17, 0, tzinfo=UTC)
    assert on_duty(roster(text), "a", saturday_evening).dispatcher.key == "b"
    assert on_duty(roster(text), "a", datetime(2026, 11, 28, 15, 0, tzinfo=UTC)).dispatcher.key == "a"


def test_the_sample_roster() -> None:
    dispatchers = roster(shipped("dispatchers.csv"))
    assert [one.key for one in dispatchers] == ["sh-west", "sh-east", "sh-south", "sh-north", "hz-city", "hz-suburb"]
    for one in dispatchers:
        assert one.email == f"dispatch-{one.key}@consign.example"
        duty = on_duty(dispatchers, one.key, at("2026-11-29T02:00"))
        assert duty.dispatcher is one
        assert duty.deputy is not None
        assert duty.deputy is not one


def test_an_empty_roster_is_said() -> None:
    with pytest.raises(LookupError):
        on_duty(Dispatchers([], SHANGHAI), "a", at("2026-11-24T10:00"))
