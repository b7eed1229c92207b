"""A report as CSV for a spreadsheet, and as plain facts for programs."""

import csv
import io
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from followup.reports.report import Report, Value
from followup.reports.speaking import Speaker

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would run


def csv_of(report: Report, speaker: Speaker) -> bytes:
    """Figures with their definitions, then every table, parted by empty lines; UTF-8 with byte-order mark."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")

    def line(*cells: str) -> None:
        writer.writerow([harmless(cell) for cell in cells])

    line(speaker.title(report.name), speaker.period(report.period), *speaker.filters(report.filters))
    line(speaker.word("as_of", moment=report.period.as_of.astimezone(speaker.zone).strftime("%Y-%m-%d %H:%M")))
    line()
    line(speaker.word("figure"), speaker.word("value"), speaker.word("definition"))
    for figure in report.figures:
        said = speaker.say(figure.value, figure.unit)
        line(speaker.name(report.name, figure.code), said, speaker.definition(report.name, figure.code))
    for table in report.tables:
        line()
        line(speaker.name(report.name, table.code))
        line(*(speaker.name(report.name, column.code) for column in table.columns))
        for row in table.rows:
            line(*(speaker.say(value, column.unit) for value, column in zip(row, table.columns, strict=True)))
        if table.total:
            rest = zip(table.total[1:], table.columns[1:], strict=True)
            line(speaker.word("total"), *(speaker.say(value, column.unit) for value, column in rest))
        if table.more:
            line(speaker.word("more", count=table.more))
    return out.getvalue().encode("utf-8-sig", "replace")


def harmless(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula gets an apostrophe before it; numbers stay as they are."""
    numeric = cell[1:].replace(",", "").replace(".", "").removesuffix("%").isdigit()
    return f"'{cell}" if cell.startswith(FORMULA) and not (cell[0] in "+-" and numeric) else cell


def facts(report: Report) -> dict[str, Any]:
    """The report by codes: times in ISO 8601 (UTC), spans in seconds, money and shares as exact decimals in text."""
    period, filters = report.period, report.filters
    return {
        "report": report.name,
        "period": {
            "key": period.key,
            "first": period.first.isoformat(),
            "last": period.last.isoformat(),
            "timezone": period.zone.key,
            "as_of": period.as_of.isoformat(),
        },
        "filters": {name: value for name, value in vars(filters).items() if value},
        "figures": {figure.code: _fact(figure.value) for figure in report.figures},
        "tables": {
            table.code: {
                "columns": [column.code for column in table.columns],
                "rows": [[_fact(value) for value in row] for row in table.rows],
                "total": [_fact(value) for value in table.total] if table.total else None,
                "more": table.more,
            }
            for table in report.tables
        },
    }


def _fact(value: Value) -> int | float | str | None:
    match value:
        case timedelta():
            return value.total_seconds()
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case _:
            return value
