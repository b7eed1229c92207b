"""Rule: who gets the work order now (SPEC 4.3): the dispatcher of the area, or who stands in for him."""

from dataclasses import dataclass
from datetime import datetime

from config.dispatchers import Dispatcher, Dispatchers


@dataclass(frozen=True)
class Duty:
    """Who is responsible now, who is next in line when he does not answer, and why (a code of phrases.toml)."""

    dispatcher: Dispatcher
    deputy: Dispatcher | None
    reason: str  # "duty_own" | "duty_deputy" | "duty_nobody" | "duty_unknown_key"


def on_duty(dispatchers: Dispatchers, key: str | None, at: datetime) -> Duty:
    """The dispatcher for a roster key at a moment (aware; judged by the company's clock).

    On his days off and outside his duty hours the first of his line of deputies who works. When nobody of the line
    works, himself: the work order waits in his mail. A key that the roster no longer has (the rules changed since the
    order was judged) falls to the first dispatcher at work: a work order is never left without a reader.
    Raises LookupError for an empty roster.
    """
    local = at.astimezone(dispatchers.timezone)
    own = dispatchers.get(key)
    if own is None:
        line = list(dispatchers)
        if not line:
            raise LookupError("the roster has no dispatcher")
        chosen = next((one for one in line if one.at_work(local)), line[0])
        return Duty(chosen, _next_in_line(dispatchers, chosen, local), "duty_unknown_key")
    if own.at_work(local):
        return Duty(own, _next_in_line(dispatchers, own, local), "duty_own")
    stand_in = next((one for one in dispatchers.line_of_deputies(own) if one.at_work(local)), None)
    if stand_in is None:
        return Duty(own, dispatchers.get(own.deputy), "duty_nobody")
    return Duty(stand_in, _next_in_line(dispatchers, stand_in, local), "duty_deputy")


def _next_in_line(dispatchers: Dispatchers, dispatcher: Dispatcher, local: datetime) -> Dispatcher | None:
    line = dispatchers.line_of_deputies(dispatcher)
    return next((one for one in line if one.at_work(local)), line[0] if line else None)
