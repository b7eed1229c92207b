"""Entries to order forms: which order a line belongs to, who is who, what is missing, what must be asked (SPEC 1, 4.1).

`read_orders` reads whole orders, `read_changes` what an answer newly states, `complete` puts the two together.
"""

from collections.abc import Mapping, Sequence

from intake.amending import changes_in
from intake.entries import Entry, scan
from intake.filling import fill
from intake.labels import aliases
from intake.lines import Line, Span
from intake.merging import merge
from intake.message import ReadingRules
from intake.orderform import ReadOrder
from intake.splitting import split

MAX_ORDERS = 20
NO_RULES = ReadingRules()


def read_orders(lines: Sequence[Line], rules: ReadingRules = NO_RULES, *, signed: bool = True) -> tuple[ReadOrder, ...]:
    """All orders in these lines, at most 20, each with its own problems; () where the lines hold no form."""
    orders = [fill(group, rules) for group in split(scan(list(lines), signed=signed))]
    return tuple(order for order in orders if order is not None)[:MAX_ORDERS]


def read_changes(lines: Sequence[Line], rules: ReadingRules = NO_RULES) -> ReadOrder:
    """Only what the lines newly state (数量改为12件; or missing lines of the form), without problems for what
    they leave out."""
    return changes_in(lines, rules)


def read_fields(changes: Mapping[str, str], rules: ReadingRules = NO_RULES) -> ReadOrder:
    """Single fields that a person entered ("consignee.phone": "0571-88886666"), read as a mail's are.

    Raises KeyError for a field that the form does not have.
    """
    entries = []
    for n, (name, text) in enumerate(changes.items(), 1):
        known = _ENTERED.get(name, name)
        if known not in _FIELDS:
            raise KeyError(name)
        line = Line("phone", n, text)
        entries.append(Entry(known, [Span(line, 0, len(text))], name, colon=True))
    read = fill(entries, rules, whole=False)
    return read if read is not None else ReadOrder(form=_EMPTY)


def complete(order: ReadOrder, changes: ReadOrder) -> ReadOrder:
    """The order with the changes in it, its problems weighed anew. Raises nothing; an empty change changes nothing."""
    return merge(order, changes)


_EMPTY = ReadOrder.model_validate({"form": {}}).form
_ENTERED = {
    "cargo.weight_kg": "cargo.weight",
    "cargo.volume_m3": "cargo.volume",
    "receipt_copies": "receipt",
    "consignee.company": "consignee.company",
    "cargo.piece_kg": "cargo.piece_weight",
    "cargo.piece_cm": "cargo.size",
}
_FIELDS = frozenset(aliases().values()) - {"skip"}
