"""`consign orders`, `order` and `requeue`: what came in, on the command line."""

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
    local,
    out,
    print_json,
    settings_of,
    table,
    with_settings,
)
from consign.commands.showing import at, iso, show_tasks, task_facts


def show_orders(settings: Settings, limit: int, as_json: bool) -> None:
    """The newest orders."""
    from intake import register

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
            "tasks": [task_facts(task) for task in casebook.tasks_of(session, found.id)],
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
    return {name: getattr(letter, name) for name in fields} | {name: iso(getattr(letter, name)) for name in times}


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
            at(letter["written_at"], zone),
            at(letter["sent_at"], zone),
            letter["last_reply"],
        )
    out.print(letters)
    show_tasks(told["tasks"], settings)
    history = table("timeline", "at", "what", "who", "details")
    for event in told["timeline"]:
        history.add_row(at(event["at"], zone), event["kind"], event["actor"], str(event["details"]))
    out.print(history)


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
