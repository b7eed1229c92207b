"""Waybill, cover list and exception report: what stands on them, the codes for scanners, hostile words, many rows."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pypdf import PdfReader

from dispatch.casereport import CaseReport, case_report
from dispatch.coverlist import CoverRow, cover_list
from dispatch.draft import Paper
from dispatch.letterhead import words
from dispatch.papers import chinese_font
from dispatch.waybill import waybill
from tests.dispatch.test_wording import FULL, HOSTILE, house, record
from tests.processes import missing

AT = datetime(2026, 11, 24, 1, 12, tzinfo=UTC)
FONT = chinese_font()
CASE = CaseReport(
    id=12,
    kind="damage",
    stage="已到站",
    opened_at=AT,
    owner="李静",
    words="两箱外包装破损",
    compared="清单12箱，实到12箱",
    told_at=AT + timedelta(minutes=9),
    beyond_control=False,
    cause="装卸不当",
    unit="杭州东站",
    remedy="按保价赔付",
    compensation=Decimal("1200.5"),
    complaints=("#7",),
    penalties=(("杭州东站", Decimal("100")),),
    closed_at=None,
    papers=("现场.jpg",),
)


@pytest.fixture(autouse=True)
def font() -> None:
    if FONT is None:
        missing("a Chinese font", "fonts-noto-cjk")


def text_of(paper: Paper) -> tuple[str, int]:
    assert paper.content_type == "application/pdf"
    reader = PdfReader(io.BytesIO(paper.octets))
    return "".join("".join(p.extract_text().replace("\0", "").split()) for p in reader.pages), len(reader.pages)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_waybill_says_who_what_and_how_it_is_paid_on_one_page(language: str) -> None:
    assert FONT
    text, pages = text_of(waybill(record(form=FULL), house(), words(language), FONT, AT))
    for said in (
        "20261124-0001",
        "王建国",
        "13800138001",
        "李晓明",
        "0571-88886666",
        "1,400.00",
        "西湖区文一西路588号",
    ):
        assert said in text
    assert pages == 1


def test_the_codes_are_drawn_as_shapes() -> None:
    assert FONT
    reader = PdfReader(io.BytesIO(waybill(record(form=FULL), house(), words("zh"), FONT, AT).octets))
    assert reader.pages[0].get_contents().get_data().count(b" re") > 21 * 21 / 3  # type: ignore[union-attr]  # a None fails the test


def test_hostile_words_are_only_words() -> None:
    assert FONT
    hostile = FULL.model_copy(update={"pickup_address": HOSTILE, "remarks": HOSTILE})
    text, _ = text_of(waybill(record(form=hostile), house(), words("zh"), FONT, AT))
    assert text.count("{{7*7}}") == 2


def test_a_long_cover_list_goes_on_and_counts_its_copies() -> None:
    assert FONT
    rows = [CoverRow(f"20261124-{n:04}", "杭州", "李晓明", AT if n % 2 else None, 2) for n in range(1, 101)]
    paper = cover_list(rows, house(), words("zh"), FONT, AT)
    text, pages = text_of(paper)
    assert "共100票，200份" in text
    assert "20261124-0100" in text
    assert pages > 2
    assert paper.name == "回单交接单 2026-11-24.pdf"


def test_the_exception_report_tells_the_whole_chain() -> None:
    assert FONT
    paper = case_report(CASE, record(form=FULL), house(), words("zh"), FONT, AT)
    text, _ = text_of(paper)
    for said in (
        "货损",
        "两箱外包装破损",
        "清单12箱，实到12箱",
        "09:21",
        "装卸不当",
        "杭州东站",
        "1,200.50",
        "现场.jpg",
    ):
        assert said in text
    assert "不可抗力" not in text
    assert paper.name == "异常报告 20261124-0001-12.pdf"
