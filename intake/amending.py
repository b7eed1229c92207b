"""What a later mail newly states: 数量改为12件, 收货电话写错了,应为 …, 改发宁波; or missing lines of the form,
as the form has them."""

import re
from collections.abc import Sequence

from intake.entries import LOOSE, Entry, scan
from intake.filling import fill
from intake.labels import Label, aliases, next_word, payments
from intake.lines import Line, Span
from intake.message import ReadingRules
from intake.orderform import OrderForm, Origin, Problem, ProblemCode, ReadOrder
from intake.party import nothing
from intake.phones import area_code_of, area_codes, first_phone
from intake.units import Measure, quantities

# the verb of a change, with up to a few words between the label and it
_VERB = (
    r"(?:应该?改?(?:为|是|成)|(?:现在?)?(?:改|更改|变更|更正|修改|调整|换|变|订正)(?:为|成|到|至|"
    r"一下为|一下,?)?|(?:正确的?)?(?:是|为)|->|→|=>|"
    r"(?:should be|changed? to|is now|to be|updated? to|correct(?:ed)? to))\s?[:,]?\s{0,3}"
)
_CHANGE = re.compile(rf"\s{{0,2}}(?P<old>[^。;:\n]{{0,60}}?)(?P<verb>{_VERB})(?=\S)")
_AFTER_COLON = re.compile(
    r":\s?(?P<old>[^。;\n]{0,60}?)(?P<verb>(?:改|更改|变更|更正|修改|调整|换|变)(?:为|成)|应为|"
    r"应该是|应是)\s?[:,]?\s?(?=\S)"
)
_NOT_BUT = re.compile(r"(?P<old>[^。;]{0,20}?)不是[^,。;]{1,40}?(?P<verb>,?\s?(?:而是|应该?是|应为|是))\s?(?=\S)")
_ASKED = re.compile(
    r"(?:change|amend|update|correct|revise|modify)(?: the| our| my| its)?(?: \w{1,12})? $|(?:,| and)(?: the)? $"
)
_ENGLISH = re.compile(r"\s?(?P<old>(?:from [^,;]{1,60}?)?)\s?(?P<verb>to|as|into)\s(?=\S)")
_FROM = re.compile(
    r"^\s?(?:从|由|原来?的?|写错了?|有误|错了|不对|,|，|请|需|要|想|也|都|现在|帮忙|要求|麻烦|把|的|was |from )"
)
_END = re.compile(
    r"[。;!?\n]|,\s{0,2}(?=其[它他余]|谢谢|麻烦|请|另|辛苦|不好意思|抱歉)|(?:其[它他余](?:的|"
    r"都)?(?:信息)?不变)|谢谢|麻烦|辛苦"
)
_SEND_ELSEWHERE = re.compile(
    r"(?:改|换|转)(?:发|送|寄|运|到|成发|为发)(?:到|往|至|去)?\s?([\u4e00-\u9fff]{2,6}?)(?=[,。;!\s(了吧]|$)"
)
_PAYMENT_CHANGE = re.compile(r"(?:改|换|变更|更改|修改|调整)(?:一下)?(?:为|成|到|用|走)?\s?")
_AMOUNT_CHANGE = re.compile(
    r"(?:改|换|变更|更改|修改|调整|变|增加|减少|加)(?:为|成|到|至)\s?|(?:应该?是|应为|实际是?|实际为|一共|总共)\s?$"
)
_ADDED = re.compile(r"(?:补充|加上|补上)(?:一下)?[:,]?\s?")
_FRINGE = "".join(sorted(set(" \t,;.、。·:把将请并和及以\"“”'")))  # what stands round a value
_NUMERIC = (
    "cargo.pieces",
    "cargo.weight",
    "cargo.volume",
    "shipper.phone",
    "consignee.phone",
    "any.phone",
    "cargo.size",
)
_NOT_CHANGED = re.compile(r"^\s?(?:不变|不改|照旧|不动|没变|的?话|无误|正确|没错)")


def changes_in(lines: Sequence[Line], rules: ReadingRules) -> ReadOrder:
    """One ReadOrder that holds only what the lines newly state."""
    entries = [entry for entry in scan(list(lines)) if not _idle(entry)]
    changed = [entry for line in lines for entry in _changed(line)]
    general = any(entry.field.startswith("any.") for entry in entries) and not _has_party([*entries, *changed])
    told = [entry for entry in entries if not (general and entry.field.startswith("any."))]
    fields = {entry.field for entry in changed}
    kept = [entry for entry in told if entry.field != LOOSE and entry.field not in fields and entry.colon]
    kept += [entry for entry in told if not entry.colon and entry.field in _NUMERIC and entry.field not in fields]
    short = sum(len(line.text) for line in lines) < 300  # a bare value counts in a short answer only
    alone = short and not changed and not kept
    loose = [entry for entry in told if alone and entry.field == LOOSE and _bare_value(entry)]
    read = fill([*_without_general(changed), *kept, *loose], rules, whole=False) or ReadOrder(form=OrderForm())
    read = _clean(read, bool(changed) or bool(kept))
    return _with_unowned(read, lines, [*changed, *entries], rules)


def _has_party(entries: Sequence[Entry]) -> bool:
    return any(entry.field.startswith(("shipper.", "consignee.", "pickup_address")) for entry in entries)


def _idle(entry: Entry) -> bool:
    return entry.field != LOOSE and bool(_NOT_CHANGED.match(entry.folded))


def _bare_value(entry: Entry) -> bool:
    text = entry.folded.strip(" ,。.!")
    if text in payments():
        return True
    found = (
        [q for q in quantities(text) if q.value is not None and (len(q.unit) > 1 or not q.unit.isascii())]
        if len(text) <= 40
        else []
    )
    covered = sum(q.end - q.start for q in found)
    return bool(found) and (not text.isascii() or covered * 10 >= len(text) * 7)  # "2 items" in English is no news


def _clean(read: ReadOrder, told: bool) -> ReadOrder:
    """Without a packaging that is only the unit of the pieces: the change names the number."""
    cargo = read.form.cargo
    if (
        cargo.packaging
        and read.origins.get("cargo.packaging")
        and cargo.pieces is not None
        and len(cargo.packaging) == 1
    ):
        read = read.model_copy(
            update={"form": read.form.model_copy(update={"cargo": cargo.model_copy(update={"packaging": None})})}
        )
    return read


def _changed(line: Line) -> list[Entry]:
    """Entries made of the label, verb and value of each change in the line."""
    text = line.folded[:2000]
    labels = _labels(text)
    found: list[Entry] = []
    for n, label in enumerate(labels):
        until = labels[n + 1].start if n + 1 < len(labels) else len(text)
        rest = text[label.end : until]
        if _NOT_CHANGED.match(rest):
            continue
        match = _CHANGE.match(rest)
        if label.words.isascii() and _ASKED.search(text[max(0, label.start - 40) : label.start]):
            match = _ENGLISH.match(rest) or match
        if rest.startswith(":"):
            match = _AFTER_COLON.match(rest)
        match = _NOT_BUT.match(rest) or match
        if not match or (match["old"] and len(match["old"]) > 12 and not _FROM.match(match["old"])):
            continue
        start = label.end + match.end()
        end = _END.search(text, start, until)
        stop = end.start() if end else until
        span = Span(line, start, stop).strip(_FRINGE)
        if span.text and not nothing(span.text):
            found.append(Entry(label.field, [span], label.words, "", colon=True))
    return found + _unlabelled(line, text, {entry.field for entry in found})


def _labels(text: str) -> list[Label]:
    """Every word that names a field, wherever it stands in the sentence; longest first."""
    found = []
    at = 0
    while match := next_word(text, at):
        at = match.end()
        words = match["label"].replace(" ", "") if match["label"][:1] > "\u2e80" else match["label"]
        name = aliases().get(words)
        if name and name not in ("skip", "remarks", "services") and len(words) > 1:
            found.append(Label(name, match.start("label"), match.end("label"), words))
    return found


def _unlabelled(line: Line, text: str, told: set[str]) -> list[Entry]:
    """改发宁波, 改成月结, 改成12件: the value itself says which field it is."""
    found = []
    elsewhere = _SEND_ELSEWHERE.search(text)
    if elsewhere and "destination" not in told and elsewhere.group(1).removesuffix("市") in area_codes():
        found.append(Entry("destination", [Span(line, elsewhere.start(1), elsewhere.end(1))], colon=True))
    if "payment" not in told:
        for match in _PAYMENT_CHANGE.finditer(text):
            word = next((w for w in sorted(payments(), key=len, reverse=True) if text.startswith(w, match.end())), None)
            if word:
                found.append(Entry("payment", [Span(line, match.end(), match.end() + len(word))], colon=True))
                break
    for quantity in quantities(text):
        name = {Measure.PIECES: "cargo.pieces", Measure.WEIGHT: "cargo.weight", Measure.VOLUME: "cargo.volume"}.get(
            quantity.measure
        )
        before = text[max(0, quantity.start - 8) : quantity.start]
        verb = _AMOUNT_CHANGE.search(before)
        if name and name not in told and verb and verb.end() >= len(before) - 1:
            found.append(Entry(name, [Span(line, quantity.start, quantity.end)], colon=True))
            told = told | {name}
    return found


def _without_general(changed: Sequence[Entry]) -> list[Entry]:
    """电话改为… and 地址改为… say not whose: they are asked (see _with_unowned), unless the mail named a party
    before."""
    party = any(entry.field.startswith(("shipper.", "consignee.")) for entry in changed)
    return [entry for entry in changed if party or not entry.field.startswith("any.")]


def _with_unowned(read: ReadOrder, lines: Sequence[Line], entries: Sequence[Entry], rules: ReadingRules) -> ReadOrder:
    """A phone or an address of which nobody says whose it is becomes a question."""
    problems, origins = list(read.problems), dict(read.origins)
    if not any(entry.field.startswith(("shipper.", "consignee.")) for entry in entries):
        for entry in entries:
            if entry.field == "any.phone" and not entry.empty:
                _ask_phone(entry.spans[0], problems, origins, rules)
                break
            if entry.field == "any.address" and entry.colon and not entry.empty and "pickup_address" not in origins:
                span = entry.spans[0]
                problems.append(
                    Problem(
                        field="pickup_address",
                        code=ProblemCode.AMBIGUOUS,
                        phrase="address_whose",
                        words=span.text[:200],
                    )
                )
                origins["pickup_address"] = span.origin()
                break
        else:
            filled = [line for line in lines if not line.blank]
            if len(filled) == 1 and not origins and len(filled[0].text) <= 40:
                _ask_phone(Span(filled[0], 0, len(filled[0].text)), problems, origins, rules)
    return ReadOrder(form=read.form, problems=tuple(problems), origins=origins)


def _ask_phone(span: Span, problems: list[Problem], origins: dict[str, Origin], rules: ReadingRules) -> None:
    found = first_phone(span.folded, area_code_of(rules.home_city) or rules.area_code)
    if found and found.number:
        problems.append(
            Problem(field="consignee.phone", code=ProblemCode.AMBIGUOUS, phrase="phone_whose_is_it", words=found.number)
        )
        origins["phone"] = span.sub(found.start, found.end).origin()
