"""`consign orders`: the newest orders; orders of a trade partner's file taken over; how orders stand, as a file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from consign.commands.common import (
    agent_option,
    database_of,
    end_with_faults,
    json_option,
    out,
    plain_faults,
    print_json,
    settings_of,
    table,
    with_settings,
)
from consign.commands.desk import show_orders

if TYPE_CHECKING:
    from config.faults import Fault
    from followup.orderimport import Taken


@click.group(invoke_without_command=True)
@click.option("--limit", default=50, show_default=True)
@json_option
@with_settings
@click.pass_context
def orders(context: click.Context, limit: int, as_json: bool, config: Path | None) -> None:
    """The newest orders; import, export."""
    if context.invoked_subcommand is None:
        show_orders(settings_of(config), limit, as_json)


@orders.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--address", default="", help="mail address of the shipper, for orders that name none")
@click.option("--dry-run", is_flag=True, help="say what would become of each, and write nothing")
@agent_option
@json_option
@with_settings
def import_(file: Path, address: str, dry_run: bool, agent: str, as_json: bool, config: Path | None) -> None:
    """Takes over the orders of FILE (JSON, xlsx, xls or CSV), judged and answered like those of a mail.

    An order whose reference is known already is not entered again, so that a file may be given twice. Those with a
    fault are told with their line and how to mend them, and the others are entered; the command then ends with 1.
    """
    from consign.explaining import company_of
    from followup.orderfile import parse_orders
    from followup.orderimport import take_over

    settings = settings_of(config)
    incoming, faults = parse_orders(file.read_bytes(), file.name, address)
    now = datetime.now(UTC)
    taken = take_over(database_of(settings), company_of(settings), incoming, file.name, agent, now, dry_run=dry_run)
    faults = sorted([*faults, *taken.faults], key=lambda fault: fault.line or 0)
    if as_json:
        print_json(_plain(taken, faults, dry_run))
        raise SystemExit(1 if faults else 0)
    made = table("orders", "line", "reference", "number", "verdict")
    for one in taken.entered:
        made.add_row(str(one.line), one.reference, one.number or "-", one.verdict)
    out.print(made)
    word = "would be entered" if dry_run else "entered"
    out.print(
        f"{len(taken.entered)} {word}, {len(taken.known)} known already, {len(faults)} with a fault", markup=False
    )
    if faults:
        end_with_faults(faults, 1)


def _plain(taken: "Taken", faults: "list[Fault]", dry_run: bool) -> dict[str, Any]:
    return {
        "entered": [vars(one) for one in taken.entered],
        "known": [vars(one) for one in taken.known],
        "dry_run": dry_run,
        "faults": plain_faults(faults),
    }


@orders.command()
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]), help="local time")
@click.option("--csv", "as_sheet", is_flag=True, help="as CSV instead of JSON")
@with_settings
def export(since: datetime | None, as_sheet: bool, config: Path | None) -> None:
    """How every order stands to which something happened since then, on standard output."""
    from followup.statusexport import as_csv, statuses

    settings = settings_of(config)
    moment = since.replace(tzinfo=settings.zone_info) if since else None
    with database_of(settings).read() as session:
        rows = list(statuses(session, moment))
    if as_sheet:
        click.echo(as_csv(rows), nl=False)
    else:
        print_json(rows)
