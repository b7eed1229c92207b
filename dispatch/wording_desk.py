"""Letters to those who lead the desk: what was handed up the ladder because nobody had dealt with it (SPEC 7). Pure."""

from datetime import datetime
from typing import Any

from config.phrases import phrase
from dispatch import figures, stationery
from dispatch.draft import Draft, Purpose
from dispatch.letterhead import House, words


def escalated(said: dict[str, Any], house: House, now: datetime) -> Draft:
    """One letter for all that went up at once; `said` are the details of the first event, which names them all."""
    tongue = words(house.language)
    role = phrase(f"role_{said['role']}", house.language)
    headline = phrase("tasks_escalated", house.language, count=str(said["count"]), role=role)
    lines = [_line(one, house, now) for one in said["told"]]
    more = int(said["count"]) - len(lines)
    if more > 0:
        lines.append(phrase("tasks_escalated_more", house.language, count=str(more)))
    subject = tongue.subject("letter", what=headline)
    return stationery.draft(
        Purpose.ALERT, "plain", house.supervisor, subject, tongue, house, {"sentences": [headline, *lines]}
    )


def _line(one: dict[str, Any], house: House, now: datetime) -> str:
    today = now.astimezone(house.timezone).date()
    due = datetime.fromisoformat(one["due_at"]).astimezone(house.timezone)
    when = figures.moment(due, today, words(house.language))
    return " · ".join(filter(None, (one["order"], one["what"], one["whom"], when)))
