"""`consign replay`: new rules or a new reader against all stored mail, before they go live."""

from datetime import datetime
from pathlib import Path

import click
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from consign.commands.common import database_of, err, json_option, out, print_json, settings_of, table, with_settings


@click.command()
@click.option("--since", default=None, help="only mail that arrived since: 2026-11-01 (company time)")
@click.option(
    "--rules", "folder", type=click.Path(path_type=Path, exists=True, file_okay=False), help="rule files to try"
)
@json_option
@with_settings
def replay(since: str | None, folder: Path | None, as_json: bool, config: Path | None) -> None:
    """What of the stored mail would be read or decided differently today; changes nothing."""
    from consign.explaining import company_of
    from consign.replaying import Tally
    from consign.replaying import replay as replay_all
    from consign.rounds import reading_rules
    from intake.readers import ReaderPool

    settings = settings_of(config)
    if folder:
        settings = settings.model_copy(update={"rules": folder.resolve()})
    company = company_of(settings)
    begin = _day(since, settings.timezone) if since else None
    tally = Tally()
    readers = ReaderPool(reading_rules(company, settings), settings.reading)
    database = database_of(settings)
    try:
        with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=err) as progress:
            shown = progress.add_task("reading stored mail")
            differences = []
            for difference in replay_all(database, company, readers, begin, tally):
                differences.append(difference)
                progress.update(shown, description=f"{tally.mails} mails read, {tally.differ} differ")
    finally:
        readers.close()
    if as_json:
        print_json({**vars(tally), "differences": [vars(difference) for difference in differences]})
        return
    made = table("replay", "mail", "order", "field", "stored", "today")
    for difference in differences:
        made.add_row(str(difference.mail_id), difference.number, difference.field, difference.stored, difference.today)
    out.print(made)
    out.print(f"{tally.mails} mails, {tally.differ} would come out differently", markup=False)


def _day(text: str, timezone: str) -> datetime:
    from zoneinfo import ZoneInfo

    try:
        moment = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise click.UsageError(f"--since {text}: write it as 2026-11-01") from wrong
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))
