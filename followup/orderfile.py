"""Orders in a file of a trade partner: JSON, or a sheet (xlsx, xls, CSV) with headings in Chinese or English.

Reads; writes nothing. Enters: octets; leaves: orders as they were sent, and a Fault with its line and mend for each
that cannot be one; nothing raises. The format is docs/interfaces.md.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config import sheet
from config.faults import Fault
from config.rulefile import read_rows
from config.workbook import text_of
from intake.folding import clean

FIELDS: Mapping[str, tuple[str, ...]] = {
    "shipper.name": ("发货人",),
    "shipper.phone": ("发货人电话", "联系方式"),
    "shipper.company": ("发货人公司",),
    "cargo.description": ("货物名称",),
    "cargo.pieces": ("件数",),
    "cargo.packaging": ("包装",),
    "cargo.weight": ("重量",),
    "cargo.volume": ("体积",),
    "pickup_address": ("提货地址",),
    "pickup_request": ("提货要求",),
    "destination": ("发往", "目的地"),
    "consignee.name": ("收货人",),
    "consignee.phone": ("收货人电话",),
    "consignee.company": ("收货人公司",),
    "consignee.address": ("送货地址", "收货地址"),
    "consignee.email": ("收货人邮箱",),
    "payment": ("付费方式",),
    "declared_value": ("声明价值",),
    "receipt_copies": ("回单份数",),
    "remarks": ("备注",),
}
COLUMNS: Mapping[str, tuple[str, ...]] = {"reference": ("客户单号",), "address": ("邮箱", "发货人邮箱"), **FIELDS}
REQUIRED = ("reference",)
MOST = 5000  # orders of one file
LARGEST = 10 * 1024 * 1024
_ADDRESS = re.compile(r"[^\s@<>\"(),;:]{1,64}@[^\s@<>\"(),;:]{1,189}")
LONGEST_REFERENCE, LONGEST_VALUE = 60, 2000


@dataclass(frozen=True)
class Incoming:
    """An order as a partner sends it: his reference, the shipper's mail address, the fields of the form as text."""

    line: int  # row of the sheet, or place in the JSON list
    reference: str
    address: str
    fields: Mapping[str, str]

    @property
    def content(self) -> str:
        """SHA-256 of what it says: the same again under the same reference is no news."""
        said = json.dumps(dict(self.fields), ensure_ascii=True, sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()

    @property
    def key(self) -> str:
        return f"{self.address}/{self.reference}"


def parse_orders(octets: bytes, file: str, address: str = "") -> tuple[list[Incoming], list[Fault]]:
    """The orders of a file in their sequence, and every fault; an order with a fault is left out.

    `address` serves for orders that name none.
    """
    if len(octets) > LARGEST:
        return [], [sheet.fault(file, None, "", "orders_too_large", megabytes=str(LARGEST // 1024**2))]
    rows, faults = _json(octets, file) if octets.lstrip()[:1] in (b"[", b"{") else _sheet(octets, file)
    if len(rows) > MOST:
        return [], [sheet.fault(file, None, "", "orders_too_many", most=str(MOST))]
    found: list[Incoming] = []
    seen: dict[str, int] = {}
    for line, cells in rows:
        plain = {name: clean(value).strip() for name, value in cells.items()}
        fields = {name: plain[name] for name in FIELDS if plain.get(name)}
        one = Incoming(line, plain.get("reference", ""), (plain.get("address") or address).lower(), fields)
        wrong = _fault(one, seen.get(one.key), file)
        faults += [wrong] if wrong else []
        if wrong is None:
            seen[one.key] = line
            found.append(one)
    return found, faults


def _fault(one: Incoming, before: int | None, file: str) -> Fault | None:
    if not one.reference or len(one.reference) > LONGEST_REFERENCE:
        return sheet.fault(file, one.line, "reference", "order_reference_wrong", most=str(LONGEST_REFERENCE))
    if one.address and not _ADDRESS.fullmatch(one.address):
        return sheet.fault(file, one.line, "address", "order_address_wrong", value=one.address[:80])
    if before is not None:
        return sheet.fault(file, one.line, "reference", "order_reference_twice", value=one.reference, line=str(before))
    if not one.fields:
        return sheet.fault(file, one.line, "", "order_says_nothing")
    for name, value in one.fields.items():
        if len(value) > LONGEST_VALUE:
            return sheet.fault(file, one.line, name, "order_value_too_long", most=str(LONGEST_VALUE))
    return None


def _sheet(octets: bytes, file: str) -> tuple[list[tuple[int, dict[str, str]]], list[Fault]]:
    text, faults = text_of(octets, file)
    if faults:
        return [], faults
    rows, faults = read_rows(text, file, COLUMNS, REQUIRED)
    return [(row.line, {name: row.text(name) for name in COLUMNS}) for row in rows], faults


def _json(octets: bytes, file: str) -> tuple[list[tuple[int, dict[str, str]]], list[Fault]]:
    """A list of objects, or one: {"reference": …, "address": …, "fields": {"shipper.name": …}}."""
    try:
        told = json.loads(octets)
    except (ValueError, RecursionError) as broken:
        return [], [sheet.fault(file, getattr(broken, "lineno", None), "", "orders_no_json", reason=str(broken)[:200])]
    rows: list[tuple[int, dict[str, str]]] = []
    faults: list[Fault] = []
    for place, one in enumerate(told if isinstance(told, list) else [told], start=1):
        cells = _cells(one)
        if isinstance(cells, dict):
            rows.append((place, cells))
        else:
            faults.append(sheet.fault(file, place, cells, "order_json_wrong", key=cells))
    return rows, faults


def _cells(one: Any) -> dict[str, str] | str:
    """An object as cells by column; the key that is wrong where it is no order."""
    if not isinstance(one, dict):
        return "[]"
    fields = one.get("fields")
    if not isinstance(fields, dict):
        return "fields"
    if unknown := one.keys() - {"reference", "address", "fields"} | fields.keys() - FIELDS.keys():
        return str(min(unknown))[:60]
    values = {key: one[key] for key in ("reference", "address") if key in one} | fields
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return str(name)
    return {name: str(value) for name, value in values.items()}
