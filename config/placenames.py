"""How the name of a division is written: its root, its forms, the kinds of development zone. Knows no data."""

import re
import unicodedata
from functools import cache
from importlib import resources

_PEOPLES = (
    "蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 "
    "东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 "
    "俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺 各"
)
_PEOPLE = "(?:" + "|".join(sorted(_PEOPLES.split(), key=len, reverse=True)) + ")"
# 保亭黎族苗族自治县 -> 保亭; 巴音郭楞蒙古自治州 -> 巴音郭楞; 察布查尔锡伯自治县 -> 察布查尔
_AUTONOMOUS = re.compile(rf"(?:{_PEOPLE}族|(?<=..){_PEOPLE})*自治[区州县旗]$|(?<=..)(?:蒙古|回|达斡尔)族区$")
_TOWN_OF_A_PEOPLE = re.compile(rf"(?:{_PEOPLE}族|(?<=..){_PEOPLE})*民族乡$|(?:{_PEOPLE}族)+乡$")
_SUFFIX = re.compile(r"(?:特别行政区|地区|林区|新区|[省市区县盟旗州])$")
_TOWN_SUFFIX = re.compile(r"(?:街道办事处|街道|地区|民族苏木|苏木|[镇乡])$")
_KEEPS_ITS_SUFFIX = re.compile(
    r"(?:开发区|(?:工业|科技|产业|创意|物流|高新)园区|示范区|管理区|实验区|度假区|州|左翼.旗|右翼.旗|左旗|右旗|中旗|前旗|后旗)$"
)
_ZONES = {
    "高新": (
        "高新区",
        "高新开发区",
        "高新技术开发区",
        "高新技术产业开发区",
        "高新技术园区",
        "高新园区",
        "高新技术产业园区",
    ),
    "经开": ("经开区", "开发区", "经济开发区", "技术开发区", "经济技术开发区"),
}
_PLAIN_ZONES = frozenset(form for forms in _ZONES.values() for form in forms) | {
    "工业园区", "工业区", "工业园", "保税区", "综合保税区", "旅游度假区", "高新产业园", "物流园区", "管委会", "示范区",
}  # fmt: skip
_ZONE_KIND = re.compile(
    r"(?:(?P<hitech>高新(?:技术)?(?:产业)?(?:开发|园)?区)|(?P<economic>(?:经济)?(?:技术)?开发区|经开区))(?:管委会|管理委员会)?$"
)


@cache
def _fold_table() -> dict[int, str]:
    """Traditional -> simplified characters (OpenCC's table), so that 廈門 and 厦门 are one word for matching."""
    text = resources.files("opencc").joinpath("dictionary/TSCharacters.txt").read_text(encoding="utf-8")
    table = {}
    for line in text.splitlines():
        traditional, _, simplified = line.partition("\t")
        if simplified and len(traditional) == 1:
            table[ord(traditional)] = simplified.split()[0][0]
    table[ord("臺")] = "台"
    table[ord("洲")] = "州"  # 杭洲, 鄞洲区: a frequent slip, and no two divisions differ by it
    table[ord("馀")] = "余"  # 餘 is written both ways in official names
    table[ord("—")] = table[ord("–")] = "-"
    return table


def fold(text: str) -> str:
    """The form in which texts are compared: full-width and traditional characters folded; for matching only."""
    return unicodedata.normalize("NFKC", text).translate(_fold_table())


def root(name: str) -> str:
    """The bare name of a province, city or county: 浙江省 -> 浙江, 延边朝鲜族自治州 -> 延边, 浦东新区 -> 浦东."""
    bare = _AUTONOMOUS.sub("", name)
    if bare != name:
        return bare or re.sub(r"族自治[县旗]$", "", name)  # 东乡族自治县: the people is the name
    if _KEEPS_ITS_SUFFIX.search(name):
        return name
    return _SUFFIX.sub("", name)


def town_root(name: str) -> str:
    """The bare name of a town: 莘庄镇 -> 莘庄. That of 南京东路街道 would be a road: it stays whole."""
    bare = _TOWN_OF_A_PEOPLE.sub("", name)
    bare = _TOWN_SUFFIX.sub("", bare) if bare == name else bare
    return name if name.endswith("街道") and re.search(r"[路街道巷]$", bare) else bare


def is_plain_zone(name: str) -> bool:
    """Whether the name says only what kind of zone it is (经济开发区), so that each county may have one."""
    return name in _PLAIN_ZONES


def zone_forms(name: str) -> tuple[str, ...]:
    """All ways to write the development zone that `name` ends in (经开区, 经济技术开发区, …); empty for other names."""
    found = _ZONE_KIND.search(name)
    if found is None:
        return ()
    return _ZONES["高新" if found["hitech"] else "经开"]
