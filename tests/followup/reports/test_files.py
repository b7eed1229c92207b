"""A report as a workbook, on paper, as CSV, as facts, drawn: the same figures, and nothing that runs."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from pypdf import PdfReader

from dispatch.papers import chinese_font
from followup.console.charts import HEIGHT, WIDTH, column_chart, round_above
from followup.reports.drawing import drawings
from followup.reports.files import csv_of, facts, harmless
from followup.reports.paper import pdf_of
from followup.reports.period import period_of
from followup.reports.report import Chart, Column, Figure, Report, Table, Unit
from followup.reports.speaking import Speaker
from followup.reports.workbook import xlsx_of
from tests.processes import require

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
SPEAKER = Speaker("zh", ZONE, {"sh-west": "陆明"}, {"li": "李静"})
EVIL = '=HYPERLINK("http://evil.example";"x")'


def report(**changes: object) -> Report:
    """A report on pickups with a dispatcher whose key would be a formula."""
    columns = (
        Column("dispatcher", Unit.DISPATCHER),
        Column("count"),
        Column("in_time"),
        Column("late"),
        Column("share", Unit.SHARE),
    )
    table = Table(
        "by_dispatcher",
        columns,
        (("sh-west", 3, 2, 1, Decimal("0.6667")), (EVIL, 1, 1, 0, Decimal("1.0000"))),
        (None, 4, 3, 1, Decimal("0.7500")),
    )
    late = (
        Column("order", Unit.ORDER),
        Column("pickup_by", Unit.MOMENT),
        Column("late_by", Unit.SPAN),
    )
    behind = Table("behind", late, (("20261124-0001", NOW, timedelta(hours=3, seconds=7)),), more=2)
    values: dict[str, object] = {
        "figures": (
            Figure("count", 4),
            Figure("share", Decimal("0.7500"), Unit.SHARE),
            Figure("latest", None, Unit.SPAN),
        ),
        "tables": (table, behind),
        "charts": (Chart("by_dispatcher", ("in_time", "late")),),
    }
    return Report("pickups", period_of("today", NOW, ZONE), **(values | changes))  # type: ignore[arg-type]  # each key has its own type


def test_the_workbook_holds_numbers_as_numbers_and_text_as_text() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_of(report(), SPEAKER)))
    assert book.sheetnames == ["提货准时", "按调度", "迟到与未提货清单"]
    figures = {row[0].value: (row[1].value, row[2].value) for row in book["提货准时"].iter_rows(min_row=6)}
    assert figures["应提货"][0] == 4
    assert figures["准时率"] == (0.75, "准时 ÷（准时 + 迟到 + 未提货）。")
    assert figures["最大超时"][0] is None
    page = book["按调度"]
    assert [[cell.value for cell in row] for row in page.iter_rows()] == [
        ["调度", "应提货", "准时", "迟到", "准时率"],
        ["陆明", 3, 2, 1, 0.6667],
        [EVIL, 1, 1, 0, 1],
        ["总计", 4, 3, 1, 0.75],
    ]
    assert page["A3"].data_type == "s", "never a formula"
    assert page["E2"].number_format == "0.0%"
    assert len(page._charts) == 1  # type: ignore[attr-defined]  # the library does not tell its charts otherwise
    times = [cell.value for cell in book["迟到与未提货清单"][2]]
    assert times == ["20261124-0001", datetime(2026, 11, 24, 12, 0), timedelta(hours=3, seconds=7)]  # noqa: DTZ001
    assert book["迟到与未提货清单"]["A3"].value == "另有 2 行未列出"
    assert not any(cell.data_type == "f" for each in book for row in each.iter_rows() for cell in row)


def test_signs_that_a_workbook_cannot_hold_are_left_out() -> None:
    odd = Table("behind", (Column("order", Unit.ORDER),), (("a\x00b\ud800c",),))
    book = openpyxl.load_workbook(io.BytesIO(xlsx_of(report(tables=(odd,), charts=()), SPEAKER)))
    assert book["迟到与未提货清单"]["A2"].value == "abc"


def test_the_csv_runs_nothing() -> None:
    rows = list(csv.reader(io.StringIO(csv_of(report(), SPEAKER).decode("utf-8-sig"))))
    assert rows[0] == ["提货准时", "2026-11-24"]
    assert ["准时率", "75.0%", "准时 ÷（准时 + 迟到 + 未提货）。"] in rows
    assert ["陆明", "3", "2", "1", "66.7%"] in rows
    assert ["'" + EVIL, "1", "1", "0", "100.0%"] in rows
    assert ["总计", "4", "3", "1", "75.0%"] in rows
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("+25.0%", "+25.0%"),
        ("-1,234.50", "-1,234.50"),
        ("-", "'-"),
        ("", ""),
        ("杭州", "杭州"),
    ],
)
def test_only_numbers_may_begin_with_a_sign(cell: str, written: str) -> None:
    assert harmless(cell) == written


def needs_font() -> None:
    if chinese_font() is None:
        require("no-chinese-font", "fonts-noto-cjk")


def plain(text: str) -> str:
    """Without the zeros that some readers put between the letters of a font in two bytes."""
    return text.replace("\x00", "")


def test_the_paper_says_the_same() -> None:
    needs_font()
    reader = PdfReader(io.BytesIO(pdf_of(report(), SPEAKER, "沪杭第三方物流")))
    text = plain(reader.pages[0].extract_text())
    for said in (
        "沪杭第三方物流",
        "提货准时",
        "2026-11-24",
        "75.0%",
        "陆明",
        "66.7%",
        "20261124-0001",
        "另有 2 行未列出",
    ):
        assert said in text, said


def test_a_long_table_goes_on_on_the_next_page() -> None:
    needs_font()
    rows = tuple((f"20261124-{number:04d}", NOW, timedelta(hours=1)) for number in range(200))
    columns = (Column("order", Unit.ORDER), Column("pickup_by", Unit.MOMENT), Column("late_by", Unit.SPAN))
    octets = pdf_of(report(tables=(Table("behind", columns, rows),), charts=()), SPEAKER, "沪杭第三方物流")
    pages = [plain(page.extract_text()) for page in PdfReader(io.BytesIO(octets)).pages]
    assert len(pages) > 2
    assert all("超时" in page for page in pages), "the headings stand on every page"
    assert sum(page.count("20261124-") for page in pages) == 200


def test_the_facts_are_exact() -> None:
    told = json.loads(json.dumps(facts(report())))
    assert told["period"] == {
        "key": "2026-11-24",
        "first": "2026-11-24",
        "last": "2026-11-24",
        "timezone": "Asia/Shanghai",
        "as_of": "2026-11-24T04:00:00+00:00",
    }
    assert told["figures"] == {"count": 4, "share": "0.7500", "latest": None}
    assert told["tables"]["behind"]["rows"] == [["20261124-0001", "2026-11-24T04:00:00+00:00", 10807.0]]
    assert told["tables"]["behind"]["more"] == 2
    assert told["tables"]["by_dispatcher"]["total"] == [None, 4, 3, 1, "0.7500"]


def test_a_lying_chart_is_the_table_to_scale() -> None:
    (drawing,) = drawings(report(), SPEAKER)
    assert drawing.lying
    first, second = drawing.lying.rows
    assert [bar.value for bar in first.bars] == [2, 1]
    assert first.bars[0].width == pytest.approx(2 * first.bars[1].width, abs=0.2)
    assert second.end - drawing.lying.left == pytest.approx((first.end - drawing.lying.left) / 3, abs=0.2)
    assert drawing.legend == (("barwell", "准时"), ("barsoon", "迟到"))
    assert drawing.sums == ("3", "1")
    assert "陆明 3" in drawing.description


def test_a_standing_chart_stays_in_its_frame() -> None:
    chart = column_chart([(f"{hour:02d}", [("barwell", hour), ("barlate", 1)]) for hour in range(24)])
    assert [stack.title for stack in chart.stacks][:2] == ["00", "01"]
    assert sum(bool(stack.text) for stack in chart.stacks) == 12, "only as many texts as fit"
    for stack in chart.stacks:
        assert 0 < stack.x < stack.x + stack.width < WIDTH
        assert all(block.y > 0 and block.y + block.height <= chart.floor + 0.2 < HEIGHT for block in stack.blocks)
    highest = chart.stacks[-1].blocks
    assert highest[0].height + highest[1].height == pytest.approx(24 / 40 * (chart.floor - 14), abs=0.2)


@pytest.mark.parametrize(
    ("value", "top"), [(0, 2), (1, 2), (2, 2), (3, 4), (5, 10), (10, 20), (11, 20), (25, 40), (999, 1000)]
)
def test_the_scale_ends_at_a_round_number(value: int, top: int) -> None:
    assert round_above(value) == top


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (None, Unit.COUNT, "—"),
        (1234, Unit.COUNT, "1,234"),
        (Decimal("0.9996"), Unit.SHARE, "99.96%"),  # never rounded up to all
        (Decimal("1"), Unit.SHARE, "100.0%"),
        (Decimal("0.25"), Unit.CHANGE, "+25.0%"),
        (Decimal("-0.1"), Unit.CHANGE, "-10.0%"),
        (180.0, Unit.SECONDS, "180.0 秒"),
        (timedelta(seconds=59), Unit.SPAN, "59 秒"),
        (timedelta(minutes=90), Unit.SPAN, "90 分钟"),
        (timedelta(hours=26), Unit.SPAN, "26.0 小时"),
        (timedelta(days=9, hours=12), Unit.SPAN, "9.5 天"),
        (Decimal("1234.5"), Unit.MONEY, "¥1,234.50"),
        (Decimal("4.33"), Unit.SCORE, "4.33"),
        (NOW, Unit.MOMENT, "2026-11-24 12:00:00"),
        ("urban", Unit.ZONE, "城区"),
        ("sh-west", Unit.DISPATCHER, "陆明"),
        ("li", Unit.AGENT, "李静"),
        ("agent:li", Unit.AGENT, "李静"),
        ("dispatcher:sh-west", Unit.AGENT, "陆明"),
        ("", Unit.TEXT, "（未填）"),
        ("verify_pickup", Unit.TASK, "核实提货"),
        ("something_new", Unit.TASK, "something_new"),
    ],
)
def test_values_as_people_read_them(value: object, unit: Unit, said: str) -> None:
    assert SPEAKER.say(value, unit) == said  # type: ignore[arg-type]  # parametrized as object
