"""Areas drawn on a map: polygons of a GeoJSON file, for addresses that give coordinates. Optional: needs shapely."""

import json
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from importlib.util import find_spec
from typing import Any

from config import sheet
from config.areasheet import ZONES, Area
from config.faults import Fault
from config.placenames import fold
from config.zone import Zone

# 121.4737,31.2304 and 31.2304, 121.4737, with or without 东经, N, °: told apart by what can be which in China.
_PAIR = re.compile(
    r"(?<![\d.])(\d{1,3}\.\d{2,12})°?\s?[NE]?\s?[,;\s/]\s?(?:东经|北纬|[NE])?\s?(\d{1,3}\.\d{2,12})(?![\d.])"
)
_LONGITUDES = (73.0, 136.0)  # degrees east, the mainland and its islands
_LATITUDES = (3.0, 54.0)  # degrees north


@dataclass(frozen=True)
class Point:
    """A position in degrees, longitude first, as GeoJSON has it (WGS 84; what a map app gives is up to 700 m off)."""

    longitude: float
    latitude: float


def point_in(text: str) -> Point | None:
    """The coordinates that an address gives, in either order; None where it gives none that lie in China."""
    for first, second in _PAIR.findall(fold(text)):
        for longitude, latitude in ((float(first), float(second)), (float(second), float(first))):
            if _LONGITUDES[0] <= longitude <= _LONGITUDES[1] and _LATITUDES[0] <= latitude <= _LATITUDES[1]:
                return Point(longitude, latitude)
    return None


class AreaMap:
    """The polygons of areas.geojson. Where several hold a point, the smallest decides."""

    def __init__(self, shapes: list[tuple[Any, Area]]) -> None:
        self._shapes = sorted(shapes, key=lambda shape: shape[0].area)

    @classmethod
    def parse(cls, text: str, file: str) -> tuple["AreaMap", list[Fault]]:
        """The sound features of a FeatureCollection, each with properties zone, dispatcher, pickup_surcharge,
        delivery_surcharge and name; and the faults of the others."""
        if find_spec("shapely") is None:
            return cls([]), [sheet.fault(file, None, "", "map_needs_shapely")]
        try:
            features = json.loads(text)["features"]
        except (ValueError, KeyError, TypeError) as broken:
            return cls([]), [sheet.fault(file, getattr(broken, "lineno", None), "features", "map_not_geojson")]
        shapes: list[tuple[Any, Area]] = []
        faults: list[Fault] = []
        for number, feature in enumerate(features if isinstance(features, list) else [], 1):
            reading = _Feature(feature, file, number)
            shape, area = reading.shape(), reading.area()
            faults += reading.faults
            if shape is not None and area is not None:
                shapes.append((shape, area))
        return cls(shapes), faults

    def find(self, text: str) -> Area | None:
        """The area at the coordinates that the text gives; None without coordinates or outside all polygons."""
        point = point_in(text) if self._shapes else None
        if point is None:
            return None
        from shapely.geometry import Point as Position

        position = Position(point.longitude, point.latitude)
        return next((area for shape, area in self._shapes if shape.covers(position)), None)


class _Feature:
    """One feature of the file being read; faults name it by its number, as JSON has no lines worth naming."""

    def __init__(self, feature: Any, file: str, number: int) -> None:
        self._feature = feature if isinstance(feature, dict) else {}
        properties = self._feature.get("properties")
        self._properties: dict[str, Any] = properties if isinstance(properties, dict) else {}
        self._file, self._number = file, number
        self.faults: list[Fault] = []

    def _fault(self, column: str, code: str, **values: str) -> None:
        key = f"features[{self._number}].{column}"
        self.faults.append(sheet.fault(self._file, None, key, code, **values))

    def shape(self) -> Any:
        from shapely.errors import ShapelyError
        from shapely.geometry import shape as shape_of

        try:
            shape = shape_of(self._feature.get("geometry"))
        except (ShapelyError, ValueError, KeyError, TypeError, AttributeError, IndexError):
            shape = None
        if shape is None or shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty or not shape.is_valid:
            self._fault("geometry", "map_not_polygon")
            return None
        return shape

    def area(self) -> Area | None:
        zone = ZONES.get(fold(str(self._properties.get("zone", ""))).lower())
        dispatcher = str(self._properties.get("dispatcher") or "") or None
        name = str(self._properties.get("name") or self._number)
        if zone is None:
            self._fault("zone", "area_zone_unknown", value=str(self._properties.get("zone")))
        elif zone is not Zone.OUTSIDE and dispatcher is None:
            self._fault("dispatcher", "area_dispatcher_missing", match=name)
        pickup, delivery = self._money("pickup_surcharge"), self._money("delivery_surcharge")
        if self.faults or zone is None:
            return None
        row = f"{self._file.rpartition('/')[2]}:{self._number}"
        return Area(zone, dispatcher, pickup, delivery, row, name)

    def _money(self, name: str) -> Decimal:
        value = str(self._properties.get(name) or "0")
        try:
            amount = Decimal(value)
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite() or amount.copy_abs() >= 1_000_000:
            self._fault(name, "area_money_unreadable", value=value)
        elif amount < 0:
            self._fault(name, "area_money_negative", value=value)
        else:
            return amount.quantize(Decimal("0.01"))
        return Decimal("0.00")
