"""What the commands share: the settings option, faults as people read them, tables and JSON."""

import getpass
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table

from config.database import Database, open_database
from config.faults import ConfigurationError, Fault
from config.settings import Settings, load_settings

Command = TypeVar("Command", bound=Callable[..., Any])
DEFAULT_FILE = Path("consign.toml")
out = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def with_settings(command: Command) -> Command:
    """Adds `-c FILE`; consign.toml of the working folder serves where there is one."""
    option = click.option("-c", "--config", type=click.Path(path_type=Path), default=None, help="default: consign.toml")
    return option(command)


agent_option = click.option("--agent", default=getpass.getuser, help="who you are (default: your login)")
json_option = click.option("--json", "as_json", is_flag=True, help="as JSON")


def settings_of(config: Path | None) -> Settings:
    """The settings; on a fault every fault is printed and the command ends with 2."""
    if config is None and (named := os.environ.get("CONSIGN_CONFIG")):
        config = Path(named)
    if config is None and DEFAULT_FILE.exists():
        config = DEFAULT_FILE
    try:
        return load_settings(config)
    except ConfigurationError as broken:
        end_with_faults(broken.faults, 2)


def end_with_faults(faults: list[Fault], code: int) -> NoReturn:
    """Prints each fault on a line, with its mend, and ends."""
    for fault in faults:
        err.print(str(fault), markup=False)
    raise SystemExit(code)


def plain_faults(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    """Faults of a file as JSON tells them."""
    return [{"line": one.line, "key": one.key, "message": one.message, "mend": one.mend} for one in faults]


def database_of(settings: Settings) -> Database:
    """The database of the settings; it must have been made by `consign run` before."""
    file = settings.database.url
    database = open_database(file, lock_seconds=settings.database.lock_seconds)
    from consign import schema

    if schema.version(database) is None:
        err.print(f"{file}: no consign database yet: start `consign run` once", markup=False)
        raise SystemExit(2)
    return database


def print_json(value: Any) -> None:
    """One JSON value on standard output; nothing of it is ASCII-escaped, lone surrogates are."""
    text = json.dumps(value, ensure_ascii=False, indent=1, default=str)
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")


def local(moment: datetime | None, zone: ZoneInfo) -> str:
    """A time as people of the company write it."""
    return moment.astimezone(zone).strftime("%m-%d %H:%M:%S") if moment else ""


def table(title: str, *columns: str) -> Table:
    made = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made
