"""The printable work order: one sheet of A4 as PDF, for the driver to carry and the shipper to sign (SPEC 5).

In: a WorkSheet and a font file. Out: a Paper. The letters of the PDF are embedded, so it prints anywhere. Costs a
hundred times as much as the letter itself: only made where the company wants it, or on demand.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path

import segno
from fontTools.ttLib import TTCollection  # type: ignore[import-untyped]
from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from dispatch.draft import Draft, Paper
from dispatch.letterhead import Deadline, House, OnDuty, Words, words
from dispatch.particulars import Line
from dispatch.worksheet import WorkSheet, work_sheet
from intake.record import OrderRecord

FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts")
# Of what the usual systems bring: Debian's fonts-noto-cjk, then others that hold Chinese.
FONT_FILES = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf",
    "NotoSansSC-Regular.otf",
    "SourceHanSansCN-Regular.otf",
    "wqy-zenhei.ttc",
    "wqy-microhei.ttc",
    "DroidSansFallbackFull.ttf",
)
PIECE, PIECES = 160, 8  # characters (four printed lines), and pieces in a row of the table
SIMPLIFIED = ("SC", "CN", "WenQuanYi")
MARKED = FontFace(fill_color=(255, 244, 214))
LABEL = FontFace(color=(91, 102, 115))
GREY, BLACK = (91, 102, 115), (29, 39, 51)


@cache
def chinese_font() -> Path | None:
    """A font file of this system that holds Chinese; None where there is none: then no PDF is made, and
    `consign check` says so (install fonts-noto-cjk)."""
    for name in FONT_FILES:
        for folder in FONT_FOLDERS:
            found = next(Path(folder).rglob(name), None)
            if found:
                return found
    return None


@cache
def face_of(font: Path) -> int:
    """Which font of a collection writes simplified Chinese."""
    if font.suffix != ".ttc":
        return 0
    with TTCollection(str(font), lazy=True) as collection:
        names = [str(each["name"].getDebugName(4)) for each in collection.fonts]
    return next((at for at, name in enumerate(names) if any(mark in name for mark in SIMPLIFIED)), 0)


class Sheet(FPDF):
    """A4 upright with one font; the foot of each page says the work order and the page."""

    def __init__(self, font: Path, foot: str, words: Words) -> None:
        super().__init__(format="A4")
        self.foot, self.words = foot, words
        self.add_font("zh", fname=font, collection_font_number=face_of(font))
        self.set_margins(16, 14)
        self.set_draw_color(214, 219, 226)
        self.set_line_width(0.1)
        self.set_auto_page_break(True, margin=16)

    def footer(self) -> None:
        self.set_y(-12)
        self.set_font("zh", size=8)
        self.set_text_color(*GREY)
        self.cell(text=f"{self.foot}  {self.words.paper['page'].substitute(page=self.page_no())}")

    def paragraph(self, text: str, size: float = 10.5, color: tuple[int, int, int] = BLACK) -> None:
        self.set_font("zh", size=size)
        self.set_text_color(*color)
        self.multi_cell(0, size * 0.5, text, new_x="LMARGIN", new_y="NEXT")

    def codes(self, number: str) -> None:
        """The number for scanners at the right of the head: a QR code, and Code 39 for those that read bars only."""
        modules = segno.make_qr(number, error="m").matrix
        size, left, top = 20.0, self.w - self.r_margin - 20, 10.0
        module = size / len(modules)
        narrow = 0.26  # mm: the narrowest bar that a hand scanner reads off a laser print
        with self.local_context(fill_color=BLACK):
            for row, line in enumerate(modules):
                for column, dark in enumerate(line):
                    if dark:
                        self.rect(left + column * module, top + row * module, module, module, style="F")
            self.code39(f"*{number}*", left - 6 - narrow * 16 * (len(number) + 2), top + 3, w=narrow * 3, h=12)

    def signatures(self, titles: Sequence[str], height: float) -> None:
        """Boxes side by side to sign in, on one page."""
        if self.will_page_break(height + 4):
            self.add_page()
        self.ln(4)
        top, width = self.get_y(), self.epw / len(titles)
        self.set_font("zh", size=9)
        self.set_text_color(*GREY)
        for place, title in enumerate(titles):
            self.rect(self.l_margin + place * width, top, width, height)
            self.set_xy(self.l_margin + place * width + 1.5, top + 1)
            self.cell(width - 3, 5, title)
        self.set_xy(self.l_margin, top + height)

    def section(self, title: str, lines: Sequence[Line]) -> None:
        if not lines:
            return
        self.ln(1.5)
        self.paragraph(title, 12, (18, 58, 94))
        self.set_font("zh", size=10.5)
        self.set_text_color(*BLACK)
        layout = TableBordersLayout.HORIZONTAL_LINES
        label = 26 if self.words.language == "zh" else 38
        with self.table(
            col_widths=(label, 178 - label),
            first_row_as_headings=False,
            borders_layout=layout,
            line_height=5.5,
            text_align="LEFT",
        ) as table:
            for line in lines:
                first, *rest = _pieces(_value(line))
                row = table.row(style=MARKED if line.was is not None else None)
                row.cell(line.label, style=LABEL if line.was is None else None)
                row.cell(first)
                for more in rest:
                    row = table.row(style=MARKED if line.was is not None else None)
                    row.cell("")
                    row.cell(more)


def _value(line: Line) -> str:
    value = line.value if line.was is None else f"{line.was} → {line.value}"
    return f"{value}  ({line.note})" if line.note else value


def _pieces(value: str) -> list[str]:
    """The value in pieces that fit on a page: a row of a table cannot go on on the next one."""
    pieces = [line[at : at + PIECE] for line in value.split("\n") for at in range(0, len(line) or 1, PIECE)]
    return ["\n".join(pieces[at : at + PIECES]) for at in range(0, len(pieces), PIECES)]


def work_order_paper(sheet: WorkSheet, house: House, tongue: Words, font: Path, at: datetime) -> Paper:
    """The PDF of a work order; `at` stands in it as the time it was made. Raises OSError for an unreadable font."""
    said = {key: template.template for key, template in tongue.paper.items()}
    title = tongue.paper["title"].substitute(number=sheet.number, revision=sheet.revision)
    pdf = Sheet(font, f"{house.name}  {title}", tongue)
    pdf.set_title(title)
    pdf.set_creation_date(at)
    pdf.add_page()
    pdf.paragraph(house.name, 10, GREY)
    pdf.paragraph(title, 18)
    pdf.ln(1)
    pdf.paragraph(tongue.paper["by"].substitute(when=sheet.pick_up_by, zone=sheet.zone), 15)
    for key, value in (("why", sheet.why), ("ordered_at", sheet.ordered_at), ("dispatcher", sheet.dispatcher.name)):
        pdf.paragraph(f"{said[key]}{tongue.colon}{value}", color=GREY)
    for warning in sheet.warnings:
        pdf.paragraph(f"{said['warnings']}{tongue.colon}{warning}", color=(180, 35, 24))
    pdf.section(said["pickup"], sheet.pickup)
    pdf.section(said["goods"], sheet.goods)
    way = [Line(said["lane"], sheet.lane)] if sheet.lane else []
    pdf.section(said["delivery"], [*sheet.delivery, *way])
    pdf.section(said["money"], [*sheet.paid, Line(tongue.label("payment"), sheet.collect), *sheet.charges])
    pdf.section(said["agreed"], sheet.agreed)
    pdf.ln(4)
    pdf.paragraph(f"{said['questions']}{tongue.colon}{house.phone}")
    if sheet.token:
        pdf.paragraph(f"{said['token']} {sheet.token}", color=GREY)
    pdf.ln(5)
    pdf.paragraph(said["signatures"])
    name = tongue.paper["file"].substitute(number=sheet.number, revision=sheet.revision)
    return Paper(name, "application/pdf", bytes(pdf.output()))


def with_paper(
    letter: Draft, record: OrderRecord, deadline: Deadline, dispatcher: OnDuty, house: House, token: str, at: datetime
) -> Draft:
    """The work order `letter` with its printable sheet attached; without a Chinese font as it was: paper is a comfort,
    the letter a promise."""
    font = chinese_font()
    if font is None:
        return letter
    tongue = words(letter.language)
    sheet = work_sheet(record, deadline, dispatcher, house, tongue, token=token)
    return replace(letter, papers=(*letter.papers, work_order_paper(sheet, house, tongue, font, at)))
