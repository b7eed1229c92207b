"""The reports of time against data counted by hand: promises, calls, pickups, arrivals; borders included."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from config.database import Database
from followup.reports.report import Filters
from tests.reportworld import ReportWorld, at, by_label, counts


@pytest.fixture
def world(database: Database) -> ReportWorld:
    return ReportWorld(database)


def the_three_minutes(world: ReportWorld) -> None:
    """Five work orders of the 24th: 20, 30, 40, 180 and 181 seconds; and some that do not belong to it."""
    mail = world.mail("11-24 09:00", kept=2, judged=5)
    world.work_order("11-24 09:00", 20, world.order(mail_id=mail), written=9)
    world.work_order("11-24 09:30", 180)  # exactly
    world.work_order("11-24 10:00", 181, dispatcher="sh-east")
    world.work_order("11-24 23:59:59.999", 30)
    world.work_order("11-24 00:00", 40)
    world.work_order("11-23 23:59:59.999", 5)
    world.work_order("11-25 00:00", 5)
    world.work_order("11-24 11:00", None, state="held")  # by a shadow
    world.work_order(None, 5)  # once more by hand
    world.work_order("11-24 11:00", 5, purpose="acknowledgement")


def test_three_minutes(world: ReportWorld) -> None:
    the_three_minutes(world)
    report = world.report("three_minutes", "2026-11-24", "11-25 12:00")
    assert counts(report, "count", "in_time", "broken", "under_way") == [5, 4, 1, 0]
    assert report.value("share") == Decimal("0.8000")
    assert counts(report, "p50", "p99", "worst") == [40.0, 181.0, 181.0]
    hours = by_label(report.table("by_hour"))
    assert len(hours) == 24, "from the first hour with anything to the last"
    assert hours["09"] == (2, 2, 0, 0, Decimal(1), 20.0, 180.0)
    assert hours["10"] == (1, 0, 1, 0, Decimal(0), 181.0, 181.0)
    assert hours["12"] == (0, 0, 0, 0, None, None, None)
    assert report.table("by_hour").total == (None, 5, 4, 1, 0, Decimal("0.8"), 40.0, 181.0)
    stages = by_label(report.table("by_stage"))
    assert [stages[f"stage_{stage}"][1] for stage in ("kept", "judged", "written", "sent")] == [2.0, 3.0, 4.0, 11.0]
    assert [stages[f"stage_{stage}"][4] for stage in ("kept", "sent")] == [Decimal("0.1000"), Decimal("0.5500")]
    (breach,) = report.table("breaches").rows
    assert breach[1:] == ("sh-east", at("11-24 10:00"), at("11-24 10:03"), at("11-24 10:03:01"), 181.0)


def test_three_minutes_while_they_run(world: ReportWorld) -> None:
    """At 12:00 sharp: what was clear at 11:57 still has its time, what was clear a second before has not."""
    world.work_order("11-24 11:57", None)
    world.work_order("11-24 11:56:59", None)
    world.work_order("11-24 11:00", 10, broken_at=at("11-24 11:03"))  # recorded as broken: stays on the record
    report = world.report("three_minutes", "today", "11-24 12:00")
    assert counts(report, "count", "in_time", "broken", "under_way") == [3, 0, 2, 1]
    assert counts(report, "p50", "worst") == [10.0, 10.0]
    assert len(report.table("breaches").rows) == 2
    assert report.table("breaches").rows[0][4:] == (None, None), "what is not accepted yet stands first"


def test_three_minutes_of_a_dispatcher_and_a_customer(world: ReportWorld) -> None:
    the_three_minutes(world)
    mine = world.order(customer_id=world.customer("hai", "宁波海通"))
    world.work_order("11-24 14:00", 33, mine)
    world.shipment(mine, zone="suburban")

    def of(filters: Filters) -> list[object]:
        return counts(world.report("three_minutes", "2026-11-24", "11-25 12:00", filters), "count", "worst")

    assert of(Filters(dispatcher="sh-east")) == [1, 181.0]
    assert of(Filters(customer="hai")) == of(Filters(zone="suburban")) == [1, 33.0]
    assert of(Filters(customer="hai", dispatcher="sh-east")) == [0, None]
    assert of(Filters(customer="nobody")) == [0, None]


def test_calls(world: ReportWorld) -> None:
    """Eight calls due on the 24th, one of each fate and some on a border."""
    in_time = world.task(due="11-24 10:00", closed_at="11-24 10:00")
    world.attempt(in_time, "11-24 10:00")  # exactly
    unreached = world.task(due="11-24 10:30", due_at="11-24 10:50")
    world.attempt(unreached, "11-24 10:25", outcome="unreachable")  # a call all the same
    late = world.task(due="11-24 11:00", zone="suburban", dispatcher="sh-east", closed_at="11-24 11:05")
    world.attempt(late, "11-24 10:55", outcome="put_off")  # no call
    world.attempt(late, "11-24 11:00:01", agent="chen")
    world.task(due="11-24 11:10", closed_at="11-24 11:00", closed_by="dispatcher:sh-west")
    told = world.task(due="11-24 11:20", due_at="11-24 14:00")
    world.attempt(told, "11-24 11:19", agent="dispatcher:sh-west", outcome="not_yet")
    world.task(due="11-24 11:30")  # nobody
    world.task(due="11-24 13:00")  # at 13:00 sharp its hour is not over
    world.task(due="11-24 14:00", closed_at="11-24 13:30", outcome="cancelled")
    world.task(due="11-24 11:30", kind="confirm_with_customer")
    world.task(due="11-25 00:00")
    world.task(due="11-23 23:59:59")
    report = world.report("calls", "today", "11-24 13:00")
    assert counts(report, "count", "called_in_time", "told_in_time", "late", "missed") == [8, 2, 2, 1, 1]
    assert counts(report, "still_time", "withdrawn") == [1, 1]
    assert report.value("share") == Decimal("0.6667")  # 4 of 6
    assert report.value("latest") == timedelta(minutes=90)
    agents = by_label(report.table("by_agent"))
    assert agents == {"chen": (1, 0, 0, 1, 0, 0, 0, Decimal(0)), "li": (2, 2, 0, 0, 0, 0, 0, Decimal(1))}
    zones = by_label(report.table("by_zone"))
    assert zones["suburban"][:4] == (1, 0, 0, 1)
    assert zones["urban"][0] == 7
    behind = report.table("behind").rows
    assert [row[3:] for row in behind] == [
        (at("11-24 11:00:01"), timedelta(seconds=1), "chen"),
        (None, timedelta(minutes=90), None),
    ]
    assert world.report("calls", "today", "11-24 13:00", Filters(zone="suburban")).value("count") == 1


def test_pickups(world: ReportWorld) -> None:
    world.shipment(pickup_by="11-24 15:00", picked_up_at="11-24 15:00")  # exactly
    world.shipment(pickup_by="11-24 15:00", picked_up_at="11-24 15:00:01")
    world.shipment(pickup_by="11-24 18:00", picked_up_at="11-24 12:00", zone="suburban", dispatcher="sh-east")
    world.shipment(pickup_by="11-24 15:00", zone="suburban", dispatcher="sh-east")  # nobody came
    world.shipment(pickup_by="11-24 18:00")  # at 18:00 sharp it may still come
    world.shipment(pickup_by="11-24 15:00", closed_at="11-24 11:00", closed_why="cancelled")
    world.shipment(pickup_by="11-25 00:00")
    world.shipment(pickup_by="11-24 00:00", picked_up_at="11-25 02:00")  # 26 hours late
    report = world.report("pickups", "2026-11-24", "11-24 18:00")
    assert counts(report, "count", "in_time", "late", "missing", "still_time", "withdrawn") == [7, 2, 2, 1, 1, 1]
    assert report.value("share") == Decimal("0.4000")  # 2 of 5
    assert counts(report, "median_late", "latest") == [timedelta(hours=3), timedelta(hours=26)]
    zones = by_label(report.table("by_zone"))
    assert zones == {"urban": (5, 1, 2, 0, 1, 1, Decimal("0.3333")), "suburban": (2, 1, 0, 1, 0, 0, Decimal("0.5"))}
    assert by_label(report.table("by_dispatcher"))["sh-east"] == (2, 1, 0, 1, 0, 0, Decimal("0.5"))
    assert [row[0] for row in report.table("by_deadline").rows] == ["00:00", "15:00", "18:00"]
    assert [row[5] for row in report.table("behind").rows] == [
        timedelta(hours=26),
        timedelta(seconds=1),
        timedelta(hours=3),
    ]


def test_arrivals(world: ReportWorld) -> None:
    hangzhou: dict[str, Any] = {"destination": "杭州市", "transfers": 0}
    world.shipment(arrive_by="11-25 18:00", arrived_at="11-25 18:00", **hangzhou)  # exactly
    world.shipment(arrive_by="11-25 18:00", promised_at="11-26 18:00", arrived_at="11-26 12:00", **hangzhou)
    world.shipment(arrive_by="11-27 18:00", destination="成都市", transfers=2)
    world.shipment(
        arrive_by="11-25 18:00", closed_at="11-25 20:00", closed_why="lost", destination="成都市", transfers=2
    )
    world.shipment(arrive_by="11-25 18:00", closed_at="11-25 10:00", closed_why="cancelled", **hangzhou)
    world.shipment(arrive_by="11-26 18:00", **hangzhou)
    world.shipment(arrive_by="11-30 00:00", **hangzhou)  # next week
    world.shipment(**hangzhou)  # nothing promised yet
    report = world.report("arrivals", "2026-W48", "11-27 12:00")
    parts = ("count", "on_time", "late", "missing", "still_time", "withdrawn")
    assert counts(report, *parts) == [6, 1, 1, 2, 1, 1]
    assert report.value("share") == Decimal("0.2500")
    assert report.value("moved") == 1
    assert counts(report, "median_late", "latest") == [timedelta(hours=18), timedelta(hours=42)]
    assert by_label(report.table("by_destination")) == {
        "杭州市": (4, 1, 1, 1, 0, 1, Decimal("0.3333")),
        "成都市": (2, 0, 0, 1, 1, 0, Decimal(0)),
    }
    assert [row[:2] for row in report.table("by_transfers").rows] == [("0", 4), ("2", 2)]
