"""`consign arrivals`: a station's file of arrivals, signings and delays, written to the orders that it names."""

from datetime import UTC, datetime
from pathlib import Path

import click

from consign.commands.common import (
    database_of,
    end_with_faults,
    json_option,
    out,
    plain_faults,
    print_json,
    settings_of,
    with_settings,
)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="say what would be written, and write nothing")
@json_option
@with_settings
def arrivals(file: Path, dry_run: bool, as_json: bool, config: Path | None) -> None:
    """Takes over FILE (xlsx, xls or CSV), row by row: number, what, at, and what belongs to it.

    Rows that are known already change nothing, so that a file may be read again. Rows with a fault are told with their
    line and how to mend them, and the others are written; the command then ends with 1.
    """
    from consign.explaining import company_of
    from followup.stationfile import parse_station_file
    from followup.stationnews import write_news

    settings = settings_of(config)
    company, name = company_of(settings), file.name
    lines, faults = parse_station_file(file.read_bytes(), name, settings.zone_info)
    news = write_news(
        database_of(settings), company, lines, name, f"file:{name[:100]}", datetime.now(UTC), dry_run=dry_run
    )
    faults = sorted([*faults, *news.faults], key=lambda fault: fault.line or 0)
    if as_json:
        counts = {"written": news.written, "known": news.known, "dry_run": dry_run}
        print_json(counts | {"faults": plain_faults(faults)})
        raise SystemExit(1 if faults else 0)
    word = "would be written" if dry_run else "written"
    out.print(f"{news.written} {word}, {news.known} known already, {len(faults)} with a fault", markup=False)
    if faults:
        end_with_faults(faults, 1)
