"""`consign report`: the reports on the command line, as a table, a workbook, paper or data."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from consign.commands.common import database_of, err, json_option, out, print_json, settings_of, table, with_settings


@click.command()
@click.argument("name", required=False)
@click.option(
    "--period",
    "period_text",
    default="",
    help="today, yesterday, this-week, last-week, this-month, last-month, this-year, last-year, 2026-11-24, "
    "2026-W48, 2026-11, 2026, or FIRST..LAST",
)
@click.option("--zone", default="", help="urban or suburban")
@click.option("--dispatcher", default="", help="key of dispatchers.csv")
@click.option("--customer", default="", help="key of the customer")
@click.option("--agent", default="", help="whose scorecard")
@click.option("--company", default="", help="key of [[companies]], or _ for the first company; empty: all")
@click.option("--xlsx", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="write a workbook")
@click.option("--pdf", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="write a PDF")
@click.option("--csv", "csv_", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="write CSV")
@json_option
@with_settings
def report(name: str | None, period_text: str, as_json: bool, config: Path | None, **asked: Any) -> None:
    """The report NAME for a period; without a name, which reports there are."""
    from consign.explaining import company_of
    from followup.reports import catalogue, speaking
    from followup.reports.period import UnknownPeriod, period_of
    from followup.reports.report import FILTERS, Filters

    settings = settings_of(config)
    if name is None:
        _show_catalogue(settings.language, as_json)
        return
    kind = catalogue.REPORTS.get(name)
    if kind is None:
        raise click.UsageError(f"no report {name!r}; there are: {', '.join(catalogue.REPORTS)}")
    try:
        period = period_of(period_text or kind.period, datetime.now(UTC), settings.zone_info)
    except UnknownPeriod as unknown:
        raise click.UsageError(f"no such period: {period_text!r}") from unknown
    filters = Filters(**{key: asked[key] for key in FILTERS})
    company = company_of(settings)
    with database_of(settings).read() as session:
        found = kind.figures(session, company, period, filters)
        speaker = speaking.speaker(session, company)
    if not _write_files(found, speaker, company.name, asked):
        if as_json:
            from followup.reports.files import facts

            print_json(facts(found))
        else:
            print_report(found, speaker, out)


def _write_files(found: Any, speaker: Any, house: str, asked: dict[str, Any]) -> bool:
    """Writes what was asked for; whether anything was."""
    from followup.reports.files import csv_of
    from followup.reports.paper import NoFont, pdf_of
    from followup.reports.workbook import xlsx_of

    makers = {
        "xlsx": lambda: xlsx_of(found, speaker),
        "pdf": lambda: pdf_of(found, speaker, house),
        "csv_": lambda: csv_of(found, speaker),
    }
    wanted = {form: asked[form] for form in makers if asked[form]}
    for form, file in wanted.items():
        try:
            file.write_bytes(makers[form]())
        except (OSError, NoFont) as failed:
            err.print(f"{file}: {failed}", markup=False)
            raise SystemExit(1) from failed
        out.print(str(file), markup=False)
    return bool(wanted)


def _show_catalogue(language: str, as_json: bool) -> None:
    from followup.reports import words
    from followup.reports.catalogue import REPORTS

    if as_json:
        print_json([{"name": name, "title": words.title(name, language)} for name in REPORTS])
        return
    made = table("reports", "name", "title", "about")
    for name in REPORTS:
        made.add_row(name, words.title(name, language), words.about(name, language))
    out.print(made)


def print_report(found: Any, speaker: Any, console: Console) -> None:
    """A report in the terminal: its figures, then every table that has rows."""
    from followup.reports.workbook import printable

    told = " · ".join([speaker.period(found.period), *speaker.filters(found.filters)])
    figures = table(f"{speaker.title(found.name)}  {told}", speaker.word("figure"), speaker.word("value"))
    figures.columns[1].justify = "right"
    for figure in found.figures:
        figures.add_row(speaker.name(found.name, figure.code), speaker.say(figure.value, figure.unit))
    console.print(figures)
    for each in found.tables:
        if not each.rows:
            continue
        names = [speaker.name(found.name, column.code) for column in each.columns]
        made = table(speaker.name(found.name, each.code), *names)
        for row in each.rows:
            made.add_row(*(_plain(printable(speaker.say(v, c.unit))) for v, c in zip(row, each.columns, strict=True)))
        if each.total:
            rest = zip(each.total[1:], each.columns[1:], strict=True)
            made.add_row(speaker.word("total"), *(speaker.say(v, c.unit) for v, c in rest), style="bold")
        console.print(made)
        if each.more:
            console.print(speaker.word("more", count=each.more), markup=False)


def _plain(text: str) -> Any:
    """What people wrote is text, not markup of the terminal."""
    from rich.text import Text

    return Text(text)
