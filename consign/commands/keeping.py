"""`consign retention`: forgets what is older than the company keeps it."""

from datetime import UTC, datetime
from pathlib import Path

import click

from consign.commands.common import database_of, out, settings_of, with_settings


@click.command()
@click.option("--dry-run", is_flag=True, help="count only")
@with_settings
def retention(config: Path | None, dry_run: bool) -> None:
    """Empties raw mail and names older than [retention] says; the daemon does the same every day."""
    from consign.retention import forget

    settings = settings_of(config)
    found = forget(database_of(settings), settings.retention, datetime.now(UTC), only_count=dry_run)
    word = "would be emptied" if dry_run else "emptied"
    out.print(f"{word}: {found.raw_mails} raw mails, {found.letters} letters, {found.orders} orders", markup=False)
