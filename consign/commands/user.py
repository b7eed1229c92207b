"""`consign user`: the accounts of the desk."""

import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import click

from config.phrases import phrase
from consign.commands.common import database_of, err, local, out, print_json, settings_of, table, with_settings

ACTOR = "command"


@click.group()
def user() -> None:
    """Accounts of the agents' desk: add, list, password, disable, enable, link."""


def _ask_password(from_stdin: bool) -> str:
    """Twice from the terminal, or one line of standard input: never from the command line, where `ps` shows it."""
    if from_stdin or not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("password: ")
    if first != getpass.getpass("once more: "):
        raise click.UsageError("the two are not the same")
    return first


def _end(message: str) -> NoReturn:
    err.print(message, markup=False)
    raise SystemExit(2)


stdin_option = click.option("--password-stdin", is_flag=True, help="read the password from standard input")


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice(["agent", "supervisor", "admin"]), default="agent", show_default=True)
@click.option("--display", default="", help="how colleagues call this person")
@stdin_option
@with_settings
def add(name: str, role: str, display: str, password_stdin: bool, config: Path | None) -> None:
    """Makes the account NAME."""
    from followup import people
    from followup.passwords import WeakPassword

    settings = settings_of(config)
    database = database_of(settings)
    password = _ask_password(password_stdin)
    try:
        if not password:
            raise WeakPassword("password_short")
        with database.write() as session:
            people.add(session, name, people.Role(role), password, display, datetime.now(UTC), ACTOR)
    except WeakPassword as weak:
        _end(phrase(str(weak), settings.language))
    except people.NameTaken:
        _end(f"{name}: there is an account of that name")
    except people.BadName:
        _end(f"{name}: {people.BadName.__doc__}")
    out.print(f"{name.lower()} ({role})", markup=False)


@user.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
@with_settings
def list_(as_json: bool, config: Path | None) -> None:
    """All accounts; no password is ever shown."""
    from followup import people

    settings = settings_of(config)
    with database_of(settings).read() as session:
        found: list[dict[str, Any]] = [
            {
                "name": agent.name,
                "display": agent.display,
                "role": agent.role,
                "created_at": agent.created_at,
                "disabled_at": agent.disabled_at,
            }
            for agent in people.agents(session)
        ]
    if as_json:
        print_json(found)
        return
    made = table("accounts", "name", "display", "role", "made", "disabled")
    for row in found:
        times = (local(row["created_at"], settings.zone_info), local(row["disabled_at"], settings.zone_info))
        made.add_row(str(row["name"]), str(row["display"]), str(row["role"]), *times)
    out.print(made)


@user.command()
@click.argument("name")
@stdin_option
@with_settings
def password(name: str, password_stdin: bool, config: Path | None) -> None:
    """A new password for NAME; all sessions of the account end."""
    from followup import people
    from followup.passwords import WeakPassword

    settings = settings_of(config)
    database = database_of(settings)
    new = _ask_password(password_stdin)
    try:
        with database.write() as session:
            people.set_password(session, name, new, datetime.now(UTC), ACTOR)
    except WeakPassword as weak:
        _end(phrase(str(weak), settings.language))
    except KeyError as unknown:
        _end(str(unknown.args[0]))
    out.print(f"{name}: password set, sessions ended", markup=False)


def _switch(name: str, config: Path | None, on: bool) -> None:
    from followup import people

    act = people.enable if on else people.disable
    try:
        with database_of(settings_of(config)).write() as session:
            act(session, name, datetime.now(UTC), ACTOR)
    except KeyError as unknown:
        _end(str(unknown.args[0]))
    out.print(f"{name}: {'enabled' if on else 'disabled'}", markup=False)


@user.command()
@click.argument("name")
@with_settings
def disable(name: str, config: Path | None) -> None:
    """NAME can log in no more; its sessions and tokens end. What the account did stays on record."""
    _switch(name, config, on=False)


@user.command()
@click.argument("name")
@with_settings
def enable(name: str, config: Path | None) -> None:
    """NAME may log in again."""
    _switch(name, config, on=True)


@user.command()
@click.argument("name")
@with_settings
def link(name: str, config: Path | None) -> None:
    """An address that logs NAME in once, within twelve hours: for a forgotten password."""
    from followup import people

    settings = settings_of(config)
    try:
        with database_of(settings).write() as session:
            code = people.make_link(session, name, datetime.now(UTC))
    except KeyError as unknown:
        _end(str(unknown.args[0]))
    out.print(f"http://{settings.console.host}:{settings.console.port}/enter/{code}", markup=False)
