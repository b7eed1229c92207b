"""Who pays the freight, from the words of the trade (SPEC 1): 到付, 现付, 月结, 回单付; 提付 has two meanings
and is asked."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from intake.entries import Entry
from intake.folding import fold
from intake.labels import payments
from intake.lines import Span
from intake.message import ReadingRules
from intake.orderform import Origin, Payment, Problem, ProblemCode
from intake.party import nothing

LONGEST = 40  # characters of a line that is a payment word alone
_AROUND = re.compile(r"^(?:运费|费用|付款方式|付费方式|付款|结算|请|按|走|为|是|:|\s){0,4}|[\s,;。.!]+$")
_REFUSED = re.compile(r"(?:不|非|勿|不能|不是|不接受|不要)(?:到付|现付|月结|回单付|寄付)")
_MONEY = re.compile(r"^[¥￥\s]{0,3}\d[\d,.]{0,12}\s?(?:元|rmb|cny|块)?$")


def read_payment(
    entries: Sequence[Entry],
    loose: Sequence[Span],
    remarks: Sequence[Span],
    rules: ReadingRules,
    origins: dict[str, Origin],
) -> tuple[Payment | None, Problem | None]:
    """The payment, or the problem; both None where nothing is said. The origin is entered into `origins`."""
    words = _words(tuple(rules.payment_aliases.items()))
    labelled = [
        span
        for entry in entries
        for span in entry.spans
        if span.text.strip() and not nothing(span.text) and not _MONEY.match(span.folded.strip())
    ]
    spans = labelled or _alone(loose, words) or _alone([part for span in remarks for part in _parts(span)], words)
    if not spans:
        return None, None
    kinds: dict[str, Span] = {}
    for span in spans:
        for kind in _kinds(span.folded, words):
            kinds.setdefault(kind, span)
    origins["payment"] = spans[0].strip().origin()
    if len(kinds) == 1 and "two_meanings" not in kinds:
        return Payment(next(iter(kinds))), None
    told = " / ".join(dict.fromkeys(span.text.strip() for span in spans))[:200]
    phrase = "payment_two_meanings" if list(kinds) == ["two_meanings"] else "payment_unclear"
    return None, Problem(field="payment", code=ProblemCode.AMBIGUOUS, phrase=phrase, words=told)


@lru_cache(maxsize=16)
def _words(settled: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Every payment word -> its kind, longest first; `settled` are those of the company (ReadingRules)."""
    table = {**payments(), **{fold(word): kind for word, kind in settled}}
    return {word: table[word] for word in sorted(table, key=len, reverse=True)}


def _kinds(text: str, words: Mapping[str, str]) -> list[str]:
    """The kinds that the text names, longest words first, none read twice (寄付月结 is monthly alone)."""
    text = _REFUSED.sub("", text)
    found = []
    for word, kind in words.items():
        if word in text and (not word.isascii() or re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text)):
            found.append(kind)
            text = text.replace(word, "\x00")
    return list(dict.fromkeys(found))


def _parts(span: Span) -> list[Span]:
    found, start = [], 0
    for match in re.finditer(r"[,;。、\s]+", span.folded):
        found.append(span.sub(start, match.start()))
        start = match.end()
    return [*found, span.sub(start, len(span.folded))]


def _alone(spans: Sequence[Span], words: Mapping[str, str]) -> list[Span]:
    """Lines or pieces that hold a payment word and nothing else."""
    short = [span for span in spans if span.end - span.start <= LONGEST]
    return [span for span in short if _AROUND.sub("", span.folded.strip(" ()[]-*·•#")) in words]
