"""Lines to entries: each label with its value, in the order of the mail, and what stands without a label.

A value runs to the next label or the end of the line; an address or a remark may run on in the next lines.
What belongs to
a signature is left out: a phone under "此致" is nobody's phone in the order.
"""

import re
from dataclasses import dataclass
from dataclasses import field as default

from intake import grids
from intake.labels import Label, find_labels, payments
from intake.lines import Line, Span
from intake.phones import first_phone
from intake.units import quantities

LONGEST = 2000  # characters of a value
LOOSE, HEADING, ROW = "loose", "heading", "row"


@dataclass(slots=True)
class Entry:
    """A field of the form as it stands in the mail: its label, the spans of its value (one a line)."""

    field: str
    spans: list[Span] = default(default_factory=list)
    label: str = ""
    hint: str = ""  # the unit in the label's brackets
    blank_before: bool = False
    colon: bool = False

    @property
    def text(self) -> str:
        return join([span.text.strip() for span in self.spans])

    @property
    def folded(self) -> str:
        return join([span.folded.strip() for span in self.spans])

    @property
    def empty(self) -> bool:
        return not "".join([span.folded for span in self.spans]).strip(" \t,;.、。·:|")


def join(texts: list[str]) -> str:
    """Lines of one value in one: Chinese runs on, letters are parted by a blank."""
    whole = ""
    for text in texts:
        gap = " " if whole and text and whole[-1].isascii() and whole[-1] != "-" and text[0].isascii() else ""
        whole += gap + text
    return whole


_HEADING = re.compile(
    r"^[\s*#>\-=—【\[(（]{0,8}(?:第\s?[一二三四五六七八九十\d]{1,3}\s?(?:票|单|批|个订单|份|车|个)|"
    r"(?:订单|票|单|货物|发货|order|shipment)\s?(?:[(（]?[一二三四五六七八九十\d]{1,2}[)）]?)|"
    r"[一二三四五六七八九十\d]{1,2}\s?(?:票|单)|no\.?\s?\d{1,2})"
    r"\s?(?:货物?|订单)?[】\])）:.、\-=—*#\s]{0,10}(?P<rest>$|(?=\S))"
)
_CLOSING = re.compile(
    r"^\s{0,8}(?:谢谢|多谢|感谢|此致|敬礼|顺祝|祝好|祝您|祝商祺|商祺|best regards|regards|thanks|"
    r"thank you|kind regards|br,|b\.?r\.?$|sincerely|yours)"
)
_ADDRESS_LIKE = re.compile(
    r"[省市区县镇乡路街道号弄巷村栋幢楼层室门库园座口厂院]|road|street|building|floor|district|room|no\.", re.I
)
_CONTACT = re.compile(r"电话|手机|tel|mobile|phone|fax|传真|邮箱|e-?mail|地址|qq|微信|@|www\.|\d{7,}")
_RULE = re.compile(r"^[\s\-=_*—~·#]{3,}$")


_BEFORE = " \t,;.、。·:|()[]【】-*#>1234567890"  # bullets and numbers before a first label


class Scanner:
    """Walks through lines once and yields their entries."""

    def __init__(self, lines: list[Line], *, signed: bool = True) -> None:
        self.lines, self.signed = lines, signed  # signed: a signature may stand at the end
        self.entries: list[Entry] = []
        self.open: Entry | None = None
        self.blank = False
        self.after_blank = False
        self.closing = False
        self.seen: set[str] = set()

    def scan(self) -> list[Entry]:
        at = 0
        while at < len(self.lines):
            line = self.lines[at]
            grid = grids.grid_at(self.lines, at)
            if grid:
                self._grid(grid)
                at = grid.after
                continue
            if line.blank or _RULE.match(line.folded):
                self.blank = True
                if not line.blank or (self.open and (not self.open.empty or self.open.colon)):
                    self.open = None
            else:
                self._line(line, at)
                self.blank = False
            at += 1
        return self.entries

    def _grid(self, grid: "grids.Grid") -> None:
        for row in grid.rows:
            self.entries.append(Entry(ROW if grid.orders else "goods", [], blank_before=True))
            for column, span in row:
                self.entries.append(Entry(column.field, [span], column.words, column.hint, colon=True))
        if grid.rows:
            self.entries.append(Entry("row_end"))
        self.open, self.blank = None, True

    def _line(self, line: Line, at: int) -> None:
        labels = find_labels(line)
        heading = self._heading(line, labels)
        if heading and not labels:
            rest = Span(line, heading, len(line.text)).strip()
            if rest.text:
                self._loose(rest, at)
            return
        labels = self._accepted(labels, line)
        if not labels:
            self._without_label(line, at)
            return
        if labels[0].start > 1 and not self.closing and not heading:
            before = Span(line, 0, labels[0].start).strip(_BEFORE)
            if before.end - before.start > 1:
                self.entries.append(Entry(LOOSE, [before], blank_before=self.blank))
        for n, label in enumerate(labels):
            end = labels[n + 1].start if n + 1 < len(labels) else len(line.text)
            span = Span(line, label.end, max(label.end, min(end, label.end + LONGEST)))
            entry = Entry(label.field, [span], label.words, label.hint, self.blank and n == 0, label.colon)
            self.entries.append(entry)
            self.open = entry
            if not entry.empty:
                self.seen.add(label.field)

    def _heading(self, line: Line, labels: list[Label]) -> int:
        """Where the heading of an order (第二票) ends on this line; 0 when it has none."""
        match = _HEADING.match(line.folded) if len(line.folded) < 400 else None
        if not match or (labels and labels[0].start < match.end()):
            return 0
        if match.end() < len(line.folded.rstrip()) and not labels:
            return 0
        self.entries.append(Entry(HEADING, [Span(line, 0, match.end())], blank_before=True))
        self.open, self.closing, self.seen = None, False, set()
        return match.end()

    def _accepted(self, labels: list[Label], line: Line) -> list[Label]:
        """Without those of a signature, and without what only stands inside a remark."""
        if self.closing and labels:
            if all(
                label.field.startswith(("any.", "skip", "remarks")) or not (label.colon or label.first)
                for label in labels
            ):
                return []
            self.closing = False
        if self.signed and len(self.seen) >= 4 and any(label.words in ("fax", "传真") for label in labels):
            labels = [label for label in labels if label.field != "any.phone"]
        kept: list[Label] = []
        remark = False
        for label in labels:
            if remark and (
                not label.colon
                or label.field in self.seen
                or label.field in ("skip", "cargo", "any.person", "any.phone", "any.company")
            ):
                continue
            kept.append(label)
            remark = remark or label.field == "remarks"
        return kept

    def _without_label(self, line: Line, at: int) -> None:
        span = Span(line, 0, len(line.text)).strip(" \t")
        if self.open and self._runs_on(self.open, span):
            self.open.spans.append(span)
            return
        self._loose(span, at)

    def _runs_on(self, entry: Entry, span: Span) -> bool:
        text = span.folded
        if _CLOSING.match(text):
            return False
        if entry.empty:
            if entry.field in ("skip", "remarks", "services") and self.blank:
                return False
            return not self.blank or (not entry.colon and len(text) < 80)
        if self.blank or entry.field not in (
            "pickup_address",
            "consignee.address",
            "any.address",
            "remarks",
            "cargo",
            "cargo.description",
        ):
            return False
        if entry.field == "remarks":
            return len(entry.spans) < 20
        if entry.field.startswith("cargo"):
            return bool(quantities(text)) and len(text) < 120
        return (
            bool(_ADDRESS_LIKE.search(text)) and len(text) < 60 and first_phone(text) is None and text not in payments()
            and not re.search(r"[。!?]|谢谢|请|麻烦", text) and not quantities_line(text)
        )  # fmt: skip

    def _loose(self, span: Span, at: int) -> None:
        text = span.folded
        self.open = None
        ends = _CLOSING.match(text) or (self.blank and self._signs(text, at))
        if self.signed and len(self.seen) >= 3 and ends:
            self.closing = True
        if not self.closing:
            self.entries.append(Entry(LOOSE, [span], blank_before=self.blank))

    def _signs(self, text: str, at: int) -> bool:
        """A line after a blank one that is neither cargo nor payment and is followed by ways to reach
        somebody, or the end."""
        if quantities_line(text) or text.strip(" ,。.") in payments():
            return False
        ahead = [line.folded for line in self.lines[at + 1 : at + 5] if not line.blank]
        return len(text) <= 60 and (
            not ahead or any(_CONTACT.search(line) for line in ahead) or bool(_CONTACT.search(text))
        )


def quantities_line(text: str) -> bool:
    """Whether a line without a label tells of cargo: short, with a number and a unit of freight."""
    return len(text) < 120 and any(q.value is not None for q in quantities(text))


def scan(lines: list[Line], *, signed: bool = True) -> list[Entry]:
    """The entries of the lines, in order."""
    return Scanner(lines, signed=signed).scan()
