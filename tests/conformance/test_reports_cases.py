"""The reports of what went wrong, and of what customers say, against data counted by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest

from config.database import Database
from followup.reports.report import Filters
from tests.reportworld import ReportWorld, by_label, counts


@pytest.fixture
def world(database: Database) -> ReportWorld:
    return ReportWorld(database)


def test_exceptions_of_a_week(world: ReportWorld) -> None:
    """Week 48 is asked about on the Monday after it, at nine: what was closed since counts as open at its close."""
    world.exception(
        "11-23 00:00", closed="11-23 10:00", told="11-23 00:10", unit="宁波站", compensation=Decimal("80.50")
    )
    world.exception("11-24 09:00", told="11-24 09:30", unit="宁波站")
    world.exception("11-29 23:59:59", kind="delay", beyond_control=True)
    world.exception("11-25 09:00", closed="11-30 08:00", kind="delay", compensation=Decimal("500"))
    world.exception("11-16 09:00", closed="11-24 12:00", compensation=Decimal("20"))  # opened before
    world.exception("11-20 09:00")  # opened before, open still
    world.exception("11-16 09:00", closed="11-22 23:59:59")  # over before the week began
    world.exception("11-30 00:00")  # next week
    report = world.report("exceptions", "last-week", "11-30 09:00")
    assert report.period.key == "2026-W48"
    assert counts(report, "opened", "closed", "open", "beyond_control", "told") == [4, 2, 4, 1, 2]
    assert report.value("median_told") == timedelta(minutes=10)
    assert report.value("compensation") == Decimal("100.50")
    assert by_label(report.table("by_kind")) == {"damage": (2, 1, 1), "delay": (2, 0, 2)}
    assert by_label(report.table("by_unit")) == {"宁波站": (2, 1, 1), "": (2, 0, 2)}
    assert report.table("by_kind").total == (None, 4, 1, 3)
    times = by_label(report.table("by_time"))
    assert (times["11-23"], times["11-29"], times["11-26"]) == ((1, 1, 0), (1, 0, 1), (0, 0, 0))
    # at midnight after Sunday: 1 s, 4 d 15 h, 5 d 15 h, 9 d 15 h
    assert by_label(report.table("by_age")) == {
        "age_hours": (1, 1),
        "age_day_1": (0, 0),
        "age_days_3": (2, 2),
        "age_days_7": (1, 1),
    }
    assert report.table("open_cases").rows[0][5] == timedelta(days=9, hours=15)


def test_an_exception_is_a_day_old_on_the_minute(world: ReportWorld) -> None:
    world.exception("11-23 12:00")
    world.exception("11-23 12:00:01")
    ages = by_label(world.report("exceptions", "today", "11-24 12:00").table("by_age"))
    assert (ages["age_day_1"], ages["age_hours"]) == ((1, 1), (1, 1))


def test_complaints(world: ReportWorld) -> None:
    world.complaint("11-24 09:00", "11-24 10:00", "11-24 15:00", unit="杭州站", satisfied=True, owner="li")  # an hour
    world.complaint("11-24 09:00", "11-24 10:00:01", "11-25 09:00", unit="杭州站", satisfied=False, owner="li")
    world.complaint("11-24 11:00", "", "11-24 11:30", unit="杭州站", compensation=Decimal("12.30"))  # closed at once
    world.complaint("11-24 10:00", order_id=None, owner="chen")  # unanswered
    world.complaint("11-24 11:00", "11-24 11:20", owner="li", compensation=Decimal("7.70"))
    world.complaint("11-24 12:00")  # at 13:00 sharp there is still time
    world.complaint("11-01 00:00", "11-01 00:30")
    world.complaint("10-31 23:59:59")
    report = world.report("complaints", "this-month", "11-24 13:00")
    assert counts(report, "count", "in_time", "late", "unanswered", "still_time") == [7, 4, 1, 1, 1]
    assert counts(report, "satisfied", "not_satisfied", "not_said", "open") == [1, 1, 1, 4]
    assert counts(report, "share", "share_satisfied") == [Decimal("0.6667"), Decimal("0.5000")]
    assert report.value("median_answer") == timedelta(minutes=30)  # 20, 30, 30, 60 min and a second more
    assert report.value("compensation") == Decimal("20.00")
    assert by_label(report.table("by_unit")) == {
        "杭州站": (3, 1, 1, 1, 0, Decimal("0.5")),
        "": (4, 0, 0, 0, 4, None),
    }
    assert by_label(report.table("by_owner"))["li"] == (3, 2, 1, 0, 0, Decimal("0.6667"))
    assert [row[0] is None for row in report.table("unsettled").rows] == [False, True, False, False]


def test_satisfaction(world: ReportWorld) -> None:
    east = world.shipment(dispatcher="sh-east", destination="宁波市")
    world.score("11-24 00:00", 5)
    world.score("11-24 12:00", 4, way="link")
    world.score("11-24 13:00", 2, order_id=east, words="司机态度不好")
    world.score("11-24 23:59:59", 5, order_id=world.order())  # never dispatched
    world.score("11-25 00:00", 1)
    report = world.report("satisfaction", "2026-11-24", "11-25 12:00")
    assert counts(report, "count", "mean", "happy", "unhappy") == [4, Decimal("4.00"), Decimal("0.7500"), 1]
    assert [row[1] for row in report.table("spread").rows] == [0, 1, 0, 1, 2]
    assert report.table("spread").total == (None, 4, Decimal(1))
    assert by_label(report.table("by_dispatcher")) == {
        "sh-west": (2, 0, 0, 0, 1, 1, Decimal("4.50")),
        "": (1, 0, 0, 0, 0, 1, Decimal("5.00")),
        "sh-east": (1, 0, 1, 0, 0, 0, Decimal("2.00")),
    }
    assert report.table("by_destination").total == (None, 4, 0, 1, 0, 1, 2, Decimal("4.00"))
    assert [(row[2], row[3]) for row in report.table("unhappy_words").rows] == [(2, "司机态度不好")]
    assert world.report("satisfaction", "2026-11-24", "11-25 12:00", Filters(dispatcher="sh-east")).value("count") == 1


def test_penalties(world: ReportWorld) -> None:
    world.penalty("11-24 09:00", "late_receipt", "50.00", "confirmed")
    world.penalty("11-24 09:00", "late_receipt", "50.00", "dropped")
    world.penalty("11-24 09:00", "missed_exception", "100.00", unit="成都站")
    world.penalty("11-24 09:00", "lost_receipt", "33.35", "confirmed", unit="成都站")
    world.penalty("11-25 00:00", "lost_receipt", "1.00")
    report = world.report("penalties", "2026-11-24", "11-25 12:00")
    assert counts(report, "count", "confirmed", "dropped", "undecided") == [4, 2, 1, 1]
    assert counts(report, "amount", "amount_confirmed") == [Decimal("233.35"), Decimal("83.35")]
    assert by_label(report.table("by_rule"))["late_receipt"] == (2, 1, 1, 0, Decimal("100.00"), Decimal("50.00"))
    assert by_label(report.table("by_unit"))["成都站"] == (2, 1, 0, 1, Decimal("133.35"), Decimal("33.35"))
    assert report.table("by_unit").total == (None, 4, 2, 1, 1, Decimal("233.35"), Decimal("83.35"))
    assert [row[1:4] for row in report.table("undecided_list").rows] == [
        ("missed_exception", "成都站", Decimal("100.00"))
    ]


def test_receipts(world: ReportWorld) -> None:
    """Due in November; and what is out on the 25th at noon, whenever it was or will be due."""
    world.receipt("11-20 09:00", "11-20 09:00", state="received")  # exactly
    world.receipt("11-20 09:00", "11-20 09:00:01", state="handed", handed_at="11-21 09:00")
    world.receipt("11-20 09:00")  # overdue, 15 days after its arrival
    world.receipt("11-20 09:00", lost_at="11-22 09:00", state="lost")
    west = world.shipment(transfers=1, arrived_at="11-15 12:00")
    world.receipt("11-25 12:00", order_id=west, copies=3, responsible="成都站", region="成都市")  # at this very moment
    far = world.shipment(transfers=2, arrived_at="11-20 12:00")
    world.receipt("12-10 12:00", order_id=far, responsible="成都站", region="成都市", state="sent")
    old = world.shipment(transfers=None, arrived_at="10-01 09:00")
    world.receipt("10-11 09:00", order_id=old, state="defective")
    world.receipt("10-11 09:00", "10-12 09:00", state="checked")  # with us
    world.receipt("10-11 09:00", "10-12 09:00", state="handed", handed_at="10-13 09:00")
    report = world.report("receipts", "this-month", "11-25 12:00")
    assert counts(report, "due", "in_time", "late", "overdue", "still_time", "lost") == [5, 1, 1, 1, 1, 1]
    assert report.value("share") == Decimal("0.2500")
    assert counts(report, "out", "out_overdue", "copies", "with_us") == [4, 2, 6, 2]
    assert by_label(report.table("by_region")) == {"宁波市": (2, 0, 2), "成都市": (2, 2, 0)}
    assert by_label(report.table("by_responsible")) == {"宁波站": (2, 0, 2), "成都站": (2, 2, 0)}
    assert by_label(report.table("by_limit")) == {
        "limit_10": (1, 0, 1),
        "limit_15": (1, 1, 0),
        "limit_20": (1, 1, 0),
        "limit_unknown": (1, 0, 1),
    }
    assert by_label(report.table("by_days")) == {
        "days_to_10": (2, 2, 0),  # 5 days, and 10 days to the minute
        "days_11_15": (1, 0, 1),
        "days_over_25": (1, 0, 1),
    }
    assert by_label(report.table("by_state"))["due"] == (2, 1, 1)
    listed = report.table("out_list").rows
    assert [(row[0], row[6], row[8].days if isinstance(row[8], timedelta) else None) for row in listed] == [
        ("宁波市", 55, 45),
        ("宁波市", 15, 5),
        ("成都市", 10, None),
        ("成都市", 5, None),
    ]
    assert report.table("due_by_responsible").total == (None, 5, 1, 1, 1, 1, 1, Decimal("0.25"))
