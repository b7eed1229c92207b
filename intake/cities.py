"""Destinations: the city that an address begins with, and a destination without what follows it."""

import re

from intake.lines import Span
from intake.party import ADDRESS
from intake.phones import area_codes

_CITY = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,3}省|[\u4e00-\u9fff]{2,8}自治区|中国)?\s?([\u4e00-\u9fff]{2,7}?(?:市|自治州|地区|盟))"
)


_PROVINCES = (
    "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南", "湖北",
    "湖南", "广东", "海南",
    "四川", "贵州", "云南", "陕西", "甘肃", "青海", "广西", "内蒙古", "西藏", "宁夏", "新疆",
)  # fmt: skip


def cut_destination(span: Span) -> Span:
    """A Chinese destination without what follows behind a comma: 宁波,24件."""
    match = re.search(r"[,;、。(]\s?", span.folded)
    if match and match.start() >= 2 and not span.text[: match.start()].isascii() and not ADDRESS.search(span.text):
        return span.sub(0, match.start())
    return span


def city_of(address: str) -> str | None:
    """The city that an address begins with: 浙江省杭州市余杭区… and 浙江杭州余杭… both give 杭州."""
    text = address.strip()
    match = _CITY.match(text)
    if match:
        name = match.group(1)
        for province in _PROVINCES:
            if name.startswith(province) and len(name) > len(province) + 2:
                name = name.removeprefix(province)
        if match.end() - len(text) != 0 or name.endswith("市"):
            return name
    for province in _PROVINCES:
        if text.startswith(province) and province not in area_codes():
            text = text.removeprefix(province).removeprefix("省")
            break
    for size in (4, 3, 2):
        if text[:size] in area_codes():
            return text[:size]
    return None
