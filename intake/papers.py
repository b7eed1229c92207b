"""Attached order forms to lines of text: xlsx, xls, csv, docx, text PDF. Cells are parted by tabs, merged cells
written out.

A zip is looked at before it is opened: what would unpack beyond 50 MB or more than a hundredfold, or holds more than
200 files, stays closed (the note says so). Nothing is executed, no link is followed, no formula computed.
"""

import csv
import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time

from intake.charsets import decode

MAX_RATIO, MAX_ROWS, MAX_COLUMNS, MAX_SHEETS, MAX_PAGES = 100, 500, 60, 10, 10
MAX_FILES = 200  # in one zip
BEYOND = 10**12  # octets: what a zip of too many files counts as
IMAGES = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".heic", ".webp", ".tif", ".tiff")


@dataclass
class Paper:
    """What became of an attachment: (sheet, lines) where it was read, else the note why not."""

    sheets: list[tuple[str, list[str]]] = field(default_factory=list)
    note: str = ""
    unpacked: int = 0


def read_paper(name: str, content_type: str, content: bytes, budget: int) -> Paper:
    """Reads an attachment; `budget`: octets that may still be unpacked in this mail. Never raises for bad files."""
    kind = _kind(name.lower(), content_type, content)
    if kind in ("image", "unknown_type", "signature"):
        return Paper(note=kind)
    if not content:
        return Paper(note="broken")
    unpacked = _unpacked(content) if kind in ("xlsx", "docx") else len(content)
    if unpacked is None:
        return Paper(note="broken")
    if unpacked > budget or unpacked > MAX_RATIO * len(content) + 1_000_000:
        return Paper(note="too_large")
    readers = {"xlsx": _workbook, "xls": _workbook, "csv": _csv, "docx": _docx, "pdf": _pdf, "text": _plain}
    try:
        sheets = readers[kind](content)
    except Exception as error:  # noqa: BLE001 (a hundred errors of file readers mean one thing: the file is broken)
        note = "encrypted" if "encrypt" in repr(error).lower() or "password" in repr(error).lower() else "broken"
        return Paper(note=note, unpacked=unpacked)
    sheets = [(sheet, lines) for sheet, lines in sheets if any(line.strip() for line in lines)]
    return Paper(sheets, "" if sheets else "no_text", unpacked)


def _kind(name: str, content_type: str, content: bytes) -> str:
    if content_type.startswith("image/") or name.endswith(IMAGES):
        return "image"
    if content.startswith(b"PK\x03\x04"):
        if name.endswith((".xlsx", ".xlsm", ".et")) or "sheet" in content_type:
            return "xlsx"
        if name.endswith((".docx", ".docm")) or "word" in content_type:
            return "docx"
    if content.startswith(b"\xd0\xcf\x11\xe0") and (name.endswith((".xls", ".et", ".xlsx")) or "excel" in content_type):
        return "xls"
    if content.startswith(b"%PDF") or b"%PDF" in content[:1024]:
        return "pdf"
    if name.endswith((".csv", ".tsv")) or content_type == "text/csv":
        return "csv"
    if name.endswith((".txt",)) and content_type.startswith(("text/", "application/octet")):
        return "text"
    return "unknown_type"


def _unpacked(content: bytes) -> int | None:
    """What a zip says that it unpacks to, in octets; None where it is none. No reader unpacks more than that."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            return BEYOND if len(entries) > MAX_FILES else sum(entry.file_size for entry in entries)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return None


def cell_text(value: object) -> str:
    """A spreadsheet cell as a person sees it: whole numbers without ".0", dates as dates."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(round(value, 9))
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M" if value.time() != time(0) else "%Y-%m-%d")
    if isinstance(value, date | time):
        return value.isoformat()
    return re.sub(r"\s+", " ", str(value)).strip()


def _row(cells: list[object]) -> str:
    return "\t".join(cell_text(cell) for cell in cells[:MAX_COLUMNS]).rstrip("\t")


def _workbook(content: bytes) -> list[tuple[str, list[str]]]:
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = []
    for meta in book.sheets_metadata[:MAX_SHEETS]:
        if meta.visible != SheetVisibleEnum.Visible:
            continue
        sheet = book.get_sheet_by_name(meta.name)
        if sheet.height > 200_000 or sheet.width > 2_000:
            rows: list[list[object]] = [list(row) for row, _ in zip(sheet.iter_rows(), range(MAX_ROWS), strict=False)]
        else:
            rows = [list(row) for row in sheet.to_python(skip_empty_area=False, nrows=MAX_ROWS)]
        _write_out(rows, sheet.merged_cell_ranges or [])
        sheets.append((meta.name, [_row(row) for row in rows]))
    return sheets


def _write_out(rows: list[list[object]], merged: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """A cell merged over rows says the same in each of them."""
    for (top, left), (bottom, _) in merged[:2000]:
        if top < len(rows) and left < len(rows[top]):
            for row in rows[top + 1 : min(bottom, MAX_ROWS) + 1]:
                if left < len(row):
                    row[left] = rows[top][left]


def _csv(content: bytes) -> list[tuple[str, list[str]]]:
    text = decode(content, "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "gbk")[0]
    head = text[:2000]
    mark = max("\t;,", key=head.count)
    rows = csv.reader(io.StringIO(text.replace("\x00", ""), newline=""), delimiter=mark)
    return [("", [_row(list(row)) for row, _ in zip(rows, range(MAX_ROWS), strict=False)])]


def _plain(content: bytes) -> list[tuple[str, list[str]]]:
    return [("", decode(content[:1_000_000], "gbk")[0].splitlines()[:2000])]


def _docx(content: bytes) -> list[tuple[str, list[str]]]:
    import docx
    from docx.table import Table

    lines: list[str] = []
    for item in docx.Document(io.BytesIO(content)).iter_inner_content():
        if isinstance(item, Table):
            lines += [_docx_row(row) for row in item.rows[:MAX_ROWS]]
        else:
            lines += item.text.split("\n")
        if len(lines) > 2000:
            break
    return [("", lines)]


def _docx_row(row: object) -> str:
    seen: list[object] = []
    cells = []
    for cell in row.cells[:MAX_COLUMNS]:  # type: ignore[attr-defined]
        if cell._tc not in seen:  # a cell merged over columns comes once
            seen.append(cell._tc)
            cells.append(cell.text)
    return _row(list(cells))


def _pdf(content: bytes) -> list[tuple[str, list[str]]]:
    import logging

    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        raise ValueError("encrypted")
    lines: list[str] = []
    for page in reader.pages[:MAX_PAGES]:
        lines += (page.extract_text() or "").splitlines()
    return [("", lines[:2000])]
