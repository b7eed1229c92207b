"""`consign address`, `quote` and `rules`: what the company's rules say."""

import json
import sys
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from config.company import Company
from config.phrases import phrase
from config.place import Place
from config.quote import Quote
from config.settings import Settings
from consign.commands.common import (
    err,
    out,
    print_json,
    settings_of,
    table,
    with_settings,
)
from consign.explaining import company_of


@click.command()
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="a JSON object a line")
@with_settings
def address(text: str, as_json: bool, config: Path | None) -> None:
    """Which division, zone and dispatcher the address TEXT has; with "-" one address a line is read."""
    from config.area import address_json

    settings = settings_of(config)
    company = company_of(settings)
    lines = (line.rstrip("\r\n") for line in sys.stdin) if text == "-" else iter([text])
    for line in lines:
        found = address_json(line, company.divisions, company.areas, company.home_city)
        if as_json:
            sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        else:
            _show_address(line, found)


def _show_address(line: str, found: dict[str, Any]) -> None:
    if "ambiguous" in found:
        where = " | ".join(found["ambiguous"])
    else:
        where = " ".join(found[level] for level in ("province", "city", "county", "town") if found[level]) or "?"
    out.print(f"{line}: {where} · {found['zone']} · {found['dispatcher'] or '-'}", markup=False)


def _number(_context: click.Context, option: click.Parameter, text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation as wrong:
        raise click.BadParameter(f"{text}: write a number, such as 500 or 1.2", param=option) from wrong
    if not number.is_finite() or number <= 0:
        raise click.BadParameter(f"{text}: must be more than nothing", param=option)
    return number


@click.command()
@click.option("--from", "origin", required=True, help="pickup address or city")
@click.option("--to", "destination", required=True, help="destination city or delivery address")
@click.option("--pieces", type=click.IntRange(min=1), required=True)
@click.option("--weight", callback=_number, help="kg")
@click.option("--volume", callback=_number, help="m³")
@click.option("--service", "services", multiple=True, help="upstairs, tail_lift, …")
@click.option("--json", "as_json", is_flag=True)
@with_settings
def quote(
    origin: str,
    destination: str,
    pieces: int,
    weight: Decimal | None,
    volume: Decimal | None,
    services: tuple[str, ...],
    as_json: bool,
    config: Path | None,
) -> None:
    """What a shipment costs, item by item, with the rule row that gave each."""
    settings = settings_of(config)
    company = company_of(settings)
    if weight is None and volume is None:
        raise click.UsageError("give --weight or --volume")
    start = _place(company, origin, settings)
    end = _place(company, destination, settings)
    area_from = company.areas.find(origin, start)
    area_to = company.areas.find(destination, end)
    priced = company.tariff.quote(
        start,
        end,
        pieces=pieces,
        weight_kg=weight,
        volume_m3=volume,
        services=services,
        on=datetime.now(UTC).astimezone(company.timezone).date(),
        pickup_surcharge=area_from.pickup_surcharge if area_from else Decimal(0),
        delivery_surcharge=area_to.delivery_surcharge if area_to else Decimal(0),
        pickup_row=area_from.row if area_from else "",
        delivery_row=area_to.row if area_to else "",
    )
    if not isinstance(priced, Quote):
        err.print(phrase(priced.code, settings.language, origin=start.path, destination=end.path), markup=False)
        raise SystemExit(1)
    _show_quote(priced, as_json)


def _place(company: Company, text: str, settings: Settings) -> Place:
    found = company.divisions.city(text) or company.divisions.locate(text, home=company.home_city)
    if isinstance(found, Place):
        return found
    told = " | ".join(place.path for place in found.paths) if found else ""
    code = "address_ambiguous" if found else "address_unknown"
    err.print(phrase(code, settings.language, words=text, paths=told), markup=False)
    raise SystemExit(1)


def _show_quote(priced: Quote, as_json: bool) -> None:
    if as_json:
        print_json(priced.model_dump(mode="json") | {"total": str(priced.total)})
        return
    made = table(f"{priced.origin} → {priced.destination}", "item", "CNY", "how", "rule")
    for charge in priced.charges:
        made.add_row(charge.code, str(charge.amount), charge.basis, charge.row)
    made.add_row(
        "total", str(priced.total), f"{priced.transfers} transfers, {priced.days} days", priced.lane_row, style="bold"
    )
    out.print(made)


@click.group()
def rules() -> None:
    """The rule files of the company."""


@rules.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def new(folder: Path) -> None:
    """Writes a commented starter set of rule files into FOLDER; changes no file that is there."""
    from config.company import write_starter_rules

    for file in write_starter_rules(folder):
        out.print(str(file), markup=False)
