"""The charts of a report as coordinates with their words: screen and paper draw the same ones. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from followup.console.charts import BarChart, ColumnChart, Row, bar_chart, column_chart
from followup.reports.report import Chart, Report, Table, Unit, Value
from followup.reports.speaking import Speaker

MOST = 12  # rows of a lying chart; the table beside it has them all
LEFT, RIGHT = 150.0, 90.0
LONGEST = 20  # half-widths of a row's text
WELL, FAIR, SOON, LATE, OPEN, IDLE = "barwell", "barfair", "barsoon", "barlate", "baropen", "baridle"
# What a part says of how things are; others are drawn in the colour of what is merely so.
KINDS = {
    **dict.fromkeys(("in_time", "on_time", "called_in_time", "closed", "satisfied", "confirmed", "score_5"), WELL),
    **dict.fromkeys(("told_in_time", "score_4", "dropped", "not_said"), FAIR),
    **dict.fromkeys(("late", "score_2", "undecided"), SOON),
    **dict.fromkeys(("broken", "missed", "missing", "overdue", "lost", "unanswered", "not_satisfied", "score_1"), LATE),
    **dict.fromkeys(("withdrawn", "score_3"), IDLE),
}


@dataclass(frozen=True)
class Drawing:
    """One chart: lying or standing bars, what the colours mean, and what it shows in a sentence."""

    title: str
    legend: tuple[tuple[str, str], ...]  # kind of part, its name
    description: str
    table: str
    lying: BarChart | None = None
    standing: ColumnChart | None = None
    sums: tuple[str, ...] = ()  # of lying rows, as text


def drawings(report: Report, speaker: Speaker) -> list[Drawing]:
    """The charts that have something to show."""
    return [drawn(report, chart, speaker) for chart in report.charts if report.table(chart.table).rows]


def drawn(report: Report, chart: Chart, speaker: Speaker) -> Drawing:
    table = report.table(chart.table)
    shown = table.rows if chart.standing else table.rows[:MOST]
    places = [_place(table, part) for part in chart.parts]
    unit = table.columns[places[0]].unit
    rows: list[Row] = []
    sums = []
    for row in shown:
        parts = [(KINDS.get(part, OPEN), _size(row[place])) for part, place in zip(chart.parts, places, strict=True)]
        text = speaker.say(row[0], table.columns[0].unit) if row[0] is not None else ""
        rows.append((text if chart.standing else _cut(text), parts))
        sums.append(_sum([row[place] for place in places], unit, speaker))
    title = speaker.name(report.name, chart.table)
    used = [part for part, place in zip(chart.parts, places, strict=True) if any(_size(row[place]) for row in shown)]
    legend = tuple((KINDS.get(part, OPEN), speaker.name(report.name, part)) for part in used)
    said = "; ".join(f"{text} {each}" for (text, _), each in zip(rows, sums, strict=True) if each)
    description = f"{', '.join(name for _, name in legend)}: {said}"
    if chart.standing:
        return Drawing(title, legend, description, chart.table, standing=column_chart(rows), sums=tuple(sums))
    return Drawing(title, legend, description, chart.table, lying=bar_chart(rows, LEFT, RIGHT), sums=tuple(sums))


def _place(table: Table, code: str) -> int:
    return [column.code for column in table.columns].index(code)


def _size(value: Value) -> float:
    if isinstance(value, timedelta):
        return value.total_seconds()
    return 0.0 if value is None else float(str(value))


def _sum(values: list[Value], unit: Unit, speaker: Speaker) -> str:
    """The sum of a row's parts; of seconds and the like there is but one."""
    if unit is Unit.COUNT:
        return speaker.say(sum(int(_size(value)) for value in values), unit)
    return speaker.say(values[0], unit)


def _cut(text: str) -> str:
    """A text as long as its place is wide: a Chinese character takes two places."""
    width, kept = 0, ""
    for sign in text:
        width += 2 if ord(sign) > 0x2E7F else 1
        if width > LONGEST:
            return kept + "…"
        kept += sign
    return text
