"""How people write times, weights and money: 今天 11月24日（周二）15:00, 1.2 吨, ¥ 1,280.00."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from dispatch.letterhead import Words

TON = Decimal(1000)  # kg
CENT = Decimal("0.01")


def _date(day: date, today: date, words: Words) -> str:
    name = words.months[day.month - 1] if words.months else ""
    form = words.days["date" if day.year == today.year else "date_of_year"]
    return form.fill({"day": day.day, "month": day.month, "year": day.year, "name": name})


def _said_day(day: date, today: date, words: Words) -> str:
    """ "today", "tomorrow", or nothing."""
    if day == today:
        return words.days["today"].text
    return words.days["tomorrow"].text if day - today == timedelta(days=1) else ""


def _time(at: datetime) -> str:
    return f"{at.hour:02}:{at.minute:02}"


def moment(at: datetime, today: date, words: Words) -> str:
    """A moment (local time) in full: 今天 11月24日（周二）15:00."""
    said = _said_day(at.date(), today, words)
    return words.days["moment"].fill(
        {
            "day": words.days["said_day"].fill({"word": said}) if said else "",
            "date": _date(at.date(), today, words),
            "weekday": words.weekdays[at.weekday()],
            "time": _time(at),
        }
    )


def brief_moment(at: datetime, today: date, words: Words) -> str:
    """A moment (local time) for a subject line: 今天15:00, 11月26日 12:00."""
    said = _said_day(at.date(), today, words)
    if said:
        return words.days["brief"].fill({"word": said, "time": _time(at)})
    return words.days["brief_date"].fill({"date": _date(at.date(), today, words), "time": _time(at)})


def number(value: Decimal) -> str:
    """An exact decimal without trailing zeros and exponent: 500, 0.35."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def weight(kilograms: Decimal, words: Words) -> str:
    """500 公斤; from a ton on, where three decimals say it exactly, 1.2 吨."""
    if kilograms >= TON and kilograms == kilograms.to_integral_value():
        return words.unit("tons", number(kilograms / TON))
    return words.unit("kilograms", number(kilograms))


def volume(cubic_metres: Decimal, words: Words) -> str:
    return words.unit("cubic_metres", number(cubic_metres))


def money(amount: Decimal, words: Words) -> str:
    """CNY to the cent, thousands apart: ¥ 1,280.00."""
    return words.unit("money", f"{amount.quantize(CENT, ROUND_HALF_UP):,}")
