"""What a shipper wants beside the carriage: pickup time, receipts, services, declared value."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from intake.entries import Entry
from intake.lines import Span
from intake.orderform import Origin
from intake.party import nothing
from intake.units import number

_UPSTAIRS = re.compile(
    r"(?<!不)(?<!不用)(?<!无需)(?<!不需要)(?<!不需)(?<!不要)(?:送货?上楼|搬上楼|搬楼|上楼|carry "
    r"upstairs|upstairs delivery)"
)
_TAIL_LIFT = re.compile(
    r"(?<!不用)(?<!不要)(?<!无需)(?<!不需要)(?:带|需|要|用|配)?[^,。;不无]{0,4}(?:尾板|升降板|液压板|"
    r"tail[ -]?lift|tail gate)"
)
_RECEIPT = re.compile(
    r"回单(?:\s?[:份数为要]{0,4}\s?|一式|签)?([\d一二两三四五六七八九十]{1,3})\s?[份张联]|"
    r"([\d一二两三四五六七八九十]{1,3})\s?[份张联](?:签收)?回单"
)
_WANTED = re.compile(r"(?:需要?|要|有|带|返|签|请返|务必)(?:签)?(?:收)?回单|回单(?:需|要|返|签|务必)|签单返还")
_UNWANTED = re.compile(r"(?:不需要?|无需|不要|不用|无|没有)(?:签)?回单")
_NO = re.compile(r"^(?:不|无|否|no|没有)")
_PICKUP = re.compile(
    r"((?:今天|明天|后天|今日|明日|今晚|明早|周[一二三四五六日天]|星期[一二三四五六日天]|"
    r"\d{1,2}月\d{1,2}[日号]|\d{1,2}[日号])?\s?(?:上午|下午|中午|晚上|早上)?\s?\d{0,2}(?:点半?|"
    r":\d{2})?(?:之?前|之?后|左右|以?前)?\s?(?:来|过来|上门)(?:提货|拉货|取货))"
)
_MONEY = re.compile(r"(?<![\d.])(\d{1,9}(?:,\d{3}){0,3}(?:\.\d{1,2})?)\s?(万)?")


def read_wishes(entries: Sequence[Entry], words: Sequence[Span], origins: dict[str, Origin]) -> dict[str, Any]:
    """The keys of OrderForm: declared_value, pickup_request, receipt_copies, services; origins are entered."""
    found: dict[str, Any] = {}
    services: list[str] = []
    for entry in entries:
        if entry.empty or nothing(entry.text):
            continue
        if entry.field == "declared_value" and (value := money(entry.folded)) is not None:
            _set(found, "declared_value", value, entry.spans[0], origins)
        elif entry.field == "pickup_request":
            _set(found, "pickup_request", entry.text.strip(" ,;。，；")[:100], entry.spans[0], origins)
        elif entry.field == "receipt":
            _set(found, "receipt_copies", _copies_labelled(entry.folded), entry.spans[0], origins)
        elif entry.field == "services":
            services += _services(entry.spans[0], origins)
    for span in words:
        services += _services(span, origins)
        copies = _copies(span.folded)
        if copies is not None and "receipt_copies" not in found:
            _set(found, "receipt_copies", copies, span, origins)
        asked = _PICKUP.search(span.folded) if "pickup_request" not in found else None
        if asked and len(asked.group(1)) > 4:
            _set(found, "pickup_request", asked.group(1).strip(), span.sub(asked.start(1), asked.end(1)), origins)
    if services:
        found["services"] = tuple(dict.fromkeys(services))
    return found


def _set(found: dict[str, Any], name: str, value: object, span: Span, origins: dict[str, Origin]) -> None:
    if value is not None and name not in found:
        found[name] = value
        origins[name] = span.strip().origin()


def _services(span: Span, origins: dict[str, Origin]) -> list[str]:
    text = span.folded
    found = [code for code, pattern in (("upstairs", _UPSTAIRS), ("tail_lift", _TAIL_LIFT)) if pattern.search(text)]
    if found:
        origins.setdefault("services", span.strip().origin())
    return found


def _copies(text: str) -> int | None:
    if _UNWANTED.search(text):
        return 0
    match = _RECEIPT.search(text)
    if match:
        value = number(match.group(1) or match.group(2))
        return int(value) if value is not None and 0 < value <= 99 else None
    return 1 if _WANTED.search(text) else None


def _copies_labelled(text: str) -> int | None:
    text = text.strip()
    if _NO.match(text):
        return 0
    match = re.search(r"[\d一二两三四五六七八九十]{1,3}", text)
    value = number(match.group()) if match else None
    if value is not None and value == value.to_integral_value() and 0 <= value <= 99:
        return int(value)
    return 1


def money(text: str) -> Decimal | None:
    """An amount in yuan: 5000元, 2万, ¥1,200.50."""
    match = _MONEY.search(text)
    if not match:
        return None
    value = Decimal(match.group(1).replace(",", ""))
    return value * 10000 if match.group(2) else value
