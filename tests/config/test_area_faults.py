"""Broken areas.csv: every fault is named with its line and column, and nothing but the fault."""

import pytest

from config import sheet
from config.area import AreaTable
from config.divisions import Divisions
from config.faults import Fault

HEADING = "match,kind,zone,dispatcher,pickup_surcharge,delivery_surcharge,remark"
SOUND = "上海市静安区,division,urban,sh-west,,,"


def faults_of(text: str) -> list[Fault]:
    return AreaTable.parse(text, "rules/areas.csv", Divisions.load())[1]


BROKEN_ROWS = [
    ("上海市火星区,division,urban,a,,,", "match", "没有这个行政区划"),
    ("上海市静安曲,division,urban,a,,,", "match", "没有这个行政区划"),
    ("不存在,division,urban,a,,,", "match", "没有这个行政区划"),
    ("Shanghai,division,urban,a,,,", "match", "没有这个行政区划"),
    ("鼓楼区,division,urban,a,,,", "match", "南京市"),
    ("西湖区,division,urban,a,,,", "match", "好几个"),
    ("杭州/宁波,division,urban,a,,,", "match", "好几个"),
    (",division,urban,a,,,", "match", "没有写地名"),
    ("上海市静安区,area,urban,a,,,", "kind", "area"),
    ("上海市闵行区,,urban,a,,,", "kind", "类型"),
    ("上海市闵行区,division,city,a,,,", "zone", "city"),
    ("上海市闵行区,division,,a,,,", "zone", "区域"),
    ("上海市闵行区,division,Urban area,a,,,", "zone", "Urban area"),
    ("上海市闵行区,division,urban,,,,", "dispatcher", "没有调度"),
    ("九堡,alias,suburban,,,,", "dispatcher", "没有调度"),
    ("上海市闵行区,division,urban,a,-5,,", "pickup_surcharge", "负数"),
    ("上海市闵行区,division,urban,a,,-0.01,", "delivery_surcharge", "负数"),
    ("上海市闵行区,division,urban,a,八十,,", "pickup_surcharge", "八十"),
    ("上海市闵行区,division,urban,a,80.005,,", "pickup_surcharge", "80.005"),
    ("上海市闵行区,division,urban,a,1e9,,", "pickup_surcharge", "1e9"),
    ("上海市闵行区,division,urban,a,NaN,,", "pickup_surcharge", "NaN"),
    ("上海市闵行区,division,urban,a,,Infinity,", "delivery_surcharge", "Infinity"),
    ("上海市闵行区,division,urban,a,元,,", "pickup_surcharge", "元"),
    ("2011a,postcode,urban,a,,,", "match", "邮编"),
    ("2,postcode,urban,a,,,", "match", "邮编"),
    ("2011081,postcode,urban,a,,,", "match", "邮编"),
    ("沙,alias,urban,a,,,", "match", "太短"),
    ("路,keyword,urban,a,,,", "match", "太短"),
    ("火星 下沙,alias,urban,a,,,", "match", "没有这个行政区划"),
    ("上海市闵行区,division,urban,a,,,,多的", "remark", "多的"),
    ("上海市静安区,division,suburban,b,,,", "match", "第 2 行"),
    ("静安区,division,urban,sh-west,,,", "match", "第 2 行"),
    ("上海市闸北区,division,urban,sh-west,,,", "match", "第 2 行"),
    ("上海靜安,division,urban,sh-west,,,", "match", "第 2 行"),
]


@pytest.mark.parametrize(("row", "column", "words"), BROKEN_ROWS, ids=[row for row, _, _ in BROKEN_ROWS])
def test_a_broken_row_is_named(row: str, column: str, words: str) -> None:
    faults = faults_of("\n".join([HEADING, SOUND, row, "上海市徐汇区,division,urban,sh-south,,,"]))
    assert [(fault.file, fault.line, fault.key) for fault in faults] == [("rules/areas.csv", 3, column)]
    assert words in faults[0].message
    assert faults[0].mend


BROKEN_SHEETS = [
    ("", None, "", "空"),
    ("\n\n", None, "", "空"),
    ("# 只有注释\n", None, "", "空"),
    ("match,kind,zone\n" + "上海市静安区,division,urban\n", 1, "dispatcher", "缺少"),
    ("kind,zone,dispatcher\n", 1, "match", "缺少"),
    (HEADING.replace("remark", "price") + "\n" + SOUND, 1, "price", "price"),
    (HEADING + ",zone\n" + SOUND, 1, "zone", "两次"),
    ("# 说明\n" + HEADING.replace("pickup_surcharge", "pickup") + "\n" + SOUND, 2, "pickup", "pickup"),
]


@pytest.mark.parametrize(("text", "line", "column", "words"), BROKEN_SHEETS)
def test_a_broken_sheet_is_named(text: str, line: int | None, column: str, words: str) -> None:
    faults = faults_of(text)
    assert [(fault.line, fault.key) for fault in faults] == [(line, column)]
    assert words in faults[0].message


def test_all_faults_are_named_at_once_in_the_order_of_lines() -> None:
    faults = faults_of("\n".join([HEADING, "火星,division,mars,,-1,x,", SOUND, "鼓楼区,division,urban,a,,,", SOUND]))
    assert [(fault.line, fault.key) for fault in faults] == [
        (2, "zone"),
        (2, "pickup_surcharge"),
        (2, "delivery_surcharge"),
        (2, "match"),
        (4, "match"),
        (5, "match"),
    ]


def test_the_line_is_that_of_the_file_where_a_cell_has_line_breaks() -> None:
    text = f'{HEADING}\n上海市静安区,division,urban,a,,,"两\n行"\n\n上海市闵行区,division,mars,a,,,\n'
    assert [(fault.line, fault.key) for fault in faults_of(text)] == [(5, "zone")]


def test_sound_rows_stay_beside_broken_ones() -> None:
    table, faults = AreaTable.parse(f"{HEADING}\n{SOUND}\n火星,division,urban,a,,,\n", "areas.csv", Divisions.load())
    assert len(faults) == 1
    assert [area.row for area in table.areas] == ["areas.csv:2"]


def test_octets_that_are_no_text_are_refused() -> None:
    with pytest.raises(UnicodeDecodeError):
        sheet.decode(b"\xff\xff\xff\xff")
