"""Rule: what is sent -> may we carry it? Goods by their words, pieces and shipments by their measures (SPEC 4.2).

What a text denies (不含电池, 非危险品) is not found; what is empty or only for such goods (空油漆桶, 油漆刷) is asked
about.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from config.faults import Fault
from config.goods import GoodsRule, Limit, folded, parse_goods, parse_limits
from config.tariff import heaviest_piece, plain


class Judgement(StrEnum):
    PROHIBITED = "prohibited"  # refused
    RESTRICTED = "restricted"  # an agent confirms with the customer
    ASKED = "asked"  # the words may mean something that is refused: a person asks


@dataclass(frozen=True)
class Finding:
    """What was found in a description: the goods, the words that said so, the row that knows them."""

    judgement: Judgement
    goods: str
    words: str
    danger_class: str
    row: str


@dataclass(frozen=True)
class Excess:
    """A measure beyond its limit. `limit` and `value` are plain numbers in the unit of the measure."""

    measure: str
    judgement: Judgement
    value: str
    limit: str
    row: str


# A denial stands directly before the word, or before a list that the word is in (不含电池、液体): 无人机锂电池 denies
# nothing.
_CLAUSE = re.compile(r"[,，;；。.!！?？\n()（）\[\]【】]")
_DENIAL = re.compile(
    r"(?P<list>不含有?|不带有?|不包[含括]|没有|未装|未含|未带|未内置|已拆除?|已去除?|"
    r"(?<![a-z])(?:without|excluding|except|free of)(?![a-z]))?"
    r"(?P<word>不是|不属于|并非|非|无|(?<![a-z])(?:not|non|no)(?![a-z]))?"
    r"[\s:-]*(?:内置|任何|any |a |an |in )?"
)
_LIST = re.compile(r"[、/]|和|或|及|与| or | and ")
_LONGEST_IN_LIST = 8  # characters of an entry of such a list
_DENIED_AFTER = re.compile(
    r"\s*(?:已拆除?|已取出|已去除?|除外|另发|不发|-?free(?![a-z])|(?:is |are )?(?:not included|excluded|removed))"
)
_EMPTY_BEFORE = re.compile(r"(?:(?<![真航高架中太时悬])空的?|empty |used )$")
_EMPTY_AFTER = re.compile(
    r"(?:[桶罐瓶盒箱袋壶]|容器|包装|钢瓶| ?(?:cans?|drums?|buckets?|bottles?|barrels?|cylinders?))?"
    r"\s*[(\[【]?\s*(?:空(?![调气白运间压心])|empty|已清洗|洗净)"
)
# a thing for or of the goods rather than the goods: 油漆刷, 电池盒, 汽油机, 酒精灯, paint brush
_THING_AFTER = re.compile(
    r"(?:[桶罐瓶盒箱袋壶刷架柜机泵阀灯枪笔表尺模膜]|滚筒|容器|包装|标签|设备|配件|模型|玩具|检测|分析|测试|处理|回收|搅拌|灌装|"
    r"充电器|发动机|发电机|连接|支架|外壳|夹具|托盘|车间|"
    r" ?(?:brush|roller|tray|rack|pump|engine|generator|tester|holder|box|case|machine|"
    r"equipment|label|meter)(?:e?s)?(?![a-z]))"
)
_UN_NUMBER = r"(?<![a-z])un ?-?[0-9]{4}(?![0-9])"
_DANGER_CLASS = (
    r"第?[1-9一二三四五六七八九]类(?:危险|易燃|腐蚀|毒)[^\s,，;；]{0,6}"
    r"|(?<![a-z])class ?[1-9](?:\.[1-6])?(?= ?(?:dg|danger|hazard|flamm|corros))"
)
WINDOW = 40  # characters before and after a word in which its sense is looked for


class CargoRules:
    """The goods of cargo.csv in one expression, and the limits of limits.csv. Immutable."""

    def __init__(self, goods: list[GoodsRule], limits: dict[str, Limit]) -> None:
        self.goods, self.limits = tuple(goods), limits
        self._by_word = {word: rule for rule in goods for word in rule.words}
        # The longest word first, so that 太阳能电池板 (allowed) is not found as 电池.
        ordered = sorted(self._by_word, key=lambda word: (-len(word), word))
        self._pattern = re.compile("|".join([*map(_expression, ordered), _UN_NUMBER, _DANGER_CLASS]))

    @classmethod
    def parse(
        cls, goods_text: str, goods_file: str, limits_text: str, limits_file: str
    ) -> tuple["CargoRules", list[Fault]]:
        """The cargo rules of both files, and the faults of both."""
        goods, faults = parse_goods(goods_text, goods_file)
        limits, more = parse_limits(limits_text, limits_file)
        return cls(goods, limits), faults + more

    def findings(
        self, description: str | None, packaging: str | None = None, remarks: str | None = None
    ) -> list[Finding]:
        """What of a shipment's words needs attention, worst first, each goods once.

        Remarks do not say what is sent: a prohibited word in them is asked about, a restricted one is not looked for.
        """
        goods = " ".join(text for text in (description, packaging) if text)
        found = list(self._found(folded(goods)))
        said = {finding.goods for finding in found}
        for finding in self._found(folded(remarks or "")):
            if finding.goods not in said and finding.judgement is Judgement.PROHIBITED:
                found.append(Finding(Judgement.ASKED, finding.goods, finding.words, finding.danger_class, finding.row))
        worst: dict[str, Finding] = {}
        order = list(Judgement)
        for finding in sorted(found, key=lambda finding: order.index(finding.judgement)):
            worst.setdefault(finding.goods, finding)
        return list(worst.values())

    def _found(self, text: str) -> Iterator[Finding]:
        for match in self._pattern.finditer(text):
            before = text[max(0, match.start() - WINDOW) : match.start()]
            after = text[match.end() : match.end() + WINDOW]
            if _denied(before) or _DENIED_AFTER.match(after):
                continue
            rule = self._rule_of(match[0])
            if rule is not None and rule.rule == "allowed":
                continue
            judgement = Judgement(rule.rule) if rule else Judgement.PROHIBITED
            if _EMPTY_BEFORE.search(before) or _EMPTY_AFTER.match(after) or _THING_AFTER.match(after):
                judgement = Judgement.ASKED
            if rule is not None:
                yield Finding(judgement, rule.goods, match[0], rule.danger_class, rule.row)
            else:
                yield Finding(judgement, match[0].upper(), match[0], "", "")

    def _rule_of(self, words: str) -> GoodsRule | None:
        """The rule of the words found, singular or plural; None for a UN number or class that no row names."""
        singular = re.sub(r"\s+", " ", words)
        for ending in ("", "s", "es"):
            rule = self._by_word.get(singular.removesuffix(ending))
            if rule is not None:
                return rule
        return None

    def excesses(
        self,
        *,
        pieces: int | None,
        weight_kg: Decimal | None,
        volume_m3: Decimal | None,
        piece_cm: tuple[Decimal, ...] | None = None,
        piece_kg: Decimal | None = None,
        declared_value: Decimal | None = None,
    ) -> list[Excess]:
        """The measures beyond their limits, density excepted. A piece weighs at least the average of the shipment."""
        measures = {
            "piece_cm": max(piece_cm) if piece_cm else None,
            "piece_kg": heaviest_piece(pieces, weight_kg, piece_kg),
            "shipment_kg": weight_kg,
            "shipment_m3": volume_m3,
            "pieces": Decimal(pieces) if pieces is not None else None,
            "declared_value": declared_value,
        }
        return [found for measure, value in measures.items() if (found := self._excess(measure, value))]

    def density(self, weight_kg: Decimal | None, volume_m3: Decimal | None) -> Excess | None:
        """Whether weight and volume can belong to the same goods (kg/m³): 5 t in 0.1 m³ is asked about."""
        if not weight_kg or not volume_m3:
            return None
        return self._excess("density", weight_kg / volume_m3)

    def _excess(self, measure: str, value: Decimal | None) -> Excess | None:
        limit = self.limits.get(measure)
        if limit is None or value is None:
            return None
        shown = plain(value.quantize(Decimal("0.1")) if value < 10**12 else value)
        if limit.refuse_above is not None and value > limit.refuse_above:
            return Excess(measure, Judgement.PROHIBITED, shown, plain(limit.refuse_above), limit.row)
        if limit.ask_above is not None and value > limit.ask_above:
            return Excess(measure, Judgement.RESTRICTED, shown, plain(limit.ask_above), limit.row)
        if limit.ask_below is not None and value < limit.ask_below:
            return Excess(measure, Judgement.RESTRICTED, shown, plain(limit.ask_below), limit.row)
        return None


def _denied(before: str) -> bool:
    """Whether the clause before a word denies it."""
    clause = _CLAUSE.split(before)[-1]
    for denial in _DENIAL.finditer(clause):
        *entries, last = _LIST.split(clause[denial.end() :])
        if last.strip() or not (denial["list"] or denial["word"]):
            continue
        # 非金属件和油漆 is paint: only 不含 and its like reach over a list.
        if not entries or (denial["list"] and all(0 < len(entry.strip()) <= _LONGEST_IN_LIST for entry in entries)):
            return True
    return False


def _expression(word: str) -> str:
    """A Latin word is found as a whole word only, its plural too, even between Chinese ones; a Chinese one anywhere."""
    escaped = r"\s+".join(map(re.escape, word.split()))
    head = r"(?<![a-z0-9])" if word[0].isascii() else ""
    if not word[-1].isascii():
        return head + escaped
    return head + escaped + (r"(?:s|es)?(?![a-z])" if word[-1].isalpha() else r"(?![a-z0-9])")
