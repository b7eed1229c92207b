"""A report as a workbook: a page of figures with their definitions, a page for each table, its chart beside it.

Numbers stay numbers, text stays text: never a formula, whatever a customer wrote.
"""

import io
import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from followup.reports.report import Chart, Report, Table, Unit, Value
from followup.reports.speaking import Speaker

FORMATS = {
    Unit.COUNT: "#,##0",
    Unit.SHARE: "0.0%",
    Unit.CHANGE: "+0.0%;-0.0%;0.0%",
    Unit.SECONDS: "#,##0.0",
    Unit.SPAN: "[h]:mm:ss",
    Unit.MONEY: "#,##0.00",
    Unit.SCORE: "0.00",
    Unit.MOMENT: "yyyy-mm-dd hh:mm:ss",
}
_UNFIT = re.compile(r"[\[\]:*?/\\]")  # in the name of a page
LONGEST_NAME, WIDEST = 31, 48


def xlsx_of(report: Report, speaker: Speaker) -> bytes:
    """The workbook in its bytes."""
    import openpyxl  # heavy, and wanted by nobody but who exports

    book = openpyxl.Workbook()
    book.properties.creator = "consign"
    book.properties.title = speaker.title(report.name)
    assert book.active is not None
    _figures(book.active, report, speaker)
    for table in report.tables:
        page = book.create_sheet(_page_name(speaker.name(report.name, table.code), book.sheetnames))
        _table(page, report, table, speaker)
        for chart in report.charts:
            if chart.table == table.code and table.rows:
                page.add_chart(_chart(page, report, chart, table, speaker), f"{_letter(len(table.columns) + 2)}2")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _figures(page: Any, report: Report, speaker: Speaker) -> None:
    page.title = _page_name(speaker.title(report.name), [])
    moment = report.period.as_of.astimezone(speaker.zone).strftime("%Y-%m-%d %H:%M")
    _write(page, 1, 1, speaker.title(report.name), Unit.TEXT, speaker, bold=True, size=14)
    told = [speaker.period(report.period), speaker.word("as_of", moment=moment), *speaker.filters(report.filters)]
    _write(page, 2, 1, "  ".join(told), Unit.TEXT, speaker)
    _write(page, 3, 1, speaker.about(report.name), Unit.TEXT, speaker)
    for column, code in enumerate(("figure", "value", "definition"), 1):
        _write(page, 5, column, speaker.word(code), Unit.TEXT, speaker, bold=True)
    for line, figure in enumerate(report.figures, 6):
        _write(page, line, 1, speaker.name(report.name, figure.code), Unit.TEXT, speaker)
        _write(page, line, 2, figure.value, figure.unit, speaker)
        _write(page, line, 3, speaker.definition(report.name, figure.code), Unit.TEXT, speaker)
    for letter, width in (("A", 24), ("B", 16), ("C", 90)):
        page.column_dimensions[letter].width = width


def _table(page: Any, report: Report, table: Table, speaker: Speaker) -> None:
    for column, each in enumerate(table.columns, 1):
        _write(page, 1, column, speaker.name(report.name, each.code), Unit.TEXT, speaker, bold=True)
    for line, row in enumerate(table.rows, 2):
        for column, (value, each) in enumerate(zip(row, table.columns, strict=True), 1):
            _write(page, line, column, value, each.unit, speaker)
    last = len(table.rows) + 1
    if table.total:
        last += 1
        _write(page, last, 1, speaker.word("total"), Unit.TEXT, speaker, bold=True)
        for column, (value, each) in enumerate(zip(table.total, table.columns, strict=True), 1):
            if column > 1:
                _write(page, last, column, value, each.unit, speaker, bold=True)
    if table.more:
        _write(page, last + 1, 1, speaker.word("more", count=table.more), Unit.TEXT, speaker)
    page.freeze_panes = "A2"
    for column, each in enumerate(table.columns, 1):
        texts = [speaker.name(report.name, each.code), *(speaker.say(row[column - 1], each.unit) for row in table.rows)]
        page.column_dimensions[_letter(column)].width = min(WIDEST, max(map(_width, texts)) + 2)


def _write(
    page: Any, line: int, column: int, value: Value, unit: Unit, speaker: Speaker, *, bold: bool = False, size: int = 11
) -> None:
    """One cell. What has a format of its own is a number or a time, everything else is text for good."""
    from openpyxl.styles import Font

    cell = page.cell(line, column)
    if unit in FORMATS:
        if value is not None:
            cell.value = _native(value, speaker)
            cell.number_format = FORMATS[unit]
    else:
        cell.value = printable(speaker.say(value, unit)) if value is not None else None
        if cell.value is not None:
            cell.data_type = "s"
            cell.number_format = "@"
    if bold:
        cell.font = Font(bold=True, size=size)


def _native(value: Value, speaker: Speaker) -> int | float | Decimal | datetime | timedelta:
    """A time in a workbook has no zone: it is the company's."""
    if isinstance(value, datetime):
        return value.astimezone(speaker.zone).replace(tzinfo=None, microsecond=0)
    assert isinstance(value, int | float | Decimal | timedelta)
    return value


def printable(text: str) -> str:
    """Without the signs that a workbook cannot hold."""
    return "".join(sign for sign in text if (sign >= " " or sign in "\t\n") and not 0xD800 <= ord(sign) <= 0xDFFF)[
        :32767
    ]


def _chart(page: Any, report: Report, chart: Chart, table: Table, speaker: Speaker) -> Any:
    from openpyxl.chart import BarChart, Reference

    made = BarChart()
    made.type, made.grouping, made.overlap = "col" if chart.standing else "bar", "stacked", 100
    made.title = speaker.name(report.name, table.code)
    made.height, made.width = 9, 18
    last = len(table.rows) + 1
    codes = [column.code for column in table.columns]
    for part in chart.parts:
        column = codes.index(part) + 1
        made.add_data(Reference(page, min_col=column, min_row=1, max_row=last), titles_from_data=True)
    made.set_categories(Reference(page, min_col=1, min_row=2, max_row=last))
    if not chart.standing:
        made.x_axis.scaling.orientation = "maxMin"
    made.x_axis.delete = made.y_axis.delete = False
    return made


def _letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column))


def _page_name(text: str, taken: list[str]) -> str:
    name = _UNFIT.sub(" ", text).strip("' ")[:LONGEST_NAME]
    return name if name not in taken else f"{name[: LONGEST_NAME - 2]} {len(taken)}"


def _width(text: str) -> int:
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)
