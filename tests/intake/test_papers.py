"""Attached order forms: workbooks, CSV, Word, PDF; what cannot be read is named, what is too large stays closed."""

import io
import zipfile
from collections.abc import Callable
from email.message import EmailMessage

import docx
import openpyxl
import pytest
import xlwt
from fpdf import FPDF

from intake.message import Kind, Understanding
from intake.orderform import Payment
from intake.papers import cell_text, read_paper
from intake.understanding import understand
from tests.intake.comparing import RULES

PAIRS = [
    ("发货人", "张伟"),
    ("电话", "13800138000"),
    ("货物名称", "配件"),
    ("件数", "5箱"),
    ("重量", "100公斤"),
    ("提货地址", "上海市松江区泗砖路88号"),
    ("发往", "苏州"),
    ("收货人", "李娜"),
    ("收货电话", "13900139000"),
    ("付款方式", "到付"),
]


def mail(name: str, content: bytes, text: str = "见附件") -> Understanding:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "order@3pl.example.com", "发货"
    message.set_content(text)
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return understand(message.as_bytes(), RULES)


def old_sheet(rows: list[list[str]]) -> bytes:
    """A workbook of Excel 97."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("订单")
    for down, row in enumerate(rows):
        for across, value in enumerate(row):
            page.write(down, across, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet(rows: list[list[object]], merged: str = "", sheets: int = 1) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for n in range(sheets):
        page = book.create_sheet(f"S{n}")
        for row in rows:
            page.append(row)
        if merged:
            page.merge_cells(merged)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def word(rows: list[tuple[str, str]]) -> bytes:
    paper = docx.Document()
    paper.add_paragraph("托运单")
    table = paper.add_table(rows=0, cols=2)
    for label, value in rows:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = label, value
    stream = io.BytesIO()
    paper.save(stream)
    return stream.getvalue()


def csv(encoding: str, mark: str) -> Callable[[], bytes]:
    return lambda: "\r\n".join([mark.join(n for n, _ in PAIRS), mark.join(v for _, v in PAIRS)]).encode(encoding)


FORMS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "an old workbook": ("单.xls", lambda: old_sheet([list(pair) for pair in PAIRS])),
    "pairs": ("单.xlsx", lambda: sheet([list(pair) for pair in PAIRS])),
    "header row": ("单.xlsx", lambda: sheet([[n for n, _ in PAIRS], [v for _, v in PAIRS]])),
    "two pairs a row": ("单.xlsx", lambda: sheet([[*PAIRS[n], *PAIRS[n + 1]] for n in range(0, 10, 2)])),
    "word pairs": ("单.docx", lambda: word(PAIRS)),
    "csv utf-8 bom": ("单.csv", csv("utf-8-sig", ",")),
    "csv gbk semicolon": ("单.csv", csv("gbk", ";")),
    "csv utf-16 tab": ("单.csv", csv("utf-16", "\t")),
    "text": ("单.txt", lambda: "\n".join(f"{n}：{v}" for n, v in PAIRS).encode("gbk")),
}


@pytest.mark.parametrize("name", FORMS)
def test_form_in_an_attachment_is_read(name: str) -> None:
    file, make = FORMS[name]
    read = mail(file, make())
    assert read.kind is Kind.ORDER
    form = read.orders[0].form
    assert (form.shipper.name, form.shipper.phone, form.consignee.phone) == ("张伟", "13800138000", "13900139000")
    assert form.cargo.pieces == 5
    assert form.cargo.weight_kg == 100
    assert (form.destination, form.payment) == ("苏州", Payment.COLLECT)
    assert read.orders[0].problems == ()
    assert read.orders[0].origins["destination"].part.startswith(file)


def test_merged_cells_count_for_each_row() -> None:
    rows: list[list[object]] = [
        ["发货人", "发货电话", "件数", "重量(kg)", "提货地址", "到站", "收货人", "收货电话", "付款"],
        ["张伟", 13800138000, 5, 100, "上海市松江区泗砖路88号", "苏州", "李娜", 13900139000, "到付"],
        [None, 13800138000, 7, 200.5, "上海市松江区泗砖路88号", "无锡", "王芳", "0510-85551234", "月结"],
        ["合计", None, 12, 300.5],
    ]
    orders = mail("明细.xlsx", sheet(rows, merged="A2:A3")).orders
    assert [(o.form.shipper.name, o.form.cargo.pieces, o.form.destination) for o in orders] == [
        ("张伟", 5, "苏州"),
        ("张伟", 7, "无锡"),
    ]
    assert [o.problems for o in orders] == [(), ()]


def test_every_sheet_is_read() -> None:
    assert len(mail("单.xlsx", sheet([list(pair) for pair in PAIRS], sheets=3)).orders) == 3


def test_text_pdf_is_read() -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica", size=12)
    for line in (
        "Shipper: David Lee",
        "Phone: 13800138000",
        "Goods: machine parts, 5 cartons, 100 kg",
        "Pickup address: 88 Sizhuan Road, Shanghai",
        "Destination: Suzhou",
        "Consignee: Li Na",
        "Phone: 13900139000",
        "Payment: freight collect",
    ):
        pdf.cell(text=line, new_x="LMARGIN", new_y="NEXT")
    read = mail("order.pdf", bytes(pdf.output()))
    assert read.kind is Kind.ORDER
    assert read.orders[0].form.destination == "Suzhou"
    assert read.orders[0].problems == ()


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 60_000_000)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "note"),
    [
        ("a.xlsx", bomb(), "too_large"),
        ("a.xlsx", b"PK\x03\x04broken", "broken"),
        ("a.docx", b"PK\x03\x04broken", "broken"),
        ("a.xls", b"\xd0\xcf\x11\xe0broken", "broken"),
        ("a.pdf", b"%PDF-1.4 broken", "broken"),
        ("a.jpg", b"\xff\xd8\xff", "image"),
        ("a.exe", b"MZ", "unknown_type"),
        ("a.xlsx", b"", "unknown_type"),
    ],
)
def test_what_cannot_be_read_is_named(name: str, content: bytes, note: str) -> None:
    paper = read_paper(name, "application/octet-stream", content, 50 * 1024 * 1024)
    assert paper.sheets == []
    assert paper.note == note


def test_a_picture_alone_is_told() -> None:
    read = mail("发货单.jpg", b"\xff\xd8\xff\xe0", "见图")
    assert (read.kind, read.topic) == (Kind.OTHER, "images_only")


def test_a_picture_beside_a_form_does_not_matter() -> None:
    text = "\n".join(f"{label}：{value}" for label, value in PAIRS)
    assert mail("logo.png", b"\x89PNG", text).kind is Kind.ORDER


@pytest.mark.parametrize(
    ("value", "text"), [(13488880001.0, "13488880001"), (0.42, "0.42"), (1.0, "1"), (None, ""), ("a\tb\n", "a b")]
)
def test_cells_are_written_as_a_person_sees_them(value: object, text: str) -> None:
    assert cell_text(value) == text
