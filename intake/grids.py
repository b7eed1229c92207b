"""Tables with a header row: which column is which field, and the rows below it."""

import re
from dataclasses import dataclass, field
from functools import cache

from intake.folding import fold
from intake.labels import aliases
from intake.lines import Line, Span

_BRACKETS = re.compile(r"[(\[]\s{0,2}([^()\[\]]{0,20}?)\s{0,2}[)\]]|[/ ]?(kgs?|cbm|m3|m³)$|/(t|吨|方|公斤|立方)$")
_SUM = re.compile(r"^\s{0,4}(?:合计|总计|小计|共计|总数|total|sum)")
_SAME = frozenset(("同上", "〃", "″", '"', "同左", "ditto"))
_PARTY_FIELDS = ("shipper.", "consignee.")
_KEY = frozenset(
    (
        "shipper.name",
        "shipper.phone",
        "consignee.name",
        "consignee.phone",
        "consignee.address",
        "destination",
        "pickup_address",
        "consignee.party",
        "shipper.party",
        "consignee.block",
    )
)


@dataclass(frozen=True, slots=True)
class Column:
    field: str
    words: str
    hint: str


@dataclass
class Grid:
    """A header row's columns and the rows below; `orders`: each row is an order, not only a line of goods."""

    orders: bool
    after: int  # index of the first line behind the table
    rows: list[list[tuple[Column, Span]]] = field(default_factory=list)


def _cells(line: Line) -> list[Span]:
    spans, start = [], 0
    for piece in line.text.split("\t"):
        spans.append(Span(line, start, start + len(piece)).strip(" \t|"))
        start += len(piece) + 1
    return spans


@cache
def _column(text: str) -> Column | None:
    text = fold(text).strip(" *:|")
    hint = ""
    found = _BRACKETS.search(text)
    if found:
        hint = found.group(1) or found.group(2) or found.group(3) or ""
        text = _BRACKETS.sub("", text).strip(" *:|")
    name = text.replace(" ", "") if not text.isascii() else text
    known = aliases().get(name)
    return Column(known, name, hint) if known else None


def grid_at(lines: list[Line], at: int) -> Grid | None:
    """The table whose header row is line `at`; None when the line is no header row."""
    line = lines[at]
    if line.text.count("\t") < 2 or len(line.text) > 1500:
        return None
    heads = [(span, _column(span.text)) for span in _cells(line)]
    named = [column for _, column in heads if column]
    filled = sum(1 for span, _ in heads if span.text)
    if len(named) < 3 or len(named) * 5 < filled * 3 or not _values_below(lines, at):
        return None
    columns = _resolved([column for _, column in heads])
    keys = {column.field for column in columns if column} & _KEY
    grid = Grid(orders=len(keys) >= 2, after=at + 1)
    _read_rows(lines, grid, columns)
    return grid if grid.rows else None


def _values_below(lines: list[Line], at: int) -> bool:
    """A row under the header whose cells are mostly no labels (a form of label and value pairs has them)."""
    for line in lines[at + 1 : at + 4]:
        if not line.blank:
            cells = [span.text for span in _cells(line) if span.text]
            return len(cells) >= 2 and sum(1 for cell in cells if _column(cell)) * 3 <= len(cells)
    return False


def _resolved(columns: list[Column | None]) -> list[Column | None]:
    """电话 beside 收货人 is the consignee's: a general column belongs to the party named last to its left."""
    party = "shipper"
    resolved: list[Column | None] = []
    for column in columns:
        if column is None:
            resolved.append(None)
            continue
        if column.field.startswith(_PARTY_FIELDS):
            party = column.field.split(".")[0]
        elif column.field == "pickup_address":
            party = "shipper"
        name = column.field
        if name.startswith("any."):
            name = {
                "any.phone": f"{party}.phone",
                "any.person": f"{party}.name",
                "any.company": f"{party}.company",
                "any.block": f"{party}.block",
            }.get(name, "consignee.address" if party == "consignee" else "pickup_address")
        resolved.append(Column(name, column.words, column.hint))
    return resolved


def _read_rows(lines: list[Line], grid: Grid, columns: list[Column | None]) -> None:
    above: dict[int, Span] = {}
    blanks = 0
    for n in range(grid.after, len(lines)):
        line = lines[n]
        cells = _cells(line)
        filled = [span for span in cells if span.text]
        if not filled:
            blanks += 1
            if blanks > 1:
                break
            continue
        if len(filled) < 2 or sum(1 for span in filled if _column(span.text)) * 2 > len(filled):
            break
        blanks, grid.after = 0, n + 1
        if _SUM.match(filled[0].folded):
            continue
        row = []
        for place, column in enumerate(columns):
            span = cells[place] if place < len(cells) else Span(line, len(line.text), len(line.text))
            if span.text in _SAME and place in above:
                span = above[place]
            above[place] = span
            if column:
                row.append((column, span))
        if sum(1 for column, span in row if span.text and column.field != "skip") >= 2:
            grid.rows.append(row)
