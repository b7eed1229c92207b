"""Polygons for addresses that give coordinates."""

import json
from decimal import Decimal
from typing import Any

import pytest

from config.area import AreaTable
from config.areamap import AreaMap, Point, point_in
from config.divisions import Divisions
from config.zone import Zone


def square(west: float, south: float, size: float, **properties: Any) -> dict[str, Any]:
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def collection(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("仓库 121.4737,31.2304", Point(121.4737, 31.2304)),
        ("31.2304, 121.4737", Point(121.4737, 31.2304)),
        ("北纬31.2304°,东经121.4737°", Point(121.4737, 31.2304)),
        ("１２１．４７３７，３１．２３０４", Point(121.4737, 31.2304)),
        ("上海市闵行区申富路128号", None),
        ("3.25, 121.50", Point(121.50, 3.25)),
        ("2.35,3.15", None),
        ("1.121.4737,31.2304", None),
    ],
)
def test_coordinates_in_a_text(text: str, point: Point | None) -> None:
    assert point_in(text) == point


def test_the_smallest_polygon_decides_and_goes_before_the_table() -> None:
    divisions = Divisions.load()
    table, _ = AreaTable.parse("match,kind,zone,dispatcher\n上海市,division,suburban,table\n", "areas.csv", divisions)
    drawn, faults = AreaMap.parse(
        collection(
            square(121.0, 31.0, 1.0, zone="suburban", dispatcher="wide", name="大"),
            square(121.4, 31.2, 0.1, zone="城区", dispatcher="narrow", pickup_surcharge=12.5),
        ),
        "rules/areas.geojson",
    )
    assert faults == []
    with_map = table.with_map(drawn)
    answers = {
        "121.4737,31.2304": "narrow",
        "121.90,31.90": "wide",
        "上海市 122.90,31.90": "table",
        "上海市静安区": "table",
    }
    for text, dispatcher in answers.items():
        area = with_map.find(text, divisions.locate(text))
        assert area is not None
        assert area.dispatcher == dispatcher
    area = drawn.find("121.45,31.25")
    assert area is not None
    assert (area.zone, area.pickup_surcharge, area.row) == (Zone.URBAN, Decimal("12.50"), "areas.geojson:2")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("no json", "features"),
        ("[]", "features"),
        (collection(square(121, 31, 1, zone="mars", dispatcher="a")), "features[1].zone"),
        (collection(square(121, 31, 1, zone="urban")), "features[1].dispatcher"),
        (
            collection(square(121, 31, 1, zone="urban", dispatcher="a", pickup_surcharge=-1)),
            "features[1].pickup_surcharge",
        ),
        (
            collection(square(121, 31, 1, zone="urban", dispatcher="a", pickup_surcharge="x")),
            "features[1].pickup_surcharge",
        ),
        (collection(square(121, 31, 0, zone="urban", dispatcher="a")), "features[1].geometry"),
        (
            collection({"geometry": {"type": "Point", "coordinates": [1, 2]}, "properties": {"zone": "outside"}}),
            "features[1].geometry",
        ),
        (collection({"geometry": None, "properties": {"zone": "outside"}}), "features[1].geometry"),
    ],
)
def test_a_broken_map_is_named(text: str, key: str) -> None:
    faults = AreaMap.parse(text, "areas.geojson")[1]
    assert [fault.key for fault in faults] == [key]
    assert faults[0].mend
