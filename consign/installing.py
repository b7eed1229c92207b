"""What `consign init` leaves behind: consign.toml, the secret in a file of mode 0600, a starter set of rules."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.company import write_starter_rules
from config.settings import Settings, load_settings

SECRET_FILE = "mailbox.secret"
Values = dict[str, Any]


@dataclass
class Plan:
    """The answers, as sections of consign.toml; `secret` never stands among them."""

    company: Values = field(default_factory=dict)
    mailbox: Values = field(default_factory=dict)
    smtp: Values = field(default_factory=dict)
    database: Values = field(default_factory=dict)
    secret: str = ""

    def with_secret(self, server: Values) -> Values:
        """The section as a test of the server needs it."""
        return server | ({"password": self.secret} if self.secret else {})

    def text(self) -> str:
        """consign.toml."""
        parts = ['rules = "."    # areas.csv, lanes.csv, cargo.csv, dispatchers.csv … beside this file\n']
        for name in ("company", "mailbox", "smtp", "database"):
            section: Values = getattr(self, name)
            if name in ("mailbox", "smtp") and self.secret and section.get("username"):
                section = section | {"password_file": SECRET_FILE}
            parts.append(_section(name, section))
        return "\n".join(parts)


def _section(name: str, values: Mapping[str, Any]) -> str:
    lines = [f"[{name}]"] + [f"{key} = {_literal(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def _literal(value: Any) -> str:
    """A TOML value; JSON writes text, numbers, truth values and lists the same way."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False).replace("\x7f", "\\u007f")


def write(plan: Plan, folder: Path) -> tuple[Settings, list[Path]]:
    """Writes everything into `folder` and reads it back. Raises FileExistsError rather than touch what is there.

    Returns the settings as they were read back, and the files.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    file = folder / "consign.toml"
    _write_new(file, plan.text(), 0o644)
    written = [file]
    if plan.secret:
        _write_new(folder / SECRET_FILE, plan.secret + "\n", 0o600)
        written.append(folder / SECRET_FILE)
    written += write_starter_rules(folder)
    return load_settings(file), written


def _write_new(file: Path, text: str, mode: int) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as out:
        out.write(text)
