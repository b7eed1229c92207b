"""`consign demo`: the main job before one's eyes, on embedded servers."""

import logging
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from consign.commands.common import out

WEEK_ORDERS = 200  # order mails of the played week: a few minutes' work on a small machine


@click.command()
@click.option("--orders", default=12, show_default=True, help="how many sample mails arrive")
@click.option("--week", is_flag=True, help="play the seven days until now first: queue and reports have a past")
@click.option("--once", is_flag=True, help="end when all is sent")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=None, help="default: a new one")
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="keep the last view as an SVG")
def demo(orders: int, week: bool, once: bool, folder: Path | None, picture: Path | None) -> None:
    """Embedded IMAP and SMTP servers, the sample company, sample orders: what happens to each, live."""
    import structlog

    from consign.demo import Demo

    place = folder or Path(tempfile.mkdtemp(prefix="consign-demo-"))
    place.mkdir(parents=True, exist_ok=True)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    if week and once:
        raise click.UsageError("--week is for looking around at the desk: leave --once out")
    if week:
        _play_a_week(place)
    shown = Demo(place, orders, out, serve_desk=not once)
    code = shown.run(once=once)
    if picture:
        shown.draw(picture)
    raise SystemExit(code)


def _play_a_week(folder: Path) -> None:
    """Fills the demo's database with the seven days until now."""
    from config.database import open_database
    from config.settings import Settings
    from consign import schema
    from consign.commands.simulate import play
    from consign.simulation.week import Plan

    file = folder / "consign.db"
    if file.exists():
        raise click.UsageError(f"{file} is there already: a played week begins with a database of its own")
    settings, now = Settings(), datetime.now(UTC)
    first = now.astimezone(settings.zone_info).date() - timedelta(days=6)
    database = open_database(f"sqlite:///{file.absolute()}")
    schema.upgrade(database)
    try:
        play(database, settings, Plan(orders=WEEK_ORDERS, first=first, until=now))
    finally:
        database.close()
