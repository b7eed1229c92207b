"""Who pays the freight, from the words of the trade (SPEC 1): 到付, 现付, 月结, 回单付; 提付 has two meanings
and is asked."""

import re
from collections.abc import Mapping, Sequence

from intake.entries import Entry
from intake.folding import fold
from intake.labels import payments
from intake.lines import Span
from intake.message import ReadingRules
from intake.orderform import Origin, Payment, Problem, ProblemCode
from intake.party import nothing

LONGEST = 40  # characters of a line that is a payment word alone
_AROUND = re.compile(r"^(?:运费|费用|付款方式|付费方式|付款|结算|请|按|走|为|是|:|\s){0,4}|[\s,;。.!]+$")
_MONEY = re.compile(r"^[¥￥\s]{0,3}\d[\d,.]{0,12}\s?(?:元|rmb|cny|块)?$")


def read_payment(
    entries: Sequence[Entry],
    loose: Sequence[Span],
    remarks: Sequence[Span],
    rules: ReadingRules,
    origins: dict[str, Origin],
) -> tuple[Payment | None, Problem | None]:
    """The payment, or the problem; both None where nothing is said. The origin is entered into `origins`."""
    settled = {fold(word): kind for word, kind in rules.payment_aliases.items()}
    labelled = [
        span
        for entry in entries
        for span in entry.spans
        if span.text.strip() and not nothing(span.text) and not _MONEY.match(span.folded.strip())
    ]
    spans = labelled or _alone(loose, settled) or _alone([part for span in remarks for part in _parts(span)], settled)
    if not spans:
        return None, None
    kinds: dict[str, Span] = {}
    for span in spans:
        for kind in payment_words(span.folded, settled):
            kinds.setdefault(kind, span)
    words = " / ".join(dict.fromkeys(span.text.strip() for span in spans))[:200]
    origins["payment"] = spans[0].strip().origin()
    if len(kinds) == 1 and "two_meanings" not in kinds:
        return Payment(next(iter(kinds))), None
    phrase = "payment_two_meanings" if list(kinds) == ["two_meanings"] else "payment_unclear"
    return None, Problem(field="payment", code=ProblemCode.AMBIGUOUS, phrase=phrase, words=words)


def payment_words(text: str, settled: Mapping[str, str]) -> list[str]:
    """The kinds that the text names, longest words first, none read twice (寄付月结 is monthly alone)."""
    table = {**payments(), **settled}
    text = re.sub(r"(?:不|非|勿|不能|不是|不接受|不要)(?:到付|现付|月结|回单付|寄付)", "", text)
    found = []
    for word in sorted(table, key=len, reverse=True):
        if word in text and (not word.isascii() or re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text)):
            found.append(table[word])
            text = text.replace(word, "\x00")
    return list(dict.fromkeys(found))


def _parts(span: Span) -> list[Span]:
    found, start = [], 0
    for match in re.finditer(r"[,;。、\s]+", span.folded):
        found.append(span.sub(start, match.start()))
        start = match.end()
    return [*found, span.sub(start, len(span.folded))]


def _alone(spans: Sequence[Span], settled: Mapping[str, str]) -> list[Span]:
    """Lines or pieces that hold a payment word and nothing else."""
    words = {**payments(), **settled}
    short = [span for span in spans if span.end - span.start <= LONGEST]
    return [span for span in short if _AROUND.sub("", span.folded.strip(" ()[]-*·•#")) in words]
