"""The cover list of receipts (回单交接单): what is handed over with a bundle of signed papers, to be signed for.

In: its rows and a font file. Out: a Paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fpdf.fonts import FontFace

from dispatch.draft import Paper
from dispatch.letterhead import House, Words
from dispatch.papers import GREY, Sheet

WIDTHS = (12, 38, 24, 30, 26, 16, 32)
COLUMNS = ("cover_place", "cover_number", "cover_city", "cover_signer", "cover_signed", "cover_copies", "cover_note")
HEADINGS = FontFace(color=(91, 102, 115), fill_color=(240, 243, 247))


@dataclass(frozen=True)
class CoverRow:
    """One receipt of the bundle."""

    number: str
    city: str
    signer: str
    signed_at: datetime | None
    copies: int


def cover_list(rows: Sequence[CoverRow], house: House, tongue: Words, font: Path, at: datetime) -> Paper:
    """The list as PDF, with room for both signatures. Raises OSError for an unreadable font."""
    said = {key: template.template for key, template in tongue.waybill.items()}
    day = f"{at.astimezone(house.timezone):%Y-%m-%d}"
    pdf = Sheet(font, f"{house.name}  {said['cover_title']} {day}", tongue)
    pdf.set_title(f"{said['cover_title']} {day}")
    pdf.set_creation_date(at)
    pdf.add_page()
    pdf.paragraph(house.name, 10, GREY)
    pdf.paragraph(said["cover_title"], 18)
    copies = str(sum(row.copies for row in rows))
    total = tongue.waybill["cover_total"].substitute(orders=str(len(rows)), copies=copies)
    pdf.paragraph(f"{day}　{total}", color=GREY)
    pdf.ln(2)
    pdf.set_font("zh", size=9.5)
    pdf.set_text_color(29, 39, 51)
    with pdf.table(col_widths=WIDTHS, line_height=6, text_align="LEFT", headings_style=HEADINGS) as table:
        table.row([said[column] for column in COLUMNS])
        for place, row in enumerate(rows, start=1):
            signed = f"{row.signed_at.astimezone(house.timezone):%Y-%m-%d}" if row.signed_at else ""
            table.row([str(place), row.number, row.city, row.signer, signed, str(row.copies), ""])
    pdf.signatures([said["cover_from"], said["cover_to"], said["cover_date"]], 20)
    return Paper(tongue.waybill["cover_file"].substitute(day=day), "application/pdf", bytes(pdf.output()))
