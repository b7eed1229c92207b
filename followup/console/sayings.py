"""What is said of tasks and reasons: the coded sentences of the rooms, with their values as people write them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from config.phrases import catalogue, phrase
from followup.console.desk import Visit
from followup.console.words import knows
from followup.tables import Task
from intake.verdict import Reason

SHORTEST_TIME = len("2026-11-24T04:00")


def why(task: Task, visit: Visit) -> str:
    """Why this task stands in the queue."""
    return said(task.why, task.why_values, visit)


def said(code: str, values: Mapping[str, Any], visit: Visit) -> str:
    """The sentence for `code`: reasons as sentences, moments as people write them."""
    return worded(code, visit.language, {name: _plain(name, value, visit) for name, value in values.items()})


def reason(item: Reason, visit: Visit) -> str:
    return named(item.code, item.field, item.values, visit)


def named(code: str, field: str | None, values: Mapping[str, str], visit: Visit) -> str:
    """A reason; that something is missing says what."""
    sentence = worded(code, visit.language, values)
    key = f"field_{(field or '').removesuffix('_kg').removesuffix('_m3')}"
    return f"{visit.word(key)}{visit.word('colon')}{sentence}" if code == "field_missing" and knows(key) else sentence


def worded(code: str, language: str, values: Mapping[str, str]) -> str:
    """The sentence for `code`; the bare code where an older version wrote one that no longer has a sentence.

    One such row must not take the whole queue from everybody.
    """
    return phrase(code, language, **values) if code in catalogue() else code


def _plain(name: str, value: Any, visit: Visit) -> str:
    if name == "reasons" and isinstance(value, list):
        texts = [named(item["code"], item.get("field"), item["values"], visit) for item in value]
        return visit.word("list_comma").join(texts)
    if isinstance(value, list):
        return visit.word("list_comma").join(map(str, value))
    if name.endswith(("_by", "_at")) and isinstance(value, str) and len(value) >= SHORTEST_TIME:
        return visit.plain.when(datetime.fromisoformat(value))
    return "" if value is None else str(value)
