"""`consign tasks` and `task`: the queue of calls on the command line."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from config.settings import Settings
from consign.commands.common import (
    agent_option,
    database_of,
    err,
    json_option,
    out,
    print_json,
    settings_of,
    table,
    with_settings,
)
from consign.commands.showing import at, iso, show_tasks, task_facts


@click.command()
@click.option("--kind", multiple=True)
@click.option("--zone", multiple=True)
@click.option("--role", multiple=True)
@click.option("--mine", is_flag=True, help="only what you hold")
@click.option("--limit", default=100, show_default=True)
@agent_option
@json_option
@with_settings
def tasks(
    kind: tuple[str, ...],
    zone: tuple[str, ...],
    role: tuple[str, ...],
    mine: bool,
    limit: int,
    agent: str,
    as_json: bool,
    config: Path | None,
) -> None:
    """The queue: what is to be done, the earliest due first."""
    from followup import casebook
    from followup.casebook import QueueFilter

    settings = settings_of(config)
    wanted = QueueFilter(kinds=kind, zones=zone, roles=role, holder=agent if mine else "")
    with database_of(settings).read() as session:
        found = [task_facts(task) for task in casebook.queue(session, wanted, limit)]
    if as_json:
        print_json(found)
    else:
        show_tasks(found, settings)


@click.command()
@click.argument("number", type=int)
@click.argument("word", required=False)
@click.option("--time", "time_", default="", help='when: "16:00", "明天10点", 2026-11-24T16:00')
@click.option("--note", default="", help="in words")
@click.option(
    "--set", "changes", multiple=True, metavar="FIELD=VALUE", help="correct the form: consignee.phone=0571-88886666"
)
@click.option("--driver", default="")
@click.option("--phone", default="")
@click.option("--vehicle", default="")
@click.option("--order", "order_number", default="", help="the order that a mail belongs to")
@agent_option
@json_option
@with_settings
def task(
    number: int, word: str | None, time_: str, config: Path | None, agent: str, as_json: bool, **details: Any
) -> None:
    """Task NUMBER: shown with its history, or with WORD acted on.

    WORD: lease, return, put-off (with --time), or an outcome of its kind: picked_up, not_yet, problem, unreachable, …
    """
    from followup import actions
    from followup.casebook import TaskTaken

    settings = settings_of(config)
    database = database_of(settings)
    now = datetime.now(UTC)
    try:
        if word:
            _act(settings, number, word, agent, _details(details, time_, settings, now), now)
    except (TaskTaken, KeyError, actions.NotUnderstood, ValueError) as wrong:
        err.print(str(wrong.args[0] if wrong.args else wrong), markup=False)
        raise SystemExit(2) from wrong
    _show_task(database, number, settings, as_json)


def _details(details: dict[str, Any], time_: str, settings: Settings, now: datetime) -> dict[str, Any]:
    from followup.saidtime import said_time

    made: dict[str, Any] = {key: value for key, value in details.items() if isinstance(value, str) and value}
    if "order_number" in made:
        made["order"] = made.pop("order_number")
    if time_:
        made["time"] = said_time(time_, now, settings.zone_info)
    if details["changes"]:
        pairs = [change.partition("=") for change in details["changes"]]
        made["changes"] = {field.strip(): value.strip() for field, _, value in pairs}
    return made


def _act(settings: Settings, number: int, word: str, agent: str, details: dict[str, Any], now: datetime) -> None:
    from consign.explaining import company_of
    from followup import actions, casebook

    database = database_of(settings)
    if word == "lease":
        actions.take(database, number, agent, now)
    elif word == "return":
        with database.write() as session:
            casebook.give_back(session, number, agent)
    elif word == "put-off":
        if "time" not in details:
            raise actions.NotUnderstood("put-off needs --time")
        actions.put_off(database, number, agent, details["time"], details.get("note", ""), now)
    else:
        actions.say(database, company_of(settings), number, actions.Word(agent, word, details), now)


def _show_task(database: Any, number: int, settings: Settings, as_json: bool) -> None:
    from followup import casebook
    from followup.agenda import TaskKind
    from followup.outcomes import OUTCOMES

    with database.read() as session:
        found = casebook.task(session, number)
        if found is None:
            err.print(f"no task {number}", markup=False)
            raise SystemExit(2)
        told = task_facts(found)
        told["outcomes"] = [rule.code for rule in OUTCOMES[TaskKind(found.kind)]]
        told["history"] = [
            {
                "at": item.at.isoformat(),
                "agent": item.agent,
                "outcome": item.outcome,
                "note": item.note,
                "details": item.details,
                "put_off_to": iso(item.put_off_to),
            }
            for item in casebook.attempts_of(session, number)
        ]
    if as_json:
        print_json(told)
        return
    show_tasks([told], settings)
    history = table("history", "at", "who", "outcome", "note", "put off to")
    for item in told["history"]:
        history.add_row(
            at(item["at"], settings.zone_info),
            item["agent"],
            item["outcome"],
            item["note"],
            at(item["put_off_to"], settings.zone_info),
        )
    out.print(history)
    out.print("outcomes: " + ", ".join(told["outcomes"]), markup=False)
