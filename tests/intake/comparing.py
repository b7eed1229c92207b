"""Compares what was read with what a person read (tests/data/corpus/README.md says how)."""

import re
import unicodedata
from decimal import Decimal
from typing import Any

from intake.message import ReadingRules

RULES = ReadingRules(home_city="上海市", area_code="021", own_addresses=("order@3pl.example.com",))
AMOUNTS = ("pieces", "volume_m3", "weight_kg")


def differences(expected: dict[str, Any], read: dict[str, Any]) -> list[str]:
    """Every difference in words; empty when all that is expected was read, and no problem besides."""
    if expected["kind"] != read["kind"]:
        return [f"kind: {expected['kind']} expected, {read['kind']} read"]
    if len(expected["orders"]) != len(read["orders"]):
        return [f"{len(expected['orders'])} orders expected, {len(read['orders'])} read"]
    found: list[str] = []
    for place, order in enumerate(expected["orders"]):
        _fields(f"{place}", order, read["orders"][place], found)
    return found + _problems(expected, read)


def _fields(path: str, expected: dict[str, Any], read: dict[str, Any], found: list[str]) -> None:
    for name, value in expected.items():
        if isinstance(value, dict) and "contains" not in value:
            _fields(f"{path}.{name}", value, read[name], found)
        elif not _same(name, value, read.get(name)):
            found.append(f"{path}.{name}: {value!r} expected, {read.get(name)!r} read")


def _same(name: str, expected: Any, read: Any) -> bool:
    if isinstance(expected, list):
        return any(_same(name, one, read) for one in expected)
    if expected is None or read is None:
        return expected is None and read is None
    if isinstance(expected, dict):
        return _plain(expected["contains"]) in _plain(read)
    if name in AMOUNTS:
        return Decimal(str(expected)) == Decimal(str(read))
    if name == "phone":
        return re.sub(r"[^\d+-]", "", expected) == re.sub(r"[^\d+-]", "", read)
    if name == "destination":
        return _plain(expected).removesuffix("市") == _plain(read).removesuffix("市")
    return _plain(expected) == _plain(read)


def _plain(text: object) -> str:
    folded = "".join(unicodedata.normalize("NFKC", str(text)).split()).lower()
    return re.sub(r"^\W+|\W+$", "", folded)


def _problems(expected: dict[str, Any], read: dict[str, Any]) -> list[str]:
    left = [(p["order"], p["field"], p["code"]) for p in read["problems"]]
    found = []
    for wanted in expected["problems"]:
        hits = [p for p in left if _meets(wanted, p)]
        if not hits:
            found.append(f"problem expected: {wanted}")
        left = [p for p in left if p not in hits]
    for allowed in expected.get("problems_optional", []):
        left = [p for p in left if not _meets(allowed, p)]
    return found + [f"problem not expected: {p}" for p in left]


def _meets(wanted: dict[str, Any], problem: tuple[int, str, str]) -> bool:
    def either(value: Any) -> list[Any]:
        return value if isinstance(value, list) else [value]

    place, field, code = problem
    return place == wanted["order"] and field in either(wanted["field"]) and code in either(wanted["code"])
