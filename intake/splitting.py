"""Entries to orders: headings, rows of a table, or the form beginning anew part one order from the next."""

from collections.abc import Sequence

from intake.entries import HEADING, LOOSE, ROW, Entry

_KEYS = (
    "shipper.name",
    "shipper.party",
    "consignee.name",
    "consignee.party",
    "destination",
    "pickup_address",
    "consignee.block",
    "shipper.block",
)
_SHARED = ("shipper.name", "shipper.phone", "shipper.company", "shipper.party", "shipper.block", "pickup_address")


def split(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The entries of each order; what stands before all of them, and is shared, is in each."""
    if any(entry.field == ROW for entry in entries):
        return _by_rows(entries)
    if any(entry.field == HEADING for entry in entries):
        return _by_headings(entries)
    return _by_repetition(entries)


def _by_rows(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Each row of the table an order; labelled entries around the table count for every row that lacks them."""
    rows: list[list[Entry]] = []
    around: list[Entry] = []
    inside = False
    for entry in entries:
        if entry.field in (ROW, "goods"):
            rows.append([])
            inside = True
        elif entry.field == "row_end":
            inside = False
        elif inside:
            rows[-1].append(entry)
        elif entry.field not in (LOOSE, HEADING):
            around.append(entry)
    return [row + _lacking(row, around) for row in rows]


def _lacking(row: Sequence[Entry], around: Sequence[Entry]) -> list[Entry]:
    """Entries of `around` for fields that have no column in the row, general ones (电话) as the shipper's."""
    have = {entry.field for entry in row}
    return [
        entry
        for entry in around
        if entry.field not in have and not (entry.field.startswith("any.") and _any(entry.field) in have)
    ]


def _any(name: str) -> str:
    return {"any.phone": "shipper.phone", "any.person": "shipper.name", "any.company": "shipper.company"}.get(
        name, "pickup_address"
    )


def _by_headings(entries: Sequence[Entry]) -> list[list[Entry]]:
    groups: list[list[Entry]] = [[]]
    for entry in entries:
        if entry.field == HEADING:
            groups.append([])
        else:
            groups[-1].append(entry)
    common = [entry for entry in groups[0] if entry.field != LOOSE]
    orders = [group for group in groups[1:] if _fields(group)]
    if not orders:
        return _by_repetition([entry for group in groups for entry in group])
    if len(_fields(common) & set(_KEYS)) >= 3 and "consignee.name" in _fields(common):
        return [
            groups[0],
            *[part for group in orders for part in _by_repetition(group)],
        ]  # the first order has no heading
    split_orders = [part for group in orders for part in _by_repetition(group)]
    return [_lacking_shared(group, common) + group for group in split_orders]


def _lacking_shared(group: Sequence[Entry], common: Sequence[Entry]) -> list[Entry]:
    have = _fields(group)
    return [entry for entry in common if entry.field not in have]


def _fields(group: Sequence[Entry]) -> set[str]:
    return {
        entry.field for entry in group if not entry.empty and entry.field not in (LOOSE, "skip", "goods", "row_end")
    }


def _by_repetition(entries: Sequence[Entry]) -> list[list[Entry]]:
    groups: list[list[Entry]] = [[]]
    seen: set[str] = set()
    for entry in entries:
        key = entry.field if entry.field in _KEYS and not entry.empty else ""
        if key in seen and not _run_on(groups[-1], entry):
            start = _beginning(groups[-1], entry)
            groups.append(groups[-1][start:])
            del groups[-2][start:]
            seen = {e.field for e in groups[-1] if e.field in _KEYS and not e.empty}
        if key:
            seen.add(key)
        groups[-1].append(entry)
    whole = [groups[0]]
    for group in groups[1:]:
        if len(_fields(group)) < 3:
            whole[-1].extend(group)
        else:
            whole.append(_inherited(group, groups[0]))
    return whole


def _run_on(group: Sequence[Entry], entry: Entry) -> bool:
    """The same label twice running (收货人:李四 / 收货人:王五) is a doubt in one order, not two orders."""
    labelled = [e for e in group if e.field != LOOSE]
    return bool(labelled) and labelled[-1].field == entry.field


def _beginning(group: list[Entry], entry: Entry) -> int:
    """Where the new order begins in what was read so far: behind the last blank line, if little stands there."""
    if entry.blank_before:
        return len(group)
    for place in range(len(group) - 1, max(len(group) - 6, 0), -1):
        if group[place].blank_before:
            tail = {e.field for e in group[place:] if e.field not in (LOOSE, "skip")}
            repeated = {e.field for e in group[:place]}
            return place if tail <= repeated else len(group)
    return len(group)


def _inherited(group: list[Entry], first: Sequence[Entry]) -> list[Entry]:
    """A further order that says nothing at all of the shipper has the first one's shipper."""
    fields = _fields(group)
    if any(name in fields for name in _SHARED) or not any(name.startswith("consignee.") for name in fields):
        return group
    shared, party = [], ""
    for entry in first:
        if entry.field.startswith(("shipper.", "consignee.")) or entry.field == "pickup_address":
            party = "consignee" if entry.field.startswith("consignee.") else "shipper"
        if entry.field in _SHARED or (entry.field.startswith("any.") and party != "consignee"):
            shared.append(entry)
    return shared + group
