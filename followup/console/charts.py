"""Charts as coordinates; the template draws them as SVG, so that no script and no style is needed. Pure."""

import math
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
    value: float


@dataclass(frozen=True)
class BarRow:
    y: float
    text: str
    bars: tuple[Bar, ...]
    total: float

    @property
    def end(self) -> float:
        """Where the row ends on the right; the left edge of the chart for one without bars."""
        return max((bar.x + bar.width for bar in self.bars), default=0.0)


@dataclass(frozen=True)
class BarChart:
    """Lying bars in parts, one row each."""

    rows: tuple[BarRow, ...]
    height: float
    left: float


Row = tuple[str, Sequence[tuple[str, float]]]  # text, ((kind of part, value), …)


@dataclass(frozen=True)
class Block:
    y: float
    height: float
    kind: str
    value: float


@dataclass(frozen=True)
class Stack:
    x: float
    width: float
    text: str  # "" where the texts of all would not fit
    blocks: tuple[Block, ...]
    title: str


@dataclass(frozen=True)
class ColumnChart:
    """Standing bars in parts along a time, with a scale of round numbers."""

    stacks: tuple[Stack, ...]
    marks: tuple[Tick, ...]
    floor: float


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


def bar_chart(rows: Sequence[Row], left: float = 130.0, right: float = 50.0) -> BarChart:
    """The longest row fills the width, but for `right`, where its sum stands."""
    most = max((sum(value for _, value in parts) for _, parts in rows), default=0) or 1
    space, step = WIDTH - left - right, 34.0
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


def column_chart(rows: Sequence[Row]) -> ColumnChart:
    """A stack for each row, in their sequence; the scale ends at a round number above the highest."""
    top = round_above(max((sum(value for _, value in parts) for _, parts in rows), default=0))
    floor, space = HEIGHT - BOTTOM, (WIDTH - LEFT - RIGHT) / max(len(rows), 1)
    every = max(1, math.ceil(len(rows) / 12))  # so many texts stand side by side
    stacks = []
    for number, (text, parts) in enumerate(rows):
        y, blocks = float(floor), []
        for kind, value in parts:
            height = value / top * (floor - TOP)
            y -= height
            if value:
                blocks.append(Block(round(y, 1), round(height, 1), kind, value))
        shown = text if number % every == 0 else ""
        x, width = LEFT + (number + 0.14) * space, 0.72 * space
        stacks.append(Stack(round(x, 1), round(width, 1), shown, tuple(blocks), text))
    marks = (Tick(TOP + (1 - part) * (floor - TOP), f"{top * part:,g}") for part in (0, 0.5, 1))
    return ColumnChart(tuple(stacks), tuple(marks), floor)


def round_above(value: float) -> float:
    """2, 4, 10, 20, 40, 100, …: the smallest such number that is not below the value."""
    step = 10.0 ** math.floor(math.log10(value)) if value > 1 else 1.0
    return next(factor * step for factor in (2, 4, 10, 20) if factor * step >= value)
