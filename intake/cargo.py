"""The cargo of an order: pieces, packaging, volume, weight from everything that the mail says of it (SPEC 1).

Outer units are what is loaded (3托/240箱 are three). Numbers that contradict each other, and ranges, are
asked; amounts of
one piece are multiplied; a remark counts only where it names the sum (总重5吨).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from intake.entries import Entry
from intake.goods import goods_description, goods_packaging
from intake.lines import Span
from intake.orderform import Cargo, Origin, Problem, ProblemCode
from intake.party import nothing
from intake.units import KG, M3, MIDDLE, OUTER, Measure, Quantity, bare, quantities

_AMOUNTS = {"cargo.pieces": Measure.PIECES, "cargo.weight": Measure.WEIGHT, "cargo.volume": Measure.VOLUME}
_SUMMED = re.compile(r"(?:总重量?|总毛重|毛重|重量|总体积|体积|总件数|件数|数量|共|合计|总计)[约:为是共\s]{0,3}$")
_SAME = Decimal("0.01")  # values this near to each other, in proportion, are the same


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity and the place where it was read; `labelled` by the form itself."""

    quantity: Quantity
    span: Span
    labelled: bool


@dataclass
class CargoReading:
    """The cargo, what is wrong with it, and where each value stood."""

    cargo: Cargo
    problems: list[Problem] = field(default_factory=list)
    origins: dict[str, Origin] = field(default_factory=dict)


def read_cargo(
    entries: Sequence[Entry], loose: Sequence[Span], remarks: Sequence[Span], goods: Sequence[Sequence[Entry]]
) -> CargoReading:
    """Reads the labelled entries of the cargo, lines without label, remarks, and a table of goods."""
    reading = CargoReading(Cargo())
    amounts, unread = _gathered(entries, loose, remarks)
    if goods:
        amounts += _summed(goods)
    pieces = _pieces(amounts, unread, reading)
    size = next((a for a in amounts if a.quantity.measure is Measure.SIZE and not a.quantity.trouble), None)
    if pieces is None and size and size.quantity.count and not _spoken(reading, "cargo.pieces"):
        pieces = size.quantity.count
        reading.origins["cargo.pieces"] = size.span.origin()
    weight, piece_kg = _weight(amounts, unread, pieces, reading)
    volume = _volume(amounts, unread, pieces, reading)
    reading.cargo = Cargo(
        description=goods_description(entries, goods, reading.origins),
        pieces=pieces,
        packaging=goods_packaging(entries, [(a.quantity, a.span) for a in amounts], pieces, reading.origins),
        volume_m3=volume,
        weight_kg=weight,
        piece_cm=size.quantity.size_cm if size else None,
        piece_kg=piece_kg,
    )
    return reading


def _spoken(reading: CargoReading, name: str) -> bool:
    return any(problem.field == name for problem in reading.problems)


def _gathered(
    entries: Sequence[Entry], loose: Sequence[Span], remarks: Sequence[Span]
) -> tuple[list[Amount], dict[Measure, tuple[Entry, str]]]:
    """All amounts; and for each measure a labelled value out of which no amount could be read, with why."""
    amounts: list[Amount] = []
    unread: dict[Measure, tuple[Entry, str]] = {}
    for entry in entries:
        measure = _AMOUNTS.get(entry.field)
        found = [amount for span in entry.spans for amount in _amounts(span, entry)]
        if measure and not entry.empty and not any(a.quantity.measure in (measure, Measure.SIZE) for a in found):
            alone = _alone(entry, measure)
            if alone:
                found.append(alone)
            elif not nothing(entry.text) and not found:
                unread.setdefault(measure, (entry, "invalid"))
        amounts += found
    amounts += [Amount(q, span.sub(q.start, q.end), False) for span in loose for q in quantities(span.folded)]
    for span in remarks:
        text = span.folded
        amounts += [
            Amount(q, span.sub(q.start, q.end), False)
            for q in quantities(text)
            if not q.each and _SUMMED.search(text[max(0, q.start - 8) : q.start])
        ]
    return amounts, unread


def _amounts(span: Span, entry: Entry) -> list[Amount]:
    each = entry.field == "cargo.piece_weight" or (entry.label.startswith(("每", "单")) and entry.field == "cargo.size")
    found = []
    for quantity in quantities(span.folded):
        if each and not quantity.each and quantity.measure in (Measure.WEIGHT, Measure.VOLUME):
            quantity = Quantity(
                quantity.measure,
                quantity.value,
                quantity.unit,
                quantity.start,
                quantity.end,
                each=True,
                trouble=quantity.trouble,
            )
        found.append(Amount(quantity, span.sub(quantity.start, quantity.end), entry.field in _AMOUNTS))
    return found


def _alone(entry: Entry, measure: Measure) -> Amount | None:
    """A number without unit under a label: the unit in the label's brackets, else pieces or m³; kg needs a look."""
    span = next(span for span in entry.spans if span.strip().text).strip()
    found = bare(span.folded)
    if not found:
        return None
    value, trouble = found
    unit = entry.hint or ("" if measure is Measure.WEIGHT else "m3" if measure is Measure.VOLUME else "件")
    if measure is Measure.WEIGHT and entry.label in ("吨位", "吨数"):
        unit = "吨"
    if measure is Measure.WEIGHT and value is not None:
        if unit in KG:
            value *= Decimal(KG[unit])
        else:
            trouble = "unit?" if value < 20 else ""
    if measure is Measure.PIECES and value is not None and value != value.to_integral_value():
        value, trouble = None, "invalid"
    if measure is Measure.VOLUME and unit not in M3 and entry.hint not in ("", *M3, "立方米"):
        trouble = "invalid"
    return Amount(Quantity(measure, value, unit, 0, 0, trouble=trouble), span, True)


def _summed(goods: Sequence[Sequence[Entry]]) -> list[Amount]:
    """The lines of a table of goods: their sums."""
    totals: dict[Measure, tuple[Decimal, Span, str]] = {}
    for row in goods:
        amounts, _ = _gathered(row, (), ())
        for measure in (Measure.PIECES, Measure.WEIGHT, Measure.VOLUME):
            values = [a for a in amounts if a.quantity.measure is measure and not a.quantity.each]
            if values and values[0].quantity.value is not None:
                before = totals.get(measure)
                total = (before[0] if before else Decimal(0)) + values[0].quantity.value
                totals[measure] = (total, before[1] if before else values[0].span, values[0].quantity.unit)
    return [Amount(Quantity(measure, total, unit, 0, 0), span, True) for measure, (total, span, unit) in totals.items()]


def _doubt(reading: CargoReading, name: str, code: ProblemCode, phrase: str, spans: Sequence[Span]) -> None:
    words = " / ".join(dict.fromkeys(span.text.strip() for span in spans))[:200]
    reading.problems.append(Problem(field=name, code=code, phrase=phrase, words=words))
    if spans:
        reading.origins[name] = spans[0].origin()


def _agreed(amounts: list[Amount], name: str, reading: CargoReading) -> Decimal | None:
    """The one value that all of these say; a problem where they do not agree or cannot be taken."""
    for trouble in ("invalid", "ambiguous"):
        bad = [a for a in amounts if a.quantity.trouble == trouble]
        if bad:
            phrase = "amount_invalid" if trouble == "invalid" else "amount_range"
            _doubt(reading, name, ProblemCode(trouble), phrase, [a.span for a in bad])
            return None
    values = [a for a in amounts if a.quantity.value is not None]
    if not values:
        return None
    kept = _without_parts(values)
    first = kept[0].quantity.value
    assert first is not None
    for other in kept[1:]:
        value = other.quantity.value
        if value is not None and abs(value - first) > _SAME * max(value, first):
            _doubt(reading, name, ProblemCode.AMBIGUOUS, "amounts_contradict", [a.span for a in kept])
            return None
    reading.origins[_key(name)] = kept[0].span.origin()
    return first


def _key(name: str) -> str:
    return {"cargo.weight": "cargo.weight_kg", "cargo.volume": "cargo.volume_m3"}.get(name, name)


def _without_parts(values: list[Amount]) -> list[Amount]:
    """Where the others add up to the one that is called the sum, the sum alone."""
    totals = [a for a in values if a.quantity.total]
    parts = [a for a in values if not a.quantity.total]
    if len(totals) == 1 and len(parts) > 1:
        total = totals[0].quantity.value
        if sum((a.quantity.value for a in parts if a.quantity.value is not None), Decimal(0)) == total:
            return totals
    return values


def _rank(unit: str) -> int:
    return 3 if unit in OUTER else 2 if unit in MIDDLE else 1


def _pieces(amounts: list[Amount], unread: dict[Measure, tuple[Entry, str]], reading: CargoReading) -> int | None:
    found = [a for a in amounts if a.quantity.measure is Measure.PIECES and not a.quantity.each]
    if found:
        top = max(_rank(a.quantity.unit) for a in found)
        best = [a for a in found if _rank(a.quantity.unit) == top]
        labelled = [a for a in found if a.labelled]
        if top < 3 and labelled and not any(a.labelled for a in best):
            best = labelled  # 数量10件 stands; a carton named elsewhere tells of something else
        value = _agreed(best, "cargo.pieces", reading)
        return int(value) if value is not None else None
    if Measure.PIECES in unread:
        _doubt(reading, "cargo.pieces", ProblemCode.INVALID, "amount_invalid", unread[Measure.PIECES][0].spans)
    return None


def _weight(
    amounts: list[Amount], unread: dict[Measure, tuple[Entry, str]], pieces: int | None, reading: CargoReading
) -> tuple[Decimal | None, Decimal | None]:
    found = [a for a in amounts if a.quantity.measure is Measure.WEIGHT]
    each = [a for a in found if a.quantity.each and a.quantity.value is not None]
    whole = [a for a in found if not a.quantity.each]
    piece_kg = each[0].quantity.value if each else None
    unsure = [a for a in whole if a.quantity.trouble == "unit?"]
    if unsure:
        if len(whole) == 1 and not _plainly_kg(unsure[0], amounts):
            _doubt(reading, "cargo.weight", ProblemCode.AMBIGUOUS, "weight_without_unit", [unsure[0].span])
            return None, piece_kg
        whole = [_sure(a) for a in whole]
    value = _agreed(whole, "cargo.weight", reading)
    if whole or not each:
        if not whole and Measure.WEIGHT in unread:
            _doubt(reading, "cargo.weight", ProblemCode.INVALID, "amount_invalid", unread[Measure.WEIGHT][0].spans)
        return value, piece_kg
    if piece_kg is not None and pieces:
        reading.origins["cargo.weight_kg"] = each[0].span.origin()
        return piece_kg * pieces, piece_kg
    return None, piece_kg


def _sure(amount: Amount) -> Amount:
    q = amount.quantity
    return Amount(
        Quantity(
            q.measure, q.value, "kg", q.start, q.end, total=q.total, trouble="" if q.trouble == "unit?" else q.trouble
        ),
        amount.span,
        amount.labelled,
    )


def _plainly_kg(amount: Amount, amounts: list[Amount]) -> bool:
    """Whether the volume beside it says that a small number without unit means kg: as tonnes it would be
    heavier than steel."""
    volume = next(
        (a.quantity.value for a in amounts if a.quantity.measure is Measure.VOLUME and a.quantity.value), None
    )
    value = amount.quantity.value
    if not volume or value is None:
        return False
    return value / volume >= 5 and value * 1000 / volume > 8000


def _volume(
    amounts: list[Amount], unread: dict[Measure, tuple[Entry, str]], pieces: int | None, reading: CargoReading
) -> Decimal | None:
    found = [a for a in amounts if a.quantity.measure is Measure.VOLUME]
    whole = [a for a in found if not a.quantity.each]
    if whole:
        return _agreed(whole, "cargo.volume", reading)
    each = [a for a in found if a.quantity.value is not None]
    sizes = [a for a in amounts if a.quantity.measure is Measure.SIZE]
    bad = [a for a in sizes if a.quantity.trouble]
    if bad:
        _doubt(reading, "cargo.volume", ProblemCode.INVALID, "amount_invalid", [a.span for a in bad])
        return None
    if each and pieces:
        reading.origins["cargo.volume_m3"] = each[0].span.origin()
        value = each[0].quantity.value
        return value * pieces if value is not None else None
    if sizes:
        return _from_sizes(sizes, pieces, reading)
    if Measure.VOLUME in unread:
        _doubt(reading, "cargo.volume", ProblemCode.INVALID, "amount_invalid", unread[Measure.VOLUME][0].spans)
    return None


def _from_sizes(sizes: list[Amount], pieces: int | None, reading: CargoReading) -> Decimal | None:
    """length × width × height × pieces; several sizes must each count their own pieces."""
    counted = all(a.quantity.count is not None for a in sizes)
    if len(sizes) > 1 and not counted:
        _doubt(reading, "cargo.volume", ProblemCode.AMBIGUOUS, "sizes_not_counted", [a.span for a in sizes])
        return None
    if counted:
        counts = sum(a.quantity.count or 0 for a in sizes)
        if len(sizes) == 1 and pieces and counts != pieces:
            _doubt(reading, "cargo.volume", ProblemCode.AMBIGUOUS, "sizes_not_counted", [a.span for a in sizes])
            return None
        total = sum((a.quantity.value for a in sizes if a.quantity.value is not None), Decimal(0))
    elif pieces and sizes[0].quantity.value is not None:
        total = sizes[0].quantity.value * pieces
    else:
        return None
    reading.origins["cargo.volume_m3"] = sizes[0].span.origin()
    return total.normalize() + 0
