"""Times, spans, weights, money and phones as people write them: 今天 14:20, 1.2 吨, 138****8000. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from followup.console.words import word

TONNE = Decimal(1000)
SHOWN_AHEAD, SHOWN_BEHIND = 3, 4  # characters of a phone number that stay readable when it is masked


@dataclass(frozen=True)
class Plain:
    """How this visitor reads values: his language, the company's time zone, the moment of the page."""

    language: str
    zone: ZoneInfo
    now: datetime

    def when(self, moment: datetime | None, *, seconds: bool = False) -> str:
        """今天 14:20, 明天 10:00, 11-28 09:00, 2027-01-04 09:00."""
        if moment is None:
            return ""
        local, today = moment.astimezone(self.zone), self.now.astimezone(self.zone).date()
        clock = local.strftime("%H:%M:%S" if seconds else "%H:%M")
        key = {0: "today", 1: "tomorrow", -1: "yesterday"}.get((local.date() - today).days)
        if key:
            return f"{word(key, self.language)} {clock}"
        return local.strftime("%m-%d " if local.year == today.year else "%Y-%m-%d ") + clock

    def when_iso(self, text: str) -> str:
        """The same for a moment as JSON keeps it."""
        return self.when(datetime.fromisoformat(text))

    def clock(self, moment: datetime | None) -> str:
        """The time of day alone: 14:20:05."""
        return moment.astimezone(self.zone).strftime("%H:%M:%S") if moment else ""

    def span(self, length: timedelta) -> str:
        """9:05 (minutes and seconds), 2:09:05 from an hour on, 3 天 from two days on; without its sign."""
        seconds = abs(int(length.total_seconds()))
        if seconds >= 2 * 86400:
            return word("days", self.language, count=seconds // 86400)
        minutes, rest = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

    def until(self, moment: datetime) -> str:
        """The countdown to a moment; what has passed is marked by a plus."""
        return ("+" if moment < self.now else "") + self.span(moment - self.now)

    def weight(self, kilograms: Decimal | None) -> str:
        if kilograms is None:
            return ""
        if kilograms >= TONNE:
            return f"{number(kilograms / TONNE)} {word('tonnes', self.language)}"
        return f"{number(kilograms)} {word('kilograms', self.language)}"

    def volume(self, cubic_metres: Decimal | None) -> str:
        return "" if cubic_metres is None else f"{number(cubic_metres)} {word('cubic_metres', self.language)}"

    def money(self, amount: Decimal | None) -> str:
        return "" if amount is None else f"¥{amount:,.2f}"


def number(value: Decimal) -> str:
    """Without idle zeros: 1.20 is 1.2, 500.000 is 500."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def masked(phone: str) -> str:
    """138****8000: enough to tell two numbers apart, too little to call."""
    if len(phone) <= SHOWN_AHEAD + SHOWN_BEHIND:
        return "*" * len(phone)
    return phone[:SHOWN_AHEAD] + "****" + phone[-SHOWN_BEHIND:]
