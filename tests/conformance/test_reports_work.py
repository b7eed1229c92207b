"""Scorecards, the shift and the volume against data counted by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest

from config.database import Database
from followup.reports.report import Filters
from tests.reportworld import ReportWorld, at, by_label, counts


@pytest.fixture
def world(database: Database) -> ReportWorld:
    return ReportWorld(database)


def a_days_work(world: ReportWorld) -> None:
    """li solves three tasks, one of them late; chen one; a dispatcher and the program close one each."""
    shared = world.shipment(destination="杭州市")
    done = world.task(due="11-24 10:00", closed_at="11-24 10:00", closed_by="agent:li", order_id=shared)
    world.attempt(done, "11-24 09:50", outcome="unreachable", taken="11-24 09:46")
    world.attempt(done, "11-24 10:00", taken="11-24 09:58")
    late = world.task(due="11-24 11:00", due_at="11-24 15:00", closed_at="11-24 11:00:01", closed_by="agent:li")
    world.attempt(late, "11-24 10:30", outcome="put_off")
    world.attempt(late, "11-24 11:00:01")
    world.task("complete_order", due="11-24 12:00", closed_at="11-24 11:30", closed_by="agent:li", zone="suburban")
    asked = world.task(
        "satisfaction_call", due="11-27 10:00", closed_at="11-24 16:00", closed_by="agent:chen", order_id=shared
    )
    world.attempt(asked, "11-24 16:00", agent="chen", outcome="scored")
    world.score("11-24 16:00", 4, order_id=shared)
    world.complaint("11-24 09:00", "11-24 09:10", "11-24 17:00", closed_by="agent:li", satisfied=True)
    world.complaint("11-24 09:00", "11-24 09:10", "11-24 17:00", closed_by="agent:li")
    mailed = world.task(due="11-24 14:00", closed_at="11-24 13:30", closed_by="dispatcher:sh-west")
    world.attempt(mailed, "11-24 13:20", agent="dispatcher:sh-west", outcome="not_yet")
    world.task(due="11-24 14:00", closed_at="11-24 13:00", closed_by="consign", outcome="superseded")
    world.task(due="11-24 09:00", closed_at="11-23 23:59:59", closed_by="agent:li")  # the day before
    world.task("pickup_overdue", due="11-24 17:00", opened_at=at("11-24 17:00"), role="supervisor")
    world.task("review_mail", due="11-24 18:00", order_id=None, holder="li")
    world.task("review_mail", due="11-25 10:00", opened_at=at("11-25 09:00"))  # of the day after
    world.task(
        "check_signed", due="11-25 10:00", opened_at=at("11-24 09:00"), closed_at="11-25 09:00", closed_by="agent:li"
    )


def test_scorecards(world: ReportWorld) -> None:
    a_days_work(world)
    report = world.report("agents", "2026-11-24", "11-25 12:00")
    assert counts(report, "solved", "in_time", "late", "share") == [4, 3, 1, Decimal("0.7500")]
    assert counts(report, "attempts", "unreachable") == [4, 1]
    cards = by_label(report.table("scorecard"))
    assert set(cards) == {"li", "chen"}
    assert cards["li"][:6] == (3, 2, 1, Decimal("0.6667"), 3, 1)
    assert cards["li"][6] == timedelta(minutes=2), "of 4 min and 2 min; what was not taken first does not count"
    assert cards["li"][7:] == (1, Decimal("4.00"), 1, 0)
    assert cards["chen"] == (1, 1, 0, Decimal(1), 1, 0, None, 0, None, 0, 0), (
        "who only asked is not judged by the score"
    )
    assert by_label(report.table("by_kind"))["verify_pickup"] == (2, 1, 1, Decimal("0.5"))


def test_the_scorecard_of_one_agent(world: ReportWorld) -> None:
    a_days_work(world)
    report = world.report("agents", "2026-11-24", "11-25 12:00", Filters(agent="chen"))
    assert [row[0] for row in report.table("scorecard").rows] == ["chen"]
    assert counts(report, "solved", "attempts") == [1, 1]


def test_the_shift(world: ReportWorld) -> None:
    a_days_work(world)
    world.work_order("11-24 12:00", 10, world.order("11-24 12:00"))
    world.shipment(world.order("11-23 09:00"), picked_up_at="11-24 00:00")
    world.shipment(world.order("11-23 09:00"), picked_up_at="11-25 00:00")
    world.exception("11-24 10:00", order_id=world.order("11-23 09:00"))
    world.exception("11-23 10:00", closed="11-24 10:00", order_id=world.order("11-23 09:00"))
    world.exception("11-23 10:00", closed="11-25 00:00", order_id=world.order("11-23 09:00"))
    world.note("11-24 20:00", "li", "宁波站下班早，明早先打")
    world.note("11-25 00:00", "li", "明天的")
    report = world.report("shift", "2026-11-24", "11-25 12:00")
    assert counts(report, "work_orders", "picked_up", "attempts", "tasks_closed") == [1, 1, 5, 6]
    assert counts(report, "exceptions", "complaints", "open_exceptions", "open_complaints") == [1, 2, 2, 0]
    assert counts(report, "open_tasks", "open_overdue") == [3, 2], "also what was closed since; not what came since"
    assert by_label(report.table("open_by_kind")) == {
        "check_signed": (1, 1, 0),
        "pickup_overdue": (1, 0, 1),
        "review_mail": (1, 0, 1),
    }
    assert by_label(report.table("closed_by_kind"))["verify_pickup"] == (4,)
    assert by_label(report.table("attempts_by_agent")) == {
        "chen": (1, 1, 0, 0),
        "dispatcher:sh-west": (1, 1, 0, 0),
        "li": (4, 2, 1, 1),
    }
    assert report.table("notes").rows == ((at("11-24 20:00"), "li", "宁波站下班早，明早先打"),)
    hand_over = report.table("hand_over").rows
    assert [(row[0], row[3], row[5]) for row in hand_over] == [
        ("pickup_overdue", timedelta(hours=7), None),
        ("review_mail", timedelta(hours=6), "li"),
        ("check_signed", None, None),
    ]


def orders_of_two_years(world: ReportWorld) -> None:
    hai = world.customer("hai", "宁波海通")
    hangzhou = {"destination": "杭州市", "dispatched_at": "11-24 09:01"}
    world.shipment(world.order("11-01 00:00", customer_id=hai), price=Decimal("100.10"), **hangzhou)
    world.shipment(world.order("11-24 11:59:59"), price=Decimal("200.00"), destination="宁波市")
    world.shipment(world.order("11-10 09:00", state="cancelled"), price=Decimal("999.00"), **hangzhou)
    world.order("11-10 09:00", state="rejected", channel="phone")
    world.order("10-31 23:59:59")
    world.shipment(world.order("2025-11-24 11:59:59", customer_id=hai), price=Decimal("240.08"), **hangzhou)
    world.shipment(world.order("2025-11-24 12:00"), price=Decimal("5000.00"), **hangzhou)  # later than we have come
    world.order("2025-11-01 00:00")
    world.order("2025-10-31 23:59:59")


def test_volume_of_a_running_month(world: ReportWorld) -> None:
    """On the 24th at noon November is compared with last November up to the 24th at noon."""
    orders_of_two_years(world)
    report = world.report("volume", "this-month", "11-24 12:00")
    assert counts(report, "orders", "dispatched", "revenue") == [4, 2, Decimal("300.10")]
    assert counts(report, "orders_before", "revenue_before") == [2, Decimal("240.08")]
    assert counts(report, "orders_change", "revenue_change") == [Decimal("1.0000"), Decimal("0.2500")]
    assert report.value("revenue_an_order") == Decimal("150.05")
    lanes = by_label(report.table("by_lane"))
    assert lanes["杭州市"] == (2, 1, Decimal("100.10"), 1, Decimal("240.08"), Decimal("-0.5831"))
    assert lanes["宁波市"] == (1, 1, Decimal("200.00"), 0, Decimal("0.00"), None)
    assert lanes[""][0] == 1
    assert by_label(report.table("by_customer"))["宁波海通"][:2] == (1, 1)
    assert by_label(report.table("by_state"))["cancelled"] == (1, 0, Decimal("0.00"), 0, Decimal("0.00"), None)
    assert by_label(report.table("by_channel"))["channel_phone"][0] == 1
    days = by_label(report.table("by_time"))
    assert (days["11-01"][:3], days["11-01"][3]) == ((1, 1, Decimal("100.10")), 1)
    assert (days["11-24"][0], days["11-24"][3]) == (1, 1)


def test_volume_of_a_month_that_is_over(world: ReportWorld) -> None:
    orders_of_two_years(world)
    report = world.report("volume", "2026-11", "12-24 12:00", Filters(customer="hai"))
    assert counts(report, "orders", "orders_before", "revenue_before") == [1, 1, Decimal("240.08")]
    assert world.report("volume", "2026-11", "12-24 12:00").value("revenue_before") == Decimal("5240.08")


def test_volume_of_february_beside_a_leap_year(world: ReportWorld) -> None:
    """29 February 2028 has no day of its own in 2029: it counts with the last one."""
    for moment in ("2028-02-28 12:00", "2028-02-29 12:00", "2029-02-28 12:00"):
        world.order(moment)
    report = world.report("volume", "2029-02", "2029-03-05 12:00")
    assert counts(report, "orders", "orders_before") == [1, 2]
    assert by_label(report.table("by_time"))["02-28"][3] == 2
    totals = [report.table(name).total for name in ("by_time", "by_lane")]
    assert [total and total[4] for total in totals] == [2, 2]


def test_one_of_two_companies(world: ReportWorld) -> None:
    """By the order; a task about a mail without one by its mail."""
    mail = world.mail("11-24 09:00", 1, 2)
    world.task("review_mail", due="11-24 12:00", order_id=None, mail_id=mail)
    world.task(
        "review_mail", due="11-24 12:00", order_id=None, mail_id=world.mail("11-24 09:00", 1, 2, company="north")
    )
    world.order("11-24 09:00")
    north = world.order("11-24 09:00", company="north")
    world.task(due="11-24 12:00", order_id=north)
    world.attempt(world.task(due="11-24 13:00", order_id=north), "11-24 12:30")

    def of(company: str) -> list[object]:
        report = world.report("shift", "2026-11-24", "11-25 12:00", Filters(company=company))
        return counts(report, "orders", "open_tasks", "attempts")

    assert of("north") == [1, 3, 1]
    assert of("_") == [1, 1, 0]
    assert of("") == [2, 4, 1]  # the mails are of no order
    calls = world.report("calls", "2026-11-24", "11-25 12:00", Filters(company="north"))
    assert calls.value("count") == 2
