"""`consign simulate`: a working week in minutes, printed as the reports print it, and checked against its own count."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from consign.commands.common import err, out, settings_of, table, with_settings

if TYPE_CHECKING:
    from config.database import Database
    from config.settings import Settings
    from consign.simulation.week import Plan, Simulation

SHOWN = ("three_minutes", "calls", "pickups", "arrivals", "receipts", "exceptions", "satisfaction", "agents", "volume")


@click.command()
@click.option("--seed", default=1, show_default=True, help="the same seed gives the same week")
@click.option("--orders", default=300, show_default=True, help="how many order mails come in")
@click.option("--days", default=7, show_default=True, help="on how many days")
@click.option("--after", default=0, show_default=True, help="days played on, so that shipments come to their end")
@click.option("--first", type=click.DateTime(["%Y-%m-%d"]), default="2026-11-23", show_default=True, help="first day")
@click.option("--database", "file", type=click.Path(dir_okay=False, path_type=Path), help="keep it in this SQLite file")
@click.option("--report", "names", multiple=True, help="print only these; may be given several times")
@with_settings
def simulate(
    seed: int,
    orders: int,
    days: int,
    after: int,
    first: datetime,
    file: Path | None,
    names: tuple[str, ...],
    config: Path | None,
) -> None:
    """Plays a working week with the rules of the company: real mails, real steps, played people.

    Ends with 1 when a figure of the reports is not what the people of the simulation counted themselves, or when a
    shipment is neither closed nor in a task.
    """
    from consign.simulation.week import Plan
    from followup.reports.catalogue import REPORTS

    if unknown := [name for name in names if name not in REPORTS]:
        raise click.UsageError(f"no report {unknown[0]!r}; there are: {', '.join(REPORTS)}")
    if file is not None and file.exists():
        raise click.UsageError(f"{file} is there already: a simulation begins with a database of its own")
    plan = Plan(seed=seed, orders=orders, first=first.date(), days=days, after=after)
    with _database(file) as database:
        played = play(database, settings_of(config), plan)
        _print_reports(played, names or SHOWN)
        wrong = _print_check(played)
    if file is not None:
        out.print(f"database: {file}", markup=False)
    raise SystemExit(1 if wrong else 0)


@contextmanager
def _database(file: Path | None) -> "Iterator[Database]":
    from config.database import open_database
    from consign import schema

    with tempfile.TemporaryDirectory(prefix="consign-simulation-") as folder:
        database = open_database(f"sqlite:///{(file or Path(folder) / 'consign.db').absolute()}")
        schema.upgrade(database)
        try:
            yield database
        finally:
            database.close()


def play(database: "Database", settings: "Settings", plan: "Plan") -> "Simulation":
    """Plays the plan before one's eyes."""
    import logging

    import structlog
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from consign.simulation.week import Simulation

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeRemainingColumn(), console=err, transient=True) as shown:
        bar = shown.add_task("", total=1.0)

        def told(moment: datetime, done: float) -> None:
            shown.update(bar, completed=done, description=f"{moment.astimezone(settings.zone_info):%a %m-%d %H:%M}")

        simulation = Simulation(database, settings, plan, told)
        simulation.run()
    return simulation


def _print_reports(played: "Simulation", names: tuple[str, ...]) -> None:
    from consign.commands.report import print_report
    from followup.reports.catalogue import REPORTS
    from followup.reports.speaking import speaker

    company = played.rounds.company
    with played.database.read() as session:
        words = speaker(session, company)
        for name in names:
            print_report(REPORTS[name].figures(session, company, played.period()), words, out)


def _print_check(played: "Simulation") -> int:
    """The figures beside the simulation's own count, and what is neither closed nor in a task; how much is wrong."""
    from followup.oversight import unaccounted

    counted = played.counted()
    made = table("counted by the people of the simulation", "report", "figure", "counted", "reported", "")
    for each in counted:
        made.add_row(
            each.report, each.figure, str(each.counted), str(each.reported), "ok" if each.agrees else "DIFFERS"
        )
    out.print(made)
    with played.database.read() as session:
        lost = unaccounted(session, played.clock.now)
    for order_id in lost:
        err.print(f"order {order_id}: neither closed nor in a task", markup=False)
    out.print(f"{len(played.stories)} mails, {len(played.agents.done)} calls", markup=False)
    return len(lost) + sum(not each.agrees for each in counted)
