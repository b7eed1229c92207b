"""Quantities of freight in words: pieces, weight in kg, volume in m³, sizes; full decimals, Chinese numerals read.

Units of SPEC 1: kg, 公斤, 千克, 吨, t, 斤 (half a kilogram); 方, 立方, cbm, or length × width × height. A
range, "10几件" or
"约" beside two numbers is not guessed: the quantity comes back with its trouble.
"""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache, lru_cache


class Measure(StrEnum):
    PIECES = "pieces"
    WEIGHT = "weight"
    VOLUME = "volume"
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit at a place of the folded text. `value` None where `trouble` says why."""

    measure: Measure
    value: Decimal | None  # pieces, kg, m³; for SIZE the volume of all pieces that it counts, in m³
    unit: str
    start: int
    end: int
    each: bool = False  # of one piece, not of all
    total: bool = False  # said to be the sum: 共, 总
    trouble: str = ""  # "" | "invalid" | "ambiguous"
    size_cm: tuple[Decimal, Decimal, Decimal] | None = None
    count: int | None = None  # pieces that a size counts itself: 120*80*100cm×4


KG = {
    "吨": "1000", "t": "1000", "ton": "1000", "tons": "1000", "tonne": "1000", "tonnes": "1000", "mt": "1000",
    "公吨": "1000", "公斤": "1", "千克": "1", "kg": "1", "kgs": "1", "㎏": "1", "kilo": "1", "kilos": "1",
    "kilograms": "1",
    "市斤": "0.5", "斤": "0.5", "磅": "0.45359237", "lb": "0.45359237", "lbs": "0.45359237", "克": "0.001",
    "g": "0.001",
}  # fmt: skip
M3 = (
    "立方公尺",
    "立方米",
    "立方",
    "立米",
    "方",
    "m³",
    "m3",
    "m^3",
    "㎥",
    "cbm",
    "cubic meters",
    "cubic metres",
    "cu.m",
)
# how a thing is loaded: the outermost counts (3托/240箱 are three)
OUTER = ("托盘", "栈板", "卡板", "托", "板", "pallets", "pallet", "plts", "plt", "skids")
MIDDLE = (
    "木箱", "纸箱", "铁箱", "周转箱", "塑料箱", "泡沫箱", "铁桶", "塑料桶", "木架", "编织袋", "吨袋", "吨包",
    "蛇皮袋", "麻袋", "包裹", "木托",
    "箱", "桶", "袋", "包", "卷", "捆", "扎", "筐", "篓", "盘", "匹",
    "cartons", "carton", "ctns", "ctn", "boxes", "box", "cases", "case", "crates", "crate", "drums", "drum",
    "rolls", "roll",
    "bags", "bag", "bundles", "bundle", "packages", "package", "pkgs", "pkg",
)  # fmt: skip
INNER = (
    "件", "个", "只", "台", "套", "根", "条", "块", "张", "瓶", "盒", "支", "架", "把", "双", "本", "罐", "片",
    "pieces", "piece", "pcs", "pc", "units", "unit", "items", "item", "sets", "set",
)  # fmt: skip
_ONLY_COUNTED = frozenset(INNER) - {"件", "个", "只", "台", "套"}  # with digits, never with Chinese numerals
LENGTH_CM = {
    "cm": "1",
    "公分": "1",
    "厘米": "1",
    "㎝": "1",
    "mm": "0.1",
    "毫米": "0.1",
    "m": "100",
    "米": "100",
    "公尺": "100",
}

_DIGITS = "零〇一二两三四五六七八九十百千万廿半"


def _either(words: tuple[str, ...] | dict[str, str]) -> str:
    """An alternation, longest first; a unit in letters ends where the letters end."""
    return "|".join(
        re.escape(w) + (r"(?![a-z])" if w[-1].isascii() and w[-1].isalpha() else "")
        for w in sorted(words, key=len, reverse=True)
    )


_KG, _M3 = _either(KG), _either(M3)
_PACK = _either(OUTER + MIDDLE + INNER)
_UNIT = rf"(?:(?P<kg>{_KG})(?!顶)|(?P<m3>{_M3})(?![物便面向案式形法位])|(?P<pack>{_PACK}))"
_NUMBER = (
    rf"(?:\d{{1,3}}(?:,\d{{3}}){{1,4}}(?!\d)(?:\.\d{{1,9}}(?!\d))?|"
    rf"\d{{1,12}}(?!\d)(?:\.\d{{1,9}}(?!\d))?|"
    rf"(?!零(?!点))[{_DIGITS}]{{1,12}}(?:点[{_DIGITS}]{{1,6}})?)"
)
# not the rest of a longer number or word, nor an exponent
_ALONE = rf"(?<![\d第{_DIGITS}])(?<!\d[.,])(?<![a-z.])(?<!\de[+-])"
_QUANTITY = re.compile(
    rf"{_ALONE}(?P<number>{_NUMBER})(?P<times>[千万](?=\s?(?:{_KG}|{_M3}|{_PACK})))?\s?(?P<vague>[多几来余])?\s{{0,2}}"
    rf"(?:个(?=大|小|半|方|立方|吨))?{_UNIT}"
    rf"(?P<tail>半|[一二三四五六七八九\d](?![\d.,{_DIGITS}]|\s?(?:{_KG}|{_M3}|{_PACK}|号|层|楼)))?(?P<vague2>多)?"
)
_NEGATIVE = re.compile(r"(?:^|[\s:,;、(])-$")
_TO = ("-", "~", "至", "到", "或")  # what a range's beginning ends with: 10-12件
_LOW = re.compile(rf"{_ALONE}{_NUMBER}\s?(?P<unit>{_KG}|{_M3}|{_PACK})?\s?[{''.join(_TO)}]\s?$")
_VAGUE = re.compile(rf"(?:几|若干|数)(?:十|百|千)?\s?(?P<unit>{_PACK}|{_KG}|{_M3})")
_EACH_BEFORE = re.compile(
    rf"(?:每|单|一)(?:{_PACK})?(?:重|净重|毛重|体积|尺寸|约|为|是|:|\s|货物|规格|均|大概|的|"
    rf"重量){{0,6}}$|单重[约:\s]{{0,2}}$|each\s?$|per piece\s?$"
)
_EACH_AFTER = re.compile(rf"\s?(?:/|每|per |an? )\s?(?:{_PACK}|ea)(?![a-z])|\s?each")
_TOTAL_BEFORE = re.compile(
    r"(?:共|总|总计|合计|共计|总共|总数|total|一共|总重|总重量|毛重|总毛重|总件数|总体积)[约:为是\s]{0,3}$"
)
_SIZE = re.compile(
    r"(?<![\d.])长?\s?(\d{1,6}(?:\.\d{1,4})?)\s?(cm|mm|m|厘米|毫米|公分|米)?\s?[*x×╳乘,]?\s?(?:宽|"
    r"[*x×╳乘])\s?(\d{1,6}(?:\.\d{1,4})?)"
    r"\s?(?:cm|mm|m|厘米|毫米|公分|米)?\s?[*x×╳乘,]?\s?(?:高|"
    r"[*x×╳乘])\s?(\d{1,6}(?:\.\d{1,4})?)\s?(cm|mm|m|厘米|毫米|公分|米)?(?![a-z\d³])"
    rf"(?:\)?\s?[*x×╳乘]\s?(\d{{1,5}})\s?(?:{_PACK})?(?!\d))?"
)
_MAY_BE_SIZE = re.compile("[*x×╳乘宽]")
_BARE = re.compile(rf"\s?(?:约|大约|大概|共|合计|总计|~|≈)?\s?:?\s?([-+]?)\s?({_NUMBER})\s?(?:左右|上下)?\s?")
SHORT = 400  # characters of a text whose quantities are remembered
LARGEST = Decimal(10) ** 7  # of anything: beyond it a number is a slip, not freight


@cache
def _chinese() -> object:
    import cn2an  # only here: most mails write digits

    return cn2an.Cn2An()


def number(text: str) -> Decimal | None:
    """The value of digits (thousands by comma) or of a Chinese numeral; None when it is neither."""
    text = text.strip()
    if text[:1].isascii():
        try:
            value = Decimal(text.replace(",", ""))
        except InvalidOperation:
            return None
        return value if value.is_finite() and len(text) <= 40 else None
    if text == "半":
        return Decimal("0.5")
    half = Decimal("0.5") if text.endswith("半") and len(text) > 1 else Decimal(0)
    words = text[:-1] if half else text
    try:
        return Decimal(str(_chinese().cn2an(words.replace("两", "二").replace("廿", "二十"), "smart"))) + half  # type: ignore[attr-defined]
    except ValueError:
        return None


def quantities(text: str) -> tuple[Quantity, ...]:
    """All quantities of a folded text, in order; sizes first take what is theirs."""
    return _quantities_of_line(text) if len(text) <= SHORT else _quantities(text)


def _quantities(text: str) -> tuple[Quantity, ...]:
    found = [_size(match) for match in _SIZE.finditer(text)] if _MAY_BE_SIZE.search(text) else []
    taken = [(q.start, q.end) for q in found]
    for match in _QUANTITY.finditer(text):
        named = match["number"][0] in _DIGITS and match["pack"] in _ONLY_COUNTED  # 三片罐 is a thing, not three of it
        if not named and not any(start < match.end() and match.start() < end for start, end in taken):
            found.append(_quantity(text, match))
    for match in _VAGUE.finditer(text):
        if not any(q.start < match.end() and match.start() < q.end for q in found):
            measure = _measure_of(match["unit"])
            found.append(Quantity(measure, None, "", match.start(), match.end(), trouble="ambiguous"))
    return tuple(sorted(found, key=lambda q: q.start))


# remembered for a while: each reader of a line (where it ends, what it says, what is left of it) asks for them
_quantities_of_line = lru_cache(maxsize=64)(_quantities)


def _measure_of(unit: str) -> Measure:
    if unit in KG:
        return Measure.WEIGHT
    return Measure.VOLUME if unit in M3 else Measure.PIECES


def _quantity(text: str, match: re.Match[str]) -> Quantity:
    unit = match["kg"] or match["m3"] or match["pack"]
    measure = Measure.WEIGHT if match["kg"] else Measure.VOLUME if match["m3"] else Measure.PIECES
    before = text[max(0, match.start() - 24) : match.start()]
    low = _LOW.search(before) if before.rstrip().endswith(_TO) else None
    words = before.rstrip("-约~≈大概 ")
    after = _EACH_AFTER.match(text, match.end())
    each = bool(_EACH_BEFORE.search(words)) or (bool(after) and measure is not Measure.PIECES)
    value = _value(match)
    trouble = _trouble(match, value, measure, before, low)
    if measure is Measure.WEIGHT and value is not None:
        value *= Decimal(KG[unit])
    return Quantity(
        measure,
        None if trouble else value,
        unit,
        match.start() - (len(before) - low.start() if low and trouble else before.endswith("-")),
        after.end() if after and each else match.end(),
        each=each,
        total=bool(_TOTAL_BEFORE.search(words)),
        trouble=trouble,
    )


def _trouble(
    match: re.Match[str], value: Decimal | None, measure: Measure, before: str, low: re.Match[str] | None
) -> str:
    """Why the number cannot be taken: a range and "10几件" are ambiguous, what is not above zero is invalid."""
    if low and (not low["unit"] or _measure_of(low["unit"]) is measure):
        return "ambiguous"
    if match["vague"] or match["vague2"]:
        return "ambiguous"
    if value is None or value <= 0 or value > LARGEST or _NEGATIVE.search(before) or (before.endswith("-") and not low):
        return "invalid"
    return "invalid" if measure is Measure.PIECES and value != value.to_integral_value() else ""


def _value(match: re.Match[str]) -> Decimal | None:
    value = number(match["number"])
    if value is None:
        return None
    if match["times"]:
        value *= 1000 if match["times"] == "千" else 10000
    tail = match["tail"]
    if tail == "半":
        value += Decimal("0.5")
    elif tail:
        digit = number(tail)
        value += (digit or Decimal(0)) / 10
    return value


def _size(match: re.Match[str]) -> Quantity:
    a, unit1, b, c, unit2, times = match.groups()
    sides = tuple(Decimal(side) for side in (a, b, c))
    unit = unit2 or unit1 or _likely_unit(sides)
    cm = tuple(side * Decimal(LENGTH_CM[unit]) for side in sides)
    volume = cm[0] * cm[1] * cm[2] / Decimal(10**6)
    trouble = "invalid" if volume <= 0 or volume > LARGEST else ""
    count = int(times) if times else None
    value = None if trouble else volume * count if count else volume
    return Quantity(
        Measure.SIZE, value, unit, match.start(), match.end(), each=count is None, trouble=trouble,
        size_cm=(cm[0], cm[1], cm[2]), count=count,
    )  # fmt: skip


def _likely_unit(sides: tuple[Decimal, ...]) -> str:
    """Sizes without a unit: metres when small, millimetres when large, else centimetres, as the trade writes them."""
    if max(sides) < 10:
        return "m"
    return "mm" if min(sides) >= 100 and max(sides) > 400 else "cm"


def bare(text: str) -> tuple[Decimal | None, str] | None:
    """A number that stands alone without unit: (value, trouble); None when the text is something else."""
    match = _BARE.fullmatch(text)
    if not match:
        return None
    value = number(match.group(2))
    if value is None or match.group(1) == "-" or value <= 0 or value > LARGEST:
        return None, "invalid"
    return value, ""
