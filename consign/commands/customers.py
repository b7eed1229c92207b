"""`consign customers`: who the known customers are, from and to a sheet; what is held of one, and how it is erased."""

from datetime import UTC, datetime
from pathlib import Path

import click

from config.settings import Settings
from consign.commands import privacy
from consign.commands.common import (
    agent_option,
    database_of,
    end_with_faults,
    out,
    print_json,
    settings_of,
    table,
    with_settings,
)
from consign.explaining import company_of


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True)
@with_settings
@click.pass_context
def customers(context: click.Context, config: Path | None, as_json: bool) -> None:
    """The known customers."""
    from intake import customerbook

    context.obj = settings_of(config)
    if context.invoked_subcommand:
        return
    with database_of(context.obj).read() as session:
        known = customerbook.all_customers(session)
    if as_json:
        print_json([terms.model_dump(mode="json") for terms in known])
        return
    made = table("customers", "key", "name", "addresses", "domains", "account", "key customer", "blocked")
    for terms in known:
        flags = ("✓" if flag else "" for flag in (terms.account, terms.key_customer, terms.blocked))
        made.add_row(terms.key, terms.name, "\n".join(terms.addresses), "\n".join(terms.domains), *flags)
    out.print(made)


@customers.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def import_(settings: Settings, file: Path) -> None:
    """Takes customers over from a sheet (xlsx, xls or CSV); all of it, or nothing when it has a fault."""
    from intake import customerbook
    from intake.customers import parse_customers

    found, faults = parse_customers(file.read_bytes(), str(file), company_of(settings).divisions)
    if faults:
        end_with_faults(faults, 1)
    database = database_of(settings)
    with database.write() as session:
        customerbook.keep(database, session, found)
    out.print(f"{len(found)} customers", markup=False)


@customers.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@agent_option
@click.pass_obj
def export(settings: Settings, file: Path, agent: str) -> None:
    """Writes all customers to a sheet, by its ending .xlsx or .csv, as `import` reads it."""
    from intake import customerbook
    from intake.customers import export_csv, export_xlsx
    from intake.timeline import Entry, Happening, record

    with database_of(settings).write() as session:
        known = customerbook.all_customers(session)
        details = {"what": "customers", "rows": len(known)}
        record(session, [Entry(Happening.EXPORTED, datetime.now(UTC), f"agent:{agent}", details=details)])
    file.touch(mode=0o600)
    file.write_bytes(export_xlsx(known) if file.suffix.lower() == ".xlsx" else export_csv(known))
    out.print(f"{len(known)} customers in {file}", markup=False)


customers.add_command(privacy.export_data)
customers.add_command(privacy.erase)
