"""consign.toml as a file: read, relative paths settled, each fault told with the line that it stands on (G17)."""

import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from config.faults import ConfigurationError, Fault


def read_table(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as unreadable:
        reason = unreadable.strerror or str(unreadable)
        raise ConfigurationError(
            [Fault(str(path), None, "-c", reason, "name a file that exists and may be read")]
        ) from unreadable
    except UnicodeDecodeError as wrong:
        raise ConfigurationError([Fault(str(path), None, "", "is not UTF-8", "save the file as UTF-8")]) from wrong
    except tomllib.TOMLDecodeError as broken:
        line = re.search(r"line (\d+)", str(broken))
        raise ConfigurationError(
            [Fault(str(path), int(line[1]) if line else None, "", str(broken), 'write it as TOML: key = "value"')]
        ) from broken
    return _from_folder(table, path.resolve().parent)


# The keys that name files, by their tables; "" is the top level, and of an array of tables each one is meant.
SERVER_FILES = ("password_file", "ca_file")
PATHS = {
    "": ("rules",),
    "mailbox": SERVER_FILES,
    "mailboxes": SERVER_FILES,
    "smtp": SERVER_FILES,
    "console.oidc": ("client_secret_file",),
    "webhooks": ("secret_file",),
    "companies": ("rules",),
    "companies.smtp": SERVER_FILES,
    "attachments": ("folder",),
}


def _tables(table: dict[str, Any], dotted: str) -> Iterator[dict[str, Any]]:
    """The tables of a dotted name, as far as they are there and are tables: what is wrong is told by the settings."""
    name, _, rest = dotted.partition(".")
    found = table.get(name) if name else table
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, dict):
            yield from _tables(one, rest) if rest else [one]


def _from_folder(table: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Relative paths are meant from the folder of the file, wherever the command is run."""
    for dotted, keys in PATHS.items():
        for part in _tables(table, dotted):
            part |= {key: str(folder / part[key]) for key in keys if isinstance(part.get(key), str)}
    database = table.get("database")
    if isinstance(database, dict) and isinstance(url := database.get("url"), str):
        match = re.fullmatch(r"sqlite:///([^/:].*)", url)
        if match:
            database["url"] = f"sqlite:///{folder / match[1]}"
    elif database is None:
        table["database"] = {"url": f"sqlite:///{folder / 'consign.db'}"}
    return table


MENDS = {
    "missing": "add this key",
    "extra_forbidden": "no such key: check its spelling and its table",
    "int_parsing": "write a whole number",
    "int_type": "write a whole number without quotes",
    "float_parsing": "write a number",
    "bool_parsing": "write true or false",
    "string_type": 'write text in quotes: "…"',
    "literal_error": "use one of the values named",
    "decimal_parsing": "write an amount, such as 50 or 12.50",
}


def faults_of(invalid: ValidationError, path: Path | None) -> list[Fault]:
    text = path.read_text(encoding="utf-8-sig") if path else ""
    faults = []
    for error in invalid.errors():
        keys = [str(part) for part in error["loc"]]
        dotted = ".".join(keys)
        variable = "CONSIGN_" + "__".join(keys).upper()
        message = str(error["msg"]).removeprefix("Value error, ")
        mend = MENDS.get(error["type"], "see docs/operating.md for this key")
        if variable in os.environ or not path:
            faults.append(Fault("environment", None, variable, message, mend))
        else:
            faults.append(Fault(str(path), line_of(text, keys), dotted, message, mend))
    return faults


def line_of(text: str, keys: list[str]) -> int | None:
    """The line of a TOML text at which a dotted key stands, or that of its table where the key is missing."""
    table: list[str] = []
    found: int | None = None
    rows: Counter[str] = Counter()  # of each array of tables: [[mailboxes]] for the second time is mailboxes.1
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[(\[?)([^\[\]]+)\]", line):
            table = [part.strip().strip('"') for part in header[2].split(".")]
            if header[1]:
                table.append(str(rows[header[2]]))
                rows[header[2]] += 1
            elif table[0] in rows:  # [companies.smtp] is of the last of [[companies]]
                table.insert(1, str(rows[table[0]] - 1))
            if table == keys[: len(table)]:
                found = number
        elif assignment := re.match(r'\s*"?([^"=\s]+)"?\s*=', line):
            whole = [*table, *assignment[1].split(".")]
            if whole == keys[: len(whole)]:
                return number
    return found
