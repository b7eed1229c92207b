"""A time of day in free words, as dispatchers write it: "14:20", "下午4点半", "明早九点", "30分钟后", "4pm".

In: folded text and the moment at which it was said. Out: an aware datetime, or None where no time is named. Pure.
"""

import re
from datetime import date, datetime, timedelta

HALF_DAY = timedelta(hours=12)
DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
DIGITS |= {"十一": 11, "十二": 12}
DAYS = {"今天": 0, "今日": 0, "今晚": 0, "today": 0, "tonight": 0, "明天": 1, "明日": 1, "明早": 1, "明晚": 1}
DAYS |= {"tomorrow": 1, "后天": 2, "昨天": -1, "昨晚": -1, "yesterday": -1}
MORNING = frozenset({"上午", "早上", "凌晨", "明早", "am"})
EVENING = frozenset({"下午", "晚上", "傍晚", "今晚", "明晚", "昨晚", "tonight", "pm"})
PARTS = {"半": 30, "一刻": 15, "三刻": 45}

_DAY = "今天|今日|今晚|明天|明日|明早|明晚|后天|昨天|昨晚|today|tonight|tomorrow|yesterday"
_CLOCK = re.compile(
    rf"(?P<day>{_DAY})?[ 的]?(?P<half>上午|早上|凌晨|中午|下午|晚上|傍晚)?[ ]?(?:at |@ ?)?"
    r"(?<![\d.])(?P<hour>\d{1,2}|十[一二]?|[一二两三四五六七八九])"
    r"(?: ?[:：] ?(?P<minute>\d{2})|[点时](?:钟|整)?(?P<spoken>半|一刻|三刻|\d{1,2}(?=分|\D|$))?| ?(?=[ap]\.?m))"
    r"(?:分)?(?: ?(?P<half_en>[ap])\.?m\b)?",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?<!\d)(\d{1,2})(?:月|/|-)(\d{1,2})(?:日|号)?[ ,，]*(?=\d{1,2}[:：点时]|上午|下午|早上|晚上)")
_AFTER = re.compile(
    r"(?P<count>\d{1,3}|[一二两三四五六七八九十]|半)个?(?P<unit>小时|钟头|分钟|hours?|mins?|minutes?|h\b)"
    r"(?P<after>之?后|以后|内|左右| later|)",
    re.IGNORECASE,
)
_IN = re.compile(r"\bin (?P<count>\d{1,3}) (?P<unit>hours?|mins?|minutes?)", re.IGNORECASE)


def moment_after(text: str, at: datetime) -> datetime | None:
    """The first moment named in `text` that is meant to come after `at`; `at` carries the zone of the words."""
    ahead = _IN.search(text) or _AFTER.search(text)
    if ahead:
        return at + _span(ahead["count"], ahead["unit"])
    found = _clock(text)
    if found is None:
        return None
    choices, dated = _choices(found, text, at)
    later = [choice for choice in choices if choice > at]
    if later:
        return min(later)
    return min(choices) if dated else min(choices) + timedelta(days=1)


def moment_before(text: str, at: datetime) -> datetime | None:
    """The first moment named in `text` that is meant to lie before `at` (or minutes after: clocks differ)."""
    found = _clock(text)
    if found is None:
        return None
    choices, dated = _choices(found, text, at)
    earlier = [choice for choice in choices if choice <= at + timedelta(minutes=10)]
    if earlier:
        return max(earlier)
    return min(choices) if dated else max(choices) - timedelta(days=1)


def _clock(text: str) -> re.Match[str] | None:
    for match in _CLOCK.finditer(text):
        if _number(match["hour"]) < 25 and _minute(match) < 60:
            return match
    return None


def _choices(clock: re.Match[str], text: str, at: datetime) -> tuple[list[datetime], bool]:
    """What the words can mean, and whether they name the day: 4点 is 04:00 or 16:00 unless 上午 or 下午 says which."""
    day, dated = at.date(), False
    if clock["day"]:
        day, dated = day + timedelta(days=DAYS[clock["day"].lower()]), True
    elif named := _DATE.search(text):
        day, dated = _dated(at, int(named[1]), int(named[2])), True
    hour, half = _number(clock["hour"]), _half(clock)
    if (half == "evening" and hour < 12) or (clock["half"] == "中午" and hour < 11):
        hour += 12
    midnight = datetime(day.year, day.month, day.day, tzinfo=at.tzinfo)
    first = midnight + timedelta(hours=hour, minutes=_minute(clock))
    vague = 1 <= hour < 12 and not half and not clock["half"] and not clock["hour"].startswith("0")
    return ([first, first + HALF_DAY] if vague else [first]), dated


def _half(clock: re.Match[str]) -> str:
    said = {(clock[name] or "").lower() for name in ("day", "half")}
    said |= {f"{clock['half_en'].lower()}m"} if clock["half_en"] else set()
    return "morning" if said & MORNING else "evening" if said & EVENING else ""


def _dated(at: datetime, month: int, day: int) -> date:
    """The day of that name nearest to `at`; the day of `at` itself where there is no such day."""
    days = []
    for year in (at.year - 1, at.year, at.year + 1):
        try:
            days.append(date(year, month, day))
        except ValueError:
            continue
    return min(days, key=lambda each: abs((each - at.date()).days), default=at.date())


def _number(word: str) -> int:
    return int(word) if word.isdecimal() else DIGITS[word]


def _minute(clock: re.Match[str]) -> int:
    if clock["minute"]:
        return int(clock["minute"])
    spoken = clock["spoken"] or "0"
    return PARTS[spoken] if spoken in PARTS else int(spoken)


def _span(count: str, unit: str) -> timedelta:
    hours = unit.lower() in ("小时", "钟头", "hour", "hours", "h")
    amount = 0.5 if count == "半" else float(_number(count))
    return timedelta(hours=amount) if hours else timedelta(minutes=amount)
