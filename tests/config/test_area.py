"""Address to zone, dispatcher and surcharges: the sample company, the order of rows, what `consign address` prints."""

from decimal import Decimal
from importlib import resources

import pytest

from config import sheet
from config.area import Area, AreaTable, address_json
from config.divisions import Ambiguous, Divisions, Place
from config.zone import Zone

HEADING = "match,kind,zone,dispatcher,pickup_surcharge,delivery_surcharge,remark\n"


@pytest.fixture(scope="module")
def divisions() -> Divisions:
    return Divisions.load()


@pytest.fixture(scope="module")
def sample(divisions: Divisions) -> AreaTable:
    octets = resources.files("config").joinpath("defaults/areas.csv").read_bytes()
    table, faults = AreaTable.parse(sheet.decode(octets), "areas.csv", divisions)
    assert faults == []
    return table


def table_of(divisions: Divisions, *rows: str) -> AreaTable:
    table, faults = AreaTable.parse(HEADING + "\n".join(rows), "rules/areas.csv", divisions)
    assert faults == []
    return table


def find(table: AreaTable, divisions: Divisions, text: str, home: str | None = None) -> Area | None:
    return table.find(text, divisions.locate(text, home=home))


@pytest.mark.parametrize(
    ("text", "zone", "dispatcher", "pickup"),
    [
        ("上海市静安区南京西路1266号", "urban", "sh-west", "0"),
        ("上海市闵行区莘庄镇莘松路380号", "urban", "sh-south", "0"),
        ("上海市闵行区莘庄工业区申富路128号3号门", "suburban", "sh-south", "0"),
        ("上海市閔行區顧戴路2988號", "suburban", "sh-south", "0"),
        ("上海闵行七宝", "urban", "sh-west", "0"),
        ("上海市嘉定区马陆镇丰登路615弄7号", "suburban", "sh-north", "0"),
        ("上海市嘉定区江桥镇", "urban", "sh-west", "0"),
        ("上海市浦东新区陆家嘴街道世纪大道1号", "urban", "sh-east", "0"),
        ("浦东陆家嘴东方明珠", "urban", "sh-east", "0"),
        ("上海市浦东新区川沙路5600号", "suburban", "sh-east", "0"),
        ("上海市浦东新区外高桥保税区富特北路211号", "suburban", "sh-east", "0"),
        ("上海市闸北区共和新路100号", "urban", "sh-west", "0"),
        ("上海市南汇区惠南镇", "suburban", "sh-east", "0"),
        ("上海市崇明区城桥镇", "suburban", "sh-north", "150"),
        ("江苏省昆山市玉山镇城北中路1288号", "suburban", "sh-north", "80"),
        ("昆山开发区前进东路", "suburban", "sh-north", "80"),
        ("浙江省嘉兴市南湖区大桥镇", "suburban", "hz-suburb", "120"),
        ("海宁市许村镇", "suburban", "hz-suburb", "120"),
        ("浙江省绍兴市柯桥区华舍街道兴越路1999号", "suburban", "hz-suburb", "100"),
        ("绍兴县钱清镇", "suburban", "hz-suburb", "100"),
        ("杭州市西湖区转塘街道之江路99号", "urban", "hz-city", "0"),
        ("杭州下沙6号大街260号", "urban", "hz-city", "0"),
        ("杭州市江干区九堡镇", "urban", "hz-city", "0"),
        ("杭州市余杭区仓前街道文一西路969号", "urban", "hz-city", "0"),
        ("杭州余杭临平街道", "suburban", "hz-suburb", "0"),
        ("杭州市萧山区瓜沥镇", "suburban", "hz-suburb", "0"),
        ("Building 4, No. 2250 Pudong South Road, Pudong New Area, Shanghai", "suburban", "sh-east", "0"),
        ("No. 88 Xianxia Road, Changning District, Shanghai", "urban", "sh-west", "0"),
    ],
)
def test_the_sample_company_picks_up(
    sample: AreaTable, divisions: Divisions, text: str, zone: str, dispatcher: str, pickup: str
) -> None:
    area = find(sample, divisions, text, "上海市")
    assert area is not None
    assert (area.zone, area.dispatcher, area.pickup_surcharge) == (zone, dispatcher, Decimal(pickup))


@pytest.mark.parametrize(
    ("text", "surcharge"),
    [("西藏拉萨市城关区", "800"), ("乌鲁木齐", "600"), ("青海西宁", "400"), ("呼和浩特市", "300"), ("三亚市", "300")],
)
def test_a_remote_destination_has_a_delivery_surcharge(
    sample: AreaTable, divisions: Divisions, text: str, surcharge: str
) -> None:
    area = find(sample, divisions, text)
    assert area is not None
    assert (area.zone, area.dispatcher, area.delivery_surcharge) == (Zone.OUTSIDE, None, Decimal(surcharge))


@pytest.mark.parametrize("text", ["安徽省合肥市蜀山区", "苏州市吴江区盛泽镇", "深圳市福田区下沙", "绍兴市越城区"])
def test_elsewhere_is_outside(sample: AreaTable, divisions: Divisions, text: str) -> None:
    place = divisions.locate(text)
    assert sample.find(text, place) is None
    assert not sample.too_coarse(place)


@pytest.mark.parametrize("text", ["上海市南京西路100号", "杭州", "浙江省", "绍兴市"])
def test_a_city_without_its_district_is_not_told(sample: AreaTable, divisions: Divisions, text: str) -> None:
    place = divisions.locate(text)
    assert sample.find(text, place) is None
    assert sample.too_coarse(place)


def test_the_sample_company_covers_its_cities(sample: AreaTable, divisions: Divisions) -> None:
    assert sample.coverage(divisions, "上海市") == []
    assert sample.coverage(divisions, "杭州市") == []
    assert len(sample.coverage(divisions, "南京市")) == 11
    assert set(sample.dispatchers()) == {"sh-west", "sh-east", "sh-south", "sh-north", "hz-city", "hz-suburb"}


def test_coverage_names_the_district_without_a_row(divisions: Divisions) -> None:
    table = table_of(divisions, "厦门市思明区,division,urban,a,,,", "厦门市湖里区,division,outside,,,,")
    missing = [place.county for place in table.coverage(divisions, "厦门市")]
    assert missing == ["海沧区", "集美区", "同安区", "翔安区"]


def test_a_district_is_covered_by_rows_for_all_its_towns(divisions: Divisions) -> None:
    towns = divisions.subdivisions(Place("上海市", "上海市", "奉贤区", None))
    rows = [f"上海市奉贤区{town.town},division,suburban,a,,," for town in towns]
    covered = table_of(divisions, *rows)
    assert "奉贤区" not in [place.county for place in covered.coverage(divisions, "上海市")]
    short = table_of(divisions, *rows[1:])
    assert "奉贤区" in [place.county for place in short.coverage(divisions, "上海市")]


def test_the_most_specific_division_wins_whatever_the_order_of_rows(divisions: Divisions) -> None:
    rows = [
        "浙江省,division,suburban,province,,,",
        "杭州市,division,suburban,city,,,",
        "杭州市西湖区,division,suburban,county,,,",
        "杭州市西湖区转塘街道,division,urban,town,,,",
    ]
    for table in (table_of(divisions, *rows), table_of(divisions, *reversed(rows))):
        expected = {"杭州市西湖区转塘街道": "town", "杭州西湖区文一路": "county", "杭州市": "city", "宁波": "province"}
        for text, dispatcher in expected.items():
            area = find(table, divisions, text)
            assert area is not None
            assert area.dispatcher == dispatcher


def test_an_own_alias_wins_over_the_divisions_and_the_longer_over_the_shorter(divisions: Divisions) -> None:
    table = table_of(
        divisions,
        "上海市闵行区莘庄镇,division,urban,town,,,",
        "莘庄工业区,alias,suburban,alias,,,",
        "莘庄工业区北区,alias,urban,longer,,,",
        "申富,keyword,urban,keyword,,,",
    )
    answers = {
        "上海市闵行区莘庄镇莘庄工业区": "alias",
        "上海市闵行区莘庄工业区北区3号": "longer",
        "上海市闵行区莘庄镇申富路1号": "keyword",
        "上海市闵行区莘庄镇莘松路": "town",
    }
    for text, dispatcher in answers.items():
        area = find(table, divisions, text)
        assert area is not None
        assert area.dispatcher == dispatcher


def test_an_alias_is_not_read_in_a_road_or_in_another_city(divisions: Divisions) -> None:
    table = table_of(divisions, "杭州 下沙,alias,urban,hz,,,", "外高桥,alias,urban,wgq,,,", "老仓库,alias,urban,old,,,")
    assert find(table, divisions, "深圳市福田区下沙") is None
    assert find(table, divisions, "上海市浦东新区航头镇下沙") is None
    assert find(table, divisions, "上海市徐汇区外高桥路1号") is None
    area = find(table, divisions, "下沙")
    assert area is not None
    assert area.dispatcher == "hz"
    anywhere = find(table, divisions, "老仓库A座")
    assert anywhere is not None
    assert anywhere.dispatcher == "old"


def test_postcodes_by_the_longest_that_fits(divisions: Divisions) -> None:
    table = table_of(
        divisions,
        "2011,postcode,suburban,prefix,,,",
        "201108,postcode,urban,whole,,,",
        "上海市闵行区,division,suburban,county,,,",
        "上海市,division,suburban,city,,,",
    )
    answers = {
        "201108 上海市闵行区申富路": "whole",
        "201109 上海市闵行区": "county",
        "上海市 201109": "prefix",
        "上海市申富路": "city",
        "上海市 电话13820110899": "city",
    }
    for text, dispatcher in answers.items():
        area = find(table, divisions, text)
        assert area is not None
        assert area.dispatcher == dispatcher, text


def test_an_ambiguous_place_has_an_area_only_where_all_readings_agree(divisions: Divisions) -> None:
    one = table_of(divisions, "江苏省,division,suburban,js,,,")
    both = Ambiguous((Place("江苏省", "南京市", "鼓楼区", None), Place("江苏省", "徐州市", "鼓楼区", None)))
    area = one.find("鼓楼区", both)
    assert area is not None
    assert area.dispatcher == "js"
    split = table_of(divisions, "南京市,division,urban,nj,,,", "徐州市,division,urban,xz,,,")
    assert split.find("鼓楼区", both) is None


def test_spreadsheets_of_people(divisions: Divisions) -> None:
    heading = "匹配,类型,区域,调度,提货费,送货费,备注"
    text = f"{heading}\n昆山,行政区划,郊区,sh-north,80元,,\n#,,,,,,\n,,,,,,\n九堡,别名,城区,hz,,１２．５,x\n"
    for octets in (
        text.encode("utf-8"),
        text.encode("utf-8-sig"),
        text.encode("gbk"),
        text.replace(",", "\t").encode(),
    ):
        table, faults = AreaTable.parse(sheet.decode(octets), "areas.csv", divisions)
        assert faults == []
        first, second = table.areas
        assert first == Area(Zone.SUBURBAN, "sh-north", Decimal("80.00"), Decimal("0.00"), "areas.csv:2", "昆山")
        assert second.delivery_surcharge == Decimal("12.50")
        assert second.row == "areas.csv:5"


def test_what_consign_address_prints(sample: AreaTable, divisions: Divisions) -> None:
    assert address_json("上海市闵行区莘庄镇", divisions, sample, "上海市") == {
        "province": "上海市",
        "city": "上海市",
        "county": "闵行区",
        "town": "莘庄镇",
        "zone": "urban",
        "dispatcher": "sh-south",
    }
    ambiguous = address_json("鼓楼区", divisions, sample, "上海市")
    assert set(ambiguous) == {"ambiguous", "zone", "dispatcher"}
    assert "江苏省/南京市/鼓楼区" in ambiguous["ambiguous"]
    assert (ambiguous["zone"], ambiguous["dispatcher"]) == (None, None)
    outside = address_json("合肥市", divisions, sample, "上海市")
    assert (outside["city"], outside["county"], outside["zone"]) == ("合肥市", None, "outside")
    unknown = address_json("某某路1号", divisions, sample, "上海市")
    assert unknown == dict.fromkeys(("province", "city", "county", "town", "zone", "dispatcher"))
