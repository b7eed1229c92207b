"""What the people of a simulation know of the promises: written down once more from SPEC 6 and 7, not asked of the
rooms, so that the reports have something to be measured by."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.zone import Zone

SHANGHAI = ZoneInfo("Asia/Shanghai")
OPENS, CLOSES = time(8), time(20)
DAYS = {"合肥": 2}  # on the way; 1 to every other city of the script


def local(moment: datetime) -> datetime:
    return moment.astimezone(SHANGHAI)


def pickup_by(ordered: datetime, zone: Zone) -> datetime:
    """The pickup deadline (SPEC 6), with every day a working day."""
    at = local(ordered)

    def on(hour: int, days: int = 0) -> datetime:
        return at.replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=days)

    if zone is Zone.URBAN:
        return on(15) if at.hour < 12 else on(18) if at.hour < 15 else on(12, 1)
    return on(18) if at.hour < 12 else on(18, 1)


def in_working_hours(moment: datetime) -> datetime:
    """The moment, or the next one at which somebody works."""
    at = local(moment)
    if at.time() < OPENS:
        return at.replace(hour=8, minute=5, second=0, microsecond=0)
    if at.time() >= CLOSES:
        return (at + timedelta(days=1)).replace(hour=8, minute=5, second=0, microsecond=0)
    return moment


def promised_arrival(picked_up: datetime, city: str) -> datetime:
    """The end of the working day on which the lane's days are over: 18:00 (SPEC 7)."""
    return local(picked_up).replace(hour=18, minute=0, second=0, microsecond=0) + timedelta(days=DAYS.get(city, 1))


def arrives_at(picked_up: datetime, city: str, late_days: int) -> datetime:
    """When the goods are there: in the morning of the promised day, or so many days later."""
    return promised_arrival(picked_up, city) + timedelta(days=late_days, hours=-9)
