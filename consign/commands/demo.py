"""`consign demo`: the main job before one's eyes, on embedded servers."""

import logging
import tempfile
from pathlib import Path

import click

from consign.commands.common import out


@click.command()
@click.option("--orders", default=12, show_default=True, help="how many sample mails arrive")
@click.option("--once", is_flag=True, help="end when all is sent")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=None, help="default: a new one")
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="keep the last view as an SVG")
def demo(orders: int, once: bool, folder: Path | None, picture: Path | None) -> None:
    """Embedded IMAP and SMTP servers, the sample company, sample orders: what happens to each, live."""
    import structlog

    from consign.demo import Demo

    place = folder or Path(tempfile.mkdtemp(prefix="consign-demo-"))
    place.mkdir(parents=True, exist_ok=True)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    shown = Demo(place, orders, out, serve_desk=not once)
    code = shown.run(once=once)
    if picture:
        shown.draw(picture)
    raise SystemExit(code)
