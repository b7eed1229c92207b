"""Sheets as people keep them: a workbook (xlsx, xls) or a text file, as the one text that config.sheet reads."""

import csv
import io

from python_calamine import CalamineError, CalamineWorkbook

from config import sheet
from config.faults import Fault


def text_of(octets: bytes, file: str) -> tuple[str, list[Fault]]:
    """The first page of a workbook as CSV, or the text of a CSV file in UTF-8 or GBK; a fault for what is neither."""
    try:
        return (_csv_of(octets) if octets[:2] in (b"PK", b"\xd0\xcf") else sheet.decode(octets)), []
    except UnicodeDecodeError:
        return "", [sheet.fault(file, None, "", "rules_not_text")]
    except (CalamineError, OSError, IndexError, ValueError) as broken:
        return "", [sheet.fault(file, None, "", "sheet_broken", reason=str(broken))]


def _csv_of(octets: bytes) -> str:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(octets)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    out = io.StringIO()
    csv.writer(out).writerows([[_cell(value) for value in row] for row in rows])
    return out.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a spreadsheet keeps phone numbers as floats
    return str(value)
