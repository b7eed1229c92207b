"""Overdue tasks go up: by clocks of their kind, to the next role, in no quiet hours."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.settings import DatabaseSettings, FollowupSettings, Settings
from consign.checking import check_everything
from followup.agenda import TaskKind
from followup.ladder import is_quiet, patience, rungs, unknown_kinds

SHANGHAI = ZoneInfo("Asia/Shanghai")
SETTINGS = FollowupSettings()


def at(clock: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(f"2026-11-24T{clock}").replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [
        ("20:59:59", False),
        ("21:00:00", True),
        ("23:59:59", True),
        ("00:00:00", True),
        ("07:59:59", True),
        ("08:00:00", False),
        ("12:00:00", False),
    ],
)
def test_the_quiet_hours_go_over_midnight(clock: str, quiet: bool) -> None:
    assert is_quiet(at(clock), SETTINGS, SHANGHAI) is quiet


def test_quiet_hours_are_those_of_the_company_wherever_the_clock_stands() -> None:
    evening = at("21:30:00").astimezone(UTC)
    assert is_quiet(evening, SETTINGS, SHANGHAI)
    assert not is_quiet(evening, SETTINGS, ZoneInfo("Europe/Berlin"))  # 14:30 there


def test_quiet_hours_within_a_day_and_none() -> None:
    noon = FollowupSettings(quiet_from="12:00", quiet_until="13:00")
    assert is_quiet(at("12:30:00"), noon, SHANGHAI)
    assert not is_quiet(at("13:00:00"), noon, SHANGHAI)
    never = FollowupSettings(quiet_from="00:00", quiet_until="00:00")
    assert not is_quiet(at("00:00:00"), never, SHANGHAI)


def test_every_kind_stands_on_each_rung_once() -> None:
    for role in ("agent", "supervisor"):
        kinds = [kind for rung in rungs(SETTINGS) if rung.role == role for kind in rung.kinds]
        assert sorted(kinds) == sorted(TaskKind)
    assert {(rung.role, rung.to) for rung in rungs(SETTINGS)} == {("agent", "supervisor"), ("supervisor", "manager")}


def test_the_clocks_are_those_of_the_settings() -> None:
    assert patience(TaskKind.CONFIRM_WITH_CUSTOMER, SETTINGS) == (timedelta(minutes=60), timedelta(minutes=240))
    assert patience(TaskKind.CHASE_RECEIPT, SETTINGS) == (timedelta(days=1), timedelta(days=5))
    own = FollowupSettings(ladder={"chase_receipt": (1, 2)}, ladder_minutes=(3, 4))
    assert patience(TaskKind.CHASE_RECEIPT, own) == (timedelta(minutes=1), timedelta(minutes=2))
    assert patience(TaskKind.CHECK_SIGNED, own) == (timedelta(minutes=3), timedelta(minutes=4))


def test_the_names_in_the_settings_are_kinds_of_tasks() -> None:
    assert unknown_kinds(SETTINGS) == []
    assert unknown_kinds(FollowupSettings(ladder={"chase_reciept": (1, 2)})) == ["chase_reciept"]


def test_consign_check_says_which_name_no_kind_bears() -> None:
    wrong = FollowupSettings(ladder={"chase_reciept": (1, 2)})
    settings = Settings(followup=wrong, database=DatabaseSettings(url="sqlite:///:memory:"))
    (finding,) = [one for one in check_everything(settings, []) if one.name == "followup.ladder"]
    assert not finding.well
    assert "chase_reciept" in finding.value
