"""`consign orders`, `order`, `tasks`, `task`, `requeue`: the desk on the command line."""

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from config.phrases import phrase
from config.settings import Settings
from consign.commands.common import database_of, err, local, out, print_json, settings_of, table, with_settings

agent_option = click.option("--agent", default=getpass.getuser, help="who you are (default: your login)")
json_option = click.option("--json", "as_json", is_flag=True, help="as JSON")


@click.command()
@click.option("--limit", default=50, show_default=True)
@json_option
@with_settings
def orders(limit: int, as_json: bool, config: Path | None) -> None:
    """The newest orders."""
    from intake import register

    settings = settings_of(config)
    with database_of(settings).read() as session:
        found = register.latest(session, limit)
    if as_json:
        print_json([order.model_dump(mode="json") for order in found])
        return
    made = table("orders", "number", "state", "ordered", "shipper", "pickup", "to", "cargo", "zone", "dispatcher")
    for order in found:
        form = order.form
        cargo = f"{form.cargo.pieces or '?'} 件 {form.cargo.weight_kg or '?'} kg"
        number = order.number + (f" r{order.revision}" if order.revision > 1 else "")
        made.add_row(
            number,
            order.state,
            local(order.ordered_at, settings.zone_info),
            form.shipper.name,
            form.pickup_address,
            form.destination,
            cargo,
            order.verdict.zone,
            order.verdict.dispatcher,
        )
    out.print(made)


@click.command()
@click.argument("number")
@json_option
@with_settings
def order(number: str, as_json: bool, config: Path | None) -> None:
    """Order NUMBER with its timeline, letters and tasks."""
    from dispatch import letterbook
    from followup import casebook
    from intake import register, timeline

    settings = settings_of(config)
    with database_of(settings).read() as session:
        found = register.by_number(session, number)
        if found is None:
            err.print(f"no order {number}", markup=False)
            raise SystemExit(2)
        told = {
            "order": found.model_dump(mode="json"),
            "letters": [_letter(letter) for letter in letterbook.of_order(session, found.id)],
            "tasks": [_task(task) for task in casebook.tasks_of(session, found.id)],
            "timeline": [
                {"at": event.at.isoformat(), "kind": event.kind, "actor": event.actor, "details": event.details}
                for event in timeline.of_order(session, found.id)
            ],
        }
    if as_json:
        print_json(told)
    else:
        _show_order(told, settings)


def _letter(letter: Any) -> dict[str, Any]:
    fields = ("purpose", "recipient", "revision", "state", "subject", "message_id", "attempt", "last_reply")
    times = ("written_at", "sent_at", "due_by")
    return {name: getattr(letter, name) for name in fields} | {name: _iso(getattr(letter, name)) for name in times}


def _task(task: Any) -> dict[str, Any]:
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
    return {name: getattr(task, name) for name in fields} | {name: _iso(getattr(task, name)) for name in times}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _show_order(told: dict[str, Any], settings: Settings) -> None:
    zone = settings.zone_info
    found = told["order"]
    out.print(f"{found['number']} · r{found['revision']} · {found['state']}", markup=False, style="bold")
    form = found["form"]
    fields = table("form", "field", "value")
    for name, value in form.items():
        for key, text in value.items() if isinstance(value, dict) else {"": value}.items():
            if text not in (None, [], ""):
                fields.add_row(f"{name}.{key}".rstrip("."), str(text))
    out.print(fields)
    letters = table("letters", "purpose", "to", "state", "written", "accepted", "server")
    for letter in told["letters"]:
        letters.add_row(
            letter["purpose"],
            letter["recipient"],
            letter["state"],
            _at(letter["written_at"], zone),
            _at(letter["sent_at"], zone),
            letter["last_reply"],
        )
    out.print(letters)
    _show_tasks(told["tasks"], settings)
    history = table("timeline", "at", "what", "who", "details")
    for event in told["timeline"]:
        history.add_row(_at(event["at"], zone), event["kind"], event["actor"], str(event["details"]))
    out.print(history)


def _at(iso: str | None, zone: ZoneInfo) -> str:
    return local(datetime.fromisoformat(iso), zone) if iso else ""


def _show_tasks(found: list[dict[str, Any]], settings: Settings) -> None:
    now = datetime.now(UTC).isoformat()
    made = table("tasks", "n", "kind", "due", "whom", "phone", "why", "state", "holder")
    for task in found:
        late = task["state"] == "open" and task["due_at"] < now
        state = task["outcome"] or ("overdue" if late else task["state"])
        made.add_row(
            str(task["id"]),
            task["kind"],
            _at(task["due_at"], settings.zone_info),
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
            value = _at(value, settings.zone_info)
        words[name] = str(value)
    return words


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
        found = [_task(task) for task in casebook.queue(session, wanted, limit)]
    if as_json:
        print_json(found)
    else:
        _show_tasks(found, settings)


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
        told = _task(found)
        told["outcomes"] = [rule.code for rule in OUTCOMES[TaskKind(found.kind)]]
        told["history"] = [
            {
                "at": item.at.isoformat(),
                "agent": item.agent,
                "outcome": item.outcome,
                "note": item.note,
                "details": item.details,
                "put_off_to": _iso(item.put_off_to),
            }
            for item in casebook.attempts_of(session, number)
        ]
    if as_json:
        print_json(told)
        return
    _show_tasks([told], settings)
    history = table("history", "at", "who", "outcome", "note", "put off to")
    for item in told["history"]:
        history.add_row(
            _at(item["at"], settings.zone_info),
            item["agent"],
            item["outcome"],
            item["note"],
            _at(item["put_off_to"], settings.zone_info),
        )
    out.print(history)
    out.print("outcomes: " + ", ".join(told["outcomes"]), markup=False)


@click.command()
@click.argument("mail_id", type=int)
@agent_option
@with_settings
def requeue(mail_id: int, agent: str, config: Path | None) -> None:
    """Has a mail that was set aside read again."""
    from intake import mailbook

    settings = settings_of(config)
    with database_of(settings).write() as session:
        done = mailbook.requeue(session, mail_id, f"agent:{agent}", datetime.now(UTC))
    if not done:
        err.print(f"mail {mail_id}: not there, or it became an order already", markup=False)
        raise SystemExit(2)
    out.print(f"mail {mail_id} waits to be read again", markup=False)
