"""`consign parse` and `consign explain`: what was read in a mail, and what would happen with it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.text import Text
from sqlalchemy import make_url

from config.company import Company
from config.phrases import phrase
from config.settings import Settings
from consign.commands.common import err, out, print_json, settings_of, with_settings
from intake.message import Understanding


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--explain", is_flag=True, help="show the mail with the words marked from which each value was read")
@with_settings
def parse(file: Path, explain: bool, config: Path | None) -> None:
    """What was read in the mail FILE.eml, as JSON."""
    from consign.explaining import company_of
    from consign.rounds import reading_rules
    from intake.understanding import as_json, understand

    settings = settings_of(config)
    octets = _octets_or_exit(file)
    read = understand(octets, reading_rules(company_of(settings), settings))
    if explain:
        _show_marked(read, settings.language)
        return
    print_json(as_json(read, settings.language))


def _octets_or_exit(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as unreadable:
        err.print(f"{file}: {unreadable.strerror}", markup=False)
        raise SystemExit(2) from unreadable


def _show_marked(read: Understanding, language: str) -> None:
    """The mail's own words, each value marked where it stands; then the values with their fields."""
    out.print(f"[bold]{read.kind.value}[/bold]" + (f" ({read.topic})" if read.topic else ""))
    for reason in read.evidence:
        out.print(f"  {reason}", markup=False, style="dim")
    origins = [(field, origin) for order in read.orders for field, origin in order.origins.items()]
    for block in read.message.blocks:
        out.print(f"── {block.part} · {block.role}", markup=False, style="cyan")
        for number, line in enumerate(block.lines, block.first_line):
            text = Text(line)
            for _, origin in origins:
                if origin.part == block.part and origin.line == number:
                    text.stylize("black on yellow", origin.start, origin.end)
            out.print(text)
    for place, order in enumerate(read.orders, 1):
        out.print(f"[bold]#{place}[/bold]")
        for field, origin in order.origins.items():
            out.print(f"  {field:<20} {origin.words!r}  {origin.part}:{origin.line}", markup=False)
        for problem in order.problems:
            out.print(
                f"  ! {problem.field}: {phrase(problem.phrase, language, words=problem.words)}",
                markup=False,
                style="red",
            )


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--at", "at", default=None, help="as if the mail arrived then: 2026-11-24T10:00 (company time)")
@click.option("--json", "as_json_", is_flag=True, help="as JSON")
@with_settings
def explain(file: Path, at: str | None, as_json_: bool, config: Path | None) -> None:
    """What would happen with the mail FILE.eml: verdict, reasons, dispatcher, deadline, charges, letters."""
    from consign.explaining import company_of, explain_mail, show

    settings = settings_of(config)
    company = company_of(settings)
    arrived = _time(at, settings.timezone) if at else None
    octets, now = _octets_or_exit(file), datetime.now(UTC)
    explained = explain_mail(octets, settings, company, arrived, now)
    if explained["kind"] != "order" and (heard := _conversation(octets, settings, company, arrived, now)):
        explained["conversation"] = heard
    if as_json_:
        print_json(explained)
    else:
        show(explained, out)


def _conversation(
    octets: bytes, settings: Settings, company: Company, arrived: datetime | None, now: datetime
) -> dict[str, Any] | None:
    """What would become of the mail beside the orders of this installation; None where there is no database yet."""
    from config.database import open_database
    from consign import schema
    from consign.foretelling import Arrival, foretell
    from consign.rounds import reading_rules
    from consign.secret import token_secret
    from intake.readmail import Seal
    from intake.understanding import understand

    url = make_url(settings.database.url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return None
    database = open_database(settings.database.url, lock_seconds=settings.database.lock_seconds)
    try:
        if schema.version(database) != schema.HEAD:
            return None
        read = understand(octets, reading_rules(company, settings))
        seal = Seal(token_secret(settings, database.file()), frozenset({company.address.lower()}))
        mail = Arrival(octets, read, arrived or read.message.sent_at or now)
        return foretell(database, company, seal, mail, now)
    finally:
        database.close()


def _time(text: str, timezone: str) -> datetime:
    from zoneinfo import ZoneInfo

    try:
        moment = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise click.UsageError(f"--at {text}: write it as 2026-11-24T10:00") from wrong
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))
