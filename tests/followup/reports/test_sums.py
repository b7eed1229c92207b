"""Whatever the rows are: the parts of a report make up its groups, and each grouping makes up the whole."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from followup.reports import arrivals, calls, complaints, penalties, pickups, receipts, satisfaction, threeminutes
from followup.reports.period import period_of
from followup.reports.report import Report, Unit

ZONE = ZoneInfo("Asia/Shanghai")
PERIOD = period_of("2026-11", datetime(2026, 11, 24, 4, 0, tzinfo=UTC), ZONE)
moments = st.integers(0, PERIOD.days * 86400 - 1).map(lambda seconds: PERIOD.start + timedelta(seconds=seconds))
others = st.integers(-3600, 100 * 86400).map(lambda seconds: PERIOD.start + timedelta(seconds=seconds))
maybe = st.none() | others
names = st.sampled_from(["a", "b", "c", ""])
sums = st.integers(0, 100_000).map(lambda fen: Decimal(fen).scaleb(-2))
amounts = st.none() | sums

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # no test of the machine


def assert_whole(report: Report, count: int, parts: tuple[str, ...], whole: str = "count") -> None:
    """Figures, and every table with a sum: its rows add up to the sum, its parts to the row."""
    assert report.value(whole) == count
    assert sum(report.value(part) for part in parts) == count  # type: ignore[misc]  # cells are numbers here
    for table in report.tables:
        if table.total is None:
            continue
        for place, column in enumerate(table.columns[1:], 1):
            if column.unit in (Unit.COUNT, Unit.MONEY):
                values = [row[place] for row in table.rows]
                assert sum(values) == table.total[place], (table.code, column.code)  # type: ignore[arg-type]  # cells are numbers here


def grouped(report: Report, *codes: str) -> set[object]:
    """The sums of these groupings: there must be but one."""
    return {table.total[1] if table.total else 0 for table in map(report.table, codes)}


@unhurried
@given(st.lists(st.builds(pickups.Pickup, names, names, names, moments, maybe, maybe), max_size=20))
def test_pickups(found: list[pickups.Pickup]) -> None:
    report = pickups.reckon(found, PERIOD)
    assert_whole(report, len(found), pickups.PARTS)
    assert grouped(report, "by_zone", "by_dispatcher", "by_deadline") == {len(found)}


@unhurried
@given(
    st.lists(
        st.builds(calls.Call, names, names, names, moments, maybe,
                  st.sampled_from([None, "cancelled", "picked_up"]), maybe,
                  st.sampled_from([None, "li", "dispatcher:a"])),
        max_size=20,
    )
)  # fmt: skip
def test_calls(found: list[calls.Call]) -> None:
    report = calls.reckon(found, PERIOD)
    assert_whole(report, len(found), calls.PARTS)
    assert grouped(report, "by_hour", "by_zone", "by_dispatcher") == {len(found)}


@unhurried
@given(
    st.lists(
        st.builds(arrivals.Arrival, names, names, st.none() | st.integers(0, 3), moments, maybe, maybe, maybe,
                  st.sampled_from(["", "cancelled", "lost"])),
        max_size=20,
    )
)  # fmt: skip
def test_arrivals(found: list[arrivals.Arrival]) -> None:
    report = arrivals.reckon(found, PERIOD)
    assert_whole(report, len(found), arrivals.PARTS)
    assert grouped(report, "by_destination", "by_transfers") == {len(found)}


@st.composite
def work_orders(draw: st.DrawFn) -> threeminutes.WorkOrder:
    """With its stages, or without."""
    clear = draw(moments)
    steps = sorted(draw(st.lists(st.integers(0, 400_000), min_size=4, max_size=4)))
    kept, judged, written, sent = (clear + timedelta(milliseconds=step) for step in steps)
    by_mail, accepted = draw(st.booleans()), draw(st.booleans())
    due = clear + timedelta(seconds=180)
    times = (sent if accepted else None, draw(st.sampled_from([None, due])))
    mail = (kept, judged) if by_mail else (None, None)
    return threeminutes.WorkOrder(draw(names), draw(names), clear, due, written, *times, *mail)


@unhurried
@given(st.lists(work_orders(), max_size=20))
def test_three_minutes(found: list[threeminutes.WorkOrder]) -> None:
    report = threeminutes.reckon(found, PERIOD)
    assert_whole(report, len(found), threeminutes.PARTS)
    assert grouped(report, "by_hour", "by_dispatcher") == {len(found)}
    for row in found:
        if (stages := row.stages()) is not None:
            assert sum(stages) == pytest.approx(row.seconds)
    parts = [row[5] for row in report.table("by_stage").rows]
    assert not parts or None in parts or sum(parts) == pytest.approx(Decimal(1), abs=Decimal("0.0003"))  # type: ignore[arg-type]  # cells are numbers here


@unhurried
@given(
    st.lists(
        st.builds(complaints.Case, names, names, names, moments, maybe, maybe, st.none() | st.booleans(), amounts),
        max_size=20,
    )
)
def test_complaints(found: list[complaints.Case]) -> None:
    report = complaints.reckon(found, PERIOD)
    assert_whole(report, len(found), complaints.PARTS)
    assert_whole(report, len(found), complaints.ENDS)
    assert grouped(report, "by_unit", "by_owner", "by_time") == {len(found)}


@unhurried
@given(
    st.lists(
        st.builds(penalties.Proposal, names, names, names, sums, moments,
                  st.sampled_from(["", "confirmed", "dropped"])),
        max_size=20,
    )
)  # fmt: skip
def test_penalties(found: list[penalties.Proposal]) -> None:
    report = penalties.reckon(found, PERIOD)
    assert_whole(report, len(found), penalties.PARTS)
    assert report.value("amount") == sum((each.amount for each in found), Decimal(0))


@unhurried
@given(
    st.lists(
        st.builds(satisfaction.Opinion, names, st.integers(1, 5), names, st.sampled_from(["call", "link"]), moments,
                  st.none() | names, st.none() | names),
        max_size=20,
    )
)  # fmt: skip
def test_satisfaction(found: list[satisfaction.Opinion]) -> None:
    report = satisfaction.reckon(found, PERIOD)
    assert report.value("count") == len(found)
    assert grouped(report, "spread", "by_dispatcher", "by_destination", "by_way") == {len(found)}
    if found:
        assert abs(report.value("mean") - Decimal(sum(each.score for each in found)) / len(found)) <= Decimal("0.005")  # type: ignore[operator]  # cells are numbers here


@unhurried
@given(
    st.lists(
        st.builds(receipts.Paper, names, names, names, st.sampled_from(["due", "sent"]), st.integers(1, 3), st.just(0),
                  others, maybe, maybe, maybe, st.none() | st.integers(0, 3), maybe),
        max_size=20,
    )
)  # fmt: skip
def test_receipts(found: list[receipts.Paper]) -> None:
    report = receipts.reckon(found, PERIOD)
    due = [each for each in found if PERIOD.start <= each.due_at < PERIOD.end]
    assert_whole(report, len(due), receipts.PARTS, whole="due")
    out = sum(each.is_out for each in found)
    assert grouped(report, "by_region", "by_responsible", "by_limit", "by_days", "by_state") == {out}
    assert report.value("out") == len(report.table("out_list").rows) == out
