"""Times as agents say them on the phone."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from followup.saidtime import said_time

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 14, 20, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("words", "month", "day", "hour", "minute"),
    [
        ("16:00", 11, 24, 16, 0),
        ("16：30", 11, 24, 16, 30),
        ("16点", 11, 24, 16, 0),
        ("16点半", 11, 24, 16, 30),
        ("下午4点", 11, 24, 16, 0),
        ("下午4点20分", 11, 24, 16, 20),
        ("9:00", 11, 25, 9, 0),  # has passed today: tomorrow
        ("明天10点", 11, 25, 10, 0),
        ("明天上午9点半", 11, 25, 9, 30),
        ("后天 8:05", 11, 26, 8, 5),
        ("今天 9:00", 11, 24, 9, 0),  # said aloud: today, though it has passed
        ("中午12点", 11, 25, 12, 0),
        ("11-25 08:30", 11, 25, 8, 30),
        ("12月1日 10点", 12, 1, 10, 0),
        ("4pm", 11, 24, 16, 0),
        ("tomorrow 10:15", 11, 25, 10, 15),
        ("30分钟后", 11, 24, 14, 50),
        ("2小时后", 11, 24, 16, 20),
        ("2026-11-30T09:00", 11, 30, 9, 0),
    ],
)
def test_what_is_said_is_what_is_meant(words: str, month: int, day: int, hour: int, minute: int) -> None:
    assert said_time(words, NOW, SHANGHAI) == datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def test_a_date_that_has_passed_is_next_years() -> None:
    assert said_time("1-5 10:00", NOW, SHANGHAI) == datetime(2027, 1, 5, 10, tzinfo=SHANGHAI)


@pytest.mark.parametrize("words", ["", "soon", "25:00", "16:75", "点", "13月1日 10点", "2-30 10:00"])
def test_what_is_no_time_is_refused(words: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the message is for people)
        said_time(words, NOW, SHANGHAI)
