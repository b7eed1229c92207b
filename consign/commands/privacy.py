"""`consign customers export-data` and `erase`, `consign retention hold` and `release`: what is held of a person."""

from datetime import UTC, datetime
from pathlib import Path

import click

from config.database import Database
from config.settings import Settings
from consign.commands.common import agent_option, database_of, err, local, out, table
from consign.subjects import Holdings, Person

who_argument = click.argument("who")


def person_of(database: Database, who: str) -> Person:
    """Whom WHO names; the command ends with 2 when nobody."""
    from consign.subjects import find_person

    with database.read() as session:
        found = find_person(session, who)
    if found is None:
        err.print(
            f"{who}: no order number, no key or name of a customer; give that, a mail address or a whole phone number",
            markup=False,
        )
        raise SystemExit(2)
    return found


@click.command("export-data")
@who_argument
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@agent_option
@click.pass_obj
def export_data(settings: Settings, who: str, file: Path, agent: str) -> None:
    """All that is held of WHO (key, name, mail address, phone, order number), as an archive to hand to them."""
    from consign.disclosure import note_copy, write_copy
    from consign.subjects import everything_of
    from followup.shelf import shelf_of

    database = database_of(settings)
    person = person_of(database, who)
    with database.read() as session:
        subject = everything_of(session, person)
        try:
            counts = write_copy(session, subject, file, shelf_of(database, settings.attachments))
        except FileExistsError as there:
            raise click.UsageError(f"{file} is there already") from there
    with database.write() as session:
        note_copy(session, subject, counts, f"agent:{agent}", datetime.now(UTC))
    made = table(str(file), "what", "rows")
    for name, count in counts.items():
        made.add_row(name, str(count))
    out.print(made)


@click.command()
@who_argument
@click.option("--yes", is_flag=True, help="do it; without this it is only told what would go")
@agent_option
@click.pass_obj
def erase(settings: Settings, who: str, yes: bool, agent: str) -> None:
    """Empties names, numbers, addresses, words and mails of WHO; order number, times, money and timeline stay."""
    from consign.erasure import erase_all
    from consign.subjects import holdings_of

    database = database_of(settings)
    person = person_of(database, who)
    with database.read() as session:
        found = holdings_of(session, person)
    if yes:
        erase_all(database, found.over, "request", f"agent:{agent}", datetime.now(UTC))
    _tell(found, done=yes)
    raise SystemExit(0 if not (found.at_work or found.held) else 1)


def _tell(found: Holdings, *, done: bool) -> None:
    over = found.over
    word = "emptied" if done else "would be emptied (say --yes)"
    out.print(
        f"{word}: {len(over.orders)} orders, {len(over.mails)} mails, {len(over.customers)} customers", markup=False
    )
    if found.at_work:
        out.print(f"still at work, ask again when they are done: {', '.join(found.at_work)}", markup=False)
    if found.held:
        out.print(f"under a legal hold: {', '.join(found.held)}", markup=False)
    if done:
        out.print("mailbox, backups and logs keep what they hold: see docs/operating.md", markup=False)


@click.command()
@who_argument
@click.option("--reason", required=True, help="claim, lawsuit, audit: why nothing may be forgotten")
@agent_option
@click.pass_obj
def hold(settings: Settings, who: str, reason: str, agent: str) -> None:
    """Nothing of the order or customer WHO is forgotten until `release`."""
    from consign import holds

    database = database_of(settings)
    person = person_of(database, who)
    try:
        with database.write() as session:
            holds.hold(session, person, reason, f"agent:{agent}", datetime.now(UTC))
    except holds.NotHeld as several:
        raise click.UsageError("name an order or a customer: an address may be several people's") from several
    out.print(f"held: {who}", markup=False)


@click.command()
@who_argument
@agent_option
@click.pass_obj
def release(settings: Settings, who: str, agent: str) -> None:
    """Lifts the legal hold of the order or customer WHO."""
    from consign import holds

    database = database_of(settings)
    person = person_of(database, who)
    with database.write() as session:
        lifted = holds.lift(session, person, f"agent:{agent}", datetime.now(UTC))
    if not lifted:
        err.print(f"{who} is not held", markup=False)
        raise SystemExit(1)
    out.print(f"released: {who}", markup=False)


@click.command("holds")
@click.pass_obj
def list_holds(settings: Settings) -> None:
    """The legal holds that stand."""
    from consign import holds

    with database_of(settings).read() as session:
        standing = holds.standing(session)
    made = table("legal holds", "about", "reason", "since", "by")
    for each in standing:
        made.add_row(each.about, each.reason, local(each.since, settings.zone_info), each.by)
    out.print(made)
