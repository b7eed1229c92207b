"""How tasks and times are shown on the command line: as facts for JSON, as tables for people."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from config.phrases import phrase
from config.settings import Settings
from consign.commands.common import local, out, table


def task_facts(task: Any) -> dict[str, Any]:
    fields = (
        "id",
        "kind",
        "state",
        "role",
        "whom",
        "phone",
        "why",
        "why_values",
        "holder",
        "attempts",
        "outcome",
        "zone",
        "dispatcher",
        "order_id",
        "mail_id",
    )
    times = ("opened_at", "call_from", "due_at", "closed_at", "held_until")
    return {name: getattr(task, name) for name in fields} | {name: iso(getattr(task, name)) for name in times}


def iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def at(iso: str | None, zone: ZoneInfo) -> str:
    return local(datetime.fromisoformat(iso), zone) if iso else ""


def show_tasks(found: list[dict[str, Any]], settings: Settings) -> None:
    now = datetime.now(UTC).isoformat()
    made = table("tasks", "n", "kind", "due", "whom", "phone", "why", "state", "holder")
    for task in found:
        late = task["state"] == "open" and task["due_at"] < now
        state = task["outcome"] or ("overdue" if late else task["state"])
        made.add_row(
            str(task["id"]),
            task["kind"],
            at(task["due_at"], settings.zone_info),
            task["whom"],
            task["phone"],
            phrase(task["why"], settings.language, **_words(task["why_values"], settings)),
            state,
            task["holder"],
            style="red" if late else None,
        )
    out.print(made)


def _words(values: dict[str, Any], settings: Settings) -> dict[str, str]:
    """The values of a sentence as people write them: times in company time, reasons as sentences."""
    words = {}
    for name, value in values.items():
        if name == "reasons":
            value = "; ".join(phrase(reason["code"], settings.language, **reason["values"]) for reason in value)
        elif name.endswith(("_by", "_at")) and isinstance(value, str):
            value = at(value, settings.zone_info)
        words[name] = str(value)
    return words
