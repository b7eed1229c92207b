"""`consign retention`: forgets what is older than the company keeps it, and what must not be forgotten."""

from datetime import UTC, datetime
from pathlib import Path

import click

from consign.commands import privacy
from consign.commands.common import database_of, out, settings_of, with_settings


@click.group(invoke_without_command=True)
@click.option("--dry-run", is_flag=True, help="count only")
@with_settings
@click.pass_context
def retention(context: click.Context, config: Path | None, dry_run: bool) -> None:
    """Empties raw mail and names older than [retention] says; the daemon does the same every day."""
    from consign.retention import forget
    from followup.attachments import sweep
    from followup.shelf import shelf_of

    settings = context.obj = settings_of(config)
    if context.invoked_subcommand:
        return
    database, now = database_of(settings), datetime.now(UTC)
    found = forget(database, settings.retention, now, only_count=dry_run)
    word = "would be emptied" if dry_run else "emptied"
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in vars(found).items())
    out.print(f"{word}: {counts}", markup=False)
    if (shelf := shelf_of(database, settings.attachments)) and not dry_run:
        out.print(f"{sweep(database, shelf, now)} papers that nothing names removed", markup=False)


retention.add_command(privacy.hold)
retention.add_command(privacy.release)
retention.add_command(privacy.list_holds)
