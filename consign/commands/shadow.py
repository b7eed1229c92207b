"""`consign shadow`: what a shadow would have done, to be held beside what the people did."""

from dataclasses import asdict
from datetime import UTC, datetime, time
from pathlib import Path

import click

from consign.commands.common import database_of, local, out, print_json, settings_of, table, with_settings


@click.command()
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), default=None, help="day of the company; default: today")
@click.option(
    "--letters", type=click.Path(path_type=Path, file_okay=False), default=None, help="write them here as .eml"
)
@click.option("--json", "as_json", is_flag=True)
@with_settings
def shadow(since: datetime | None, letters: Path | None, as_json: bool, config: Path | None) -> None:
    """What a daemon with [policy] shadow = true would have done: each order, its verdict, the letters kept back."""
    from consign.shadow import report, write_letters

    settings = settings_of(config)
    database = database_of(settings)
    day = since.date() if since else datetime.now(settings.zone_info).date()
    begin = datetime.combine(day, time(), settings.zone_info).astimezone(UTC)
    found = report(database, begin)
    if as_json:
        print_json(asdict(found))
    else:
        made = table(f"shadow since {day}", "order", "from", "at", "would be", "zone", "CNY", "letters kept back")
        for order in found.orders:
            words = " ".join((order.state, *order.codes))
            kept = "\n".join(f"{letter.purpose} → {letter.recipient}" for letter in order.letters)
            when = local(order.ordered_at, settings.zone_info)
            made.add_row(order.number, order.shipper, when, words, order.zone, order.total, kept)
        out.print(made)
        out.print(", ".join(f"{count} mails {state}" for state, count in found.mails.items()), markup=False)
    if letters:
        count = write_letters(database, begin, letters)
        out.print(f"{count} letters in {letters}", markup=False)
