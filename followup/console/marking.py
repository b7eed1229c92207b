"""Which words of a mail a value was read from: the lines of its blocks cut at the origins. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from intake.message import Block
from intake.orderform import Origin


@dataclass(frozen=True)
class Piece:
    """A run of characters; `fields` are the values that were read from it."""

    text: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class MarkedBlock:
    """A block of a mail, line by line in pieces."""

    part: str
    role: str
    lines: tuple[tuple[Piece, ...], ...]


def marked(blocks: Sequence[Block], origins: Mapping[str, Origin]) -> list[MarkedBlock]:
    """The blocks with every origin in them; an origin outside them (the subject, say) marks nothing."""
    by_place: dict[tuple[str, int], list[tuple[str, Origin]]] = {}
    for field, origin in origins.items():
        by_place.setdefault((origin.part, origin.line), []).append((field, origin))
    return [
        MarkedBlock(
            block.part,
            block.role,
            tuple(
                pieces(line, by_place.get((block.part, number), ()))
                for number, line in enumerate(block.lines, block.first_line)
            ),
        )
        for block in blocks
    ]


def pieces(line: str, origins: Iterable[tuple[str, Origin]]) -> tuple[Piece, ...]:
    """One line cut wherever an origin begins or ends; origins may lie within each other."""
    spans = [(max(0, origin.start), min(len(line), origin.end), field) for field, origin in origins]
    spans = [span for span in spans if span[0] < span[1]]
    cuts = sorted({0, len(line), *(start for start, _, _ in spans), *(end for _, end, _ in spans)})
    return tuple(
        Piece(line[start:end], tuple(field for left, right, field in spans if left <= start and end <= right))
        for start, end in pairwise(cuts)
    )
