"""The printable work order: everything of the letter on paper, also where no Chinese font is installed."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from pypdf import PdfReader

from dispatch import papers
from dispatch.envelope import compose
from dispatch.letterhead import words
from dispatch.papers import chinese_font, with_paper, work_order_paper
from dispatch.plaintext import one_line
from dispatch.worksheet import WorkSheet, work_sheet
from intake.orderform import OrderForm
from tests.dispatch.test_wording import DEADLINE, FULL, HOSTILE, Dispatcher, house, record, work_order
from tests.processes import missing

AT = datetime(2026, 11, 24, 1, 12, tzinfo=UTC)
FONT = chinese_font()
needs_font = pytest.mark.usefixtures("font")


@pytest.fixture
def font() -> None:
    if FONT is None:
        missing("a Chinese font", "fonts-noto-cjk")


def sheet(form: OrderForm = FULL, language: str = "zh", previous: OrderForm | None = None) -> WorkSheet:
    order = record(form=form, previous=previous, revision=2 if previous else 1)
    return work_sheet(order, DEADLINE, Dispatcher(), house(), words(language), token="jaot32qhdb")


def printed(of: WorkSheet, language: str = "zh") -> tuple[str, str, int]:
    """File name, words without blanks, pages."""
    assert FONT is not None
    paper = work_order_paper(of, house(), words(language), FONT, AT)
    assert paper.content_type == "application/pdf"
    reader = PdfReader(io.BytesIO(paper.octets))
    # pypdf reads the two bytes of each letter as two letters, the first of them NUL
    text = "".join("".join(page.extract_text().replace("\0", "").split()) for page in reader.pages)
    return paper.name, text, len(reader.pages)


@needs_font
def test_the_paper_holds_what_the_letter_holds() -> None:
    name, text, pages = printed(sheet())
    assert name == "工单 20261124-0001-r1.pdf"
    assert pages == 1
    for said in (
        "20261124-0001",
        "第1版",
        "15:00前提货（城区）",
        "王建国",
        "13800138001",
        "0571-88886666",
        "七莘路1188号",
    ):
        assert said in text
    for said in ("10件", "1.2吨", "2.5立方米", "收取¥1,400.00；提货时不收款", "送货上楼", "021-60000000", "jaot32qhdb"):
        assert said in text


@needs_font
def test_the_paper_in_english_with_a_change() -> None:
    before = FULL.model_copy(update={"pickup_address": "静安区南京西路1号"})
    name, text, _ = printed(sheet(language="en", previous=before), "en")
    assert name == "work-order-20261124-0001-r2.pdf"
    assert "静安区南京西路1号→上海市闵行区莘庄镇七莘路1188号" in text


@needs_font
def test_words_of_a_stranger_are_printed_literally() -> None:
    _, text, _ = printed(sheet(FULL.model_copy(update={"remarks": HOSTILE, "pickup_address": HOSTILE})))
    assert text.count("".join(one_line(HOSTILE).split())) == 2


@needs_font
def test_long_remarks_go_on_on_the_next_page() -> None:
    _, text, pages = printed(sheet(FULL.model_copy(update={"remarks": "\n".join(f"第{n}行要求" for n in range(80))})))
    assert pages > 1
    assert "第79行要求" in text


@needs_font
def test_the_paper_rides_with_the_letter() -> None:
    letter = work_order()
    (paper,) = with_paper(letter, record(), DEADLINE, Dispatcher(), house(), "jaot32qhdb", AT).papers
    octets = compose(
        replace(letter, papers=(paper,)), sender=house().address, sender_name="x", message_id="<a@b>", at=AT
    )
    (attached,) = message_from_bytes(octets, policy=default).iter_attachments()
    assert attached.get_filename() == "工单 20261124-0001-r1.pdf"
    assert attached.get_payload(decode=True) == paper.octets


def test_without_a_chinese_font_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "FONT_FILES", ("no such font.ttc",))
    chinese_font.cache_clear()
    try:
        assert chinese_font() is None
        letter = work_order()
        assert with_paper(letter, record(), DEADLINE, Dispatcher(), house(), "", AT) is letter
    finally:
        chinese_font.cache_clear()
