"""Customers from and to sheets."""

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from config.divisions import Divisions
from config.phrases import catalogue
from config.tariff import AgreedPrice
from intake.customers import CustomerTerms, export_csv, export_xlsx, parse_customers

CUSTOMERS = [
    CustomerTerms(
        key="acme",
        name="上海金禾包装有限公司",
        addresses=("a@jinhe.example.cn", "b@qq.com"),
        domains=("jinhe.example.cn",),
        account=True,
        key_customer=True,
        contact="朱喆",
        phone="021-57741236",
        prices=(
            AgreedPrice(
                origin=("上海市", "上海市"),
                destination=("浙江省", "杭州市"),
                price_kg=Decimal("0.45"),
                minimum=Decimal(50),
            ),
            AgreedPrice(discount=Decimal(5), first=date(2026, 1, 1), last=date(2026, 12, 31)),
        ),
        notes="每周一对账,\n第二行",
    ),
    CustomerTerms(key="evil", name="=HYPERLINK(1)", blocked=True, notes="+1-2"),
]


def parse(octets: bytes) -> tuple[list[CustomerTerms], list[tuple[int | None, str, str]]]:
    customers, faults = parse_customers(octets, "customers.csv", Divisions.load())
    return customers, [(fault.line, fault.key, fault.mend) for fault in faults]


def test_csv_and_back() -> None:
    assert parse(export_csv(CUSTOMERS)) == (CUSTOMERS, [])


def test_xlsx_and_back() -> None:
    assert parse(export_xlsx(CUSTOMERS)) == (CUSTOMERS, [])


def test_no_cell_of_an_export_is_a_formula() -> None:
    page = openpyxl.load_workbook(io.BytesIO(export_xlsx(CUSTOMERS))).active
    assert page is not None
    assert {cell.data_type for row in page.iter_rows() for cell in row if cell.value is not None} == {"s"}
    text = export_csv(CUSTOMERS).decode("utf-8-sig")
    assert "\r\nevil,'=HYPERLINK(1)," in text


def test_chinese_headings_gbk_and_phones_that_became_numbers() -> None:
    text = "代号,客户名称,邮箱,月结,电话\nk1,甲,A@B.example；c@d.example,是,021-1234567\n"
    (customer,), faults = parse(text.encode("gb18030"))
    assert faults == []
    assert (customer.addresses, customer.account) == (("a@b.example", "c@d.example"), True)
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["key", "name", "phone"])
    page.append(["k1", "甲", 13800138000])
    out = io.BytesIO()
    book.save(out)
    assert parse(out.getvalue())[0][0].phone == "13800138000"


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (",甲,,,,", "key", "cell_missing"),
        ("a b,甲,,,,", "key", "customer_key_wrong"),
        ("a,,,,,", "name", "cell_missing"),
        ("a,甲,not an address,,,", "addresses", "customer_address_wrong"),
        ("a,甲,,qq.com,,", "domains", "customer_domain_public"),
        ("a,甲,,x,,", "domains", "customer_address_wrong"),
        ("a,甲,,,maybe,", "account", "cell_unknown_value"),
        ("a,甲,,,,上海→杭州", "prices", "customer_price_wrong"),
        ("a,甲,,,,上海→杭州 kg=free", "prices", "customer_price_wrong"),
        ("a,甲,,,,上海→杭州 kg=-1", "prices", "customer_price_wrong"),
        ("a,甲,,,,上海→杭州 off=100", "prices", "customer_price_wrong"),
        ("a,甲,,,,上海→亚特兰蒂斯 kg=1", "prices", "cell_place_unknown"),
        ("FIRST,甲,,,,", "key", "row_twice"),
        ("a,甲,first@x.example,,,", "key", "row_twice"),
    ],
)
def test_faults_name_line_and_column(row: str, column: str, code: str) -> None:
    head = "key,name,addresses,domains,account,prices\nfirst,乙,first@x.example,,,\n"
    customers, faults = parse(f"{head}{row}\n".encode())
    assert faults == [(3, column, catalogue()[code]["mend"])]
    assert [customer.key for customer in customers] == ["first"]


@pytest.mark.parametrize("octets", [b"PK\x03\x04 no workbook", b"\xff\xfe\x00\xff", b"", b"\xd0\xcf\x11\xe0"])
def test_what_is_no_sheet_is_a_fault(octets: bytes) -> None:
    customers, faults = parse(octets)
    assert customers == []
    assert len(faults) == 1
