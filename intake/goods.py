"""What the goods are called and how they are packed, out of the words round the amounts."""

import re
from collections.abc import Sequence

from intake.entries import Entry
from intake.lines import Span
from intake.orderform import Origin
from intake.party import nothing
from intake.units import MIDDLE, OUTER, Measure, Quantity, bare, quantities

_FILLER = re.compile(
    r"(?:数量|总?件数|总?体积|总?重量|毛重|总重|共计?|合计|总计|总共|一共|每[件箱托]?|单件|单箱|约|"
    r"大约|大概|左右|尺寸|规格|各|净重|长宽高|总)[:\s]{0,3}"
)
_EMPTY_BRACKETS, _LETTER = re.compile(r"[(（]\s{0,4}[)）]"), re.compile(r"[^\W\d_]")
_PLAIN_PACKAGING = frozenset((*OUTER, *MIDDLE)) - {"板", "盘", "匹"}


def goods_description(
    entries: Sequence[Entry], goods: Sequence[Sequence[Entry]], origins: dict[str, Origin]
) -> str | None:
    named = [e for e in entries if e.field == "cargo.description" and not e.empty and not nothing(e.text)]
    if not named and goods:
        named = [e for row in goods for e in row if e.field == "cargo.description" and not e.empty]
    texts = [_goods_name(span) for entry in named for span in entry.spans]
    if not any(texts):
        named = [e for e in entries if e.field in ("cargo", "cargo.pieces") and not e.empty]
        texts = [_goods_name(span) for entry in named for span in entry.spans][:1]
    words = [text for text in dict.fromkeys(texts) if text]
    if not words or not named:
        return None
    origins["cargo.description"] = named[0].spans[0].strip().origin()
    return "、".join(words)[:200]


def _goods_name(span: Span) -> str:
    """What is left of a text when its amounts and their words are taken out."""
    folded, text = span.folded, span.text
    keep = [True] * len(text)
    for quantity in quantities(folded):
        keep[quantity.start : quantity.end] = [False] * (quantity.end - quantity.start)
    first = next((n for n, kept in enumerate(keep) if not kept), len(text))
    for match in _FILLER.finditer(folded):
        if match.end() < len(folded) and not keep[match.end()]:
            keep[match.start() : match.end()] = [False] * (match.end() - match.start())
            first = min(first, match.start())
    left = "".join(c for c, kept in zip(text, keep, strict=True) if kept) if first == 0 else text[:first]
    left = _EMPTY_BRACKETS.sub("", left).strip(" \t,;，；、。.:：/|*x×+-(（")
    return left if _LETTER.search(left) and len(left) <= 120 and not bare(left.lower()) else ""


def goods_packaging(
    entries: Sequence[Entry], amounts: Sequence[tuple[Quantity, Span]], pieces: int | None, origins: dict[str, Origin]
) -> str | None:
    for entry in entries:
        if entry.field != "cargo.packaging" or entry.empty or nothing(entry.text):
            continue
        if not any(q.measure is Measure.PIECES for q in quantities(entry.folded)):
            origins["cargo.packaging"] = entry.spans[0].strip().origin()
            return entry.text.strip(" \t,;，；、。.")[:60]
    if pieces is None:
        return None
    for quantity, span in amounts:
        if quantity.measure is Measure.PIECES and quantity.value == pieces and quantity.unit in _PLAIN_PACKAGING:
            origins["cargo.packaging"] = span.origin()
            return quantity.unit
    return None
