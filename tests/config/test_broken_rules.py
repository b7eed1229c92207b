"""Ways to break the rule files: each fault is named with file, line and column, and nothing else is accused."""

from dataclasses import dataclass

import pytest

from config.company import build_company
from config.phrases import catalogue
from config.rulefolder import RULE_FILES, RuleText, shipped
from config.settings import Settings


@dataclass(frozen=True)
class Break:
    """One mutation: the first line that begins with `line` has `old` replaced by `new`."""

    file: str
    line: str
    old: str
    new: str
    column: str
    code: str
    shift: int = 0  # lines between the mutated and the accused one


BREAKS = [
    Break("lanes.csv", "上海市,浙江省/杭州市,0", "0.52", "O.52", "price_kg", "cell_not_number"),
    Break("lanes.csv", "上海市,浙江省/杭州市,0", "0.52", "-0.52", "price_kg", "cell_too_small"),
    Break("lanes.csv", "上海市,浙江省/杭州市,0", "0.52", "0", "price_kg", "cell_too_small"),
    Break("lanes.csv", "上海市,浙江省/杭州市,0", "0.52", "NaN", "price_kg", "cell_not_number"),
    Break("lanes.csv", "上海市,浙江省/杭州市,0", "0.52", "1e99", "price_kg", "cell_not_number"),
    Break("lanes.csv", "上海市,上海市,0", "0.35", "", "price_kg", "lane_half_priced"),
    Break("lanes.csv", "上海市,浙江省/杭州市,0", ",0,1,", ",,1,", "transfers", "cell_missing"),
    Break("lanes.csv", "上海市,浙江省/杭州市,0", ",0,1,", ",0,1.5,", "days", "cell_not_whole"),
    Break("lanes.csv", "上海市,浙江省/杭州市,0", ",0,1,", ",0,90,", "days", "cell_out_of_range"),
    Break("lanes.csv", "上海市,浙江省/杭州市,0", "浙江省/杭州市", "航州市", "to", "cell_place_unknown"),
    Break("lanes.csv", "上海市,浙江省/杭州市,0", "浙江省/杭州市", "鼓楼区", "to", "cell_place_ambiguous"),
    Break("lanes.csv", "上海市,浙江省/杭州市,0", "浙江省/杭州市", "", "to", "cell_missing"),
    Break("lanes.csv", "上海市,安徽省,1", "安徽省", "浙江省", "to", "lane_twice"),
    Break("lanes.csv", "上海市,浙江省/杭州市,,,1000", "0.48", "", "price_kg", "lane_step_price"),
    Break("lanes.csv", "上海市,浙江省/杭州市,,,3000", "3000", "1000", "from_kg", "lane_step_twice"),
    Break("lanes.csv", "上海市,浙江省/杭州市,,,1000", ",,\n", ",50,\n", "minimum", "lane_step_minimum"),
    Break("lanes.csv", "上海市,江苏省/苏州市,,,1000", "上海市,江", "北京市,江", "from_kg", "lane_without_base"),
    Break("lanes.csv", "from,to", "price_m3", "price_cbm", "price_cbm", "sheet_column_unknown"),
    Break("lanes.csv", "from,to", "from,to", "to,to", "to", "sheet_column_twice"),
    Break("lanes.csv", "上海市,浙江省/杭州市,0", "60,", "60,a,b", "remark", "sheet_too_many_cells"),
    Break("lanes.csv", "上海市,浙江省/杭州市,0", "0.52", '"0.52', "", "sheet_broken"),
    Break("cargo.csv", "prohibited,汽油", "柴油", 'x,"柴油', "", "sheet_broken"),
    Break("cargo.csv", "prohibited,汽油", "prohibited", "forbidden", "rule", "cell_unknown_value"),
    Break("cargo.csv", "prohibited,汽油", "柴油", "油漆", "aliases", "row_twice"),
    Break("cargo.csv", "prohibited,汽油", "柴油", "油", "aliases", "goods_word_short"),
    Break("cargo.csv", "prohibited,汽油", ",3,", ",12,", "class", "cell_unknown_value"),
    Break("cargo.csv", "prohibited,汽油", "汽油", "", "goods", "cell_missing"),
    Break("limits.csv", "piece_cm", "600", "1600", "refuse_above", "limit_backwards"),
    Break("limits.csv", "piece_cm", "piece_cm", "piece_inch", "measure", "cell_unknown_value"),
    Break("limits.csv", "density", "2,10000", "20000,10000", "ask_above", "limit_backwards"),
    Break("limits.csv", "pieces", "3000", "", "ask_above", "cell_missing"),
    Break("dispatchers.csv", "sh-east", "dispatch-sh-east@", "dispatch-sh-east", "email", "dispatcher_email_wrong"),
    Break("dispatchers.csv", "sh-east", "13900000102", "call him", "phone", "dispatcher_phone_wrong"),
    Break("dispatchers.csv", "sh-east", "sh-south", "sh-moon", "deputy", "deputy_unknown"),
    Break("dispatchers.csv", "sh-east", "sh-south", "sh-east", "deputy", "deputy_himself"),
    Break("dispatchers.csv", "sh-east", ",,,zh", ",sunday,,zh", "days_off", "days_off_unreadable"),
    Break("dispatchers.csv", "sh-east", ",,,zh", ",,8-20,zh", "duty", "hours_unreadable"),
    Break("dispatchers.csv", "sh-east", ",,,zh", ",,,fr", "language", "cell_unknown_value"),
    Break(
        "dispatchers.csv",
        "sh-east,",
        "\n",
        "\nsh-east,钱,dispatch-x@consign.example,13900000109\n",
        "key",
        "row_twice",
        1,
    ),
    Break("dispatchers.csv", "key,name", "email", "mail", "mail", "sheet_column_unknown"),
    Break("cutoffs.csv", "urban,12:00", "12:00", "12:30", "from", "cutoff_gap"),
    Break("cutoffs.csv", "urban,12:00", "12:00", "11:30", "from", "cutoff_overlap"),
    Break("cutoffs.csv", "urban,12:00", "18:00,same", "14:00,same", "deadline", "cutoff_deadline_early"),
    Break("cutoffs.csv", "urban,12:00", "12:00,15:00", "15:00,12:00", "to", "cutoff_backwards"),
    Break("cutoffs.csv", "urban,12:00", "12:00,", "noon,", "from", "cell_not_time"),
    Break("cutoffs.csv", "urban,12:00", "same", "today", "day", "cell_unknown_value"),
    Break("cutoffs.csv", "suburban,12:00", "24:00", "23:00", "to", "cutoff_gap"),
    Break("calendar.csv", "date,until", "\n", "\n2026-02-30,,,no,,\n", "date", "cell_not_date", 1),
    Break("calendar.csv", "date,until", "\n", "\n2026-12-31,2026-12-30,,no,,\n", "until", "calendar_backwards", 1),
    Break("calendar.csv", "date,until", "\n", "\n2026-12-31,,,perhaps,,\n", "working", "cell_unknown_value", 1),
    Break(
        "calendar.csv",
        "date,until",
        "\n",
        "\n2026-12-31,,,no,,\n2026-12-31,,urban,yes,,\n",
        "date",
        "calendar_day_twice",
        2,
    ),
    Break(
        "calendar.csv", "date,until", "\n", "\n2026-12-31,,,no,8:00-9:00,\n", "hours", "calendar_hours_on_day_off", 1
    ),
    Break("calendar.csv", "date,until", "\n", "\n*,,,yes,9-17,\n", "hours", "hours_unreadable", 1),
    Break("surcharges.csv", "upstairs", "upstairs", "stairs", "code", "cell_unknown_value"),
    Break("surcharges.csv", "upstairs", "service", "sometimes", "when", "cell_unknown_value"),
    Break("surcharges.csv", "upstairs", "0.10", "", "amount", "cell_missing"),
    Break("surcharges.csv", "fuel,always,,,2026-07-01", "percent", "kg", "per", "surcharge_percent_only"),
    Break("surcharges.csv", "fuel,always,,,2026-07-01", "2026-07-01", "2026-06-30", "code", "surcharge_overlap"),
    Break("surcharges.csv", "fuel,always,,,2026-07-01", "2026-07-01", "soon", "from", "cell_not_date"),
    Break("surcharges.csv", "oversize,piece_cm,300", "300", "", "over", "cell_missing"),
    Break("surcharges.csv", "season", "2027-02-12", "2026-02-12", "until", "calendar_backwards"),
    Break("surcharges.csv", "remote,place", "浙江省/舟山市/嵊泗县", "", "place", "cell_missing"),
    Break("areas.csv", "上海市黄浦区", "sh-west", "sh-moon", "dispatcher", "area_dispatcher_unknown"),
    Break("areas.csv", "上海市黄浦区", "urban", "downtown", "zone", "area_zone_unknown"),
    Break("areas.csv", "上海市黄浦区", "黄浦区", "黄土区", "match", "area_division_unknown"),
]


def broken(case: Break) -> tuple[dict[str, RuleText], int]:
    """The rule files with one mutation, and the line (1-based) that it stands in."""
    texts = {name: RuleText(name, shipped(name)) for name in RULE_FILES}
    lines = shipped(case.file).splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if line.startswith(case.line))
    assert case.old in lines[at]
    lines[at] = lines[at].replace(case.old, case.new, 1)
    texts[case.file] = RuleText(case.file, "".join(lines))
    return texts, at + 1 + case.shift


def test_the_shipped_rules_have_no_fault() -> None:
    company, faults = build_company(Settings(), {name: RuleText(name, shipped(name)) for name in RULE_FILES})
    assert faults == []
    assert company is not None


@pytest.mark.parametrize("case", BREAKS, ids=lambda case: f"{case.file}-{case.code}-{case.new}")
def test_each_fault_is_named(case: Break) -> None:
    texts, line = broken(case)
    company, faults = build_company(Settings(), texts)
    assert company is None
    assert (case.file, line, case.column, catalogue()[case.code]["mend"]) in [
        (fault.file, fault.line, fault.key, fault.mend) for fault in faults
    ]
    assert {(fault.file, fault.line) for fault in faults} == {(case.file, line)}


def test_there_are_enough_of_them_in_every_file() -> None:
    assert len(BREAKS) >= 40
    assert {case.file for case in BREAKS} == set(RULE_FILES)


def test_all_faults_of_all_files_come_at_once() -> None:
    texts = {name: RuleText(name, shipped(name)) for name in RULE_FILES}
    for name in ("lanes.csv", "cargo.csv", "dispatchers.csv"):
        texts[name] = broken(next(case for case in BREAKS if case.file == name))[0][name]
    _, faults = build_company(Settings(), texts)
    assert {fault.file for fault in faults} == {"lanes.csv", "cargo.csv", "dispatchers.csv"}


def test_an_empty_file_is_a_fault() -> None:
    texts = {name: RuleText(name, shipped(name)) for name in RULE_FILES}
    texts["lanes.csv"] = RuleText("lanes.csv", "# nothing\n")
    _, faults = build_company(Settings(), texts)
    assert [(fault.file, fault.mend) for fault in faults] == [("lanes.csv", catalogue()["sheet_empty"]["mend"])]
    texts["lanes.csv"] = RuleText("lanes.csv", shipped("lanes.csv").split("\n上海市", 1)[0])
    _, faults = build_company(Settings(), texts)
    assert [(fault.file, fault.mend) for fault in faults] == [("lanes.csv", catalogue()["lanes_none"]["mend"])]
