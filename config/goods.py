"""cargo.csv and limits.csv: which goods are refused or asked about, by which words; how large and heavy is usual."""

import re
from dataclasses import dataclass
from decimal import Decimal

from config.faults import Fault
from config.placenames import fold
from config.rulefile import Cells, read_rows

GOODS_COLUMNS = {
    "rule": ("规则", "类型"),
    "goods": ("货物", "品名"),
    "aliases": ("别名", "关键词"),
    "class": ("危险品类别", "类别"),
    "remark": ("备注", "说明"),
}
GOODS_REQUIRED = ("rule", "goods")
RULES = {
    "prohibited": "prohibited", "禁运": "prohibited",
    "restricted": "restricted", "限运": "restricted",
    "allowed": "allowed", "允许": "allowed",
}  # fmt: skip
CLASSES = {text: text for text in ("1", "2", "3", "4", "5", "6", "7", "8", "9")}
CLASSES |= {f"{major}.{minor}": f"{major}.{minor}" for major in range(1, 7) for minor in range(1, 7)}

LIMIT_COLUMNS = {
    "measure": ("项目", "量"),
    "ask_below": ("低于则询问", "低于"),
    "ask_above": ("超过则询问", "超过"),
    "refuse_above": ("超过则拒绝", "拒绝"),
    "remark": ("备注", "说明"),
}
LIMIT_REQUIRED = ("measure", "ask_above")
MEASURES = {
    name: name for name in ("piece_cm", "piece_kg", "shipment_kg", "shipment_m3", "pieces", "density", "declared_value")
}


@dataclass(frozen=True)
class GoodsRule:
    """Goods that are prohibited, restricted, or (a longer word that holds a dangerous one) allowed."""

    rule: str
    goods: str  # as people call it
    words: tuple[str, ...]  # folded, lower case
    danger_class: str
    row: str
    line: int


@dataclass(frozen=True)
class Limit:
    """Beyond which measure an order is asked about or refused; None: no such limit."""

    measure: str
    ask_below: Decimal | None
    ask_above: Decimal | None
    refuse_above: Decimal | None
    row: str


def folded(text: str) -> str:
    """The form in which goods are compared: width, traditional characters and letter case do not matter."""
    return fold(text).lower()


def parse_goods(text: str, file: str) -> tuple[list[GoodsRule], list[Fault]]:
    """The rules of cargo.csv and every fault; a word may stand in one row only."""
    rows, faults = read_rows(text, file, GOODS_COLUMNS, GOODS_REQUIRED)
    rules: list[GoodsRule] = []
    seen: dict[str, int] = {}
    for cells in rows:
        rule = _goods(cells, seen)
        faults += cells.faults
        if rule is not None:
            rules.append(rule)
    return rules, faults


def _goods(cells: Cells, seen: dict[str, int]) -> GoodsRule | None:
    rule = cells.one_of("rule", RULES)
    goods = cells.text("goods", required=True)
    danger_class = (cells.one_of("class", CLASSES) or "") if cells.has("class") else ""
    words = tuple(dict.fromkeys(folded(word) for word in (goods, *cells.words("aliases")) if word))
    for word in words:
        if len(word) < 2 or re.fullmatch(r"[0-9 .]{1,4}", word):
            cells.fault("aliases", "goods_word_short", value=word)
        elif word in seen:
            cells.fault("aliases", "row_twice", value=word, line=str(seen[word]))
        seen.setdefault(word, cells.line)
    if cells.faults or rule is None or not goods:
        return None
    return GoodsRule(rule, goods, words, danger_class, cells.row, cells.line)


def parse_limits(text: str, file: str) -> tuple[dict[str, Limit], list[Fault]]:
    """The limits of limits.csv by measure, and every fault."""
    rows, faults = read_rows(text, file, LIMIT_COLUMNS, LIMIT_REQUIRED)
    limits: dict[str, Limit] = {}
    lines: dict[str, int] = {}
    for cells in rows:
        measure = cells.one_of("measure", MEASURES)
        below, above = cells.number("ask_below"), cells.number("ask_above")
        refuse = cells.number("refuse_above")
        if below is None and above is None and refuse is None and not cells.faults:
            cells.fault("ask_above", "cell_missing", column="ask_above")
        if above is not None and refuse is not None and refuse < above:
            cells.fault("refuse_above", "limit_backwards", ask=str(above), refuse=str(refuse))
        if below is not None and above is not None and above <= below:
            cells.fault("ask_above", "limit_backwards", ask=str(below), refuse=str(above))
        if measure is not None and measure in lines:
            cells.fault("measure", "row_twice", value=measure, line=str(lines[measure]))
        elif measure is not None and not cells.faults:
            lines[measure] = cells.line
            limits[measure] = Limit(measure, below, above, refuse, cells.row)
        faults += cells.faults
    return limits, faults
