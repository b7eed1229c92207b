"""The pages of the reports: who sees which, what they can be narrowed to, and that nothing in them runs."""

import csv
import io
import re
from collections.abc import Callable

import openpyxl
import pytest
from pypdf import PdfReader

from dispatch.papers import chinese_font
from followup import actions
from followup.actions import Word
from followup.reports.catalogue import REPORTS
from followup.tables import Task
from followup.tables_journey import ShiftNote
from tests.deskworld import DeskWorld
from tests.followup.console.conftest import Browser
from tests.processes import require

Open = Callable[[str], Browser]
KPI = re.compile(r'<span class="soft">([^<]+)</span><b>([^<]+)</b></summary><p>([^<]+)</p>')


def figures(text: str) -> dict[str, str]:
    """Name -> value of every figure of a page; each has its definition."""
    return {name: value for name, value, definition in KPI.findall(text) if definition}


def a_call_by(world: DeskWorld, agent: str) -> None:
    with world.database.read() as session:
        task = session.query(Task.id).filter_by(kind="verify_pickup", state="open").order_by(Task.id).limit(1).scalar()
    actions.take(world.database, task, agent, world.clock())
    world.clock.advance(minutes=3)
    actions.say(world.database, world.company, task, Word(agent, "picked_up", {}), world.clock())


@pytest.mark.usefixtures("numbers")
@pytest.mark.parametrize("name", REPORTS)
def test_a_supervisor_sees_every_report(browser: Open, name: str) -> None:
    answer = browser("zhao").get(f"/reports/{name}")
    assert answer.status_code == 200
    assert figures(answer.text)
    assert "style=" not in answer.text


@pytest.mark.usefixtures("numbers")
@pytest.mark.parametrize("name", REPORTS)
def test_an_agent_sees_his_scorecard_and_the_shift(browser: Open, name: str) -> None:
    visitor = browser("li")
    seen = name in ("agents", "shift")
    assert visitor.get(f"/reports/{name}").status_code == (200 if seen else 403)
    assert visitor.get(f"/reports/{name}/file?form=csv").status_code == (200 if seen else 403)
    assert (f'href="/reports/{name}"' in visitor.get("/reports").text) is seen


@pytest.mark.usefixtures("numbers")
def test_an_agent_cannot_ask_for_a_colleagues_scorecard(browser: Open, world: DeskWorld) -> None:
    a_call_by(world, "li")
    a_call_by(world, "chen")
    own = browser("li").get("/reports/agents?agent=chen").text
    assert "李静" in own
    assert "陈勇" not in own
    assert figures(own)["办结"] == "1"
    assert figures(browser("zhao").get("/reports/agents").text)["办结"] == "2"
    assert figures(browser("zhao").get("/reports/agents?agent=chen").text)["办结"] == "1"


@pytest.mark.usefixtures("numbers")
def test_the_figures_of_the_populated_desk(browser: Open, world: DeskWorld) -> None:
    """Four work orders, each accepted after four seconds."""
    page = browser("zhao").get("/reports/three_minutes").text
    assert figures(page) == {
        "派车单": "4",
        "三分钟内": "4",
        "超过三分钟": "0",
        "发送中": "0",
        "达标率": "100.0%",
        "中位数": "4.0 秒",
        "99 分位": "4.0 秒",
        "最慢": "4.0 秒",
    }
    english = browser("zhao")
    english.client.cookies.set("consign-language", "en")
    assert figures(english.get("/reports/three_minutes").text)["Work orders"] == "4"
    suburban = browser("zhao").get("/reports/three_minutes?zone=suburban").text
    assert figures(suburban)["派车单"] == "1"
    assert '<option value="suburban" selected>' in suburban


@pytest.mark.usefixtures("numbers")
@pytest.mark.parametrize(
    ("query", "count", "shown"),
    [
        ("period=yesterday", "0", "2026-11-23"),
        ("period=this-week", "4", "2026 年第 48 周（11-23 至 11-29）"),
        ("period=range&from=2026-11-01&to=2026-11-24", "4", "2026-11-01 至 2026-11-24"),
        ("from=2026-11-01&to=2026-11-23", "0", "2026-11-01 至 2026-11-23"),
        ("period=today&from=2026-11-24&to=2026-11-24&shown=2026-11-24..2026-11-24", "4", "2026-11-24"),
        ("period=today&from=2026-11-22&to=2026-11-23&shown=2026-11-24..2026-11-24", "0", "2026-11-22 至 2026-11-23"),
    ],
)
def test_the_period_can_be_chosen(browser: Open, query: str, count: str, shown: str) -> None:
    """Days that were changed count, whatever the word beside them says."""
    page = browser("zhao").get(f"/reports/three_minutes?{query}").text
    assert figures(page)["派车单"] == count
    assert f'<span class="soft">{shown} ·' in page
    assert ("本期没有数据" in page) is (count == "0")


@pytest.mark.usefixtures("numbers")
@pytest.mark.parametrize("query", ["period=never", "period=range&from=2026-11-24&to=2026-11-01", "period=range"])
def test_a_period_that_cannot_be_is_said(browser: Open, query: str) -> None:
    answer = browser("zhao").get(f"/reports/pickups?{query}")
    assert answer.status_code == 422
    assert "看不懂这个期间" in answer.text
    assert browser("zhao").get(f"/reports/pickups/file?{query}").status_code == 422


@pytest.mark.usefixtures("numbers")
def test_charts_have_words_for_those_who_do_not_see_them(browser: Open) -> None:
    page = browser("zhao").get("/reports/three_minutes").text
    for table in ("by_hour", "by_stage"):
        assert f'aria-labelledby="{table}-title {table}-desc"' in page
        assert re.search(rf'<title id="{table}-title">[^<]+</title><desc id="{table}-desc">[^<]+</desc>', page)
    assert "按时段" in page
    assert page.count("<table>") >= page.count('<svg class="chart'), "a table beside each"


@pytest.mark.usefixtures("numbers")
def test_the_files(browser: Open) -> None:
    visitor = browser("zhao")
    link = re.search(r'href="(/reports/pickups/file\?form=xlsx[^"]*)"', visitor.get("/reports/pickups?zone=urban").text)
    assert link
    book = visitor.get(link[1].replace("&amp;", "&"))
    assert book.headers["content-disposition"] == 'attachment; filename="pickups-2026-11-24.xlsx"'
    page = openpyxl.load_workbook(io.BytesIO(book.content)).worksheets[0]
    assert "区域：城区" in str(page["A2"].value)
    assert page["B6"].value == 3
    rows = list(csv.reader(io.StringIO(visitor.get("/reports/pickups/file?form=csv").content.decode("utf-8-sig"))))
    assert ["应提货", "4", "截止时间在期间内的货件。"] in rows
    assert visitor.get("/reports/pickups/file?form=exe").status_code == 404
    assert visitor.get("/reports/nothing/file?form=csv").status_code == 404


@pytest.mark.usefixtures("numbers")
def test_the_paper(browser: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    if chinese_font() is None:
        require("no-chinese-font", "fonts-noto-cjk")
    octets = browser("zhao").get("/reports/shift/file?form=pdf").content
    assert "班次记录与交接" in PdfReader(io.BytesIO(octets)).pages[0].extract_text().replace("\x00", "")
    monkeypatch.setattr("followup.reports.paper.chinese_font", lambda: None)
    answer = browser("zhao").get("/reports/shift/file?form=pdf")
    assert answer.status_code == 503
    assert "没有中文字体" in answer.text


def test_a_note_for_the_next_shift(browser: Open, world: DeskWorld) -> None:
    visitor = browser("li")
    said = "<b>宁波站</b>下班早，明早先打"
    assert visitor.post("/reports/shift/notes", {"words": said}).headers["location"] == "/reports/shift"
    with world.database.read() as session:
        (note,) = session.query(ShiftNote).all()
    assert (note.agent, note.words, note.at) == ("li", said, world.clock())
    page = browser("chen").get("/reports/shift").text
    assert "&lt;b&gt;宁波站&lt;/b&gt;下班早" in page
    assert "李静" in page


def test_a_note_without_words_is_none(browser: Open, world: DeskWorld) -> None:
    answer = browser("li").post("/reports/shift/notes", {"words": "  "})
    assert answer.status_code == 422
    assert "留言是空的" in answer.text
    with world.database.read() as session:
        assert session.query(ShiftNote).count() == 0


def test_filters_from_the_address_are_only_compared(browser: Open) -> None:
    evil = "x' OR 1=1 --<script>"
    answer = browser("zhao").get("/reports/volume", params={"customer": evil, "dispatcher": evil, "zone": evil})
    assert answer.status_code == 200
    assert "<script>" not in answer.text.split("</head>")[1]
