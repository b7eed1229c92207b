"""Goods by their words, in the sense the words have; measures at their limits."""

from decimal import Decimal

import pytest

from config.cargo import CargoRules
from config.rulefolder import shipped


@pytest.fixture(scope="module")
def rules() -> CargoRules:
    made, faults = CargoRules.parse(shipped("cargo.csv"), "cargo.csv", shipped("limits.csv"), "limits.csv")
    assert faults == []
    return made


def judgement(rules: CargoRules, description: str) -> str:
    found = rules.findings(description)
    return found[0].judgement.value if found else "clean"


PROHIBITED = """氧气瓶;钢瓶装气;易燃易爆物品
油漆10桶;桶装油漆;烟花爆竹;汽油;工业酒精;无水酒精;硫酸;打火机;活体小龙虾;活鱼;现金;危险品;农药;香烟
氧气瓶装压缩气体;UN1263 PAINT;UN 1263;Class 3 dangerous goods;paint and thinner;lithium-free paint
live animals;fireworks;第3类危险品;3类易燃液体;油漆、稀释剂各10桶;喷漆;無水酒精;煙花;五金件及油漆
非金属件和油漆;不含电池,油漆5桶;黄金首饰;電石"""
RESTRICTED = """锂电池;锂離子電池;充电宝;铅酸电池;无人机锂电池;手机（内置锂电池）;UN3481;lithium batteries;power banks
面粉;洗衣液;玻璃;陶瓷花瓶易碎;白酒;磁铁;涂料;粉末;水泥;化工原料;冷冻海鲜;18650电芯;润滑油;glass
fragile glassware 玻璃;非金属粉末"""
CLEAN = """非易燃易爆
五金配件;瓦楞纸箱;数控刀具;针织面料;电子零件;LED panels;压力表;流量计;打印纸;轴承;电机;密封圈;日用百货
茶叶;纺织品;書籍;塑料粒子;服装;太阳能电池板;玻璃纤维布;宠物食品;粉末冶金零件;酒店用品;陶瓷轴承
玩具(不含电池);不含电池;非危险品;普货,非危化品;不含锂电池、液体、粉末;无电池;未装电池;电池已取出
battery-free toys;without batteries;no lithium battery;non-dangerous goods;汽车配件;PET切片;机油滤芯
五金,非易燃品;not dangerous goods;玩具 no liquid;carpets;电池除外;printing machine;charcoal grill
不带电池和液体"""
ASKED = """油漆桶(空);空油漆桶;油漆桶;空的油漆罐;油漆刷;汽油发电机;酒精灯;paint brushes;empty paint cans;汽油泵
酒精检测仪;打火机机芯"""


def cases(text: str) -> list[str]:
    return [case for line in text.splitlines() for case in line.split(";")]


@pytest.mark.parametrize("description", cases(PROHIBITED))
def test_prohibited_goods_are_found(rules: CargoRules, description: str) -> None:
    assert judgement(rules, description) == "prohibited"


@pytest.mark.parametrize("description", cases(RESTRICTED))
def test_restricted_goods_are_found(rules: CargoRules, description: str) -> None:
    assert judgement(rules, description) == "restricted"


@pytest.mark.parametrize("description", cases(CLEAN))
def test_plain_goods_and_denied_ones_are_clean(rules: CargoRules, description: str) -> None:
    assert judgement(rules, description) == "clean"


@pytest.mark.parametrize("description", cases(ASKED))
def test_what_may_be_harmless_is_asked(rules: CargoRules, description: str) -> None:
    assert judgement(rules, description) == "asked"


def test_the_worst_comes_first_and_each_goods_once(rules: CargoRules) -> None:
    found = rules.findings("玻璃瓶、汽油、玻璃板、玻璃")
    assert [(finding.judgement.value, finding.goods) for finding in found] == [
        ("prohibited", "汽油"),
        ("restricted", "易碎品"),
    ]


def test_a_finding_names_words_class_and_row(rules: CargoRules) -> None:
    (finding,) = rules.findings("工业酒精 20 桶")
    line = int(finding.row.removeprefix("cargo.csv:"))
    assert "工业酒精" in shipped("cargo.csv").splitlines()[line - 1]
    assert (finding.goods, finding.words, finding.danger_class) == ("酒精", "工业酒精", "3")


def test_remarks_only_ask(rules: CargoRules) -> None:
    assert [f.judgement.value for f in rules.findings("纸箱", None, "请勿与油漆同车")] == ["asked"]
    assert rules.findings("纸箱", None, "易碎,小心轻放,现金支付") == []
    assert rules.findings("纸箱", None, "不含液体") == []


def test_packaging_is_looked_at_too(rules: CargoRules) -> None:
    assert [f.goods for f in rules.findings("样品", "玻璃瓶")] == ["易碎品"]


def test_nothing_said_nothing_found(rules: CargoRules) -> None:
    assert rules.findings(None) == []
    assert rules.findings("", "", "") == []


@pytest.mark.parametrize(
    ("kg", "m3", "asked"),
    [
        ("5000", "0.1", True),
        ("1000", "0.1", False),
        ("1001", "0.1", True),
        ("500", "2", False),
        ("2", "1", False),
        ("1.9", "1", True),
        ("10", "50", True),
    ],
)
def test_density_is_asked_outside_its_bounds(rules: CargoRules, kg: str, m3: str, asked: bool) -> None:
    assert bool(rules.density(Decimal(kg), Decimal(m3))) is asked


@pytest.mark.parametrize(
    ("measures", "found"),
    [
        ({"piece_cm": (Decimal(600), Decimal(10), Decimal(10))}, []),
        ({"piece_cm": (Decimal(10), Decimal("600.1"), Decimal(10))}, [("piece_cm", "restricted", "600.1", "600")]),
        ({"piece_cm": (Decimal(1301), Decimal(10), Decimal(10))}, [("piece_cm", "prohibited", "1301", "1300")]),
        ({"weight_kg": Decimal(6001)}, [("piece_kg", "restricted", "3000.5", "3000")]),  # two pieces
        ({"weight_kg": Decimal(6000)}, []),
        ({"piece_kg": Decimal(3001)}, [("piece_kg", "restricted", "3001", "3000")]),
        ({"volume_m3": Decimal("80.5")}, [("shipment_m3", "restricted", "80.5", "80")]),
        ({"declared_value": Decimal(300001)}, [("declared_value", "restricted", "300001", "300000")]),
        ({"pieces": 3001}, [("pieces", "restricted", "3001", "3000")]),
    ],
)
def test_measures_at_their_limits(rules: CargoRules, measures: dict[str, object], found: list[tuple[str, ...]]) -> None:
    values: dict[str, object] = {"pieces": 2, "weight_kg": None, "volume_m3": None} | measures
    excesses = rules.excesses(**values)  # type: ignore[arg-type]  # each key has its own type
    assert [(e.measure, e.judgement.value, e.value, e.limit) for e in excesses] == found
