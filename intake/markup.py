"""HTML to lines of text as a person sees them: table rows as cells parted by tabs, quotations marked by "> ".

What is not shown (display:none, white 0-size text, comments, styles) is left out. Merged cells are written out.
"""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "body",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "ul",
        "tr",
        "td",
        "th",
        "table",
        "tbody",
        "thead",
        "tfoot",
        "caption",
        "blockquote",
    ]
)
_UNSEEN = frozenset(
    [
        "script",
        "style",
        "head",
        "title",
        "noscript",
        "template",
        "svg",
        "math",
        "object",
        "iframe",
        "select",
        "option",
        "textarea",
        "xml",
    ]
)
_HIDDEN = re.compile(
    r"display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|mso-hide\s{0,3}:\s{0,3}all|"
    r"font-size\s{0,3}:\s{0,3}0(?:px|pt|em|%)?\s{0,3}(?:;|$|!)|opacity\s{0,3}:\s{0,3}0\s{0,3}(?:;|$)",
    re.I,
)
_WHITE = re.compile(r"[ \t\r\n\f]+")
DEEPEST = 100  # nesting that is still followed; below it only the text is taken
MAX_CELLS = 20000


class _Writer:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.buffer: list[str] = []

    def text(self, text: str) -> None:
        self.buffer.append(text)

    def newline(self, force: bool = False) -> None:
        if self.buffer or force:
            self.lines.append(_WHITE.sub(" ", "".join(self.buffer)).strip(" "))
            self.buffer = []


_TAG = re.compile(r"<(/?)(div|span|b|i|font|table|tr|td|blockquote|center|em|strong|u|a|ul|ol|li|tbody)\b", re.I)
_ANY_TAG = re.compile(r"<[^<>]{0,5000}>")
TOO_DEEP = 1000  # nesting that no client writes, and that an HTML parser pays for dearly


def _nesting(html: str) -> int:
    depth = deepest = 0
    for match in _TAG.finditer(html):
        depth = max(0, depth - 1) if match.group(1) else depth + 1
        deepest = max(deepest, depth)
    return deepest


def html_lines(html: str) -> list[str]:
    """The visible lines of an HTML text; of one that is nested absurdly deep only the words."""
    if html.count("<") > 3000 and _nesting(html) > TOO_DEEP:
        return _ANY_TAG.sub("\n", html).split("\n")[:20000]
    root = LexborHTMLParser(html).root
    out = _Writer()
    if root is not None:
        _walk(root, out, 0)
    out.newline()
    return out.lines


def _walk(node: LexborNode, out: _Writer, depth: int) -> None:
    child = node.first_child
    while child is not None:
        _one(child, out, depth)
        child = child.next


def _one(node: LexborNode, out: _Writer, depth: int) -> None:
    tag = node.tag or ""
    if tag == "-text":
        out.text(node.text_content or "")
    elif tag == "br":
        out.newline(force=True)
    elif tag.startswith(("-", "_", "!")) or tag in _UNSEEN or _hidden(node):
        return
    elif depth > DEEPEST:
        out.text(node.text(deep=True) or "")
    elif tag == "table":
        out.newline()
        _table(node, out, depth)
    elif tag == "blockquote":
        out.newline()
        inner = _Writer()
        _walk(node, inner, depth + 1)
        inner.newline()
        out.lines.extend("> " + line for line in inner.lines)
    elif tag in _BLOCKS:
        out.newline()
        _walk(node, out, depth + 1)
        out.newline()
    else:
        _walk(node, out, depth + 1)


def _hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    if not attributes:
        return False
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or ""))


def _rows(table: LexborNode) -> list[LexborNode]:
    rows, child = [], table.first_child
    while child is not None:
        if child.tag == "tr":
            rows.append(child)
        elif child.tag in ("tbody", "thead", "tfoot"):
            rows.extend(_rows(child))
        child = child.next
    return rows


def _table(table: LexborNode, out: _Writer, depth: int) -> None:
    carried: dict[int, tuple[int, str]] = {}  # column -> rows to go, text of a cell that spans rows
    for row in _rows(table):
        if _hidden(row):
            continue
        cells = _cells(row, depth)
        if sum(1 for _, _, lines in cells if len([line for line in lines if line]) > 4) or len(cells) == 1:
            for _, _, lines in cells:  # cells that only lay out a page
                out.lines.extend(lines)
            carried.clear()
            continue
        out.lines.append("\t".join(_spread(cells, carried)))


def _cells(row: LexborNode, depth: int) -> list[tuple[int, int, list[str]]]:
    """(columns, rows, lines) of each cell."""
    cells, child = [], row.first_child
    while child is not None:
        if child.tag in ("td", "th") and not _hidden(child):
            inner = _Writer()
            _walk(child, inner, depth + 3)
            inner.newline()
            cells.append((_span(child, "colspan"), _span(child, "rowspan"), inner.lines))
        child = child.next
    return cells


def _span(cell: LexborNode, name: str) -> int:
    value = (cell.attributes.get(name) or "1").strip()
    return min(int(value), 200) if value.isascii() and value.isdigit() and int(value[:6]) > 0 else 1


def _spread(cells: list[tuple[int, int, list[str]]], carried: dict[int, tuple[int, str]]) -> list[str]:
    row: list[str] = []
    queue = list(cells)
    while queue or any(column >= len(row) for column in carried):
        column = len(row)
        if column in carried:
            left, text = carried.pop(column)
            row.append(text)
            if left > 1:
                carried[column] = (left - 1, text)
        elif queue:
            columns, rows, lines = queue.pop(0)
            text = " ".join(line.replace("\t", " ") for line in lines if line)
            if rows > 1:
                carried[column] = (rows - 1, text)
            row.append(text)
            row.extend([""] * (columns - 1))
        else:
            row.append("")
        if len(row) > 300:
            break
    return row
