"""Free text to a division: the table of addresses, the other words of the order, and what must hold for every name."""

import csv
from pathlib import Path

import pytest

from config.divisions import Ambiguous, Divisions, Place

TABLE = Path(__file__).parents[1] / "data" / "addresses.csv"


def table() -> list[dict[str, str]]:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def divisions() -> Divisions:
    return Divisions.load()


def written(found: Place | Ambiguous | None) -> str:
    """The form of the table; the readings of an ambiguous text in the order of their paths."""
    if found is None:
        return "-"
    if isinstance(found, Ambiguous):
        return "?" + ",".join(sorted(place.path for place in found.paths))
    return "/".join(level or "" for level in found.levels)


def sorted_readings(expected: str) -> str:
    return "?" + ",".join(sorted(expected[1:].split(","))) if expected.startswith("?") else expected


@pytest.mark.parametrize("row", table(), ids=lambda row: row["text"])
def test_what_a_person_reads(divisions: Divisions, row: dict[str, str]) -> None:
    assert written(divisions.locate(row["text"])) == sorted_readings(row["expected"])


def test_the_table_is_wide_enough() -> None:
    cities = {row["expected"].split("/")[1] for row in table() if "/" in row["expected"] and row["expected"][0] != "?"}
    assert len(table()) >= 1100
    assert len(cities) >= 200


@pytest.mark.parametrize("road", ["路100号", "东路5号", "大道18号", "西二路3号", "南街", "中大街6号"])
def test_no_road_is_a_place(divisions: Divisions, road: str) -> None:
    """Every city and county has roads named after it elsewhere; beside a district, none of them may win."""
    for city in every_city(divisions):
        bare = city.city.removesuffix("市") if city.city else ""
        found = divisions.locate(f"上海市闵行区{bare}{road}")
        assert written(found) == "上海市/上海市/闵行区/", f"{bare}{road}"


@pytest.mark.parametrize("words", ["恒达电子有限公司", "大厦3楼", "广场A座", "花园12栋"])
def test_no_company_or_building_is_a_place(divisions: Divisions, words: str) -> None:
    for city in every_city(divisions):
        bare = city.city.removesuffix("市") if city.city else ""
        for text in (f"上海市闵行区都市路100号{bare}{words}", f"{bare}{words} 上海市闵行区都市路100号"):
            assert written(divisions.locate(text)) == "上海市/上海市/闵行区/", text


def test_every_county_is_found_by_its_official_path(divisions: Divisions) -> None:
    for county in every_county(divisions):
        levels = [level for level in county.levels if level]
        text = "".join(level for i, level in enumerate(levels) if i == 0 or level != levels[i - 1])
        found = divisions.locate(text + "人民路18号")
        assert isinstance(found, Place)
        assert found.levels == county.levels, text


def test_every_town_is_found_behind_its_county(divisions: Divisions) -> None:
    wrong = []
    for county in every_county(divisions)[::12]:
        for town in divisions.subdivisions(county):
            text = f"{town.city}{'' if town.county == town.city else town.county}{town.town}解放路5号"
            found = divisions.locate(text)
            if not isinstance(found, Place) or found.levels != town.levels:
                wrong.append(text)
    assert wrong == []


def every_city(divisions: Divisions) -> list[Place]:
    return [city for province in divisions.provinces() for city in divisions.subdivisions(province)]


def every_county(divisions: Divisions) -> list[Place]:
    return [c for city in every_city(divisions) for c in divisions.subdivisions(city) if c.county and c.town is None]
