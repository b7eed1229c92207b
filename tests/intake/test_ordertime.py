"""When an order counts (SPEC 3)."""

from datetime import UTC, datetime, timedelta

import pytest

from intake.ordertime import order_time

ARRIVED = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
SKEW = timedelta(minutes=30)


@pytest.mark.parametrize(
    ("sent", "counts", "note"),
    [
        (ARRIVED - timedelta(seconds=9), ARRIVED - timedelta(seconds=9), ""),
        (ARRIVED - SKEW, ARRIVED - SKEW, ""),
        (ARRIVED - SKEW - timedelta(seconds=1), ARRIVED, "sent_long_before_arrival"),
        (ARRIVED + timedelta(seconds=30), ARRIVED, ""),
        (ARRIVED + timedelta(seconds=61), ARRIVED, "sent_in_future"),
        (datetime(9999, 12, 31, tzinfo=UTC), ARRIVED, "sent_in_future"),
        (None, ARRIVED, "sent_unknown"),
    ],
)
def test_the_sent_time_counts_where_it_can_be_believed(sent: datetime | None, counts: datetime, note: str) -> None:
    assert order_time(sent, ARRIVED, SKEW) == (counts, note)
