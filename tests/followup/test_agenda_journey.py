"""The clocks of the way after the pickup, against examples counted by hand in Shanghai time (SPEC 7)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.calendar import WorkCalendar
from config.desksections import FollowupSettings
from config.quote import Quote
from followup import agenda_journey as clocks
from followup.agenda import TaskKind
from followup.agenda_journey import JourneyAgenda
from followup.customervisits import Known, last_of_month, visits, why_visited
from intake.customers import CustomerTerms
from tests.builders import form, verdict
from tests.deskworld import sample_company
from tests.followup.test_agenda import order

SHANGHAI = ZoneInfo("Asia/Shanghai")
SETTINGS = FollowupSettings()


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("picked_up", "days", "promised", "asked"),
    [
        ("11-24T14:20", 1, "11-25T18:00", "11-25T10:00"),
        ("11-24T23:59", 1, "11-25T18:00", "11-25T10:00"),
        ("11-25T00:00", 1, "11-26T18:00", "11-26T10:00"),
        ("11-24T14:20", 3, "11-27T18:00", "11-27T10:00"),
        ("11-29T17:00", 3, "12-02T18:00", "12-02T10:00"),  # over the end of a month
        ("11-24T09:00", 0, "11-24T18:00", "11-24T10:00"),
        ("11-24T19:00", 0, "11-25T18:00", "11-25T10:00"),  # the day is over: the next
    ],
)
def test_what_the_lane_promises_and_when_it_is_asked_about(
    picked_up: str, days: int, promised: str, asked: str
) -> None:
    by = clocks.arrives_by(at(picked_up), days, SHANGHAI)
    assert by == at(promised)
    assert clocks.arrival_check(by, SHANGHAI) == at(asked)


def test_days_are_those_of_the_company_not_of_the_clock_that_counts() -> None:
    """16:30 UTC on the 24th is 00:30 on the 25th in Shanghai."""
    picked_up = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
    assert clocks.arrives_by(picked_up, 1, SHANGHAI) == at("11-26T18:00")
    assert clocks.arrives_by(picked_up, 1, ZoneInfo("UTC")) == datetime(2026, 11, 25, 18, 0, tzinfo=UTC)


def test_ten_oclock_is_ten_oclock_where_clocks_are_put_back() -> None:
    berlin = ZoneInfo("Europe/Berlin")  # winter time from 2026-10-25 on
    picked_up = datetime(2026, 10, 24, 12, 0, tzinfo=berlin)
    asked = clocks.arrival_check(clocks.arrives_by(picked_up, 1, berlin), berlin)
    assert asked == datetime(2026, 10, 25, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "promised", "asked"),
    [
        ("11-25T10:05", "11-27T16:00", "11-27T10:00"),
        ("11-25T10:05", "11-26T00:00", "11-26T10:00"),
        ("11-25T09:59", "11-25T16:00", "11-25T10:00"),
        ("11-25T10:00", "11-25T16:00", "11-25T16:00"),  # that morning is over: at the promised time itself
        ("11-25T10:05", "11-25T16:00", "11-25T16:00"),
    ],
)
def test_a_newly_promised_date_is_asked_about_at_ten_of_that_day(now: str, promised: str, asked: str) -> None:
    assert clocks.next_arrival_check(at(promised), at(now), SHANGHAI) == at(asked)


@pytest.mark.parametrize(
    ("arrived", "opens", "due"),
    [
        ("11-24T14:20", "11-25T10:00", "11-25T18:00"),
        ("11-24T00:00", "11-25T10:00", "11-25T18:00"),
        ("11-30T23:59", "12-01T10:00", "12-01T18:00"),
        ("11-28T14:20", "11-29T10:00", "11-29T18:00"),  # a Saturday: every day is worked, as it ships
    ],
)
def test_the_signing_is_asked_about_on_the_next_day(arrived: str, opens: str, due: str) -> None:
    assert clocks.signed_check(at(arrived), WorkCalendar.always(), SHANGHAI) == (at(opens), at(due))


def test_the_next_day_is_the_next_working_day_where_the_company_has_days_off() -> None:
    calendar, faults = WorkCalendar.parse("date,working\n", "calendar.csv", enabled=True)
    assert faults == []
    friday = at("11-27T14:20")
    assert clocks.signed_check(friday, calendar, SHANGHAI) == (at("11-30T10:00"), at("11-30T18:00"))
    before_the_holidays = at("09-30T14:20")  # National Day and Mid-Autumn: 10-01 … 10-07 off
    assert clocks.signed_check(before_the_holidays, calendar, SHANGHAI)[0] == at("10-08T10:00")


@pytest.mark.parametrize(
    ("transfers", "days", "half"),
    [(0, "12-04T14:20", "11-29T14:20"), (1, "12-09T14:20", "12-02T02:20"), (2, "12-14T14:20", "12-04T14:20")],
)
def test_a_receipt_is_overdue_by_its_transfers_and_reminded_of_from_half_way(
    transfers: int, days: str, half: str
) -> None:
    arrived = at("11-24T14:20")
    due = clocks.receipt_due(arrived, transfers, SETTINGS)
    assert due == at(days)
    assert clocks.receipt_reminder(arrived, due) == at(half)


@pytest.mark.parametrize("transfers", [3, 4, 9])
def test_no_receipt_has_more_than_25_days(transfers: int) -> None:
    assert clocks.receipt_due(at("11-24T14:20"), transfers, SETTINGS) == at("12-19T14:20")
    generous = FollowupSettings(receipt_days=(10, 15, 40))
    assert clocks.receipt_due(at("11-24T14:20"), 2, generous) == at("12-19T14:20")


@pytest.mark.parametrize(
    ("due", "again"),
    [
        ("12-04T14:20", "12-09T14:20"),
        ("12-14T14:20", "12-19T14:20"),
        ("12-16T14:20", "12-19T14:20"),  # the 25th day is the last
        ("12-19T14:20", "12-19T14:20"),
    ],
)
def test_a_receipt_that_goes_back_has_five_days_more_within_25(due: str, again: str) -> None:
    assert clocks.receipt_due_again(at(due), at("11-24T14:20"), SETTINGS) == at(again)


def plan(transfers: int = 0, days: int = 1, to: str = "杭州市", **changes: Any) -> JourneyAgenda:
    quote = Quote(origin="上海市", destination=to, transfers=transfers, days=days, charges=())
    told = verdict(quote=quote, pickup_city="上海市", destination_city=to)
    return JourneyAgenda(sample_company(), order(verdict=told, form=form(**changes)))


def test_in_the_same_city_a_delivery_time_is_agreed_before_the_vehicle_leaves() -> None:
    (task,) = plan(to="上海市").after_pickup(at("11-24T14:20"))
    assert (task.kind, task.due_at) == (TaskKind.ARRANGE_DELIVERY, at("11-24T16:20"))
    assert (task.whom, task.phone) == ("李晓明", "13900139002")


def test_to_another_city_both_ends_are_told_and_the_arrival_is_asked_about() -> None:
    coordinate, arrival = plan(transfers=1, days=4).after_pickup(at("11-24T14:20"))
    assert (coordinate.kind, coordinate.due_at) == (TaskKind.COORDINATE_DESTINATION, at("11-24T18:20"))
    assert (arrival.kind, arrival.due_at) == (TaskKind.CHECK_ARRIVAL, at("11-28T10:00"))
    assert arrival.call_from == at("11-28T09:00")


@pytest.mark.parametrize(
    ("picked_up", "due"),
    [("11-24T14:20", "11-24T20:00"), ("11-24T18:00", "11-24T20:00"), ("11-24T19:30", "11-24T21:30")],
)
def test_urgent_goods_are_asked_after_at_the_transfer_station_on_the_day_of_loading(picked_up: str, due: str) -> None:
    *_, watch = plan(transfers=1, days=4, remarks="加急").after_pickup(at(picked_up))
    assert (watch.kind, watch.due_at) == (TaskKind.WATCH_TRANSFER, at(due))


@pytest.mark.parametrize(
    ("transfers", "changes", "watched"),
    [
        (1, {"remarks": "加急"}, True),
        (1, {"pickup_request": "URGENT please"}, True),
        (1, {"remarks": "不着急"}, False),
        (0, {"remarks": "加急"}, False),  # direct: there is no transfer station
    ],
)
def test_only_urgent_or_special_goods_with_a_transfer_are_watched(
    transfers: int, changes: dict[str, Any], watched: bool
) -> None:
    kinds = [task.kind for task in plan(transfers=transfers, **changes).after_pickup(at("11-24T14:20"))]
    assert (TaskKind.WATCH_TRANSFER in kinds) is watched


def test_the_customer_is_asked_three_days_after_the_signing() -> None:
    task = plan().satisfaction_call(at("11-24T14:20"))
    assert (task.due_at, task.call_from) == (at("11-27T14:20"), at("11-25T14:20"))
    assert (task.whom, task.phone) == ("王建国", "13800138001")


@pytest.mark.parametrize(("day", "last"), [("02-11", "02-28"), ("11-30", "11-30"), ("12-01", "12-31")])
def test_the_month_ends_on_its_last_day(day: str, last: str) -> None:
    assert last_of_month(at(f"{day}T12:00").date()) == at(f"{last}T12:00").date()


@pytest.mark.parametrize(
    ("key_customer", "days_known", "blocked", "why"),
    [
        (True, 900, False, "visit_key_customer"),
        (False, 0, False, "visit_new_customer"),
        (False, 89, False, "visit_new_customer"),
        (False, 90, False, ""),
        (False, None, False, ""),  # has never ordered
        (True, 0, True, ""),
    ],
)
def test_key_and_new_customers_are_visited(key_customer: bool, days_known: int | None, blocked: bool, why: str) -> None:
    now = at("11-24T14:20")
    terms = CustomerTerms(key="w", name="王记", key_customer=key_customer, blocked=blocked)
    first = None if days_known is None else now - timedelta(days=days_known)
    assert why_visited(Known(terms, first), now, 90) == why


def test_a_visit_is_due_at_the_end_of_the_month_and_opened_once_a_month() -> None:
    known = [Known(CustomerTerms(key="w", name="王记", key_customer=True, phone="021-1"), None)]
    (november,) = visits(known, at("11-24T14:20"), SHANGHAI, 90, "zh")
    (again,) = visits(known, at("11-30T23:00"), SHANGHAI, 90, "zh")
    (december,) = visits(known, at("12-01T00:00"), SHANGHAI, 90, "zh")
    assert november.due_at == at("11-30T18:00")
    assert november.key == again.key != december.key
    assert november.why_values["reason"] == "王记 · 重点客户"
