"""A report on paper: A4 as PDF with its figures, what they mean, charts and tables; the letters are embedded.

Drawn with the same coordinates as on the screen. A long table goes on on the next page under its headings again.
"""

from collections.abc import Sequence
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from dispatch.papers import chinese_font, face_of
from followup.console.charts import HEIGHT, WIDTH
from followup.reports.drawing import Drawing, drawings
from followup.reports.report import Report, Table
from followup.reports.speaking import Speaker
from followup.reports.workbook import printable

INK, SOFT, LINE = (27, 36, 48), (85, 96, 110), (217, 222, 228)
COLOURS = {
    "barwell": (63, 154, 95),
    "barfair": (127, 188, 150),
    "barsoon": (211, 155, 58),
    "barlate": (224, 86, 75),
    "baropen": (91, 143, 199),
    "baridle": (170, 180, 191),
}
MARGIN, INNER = 14.0, 182.0  # mm
SCALE = INNER / WIDTH  # mm a unit of the chart
CELL = 120  # characters in a cell: a row of the table stays on its page


class NoFont(Exception):
    """This system has no font that holds Chinese: install fonts-noto-cjk."""


def pdf_of(report: Report, speaker: Speaker, house: str, font: Path | None = None) -> bytes:
    """The PDF in its bytes; `house` is the company's name. Raises NoFont."""
    font = font or chinese_font()
    if font is None:
        raise NoFont("no font with Chinese: install fonts-noto-cjk")
    paper = _Paper(font, f"{house}  {speaker.title(report.name)}  {speaker.period(report.period)}")
    paper.set_title(speaker.title(report.name))
    paper.set_creation_date(report.period.as_of)
    paper.add_page()
    paper.line_of(house, 9, SOFT)
    paper.line_of(speaker.title(report.name), 18)
    moment = report.period.as_of.astimezone(speaker.zone).strftime("%Y-%m-%d %H:%M")
    told = [speaker.period(report.period), speaker.word("as_of", moment=moment), *speaker.filters(report.filters)]
    paper.line_of("   ".join(told), 10)
    paper.line_of(speaker.about(report.name), 9, SOFT)
    if report.is_empty:
        paper.line_of(speaker.word("nothing"), 12)
    _figures(paper, report, speaker)
    pictures = {drawing.table: drawing for drawing in drawings(report, speaker)}
    for table in report.tables:
        if table.rows:
            _table(paper, report, table, pictures.get(table.code), speaker)
    return bytes(paper.output())


class _Paper(FPDF):
    """A4 upright in one font; the foot of each page says the report and the page."""

    def __init__(self, font: Path, foot: str) -> None:
        super().__init__(format="A4")
        self.foot = foot
        self.add_font("zh", fname=font, collection_font_number=face_of(font))
        self.set_margins(MARGIN, 12)
        self.set_draw_color(*LINE)
        self.set_line_width(0.1)
        self.set_auto_page_break(True, margin=16)

    def footer(self) -> None:
        self.set_y(-12)
        self.set_font("zh", size=8)
        self.set_text_color(*SOFT)
        self.cell(text=f"{self.foot}   {self.page_no()}")

    def line_of(self, text: str, size: float, colour: tuple[int, int, int] = INK) -> None:
        self.set_font("zh", size=size)
        self.set_text_color(*colour)
        self.multi_cell(0, size * 0.48, printable(text), new_x="LMARGIN", new_y="NEXT", align="L")

    def word_at(self, x: float, y: float, text: str, *, align: str = "L", size: float = 7.5) -> None:
        """A word at a point of the baseline, in mm; `align` R: it ends there, C: it stands in the middle."""
        self.set_font("zh", size=size)
        self.set_text_color(*INK)
        width = self.get_string_width(text)
        self.text(x - width * {"L": 0.0, "C": 0.5, "R": 1.0}[align], y, text)


def _figures(paper: _Paper, report: Report, speaker: Speaker) -> None:
    lines = [
        (
            speaker.name(report.name, figure.code),
            speaker.say(figure.value, figure.unit),
            speaker.definition(report.name, figure.code),
        )
        for figure in report.figures
    ]
    head = tuple(speaker.word(code) for code in ("figure", "value", "definition"))
    paper.ln(2)
    _rows(paper, [head, *lines], (42, 30, 110), (False, True, False))


def _table(paper: _Paper, report: Report, table: Table, drawing: Drawing | None, speaker: Speaker) -> None:
    paper.ln(4)
    needed = 30 + (_height(drawing) * SCALE if drawing else 0)
    if paper.will_page_break(needed):
        paper.add_page()
    paper.line_of(speaker.name(report.name, table.code), 12)
    if drawing:
        _draw(paper, drawing)
    rows = [tuple(speaker.name(report.name, column.code) for column in table.columns)]
    for row in table.rows:
        rows.append(tuple(speaker.say(value, each.unit) for value, each in zip(row, table.columns, strict=True)))
    if table.total:
        rest = zip(table.total[1:], table.columns[1:], strict=True)
        rows.append((speaker.word("total"), *(speaker.say(value, each.unit) for value, each in rest)))
    numeric = tuple(column.unit.is_number for column in table.columns)
    _rows(paper, rows, _widths(rows), numeric)
    if table.more:
        paper.line_of(speaker.word("more", count=table.more), 9, SOFT)


def _widths(rows: Sequence[tuple[str, ...]]) -> tuple[float, ...]:
    """The page shared out by the longest text of each column."""
    longest = [
        max(6, min(40, max(sum(2 if ord(sign) > 0x2E7F else 1 for sign in row[place]) for row in rows)))
        for place in range(len(rows[0]))
    ]
    return tuple(INNER * each / sum(longest) for each in longest)


def _rows(paper: _Paper, rows: Sequence[tuple[str, ...]], widths: Sequence[float], numeric: Sequence[bool]) -> None:
    size = 9 if len(widths) <= 8 else 7.5
    paper.set_font("zh", size=size)
    paper.set_text_color(*INK)
    paper.set_fill_color(255, 255, 255)  # of the cells: the pen may come from a chart
    with paper.table(
        col_widths=tuple(widths),
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=FontFace(color=SOFT, emphasis="", fill_color=(246, 247, 248)),
        line_height=size * 0.52,
        text_align=tuple("RIGHT" if each else "LEFT" for each in numeric),
    ) as table:
        for row in rows:
            line = table.row()
            for text in row:
                line.cell(printable(text)[:CELL])


def _height(drawing: Drawing) -> float:
    return (drawing.lying.height if drawing.lying else HEIGHT) + 26


def _draw(paper: _Paper, drawing: Drawing) -> None:
    """The chart at the place where the pen is, the legend above it."""
    top = paper.get_y() + 5
    x = MARGIN
    for kind, name in drawing.legend:
        paper.set_fill_color(*COLOURS[kind])
        paper.rect(x, top - 3.4, 3, 3, style="F")
        paper.word_at(x + 4, top - 0.9, name)
        x += 9 + paper.get_string_width(name)
    if drawing.lying:
        _draw_lying(paper, drawing, top)
    else:
        _draw_standing(paper, drawing, top)
    paper.set_y(top + (_height(drawing) - 20) * SCALE)


def _draw_lying(paper: _Paper, drawing: Drawing, top: float) -> None:
    chart = drawing.lying
    assert chart is not None
    for row, total in zip(chart.rows, drawing.sums, strict=True):
        y = top + row.y * SCALE
        paper.word_at(MARGIN + (chart.left - 8) * SCALE, y + 17 * SCALE, printable(row.text), align="R")
        for bar in row.bars:
            paper.set_fill_color(*COLOURS[bar.kind])
            paper.rect(MARGIN + bar.x * SCALE, y, bar.width * SCALE, 24 * SCALE, style="F")
        paper.word_at(MARGIN + (max(row.end, chart.left) + 6) * SCALE, y + 17 * SCALE, total)


def _draw_standing(paper: _Paper, drawing: Drawing, top: float) -> None:
    chart = drawing.standing
    assert chart is not None
    paper.set_draw_color(*LINE)
    for mark in chart.marks:
        y = top + mark.at * SCALE
        paper.line(MARGIN + 46 * SCALE, y, MARGIN + (WIDTH - 12) * SCALE, y)
        paper.word_at(MARGIN + 40 * SCALE, y + 1, mark.text, align="R")
    for stack in chart.stacks:
        for block in stack.blocks:
            paper.set_fill_color(*COLOURS[block.kind])
            y = top + block.y * SCALE
            paper.rect(MARGIN + stack.x * SCALE, y, stack.width * SCALE, block.height * SCALE, style="F")
        middle = MARGIN + (stack.x + stack.width / 2) * SCALE
        paper.word_at(middle, top + (chart.floor + 18) * SCALE, stack.text, align="C")
