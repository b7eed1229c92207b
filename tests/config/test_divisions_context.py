"""The other words of the order, the home city, destination lines, and the values that come back."""

import dataclasses

import pytest

from config.divisions import Ambiguous, Divisions, Place
from config.gazetteer import gazetteer


@pytest.fixture(scope="module")
def divisions() -> Divisions:
    return Divisions.load()


def place(divisions: Divisions, text: str) -> Place:
    found = divisions.locate(text)
    assert isinstance(found, Place)
    return found


@pytest.mark.parametrize(
    ("near", "text", "path"),
    [
        ("南京", "鼓楼区中央路1号", "江苏省/南京市/鼓楼区"),
        ("徐州市", "鼓楼区中山北路", "江苏省/徐州市/鼓楼区"),
        ("福州", "鼓楼区五四路", "福建省/福州市/鼓楼区"),
        ("浙江杭州", "西湖区文一西路100号", "浙江省/杭州市/西湖区"),
        ("南昌", "西湖区抚河中路", "江西省/南昌市/西湖区"),
        ("北京", "朝阳区望京", "北京市/北京市/朝阳区/望京街道"),
        ("长春", "朝阳区人民大街", "吉林省/长春市/朝阳区"),
        ("沧州", "新华区新华路", "河北省/沧州市/新华区"),
        ("拉萨", "城关区", "西藏自治区/拉萨市/城关区"),
        ("广东深圳", "龙华区民治街道", "广东省/深圳市/龙华区/民治街道"),
        ("甘肃天水", "永清镇", "甘肃省/天水市/清水县/永清镇"),
    ],
)
def test_the_destination_decides_between_equal_readings(divisions: Divisions, near: str, text: str, path: str) -> None:
    found = divisions.locate(text, near=place(divisions, near))
    assert isinstance(found, Place)
    assert found.path == path
    assert found.confidence < 1.0


def test_a_place_elsewhere_decides_nothing(divisions: Divisions) -> None:
    assert isinstance(divisions.locate("鼓楼区中央路1号", near=place(divisions, "广州")), Ambiguous)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("普陀区真南路100号", "上海市/上海市/普陀区"),
        ("宝山区", "上海市/上海市/宝山区"),
        ("高桥镇", "上海市/上海市/浦东新区/高桥镇"),
        ("新桥镇", "上海市/上海市/松江区/新桥镇"),
        ("浦江镇江月路", "上海市/上海市/闵行区/浦江镇"),
        ("安亭墨玉南路888号", "上海市/上海市/嘉定区/安亭镇"),
        ("莘庄莘松路380号", "上海市/上海市/闵行区/莘庄镇"),
        ("九亭涞坊路", "上海市/上海市/松江区/九亭镇"),
    ],
)
def test_the_home_city_decides_where_it_has_the_only_one(divisions: Divisions, text: str, path: str) -> None:
    found = divisions.locate(text, home="上海市")
    assert isinstance(found, Place)
    assert found.path == path


@pytest.mark.parametrize(
    "text", ["南京西路1266号", "中山公园旁", "淮海中路100号", "天山路8号", "人民广场", "大桥下12号", "火车站"]
)
def test_a_road_is_no_place_in_the_home_city_either(divisions: Divisions, text: str) -> None:
    assert divisions.locate(text, home="上海市") is None


@pytest.mark.parametrize("text", ["上海/杭州", "从上海发往杭州", "杭州市浦东新区"])
def test_the_home_city_does_not_decide_between_two_words(divisions: Divisions, text: str) -> None:
    assert isinstance(divisions.locate(text, home="上海市"), Ambiguous)


@pytest.mark.parametrize("text", ["鼓楼区", "西湖区文一路", "新华区", "朝阳区"])
def test_the_home_city_decides_nothing_where_it_has_none(divisions: Divisions, text: str) -> None:
    assert isinstance(divisions.locate(text, home="上海市"), Ambiguous)


def test_the_order_goes_before_the_home_city(divisions: Divisions) -> None:
    found = divisions.locate("普陀区", near=place(divisions, "舟山"), home="上海市")
    assert isinstance(found, Place)
    assert found.city == "舟山市"


@pytest.mark.parametrize(
    ("line", "levels"),
    [
        ("杭州", ("浙江省", "杭州市", None, None)),
        ("浙江杭州", ("浙江省", "杭州市", None, None)),
        ("义乌", ("浙江省", "金华市", "义乌市", None)),
        ("Ningbo", ("浙江省", "宁波市", None, None)),
        ("NINGBO, ZHEJIANG", ("浙江省", "宁波市", None, None)),
        ("廈門", ("福建省", "厦门市", None, None)),
        ("上海", ("上海市", "上海市", None, None)),
        ("上海→杭州", ("浙江省", "杭州市", None, None)),
        ("上海到南京", ("江苏省", "南京市", None, None)),
        ("上海-杭州", ("浙江省", "杭州市", None, None)),
        ("上海—广州专线", ("广东省", "广州市", None, None)),
        ("江苏-苏州-昆山", ("江苏省", "苏州市", "昆山市", None)),
        ("杭州 到付", ("浙江省", "杭州市", None, None)),
        ("乍浦", ("浙江省", "嘉兴市", "平湖市", "乍浦镇")),
        ("昆山至合肥", ("安徽省", "合肥市", None, None)),
        ("发往:苏州市", ("江苏省", "苏州市", None, None)),
        ("杭州市(自提)", ("浙江省", "杭州市", None, None)),
        ("杭州专线", ("浙江省", "杭州市", None, None)),
        ("广东省东莞市虎门镇", ("广东省", "东莞市", None, "虎门镇")),
        ("乌市", None),
        ("国外", None),
        ("", None),
    ],
)
def test_destination_lines(divisions: Divisions, line: str, levels: tuple[str | None, ...] | None) -> None:
    found = divisions.city(line)
    assert (found.levels if isinstance(found, Place) else found) == levels


@pytest.mark.parametrize(
    ("line", "paths"),
    [
        ("吉林", {"吉林省", "吉林省/吉林市"}),
        ("杭州/宁波", {"浙江省/杭州市", "浙江省/宁波市"}),
        ("苏州、无锡", {"江苏省/苏州市", "江苏省/无锡市"}),
        ("朝阳", {"辽宁省/朝阳市", "北京市/北京市/朝阳区"}),
        ("Taizhou", {"浙江省/台州市", "江苏省/泰州市"}),
    ],
)
def test_destinations_that_are_asked(divisions: Divisions, line: str, paths: set[str]) -> None:
    found = divisions.city(line)
    assert isinstance(found, Ambiguous)
    assert {reading.path for reading in found.paths} == paths


def test_confidence_falls_with_what_the_text_leaves_open(divisions: Divisions) -> None:
    whole = place(divisions, "上海市闵行区莘庄镇").confidence
    short = place(divisions, "上海闵行莘庄").confidence
    alone = place(divisions, "闵行区").confidence
    against = divisions.locate("杭州市,上海市浦东新区张江镇")
    assert whole == 1.0 > short > alone
    assert isinstance(against, Place)
    assert against.confidence <= 0.5
    assert against.note


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("上海市闵行区", "上海市/上海市/闵行区"),
        ("浙江省/杭州市/西湖区", "浙江省/杭州市/西湖区"),
        ("昆山", "江苏省/苏州市/昆山市"),
        ("杭州 余杭", "浙江省/杭州市/余杭区"),
        ("上海市火星区", None),
        ("闵行区某某", None),
        ("不存在", None),
    ],
)
def test_a_name_must_be_known_as_a_whole(divisions: Divisions, text: str, path: str | None) -> None:
    found = divisions.named(text)
    assert (found.path if isinstance(found, Place) else found) == path


def test_subdivisions(divisions: Divisions) -> None:
    districts = [district.county for district in divisions.subdivisions(place(divisions, "上海"))]
    assert len(districts) == 16
    assert {"浦东新区", "崇明区"} < set(districts)
    assert "莘庄镇" in [town.town for town in divisions.subdivisions(place(divisions, "上海市闵行区"))]
    assert divisions.subdivisions(Place("上海市", "上海市", "火星区", None)) == []


def test_places_are_values() -> None:
    place = Place("浙江省", "杭州市", None, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        place.city = "宁波市"  # type: ignore[misc]  # it is frozen
    assert place.contains(Place("浙江省", "杭州市", "西湖区", None))
    assert not place.contains(Place("浙江省", None, None, None))
    assert place.agrees(Place("浙江省", None, None, None))
    assert not place.agrees(Place("浙江省", "宁波市", None, None))


def test_hostile_texts_are_only_texts(divisions: Divisions) -> None:
    for text in ("", " ", "\x00", "上" * 5000, "上海市" * 2000, "(" * 3000, "a " * 3000, "路" * 4000, "😀" * 100):
        divisions.locate(text)
        divisions.city(text)


def test_every_path_of_the_own_tables_exists() -> None:
    index = gazetteer()
    assert index.place(index.unit_of("浙江省/杭州市/拱墅区")).county == "拱墅区"
    with pytest.raises(KeyError):
        index.unit_of("浙江省/杭州市/下城区")
