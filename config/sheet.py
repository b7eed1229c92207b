"""Rule files as people keep them: a table saved from a spreadsheet, in UTF-8 or GBK, with comma, semicolon or tab."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.faults import Fault
from config.phrases import catalogue, phrase


@dataclass(frozen=True)
class Row:
    """One row: its first line in the file (1-based) and its cells by column name, stripped, "" where empty."""

    line: int
    cells: Mapping[str, str]


def decode(octets: bytes) -> str:
    """The text of a saved sheet: UTF-8 (with or without byte-order mark) or, as older spreadsheets save, GBK.

    Raises UnicodeDecodeError for anything else.
    """
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("gb18030")


def fault(file: str, line: int | None, column: str, code: str, /, **values: str) -> Fault:
    """A fault worded by the phrase catalogue: Chinese, English, and the mend."""
    message = f"{phrase(code, 'zh', **values)} / {phrase(code, 'en', **values)}"
    return Fault(file, line, column, message, catalogue()[code]["mend"])


def read(
    text: str, file: str, columns: Mapping[str, Sequence[str]], required: Sequence[str]
) -> tuple[list[Row], list[Fault]]:
    """The rows of a sheet and what is wrong with its form. Empty rows and rows that begin with # are passed over.

    columns: the name of each column -> the other headings it may have (in Chinese); required: those it may not lack.
    """
    # strict: a quotation mark left open would otherwise swallow the rest of the file without a word
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=_delimiter(text), strict=True)
    rows: list[Row] = []
    faults: list[Fault] = []
    heading: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            start, line = line, reader.line_num + 1
            stripped = [cell.strip() for cell in cells]
            if not any(stripped) or stripped[0].startswith("#"):
                continue
            if heading is None:
                heading, found = _heading(stripped, file, start, columns, required)
                faults += found
            elif any(stripped[len(heading) :]):
                faults.append(fault(file, start, heading[-1], "sheet_too_many_cells", cells=" | ".join(stripped)))
            else:
                padded = stripped + [""] * (len(heading) - len(stripped))
                rows.append(Row(start, dict(zip(heading, padded, strict=False))))
    except csv.Error as broken:
        faults.append(fault(file, line, "", "sheet_broken", reason=str(broken)))
    if heading is None:
        faults.append(fault(file, None, "", "sheet_empty"))
    return rows, faults


def _delimiter(text: str) -> str:
    for line in text.splitlines():
        if line.strip() and not line.lstrip("\ufeff").startswith("#"):
            return max(",;\t", key=line.count)
    return ","


def _heading(
    cells: list[str], file: str, line: int, columns: Mapping[str, Sequence[str]], required: Sequence[str]
) -> tuple[list[str], list[Fault]]:
    known = {name.lower(): column for column, others in columns.items() for name in (column, *others)}
    heading = [known.get(cell.lower(), cell) for cell in cells]
    while heading and not heading[-1]:
        heading.pop()  # a spreadsheet saves empty columns too
    faults = [
        fault(file, line, cell, "sheet_column_unknown", column=cell, columns=", ".join(columns))
        for cell in heading
        if cell and cell not in columns
    ]
    faults += [fault(file, line, c, "sheet_column_twice", column=c) for c in columns if heading.count(c) > 1]
    faults += [fault(file, line, c, "sheet_column_missing", column=c) for c in required if c not in heading]
    return heading, faults
