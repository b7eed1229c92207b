"""`consign run`, `check`, `status` and `backup`: what an administrator does."""

import os
import signal
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from config.database import Database, open_database
from config.faults import Fault
from config.settings import Settings
from consign.commands.common import (
    database_of,
    end_with_faults,
    err,
    out,
    print_json,
    settings_of,
    table,
    with_settings,
)

FIRST_LOOK = 0.3  # seconds; a daemon that was killed has letters lying ready: it looks at the rest while it works


@click.command()
@with_settings
def run(config: Path | None) -> None:
    """The daemon: mailbox, judging, letters, tasks and the console, until it is told to stop."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: os._exit(0))  # until the daemon listens: nothing is in hand
    from config.database import CorruptDatabase
    from config.faults import ConfigurationError
    from consign.logs import set_up_logs
    from consign.schema import SchemaTooNew

    settings = settings_of(config)
    faults = needed_sections(settings, config)
    if faults:
        end_with_faults(faults, 2)
    set_up_logs(settings.watch.log)
    try:
        database = opened(settings)  # first of all: a damaged or newer one is refused before anything else is done
        from consign import process
        from consign.daemon import Daemon

        code = process.run(Daemon(settings, database=database))
    except ConfigurationError as broken:
        end_with_faults(broken.faults, 2)
    except CorruptDatabase as damaged:
        err.print(f"the database is damaged: {damaged}\nrestore the last backup: see docs/operating.md", markup=False)
        code = 2
    except SchemaTooNew as newer:
        err.print(str(newer), markup=False)
        code = 2
    sys.stdout.flush()
    os._exit(code)  # a courier may still wait minutes for a server's word; its letter is safe in the book


def opened(settings: Settings) -> Database:
    """The database, found sound, with the schema of today. Raises CorruptDatabase, SchemaTooNew."""
    from consign import schema

    database = open_database(settings.database.url, lock_seconds=settings.database.lock_seconds)
    database.check(FIRST_LOOK)
    schema.upgrade(database)
    return database


def needed_sections(settings: Settings, config: Path | None) -> list[Fault]:
    """The sections that a daemon cannot do without."""
    file = str(config or "environment")
    mend = 'add it: host = "…", username = "…", password_file = "…"'
    missing = [name for name, part in (("mailbox", settings.every_mailbox()), ("smtp", settings.smtp)) if not part]
    return [Fault(file, None, name, "this section is missing", mend) for name in missing]


@click.command()
@click.option("--json", "as_json", is_flag=True)
@with_settings
def check(config: Path | None, as_json: bool) -> None:
    """Configuration, rules, mailbox, SMTP and database: every fault at once, each with its mend."""
    from consign.checking import check_everything

    settings = settings_of(config)
    findings = check_everything(settings, needed_sections(settings, config))
    if as_json:
        print_json([vars(finding) for finding in findings])
    else:
        for finding in findings:
            sign = "[green]✓[/green]" if finding.well else "[red]✗[/red]"
            out.print(sign, end=" ")
            out.print(f"{finding.name}: {finding.value}", markup=False)
            if not finding.well and finding.mend:
                out.print(f"    -> {finding.mend}", markup=False)
    raise SystemExit(0 if all(finding.well for finding in findings) else 1)


@click.command()
@click.option("--json", "as_json", is_flag=True)
@with_settings
def status(config: Path | None, as_json: bool) -> None:
    """How things stand: what waits, since when; exit 1 when something is wrong."""
    from consign.health import findings, of_daemon

    settings = settings_of(config)
    found = of_daemon(settings) + findings(database_of(settings), settings, datetime.now(UTC))
    if as_json:
        print_json({finding.name: {"value": finding.value, "well": finding.well} for finding in found})
    else:
        made = table("consign", "what", "now", "")
        for finding in found:
            made.add_row(
                finding.name, "-" if finding.value is None else str(finding.value), "" if finding.well else finding.mend
            )
        out.print(made)
    raise SystemExit(0 if all(finding.well for finding in found) else 1)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default="backups")
@with_settings
def backup(folder: Path, config: Path | None) -> None:
    """A verified copy of the SQLite database in FOLDER, made while the daemon runs on."""
    settings = settings_of(config)
    database = database_of(settings)
    file = database.file()
    if file is None:
        err.print("this database is PostgreSQL: back it up with pg_dump", markup=False)
        raise SystemExit(2)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"consign-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db"
    found = copy_database(file, target)
    if found != "ok":
        target.unlink()
        err.print(f"the copy is damaged: {found}", markup=False)
        raise SystemExit(1)
    out.print(f"{target} ({target.stat().st_size / 1e6:.1f} MB, verified)", markup=False)
    _copy_papers(database, settings, folder)


def _copy_papers(database: Database, settings: Settings, folder: Path) -> None:
    """After the database: every paper that its rows name was there before. Those that are there already stay."""
    from followup.shelf import Shelf, shelf_of

    shelf = shelf_of(database, settings.attachments)
    if shelf is None:
        return
    copied, lost = shelf.copy_to(Shelf(folder / "papers"))
    out.print(f"{folder / 'papers'} ({copied} papers more, verified)", markup=False)
    if lost:
        err.print(f"{len(lost)} papers are damaged or lost: {', '.join(lost[:3])}", markup=False)
        raise SystemExit(1)


def copy_database(file: Path, target: Path) -> str:
    """Copies by SQLite's online backup, mode 0600, synced; returns what integrity_check says of the copy."""
    target.touch(mode=0o600, exist_ok=False)
    source, copy = sqlite3.connect(file), sqlite3.connect(target)
    try:
        source.backup(copy, pages=2048)
        found: str = copy.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        copy.close()
        source.close()
    with target.open("rb") as handle:
        os.fsync(handle.fileno())
    return found
