"""The timeline of an order in words."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.phrases import catalogue
from followup.console.desk import Visit
from followup.console.sayings import worded
from followup.console.words import knows
from intake.tables import Event

LATE = (
    *("letter_refused", "letter_late", "promise_broken", "step_failed", "pickup_overdue", "mail_set_aside"),
    *("arrival_delayed", "signing_failed", "delivery_refused", "goods_lost", "receipt_defective", "receipt_lost"),
    *("task_escalated", "exception_opened"),
)
WELL = ("work_order_sent", "picked_up", "order_confirmed", "arrived", "signed", "receipt_handed", "shipment_closed")
# Details whose values are codes, and the texts that name them.
CODED = {
    "outcome": ("outcome_", "state_"),
    "purpose": ("purpose_",),
    "kind": ("kind_", "paper_"),
    "rule": ("rule_",),
    "decision": ("decision_",),
    "role": ("role_",),
}
TIMES = ("due_at", "put_off_to", "expected", "at", "promised", "before", "from", "until", "told_at", "answered_at")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
SILENT = (
    *("message_id", "revision", "round", "letter", "task", "event", "dispatcher", "in_time", "rung", "told"),
    *("digest", "attachment"),
)


@dataclass(frozen=True)
class Line:
    """One event as it is read."""

    at: datetime
    what: str
    who: str
    details: str
    signal: str  # "late" | "well" | ""
    mail_id: int | None


def line_of(event: Event, visit: Visit) -> Line:
    key = f"event_{event.kind}"
    what = visit.word(key) if knows(key) else event.kind
    parts = [_detail(event, name, value, visit) for name, value in event.details.items() if name not in SILENT]
    signal = "late" if event.kind in LATE else "well" if event.kind in WELL else ""
    details = " · ".join(part for part in parts if part)
    return Line(event.at, what, who(event.actor, visit), details, signal, event.mail_id)


def who(actor: str, visit: Visit) -> str:
    """agent:li -> 客服 li; the program itself is not named."""
    kind, _, name = actor.partition(":")
    key = f"actor_{kind}"
    return "" if actor == "consign" else " ".join(filter(None, (visit.word(key) if knows(key) else kind, name)))


def _detail(event: Event, name: str, value: Any, visit: Visit) -> str:
    if value in (None, "", [], False, {}):
        return ""
    if name in ("reasons", "faults") and isinstance(value, list):
        return visit.word("list_comma").join(worded(str(code), visit.language, {}) for code in value)
    if name == "kind" and f"exception_{value}" in catalogue():
        return worded(f"exception_{value}", visit.language, {})
    if name in CODED:
        prefixes = CODED[name] if event.kind != "decided" else reversed(CODED[name])
        return next((visit.word(key + str(value)) for key in prefixes if knows(key + str(value))), str(value))
    if name in TIMES and isinstance(value, str) and MOMENT.match(value):
        return visit.plain.when_iso(value)
    if isinstance(value, list):
        return visit.word("list_comma").join(map(str, value))
    return str(value)[:300]
