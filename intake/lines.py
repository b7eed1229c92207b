"""Lines of text with their place in the mail, and spans of them: what every reader works on and every origin names."""

from collections.abc import Iterable
from dataclasses import dataclass

from intake.folding import fold, narrow
from intake.message import Block
from intake.orderform import Origin


class Line:
    """One line of a part. `text` is as written (tabs part table cells), `narrow` without full-width forms, `folded` for
    comparing; all of one length."""

    __slots__ = ("folded", "narrow", "number", "part", "text")

    def __init__(self, part: str, number: int, text: str) -> None:
        self.part, self.number, self.text = part, number, text
        self.narrow, self.folded = narrow(text), fold(text)

    @property
    def blank(self) -> bool:
        return not self.text or self.text.isspace()


@dataclass(slots=True)
class Span:
    """Characters `start` to `end` of a line. Never changed; not frozen, because a hundred are made for each order and a
    frozen one costs three times as much."""

    line: Line
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.line.narrow[self.start : self.end]

    @property
    def folded(self) -> str:
        return self.line.folded[self.start : self.end]

    def sub(self, start: int, end: int) -> "Span":
        """A part of this span; `start` and `end` count from its beginning."""
        return Span(self.line, self.start + start, self.start + end)

    def strip(self, chars: str = " \t,;.、。·:|") -> "Span":
        """Without blanks and separators at the ends."""
        text = self.folded
        left = len(text) - len(text.lstrip(chars))
        return self.sub(left, max(left, len(text.rstrip(chars))))

    def origin(self) -> Origin:
        line = self.line
        return Origin(
            part=line.part, line=line.number, start=self.start, end=self.end, words=line.text[self.start : self.end]
        )


def lines_of(blocks: Iterable[Block]) -> list[Line]:
    """The lines of the blocks, in order."""
    return [Line(block.part, block.first_line + n, text) for block in blocks for n, text in enumerate(block.lines)]
