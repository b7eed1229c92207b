"""`consign audit`: whether the timeline is still what it was, by its chain of seals."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from consign.commands.common import database_of, err, out, print_json, settings_of, with_settings

if TYPE_CHECKING:
    from consign.audit import Audited


@click.group()
def audit() -> None:
    """The audit chain of the timeline: verify, seal, export."""


@audit.command()
@click.option("--known", metavar="DIGEST", default="", help="a digest kept elsewhere; it must be in the chain")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
@with_settings
def verify(config: Path | None, known: str, as_json: bool) -> None:
    """Walks the whole chain; exit 1 and the first place that does not hold."""
    from consign.audit import verify as walk

    try:
        digest = bytes.fromhex(known)
    except ValueError as wrong:
        raise click.BadParameter("a digest is written in 64 hexadecimal digits", param_hint="--known") from wrong
    found = walk(database_of(settings_of(config)), datetime.now(UTC), digest)
    _print(found, as_json)
    raise SystemExit(1 if found.broken else 0)


def _print(found: "Audited", as_json: bool) -> None:
    if as_json:
        plain = {"sealed": found.sealed, "erased": found.erased, "unsealed": found.unsealed, "broken": found.broken}
        print_json(plain | {"place": found.head.place, "digest": found.head.digest.hex()})
        return
    if found.broken:
        err.print(f"BROKEN: {found.broken}", markup=False)
        err.print(f"up to place {found.head.place} everything holds", markup=False)
        return
    out.print(f"{found.sealed} events hold, {found.erased} of them with their words erased", markup=False)
    out.print(f"{found.unsealed} not sealed yet", markup=False)
    out.print(f"place {found.head.place}, digest {found.head.digest.hex()}", markup=False)


@audit.command()
@with_settings
def seal(config: Path | None) -> None:
    """Seals what has no seal yet; the daemon does the same every minute. Prints the digest to keep elsewhere."""
    from consign.audit import head_of, seal_all

    database = database_of(settings_of(config))
    sealed = seal_all(database, thorough=True)
    with database.read() as session:
        head = head_of(session)
    out.print(f"{sealed} sealed; place {head.place}, digest {head.digest.hex()}", markup=False)


@audit.command()
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=True))
@with_settings
def export(config: Path | None, file: TextIO) -> None:
    """Writes the chain with its events as JSON lines, for somebody else to verify. Holds words about people."""
    from consign.audit import exported

    lines = 0
    with database_of(settings_of(config)).read() as session:
        for line in exported(session):
            file.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
            lines += 1
    err.print(f"{lines} events", markup=False)
