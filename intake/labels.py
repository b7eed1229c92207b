"""Finds the labels of the order form in a line: what people call its fields, from data/labels.toml.

A label counts where a person would take it for one: at the beginning of a line, after a separator, or anywhere when a
colon follows; a word inside a sentence (收货人反映有5箱破损) is none.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from intake.lines import Line

# at the start of a line: bullets and numbers before a label, or a table cell before it
_BULLET = (
    r"(?:^|(?<=[\t|]))[ \t>*#●■◆▪•·\-★☆※]{0,6}(?:[(\[]?\d{1,2}[)\]]?(?:[.、,)\]:]|"
    r"(?=[^\d\s.件箱托板包卷桶袋吨公千斤方立]))\s?|[(\[]?[一二三四五六七八九十][)\]、.]\s?|[①-⑳]\s?|"
    r"[【\[(]\s?)?"
)
_UNIT = (
    r"\s{0,2}(?:[(\[]\s{0,2}([^()\[\]:\t]{1,16}?)\s{0,2}[)\]]|/(kgs?|cbm|m3|m³|t|公斤|吨|方|立方|"
    r"立方米|件|箱|托)(?=[\s:]|$)|\s?(kgs?|cbm|m3|m³)(?=[\s:]|$))"
)
_COLON = r"\s{0,8}[】\]*]{0,2}\s{0,8}(?:[】\]]|:{1,2}|=|(?:-{1,2}|~)?>|;(?=\s{0,2}\S))\s{0,8}"
_WEAK = frozenset((
    "件", "到", "提", "收", "发", "寄", "货", "另", "另外", "要求", "其他", "其它", "说明", "注意", "提示", "支付",
    "付费", "付款", "费用", "结算", "运费", "流向", "立方", "数量", "货物", "单位", "公司", "单号", "订单", "日期",
    "产品", "产品名称", "物品", "规格", "包装", "商品", "物料", "编号", "金额", "现金", "司机", "客服", "邮件",
    "送货", "时效", "item", "name", "note", "size", "freight", "from", "date", "time", "mail", "to", "pickup",
    "goods", "shipment", "collect", "company", "product", "address", "contact", "packages", "pieces", "pcs", "cargo",
    "cbm", "package", "packing", "ref", "web", "sent", "terms", "shipper", "sender", "receiver", "recipient",
    "consignee", "payment", "account", "attention", "cell", "mobile", "phone", "quantity", "volume", "weight",
    "value", "services", "instructions", "comments", "reference", "measurement", "pallets", "cartons", "destination",
    "description", "commodity", "remarks", "remark", "notes", "packaging", "consignor", "email", "subject", "origin",
))  # fmt: skip


@dataclass(slots=True)
class Label:
    """A label found: its field, where it stands, where its value begins, the unit in its brackets."""

    field: str
    start: int
    end: int  # where the value begins
    words: str
    hint: str = ""  # 重量(kg): "kg"
    colon: bool = False
    first: bool = False  # stands first on its line or in its cell


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files("intake").joinpath("data/labels.toml").read_text(encoding="utf-8"))


@cache
def aliases() -> dict[str, str]:
    """Every label -> its field."""
    data = _data()
    table: dict[str, str] = {}
    for party, names in data["parties"].items():
        for name in names:
            for ending, words in data["endings"].items():
                field = {"phone": "phone", "person": "name", "company": "company", "block": "block"}[ending]
                table.update({name + word: f"{party}.{field}" for word in words if not _odd(name, word)})
    for field, words in data["fields"].items():
        table.update(dict.fromkeys(words, field))
    return table


def _odd(name: str, ending: str) -> bool:
    """English endings belong to English names; 发货 + 单位 is a label of its own, 提货 + 单位 is none."""
    return name.isascii() != ending.strip(" '").isascii() and ending != "tel"


@cache
def payments() -> dict[str, str]:
    """Payment words -> collect, on_pickup, monthly, on_receipt or two_meanings."""
    return {word: kind for kind, words in _data()["payments"].items() for word in words}


def _trie_pattern(words: list[str]) -> str:
    """One pattern for many words, branching by their characters: its cost does not grow with their number."""
    trie: dict[str, Any] = {}
    for word in words:
        node = trie
        for character in word:
            node = node.setdefault(character, {})
        node[""] = {}
    return _branch(trie)


def _branch(node: dict[str, Any]) -> str:
    ends = "" in node
    branches = []
    for character, rest in sorted(item for item in node.items() if item[0]):
        gap = r" {0,8}" if character > "\u2e80" and any(c > "\u2e80" for c in rest) else ""
        letter = r"[ ]{1,2}" if character == " " else re.escape(character)
        branches.append(letter + gap + _branch(rest) if gap else letter + _branch(rest))
    if not branches:
        return ""
    pattern = branches[0] if len(branches) == 1 else "(?:" + "|".join(branches) + ")"
    return f"(?:{pattern})?" if ends else pattern


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = _trie_pattern(sorted(aliases()))
    label = rf"(?P<label>{words})"
    first = re.compile(rf"{_BULLET}{label}(?:{_UNIT})?")
    anywhere = re.compile(rf"{label}(?:{_UNIT})?")
    return first, anywhere


def next_word(text: str, at: int) -> re.Match[str] | None:
    """The first word for a field at `at` or behind it that does not begin inside an English word.

    What stands before it is asked afterwards: an expression that begins with the words themselves skips in one leap
    whatever none of them begins with.
    """
    anywhere = _patterns()[1]
    while (match := anywhere.search(text, at)) and "a" <= text[match.start() - 1 : match.start()] <= "z":
        at = match.start() + 1
    return match


_BLANKS = re.compile(" +")
_COLON_HERE = re.compile(_COLON)
_GLUE = re.compile(r"[ \t]{1,12}|$")
_STARTS = re.compile(r"(?:^|[\t ,;:、。.)|/】\]>\"'”])\s{0,4}$")


def find_labels(line: Line) -> list[Label]:
    """All labels of a line, left to right, not overlapping."""
    text = line.folded
    if len(text) > 4000:
        text = text[:4000]  # a paragraph of this length is no form
    if "</" in text and "style=" in text:
        return []  # raw HTML, not words
    first = _patterns()[0]
    found: list[Label] = []
    at = 0
    while at <= len(text):
        match = first.match(text, at) if at == 0 or text[at - 1] == "\t" else None
        label = _label(text, match, True) if match else None
        if label is None:
            match = next_word(text, at)
            if not match:
                break
            label = _label(text, match, text[: match.start("label")].rstrip(" ")[-1:] in ("", "\t"))
            if label is None:
                at = match.start("label") + 1
                continue
        found.append(label)
        at = max(label.end, label.start + 1)
    return found


def _label(text: str, match: re.Match[str], first: bool) -> Label | None:
    words, *units = match.groups()
    words = words.replace(" ", "") if words[0] > "\u2e80" else _BLANKS.sub(" ", words)
    field = aliases().get(words)
    if field is None:
        return None
    start, end = match.start("label"), match.end()
    hint = next(filter(None, units), "")
    before = text[start - 1 : start]
    colon = _COLON_HERE.match(text, end)
    if colon:
        if "\u4e00" <= before <= "\u9fff" and (words in _WEAK or field.startswith("any.") or before in "原旧非"):
            return None
        if words.isascii() and before and (before.isalnum() or before in "-_/;"):
            return None
        return Label(field, start, colon.end(), words, hint, True, first)
    if (
        end < len(text)
        and text[end - 1].isascii()
        and text[end - 1].isalnum()
        and text[end].isascii()
        and text[end].isalnum()
    ):
        return None  # part of a longer English word
    if text.startswith(_longer_payments(words), start):
        return None  # 回单付 is a payment, not the label 回单
    if text[end : end + 1] == "\t" or (first and end == len(text)):
        return Label(field, start, min(end + 1, len(text)), words, hint, False, first)
    if not (first or _STARTS.search(text[max(0, start - 6) : start])):
        return None
    return _without_colon(text, field, start, end, words, hint, first)


@cache
def _longer_payments(words: str) -> tuple[str, ...]:
    return tuple(word for word in payments() if word.startswith(words) and len(word) > len(words))


# labels that a value may follow without any sign even inside a line
_CLEAR = frozenset(
    ("提货地址", "收货地址", "发货人", "收货人", "发往", "到站", "目的地", "联系电话", "装货地址", "送货地址")
)
_AMOUNT = re.compile(r"(?:约|大约|大概|共|是|为)?\s?[-+(\d零一二两三四五六七八九十半几]")
_GLUED = re.compile(r"[\d\u4e00-\u9fff+(约~-]")
_SENTENCE = re.compile(
    r"(?:为|是|:|改|应|换|变|更|写|的|如|可|需|要|必|反映|自提|这边|那边|请|在|有|和|与|或|不|未|已|"
    r"说|拒|等|均|也|都|让|会|能|没|签收|投诉|付款方式|单独|另|按|先|到|过|费|方|地|数|员|名|处|车)"
)


def _without_colon(text: str, field: str, start: int, end: int, words: str, hint: str, first: bool) -> Label | None:
    """发货人 刘洋, 发往温州, 数量10件: a blank or the value itself follows."""
    rest = text[end:]
    blank = len(rest) - len(rest.lstrip(" "))
    value = rest[blank:]
    if words.isascii():
        return None if not (first and blank >= 2) else Label(field, start, end + blank, words, hint, False, first)
    if blank and value:
        if words in _WEAK and not first and not value[0].isdigit():
            return None
        return Label(field, start, end + blank, words, hint, False, first)
    if (
        not value
        or field in ("skip", "remarks", "services", "any.company", "any.block")
        or field.endswith(("block", "party"))
    ):
        return None
    if field in ("cargo.pieces", "cargo.weight", "cargo.volume", "cargo.size", "any.phone") or field.endswith(".phone"):
        return Label(field, start, end, words, hint, False, first) if _AMOUNT.match(value) else None
    if (first or words in _CLEAR) and words not in _WEAK and _GLUED.match(value) and not _SENTENCE.match(value):
        return Label(field, start, end, words, hint, False, first)
    if field == "payment" and value.startswith(tuple(payments())):
        return Label(field, start, end, words, hint, False, first)
    return None
