"""consign.toml as a file: read, relative paths settled, each fault told with the line that it stands on (G17)."""

import os
import re
import tomllib
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


def _from_folder(table: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Relative paths are meant from the folder of the file, wherever the command is run."""
    for section, key in (("", "rules"), *((s, k) for s in ("mailbox", "smtp") for k in ("password_file", "ca_file"))):
        part = table if not section else table.get(section)
        if isinstance(part, dict) and isinstance(part.get(key), str):
            part[key] = str(folder / part[key])
    hooks = table.get("webhooks")
    for hook in hooks if isinstance(hooks, list) else []:
        if isinstance(hook, dict) and isinstance(hook.get("secret_file"), str):
            hook["secret_file"] = str(folder / hook["secret_file"])
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
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[([^\[\]]+)\]", line):
            table = [part.strip().strip('"') for part in header[1].split(".")]
            if table == keys[: len(table)]:
                found = number
        elif assignment := re.match(r'\s*"?([^"=\s]+)"?\s*=', line):
            whole = [*table, *assignment[1].split(".")]
            if whole == keys[: len(whole)]:
                return number
    return found
