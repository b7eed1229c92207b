"""Charts as coordinates; the template draws them as SVG, so that no script and no style is needed. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 14, 30
PROMISE = 180.0  # seconds (SPEC 5)


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    late: bool
    title: str


@dataclass(frozen=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True)
class DotChart:
    """Seconds over the hours of a day, with the line of the promise."""

    dots: tuple[Dot, ...]
    hours: tuple[Tick, ...]
    seconds: tuple[Tick, ...]
    limit: float


@dataclass(frozen=True)
class Bar:
    x: float
    width: float
    kind: str
    value: int


@dataclass(frozen=True)
class BarRow:
    y: float
    text: str
    bars: tuple[Bar, ...]
    total: int


@dataclass(frozen=True)
class BarChart:
    """Lying bars in parts, one row each."""

    rows: tuple[BarRow, ...]
    height: float
    left: float


def dot_chart(points: Iterable[tuple[datetime, float]], zone: ZoneInfo) -> DotChart:
    """One dot a work order. What took longer than a third more than the promise sits at the upper edge."""
    top = PROMISE * 4 / 3
    inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(moment: datetime) -> float:
        local = moment.astimezone(zone)
        return LEFT + (local.hour * 60 + local.minute + local.second / 60) / 1440 * inner_width

    def y(seconds: float) -> float:
        return TOP + (1 - min(max(seconds, 0.0), top) / top) * inner_height

    dots = tuple(
        Dot(round(x(at), 1), round(y(seconds), 1), seconds > PROMISE, f"{at.astimezone(zone):%H:%M:%S} {seconds:.1f} s")
        for at, seconds in points
    )
    hours = tuple(Tick(LEFT + hour / 24 * inner_width, f"{hour}:00") for hour in range(0, 25, 4))
    marks = tuple(Tick(y(seconds), f"{seconds}") for seconds in (0, 60, 120, 180, 240))
    return DotChart(dots, hours, marks, y(PROMISE))


def bar_chart(rows: Sequence[tuple[str, Sequence[tuple[str, int]]]], left: float = 130.0) -> BarChart:
    """Rows of (text, ((kind of part, value), …)); the longest row fills the width."""
    most = max((sum(value for _, value in parts) for _, parts in rows), default=0) or 1
    space, step = WIDTH - left - 50, 34.0
    made = []
    for number, (text, parts) in enumerate(rows):
        x, bars = left, []
        for kind, value in parts:
            width = value / most * space
            if value:
                bars.append(Bar(round(x, 1), round(width, 1), kind, value))
            x += width
        made.append(BarRow(8 + number * step, text, tuple(bars), sum(value for _, value in parts)))
    return BarChart(tuple(made), 16 + len(rows) * step, left)
