"""A time as an agent says it: "16:00", "明天10点", "后天上午9点半", "11-25 08:30", "30分钟后"."""

import re
import unicodedata
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

DAYS = {"今天": 0, "今日": 0, "today": 0, "明天": 1, "明日": 1, "tomorrow": 1, "后天": 2}
CLOCK = re.compile(
    r"(上午|早上|中午|下午|晚上|am|pm)?\s*(\d{1,2})(?:[::点时](\d{1,2}|半)?分?)?\s*(am|pm)?$", re.IGNORECASE
)
DATE = re.compile(r"^(?:(\d{4})[-/年])?(\d{1,2})[-/月](\d{1,2})日?\s*")
AFTER = re.compile(r"^(\d{1,3})\s*(分钟|小时|min|minutes|h|hours)\s*(?:后|later)?$", re.IGNORECASE)


def said_time(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment that is meant, aware; a clock time that has passed today is tomorrow's. Raises ValueError."""
    words = unicodedata.normalize("NFKC", text).strip()
    if after := AFTER.match(words):
        unit = timedelta(hours=1) if after[2].lower() in ("小时", "h", "hours") else timedelta(minutes=1)
        return now + int(after[1]) * unit
    try:
        moment = datetime.fromisoformat(words)
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    except ValueError:
        return _spoken(words, now.astimezone(zone))


def _spoken(words: str, now: datetime) -> datetime:
    day, rest, dated = now.date(), words, False
    for name, ahead in DAYS.items():
        if words.lower().startswith(name):
            day, rest, dated = day + timedelta(days=ahead), words[len(name) :].strip(), True
    if date := DATE.match(rest):
        day = day.replace(year=int(date[1] or day.year), month=int(date[2]), day=int(date[3]))
        rest, dated = rest[date.end() :], True
        if day < now.date() and not date[1]:
            day = day.replace(year=day.year + 1)
    clock = CLOCK.match(rest)
    if not clock:
        raise ValueError(f"{words!r} is no time; say 16:00, 明天10点, 11-25 08:30 or 30分钟后")
    hour = int(clock[2])
    minute = 30 if clock[3] == "半" else int(clock[3] or 0)
    part = (clock[1] or clock[4] or "").lower()
    if (part in ("下午", "晚上", "pm") and hour < 12) or (part == "中午" and hour < 11):
        hour += 12
    if hour > 23 or minute > 59:
        raise ValueError(f"{words!r} is no time of day")
    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=now.tzinfo)
    return moment + timedelta(days=1) if moment <= now and not dated else moment
