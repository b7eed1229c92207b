"""When an order counts: the sent time of the customer's final mail, where it can be believed (SPEC 3)."""

from datetime import datetime, timedelta


def order_time(sent_at: datetime | None, arrived_at: datetime, skew: timedelta) -> tuple[datetime, str]:
    """The order time, and why the arrival counts instead of the sent time ("" where the sent time counts).

    A sent time after the arrival, or more than `skew` before it, is not believed. Clocks of two servers differ by
    seconds, so a sent time up to a minute ahead counts as the arrival without a word.
    """
    if sent_at is None:
        return arrived_at, "sent_unknown"
    if sent_at > arrived_at:
        ahead = sent_at - arrived_at
        return arrived_at, "sent_in_future" if ahead > timedelta(minutes=1) else ""
    if arrived_at - sent_at > skew:
        return arrived_at, "sent_long_before_arrival"
    return sent_at, ""
