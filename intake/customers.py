"""Customers and what was agreed with them (SPEC 8), and their sheet: read from and written to xlsx and CSV.

Enters: octets of a sheet; leaves: CustomerTerms, and Faults with line and column; nothing raises.
"""

import csv
import io
import re
from collections.abc import Iterable
from decimal import Decimal

from config import sheet
from config.divisions import Divisions
from config.faults import Fault
from config.place import Place
from config.placenames import fold
from config.rulefile import EVERYWHERE, Cells, key_of, name_of, named_place, parse_date, parse_decimal
from config.settings import NOTICES
from config.tariff import AgreedPrice, plain
from config.workbook import text_of
from intake.orderform import Value

COLUMNS = {
    "key": ("代号", "客户代号", "编号"),
    "name": ("名称", "客户名称", "客户"),
    "addresses": ("邮箱", "邮件地址"),
    "domains": ("域名",),
    "account": ("月结", "账期"),
    "key_customer": ("重点客户", "大客户"),
    "blocked": ("停用", "黑名单"),
    "contact": ("联系人",),
    "phone": ("电话", "联系方式", "手机"),
    "prices": ("协议价", "合同价"),
    "no_notices": ("不发通知",),
    "notes": ("备注", "说明"),
}
REQUIRED = ("key", "name")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_ADDRESS = re.compile(r"[^@\s<>,;\"]{1,64}@[^@\s<>,;\"]{1,255}")
_DOMAIN = re.compile(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_WAY = re.compile(r"→|->|=>|>|—>")
# Whoever may have an address at one of these is not thereby a customer.
PUBLIC_DOMAINS = frozenset(
    [
        "qq.com",
        "foxmail.com",
        "163.com",
        "126.com",
        "yeah.net",
        "139.com",
        "189.cn",
        "sina.com",
        "sina.cn",
        "sohu.com",
        "tom.com",
        "21cn.com",
        "aliyun.com",
        "gmail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "icloud.com",
        "yahoo.com",
    ]
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class CustomerTerms(Value):
    """A customer: whose mail is his, and what was agreed with him."""

    key: str
    name: str
    addresses: tuple[str, ...] = ()  # lower case
    domains: tuple[str, ...] = ()  # lower case, without @
    account: bool = False  # may pay monthly (月结)
    key_customer: bool = False
    blocked: bool = False  # no orders are taken: a person speaks with him
    contact: str = ""
    phone: str = ""
    prices: tuple[AgreedPrice, ...] = ()
    no_notices: tuple[str, ...] = ()  # of config.settings.NOTICES: what this customer does not want to be told
    notes: str = ""


def parse_customers(octets: bytes, file: str, divisions: Divisions) -> tuple[list[CustomerTerms], list[Fault]]:
    """The customers of a sheet (xlsx, xls, or CSV in UTF-8 or GBK) and every fault; one with a fault is left out."""
    text, faults = text_of(octets, file)
    if faults:
        return [], faults
    rows, faults = sheet.read(text, file, COLUMNS, REQUIRED)
    if any(fault.key in REQUIRED for fault in faults):
        return [], faults
    customers: list[CustomerTerms] = []
    seen: dict[str, int] = {}
    for row in rows:
        cells = Cells(sheet.Row(row.line, {column: _as_written(cell) for column, cell in row.cells.items()}), file)
        customer = _customer(cells, divisions)
        for claim in (f"key {customer.key.lower()}", *customer.addresses, *(f"@{name}" for name in customer.domains)):
            if claim in seen:
                cells.fault("key", "row_twice", value=claim.removeprefix("key "), line=str(seen[claim]))
            seen.setdefault(claim, cells.line)
        faults += cells.faults
        if not cells.faults:
            customers.append(customer)
    return customers, faults


def _customer(cells: Cells, divisions: Divisions) -> CustomerTerms:
    key = cells.text("key", required=True)
    if key and not _KEY.fullmatch(key):
        cells.fault("key", "customer_key_wrong", value=key)
    addresses = tuple(word.lower() for word in cells.words("addresses"))
    domains = tuple(word.lower().removeprefix("@") for word in cells.words("domains"))
    for address in addresses:
        if not _ADDRESS.fullmatch(address):
            cells.fault("addresses", "customer_address_wrong", value=address)
    for domain in domains:
        if not _DOMAIN.fullmatch(domain):
            cells.fault("domains", "customer_address_wrong", value=domain)
        elif domain in PUBLIC_DOMAINS:
            cells.fault("domains", "customer_domain_public", value=domain)
    prices = [_price(cells, entry, divisions) for entry in re.split(r"[;；\n]", cells.text("prices")) if entry.strip()]
    return CustomerTerms(
        key=key,
        name=cells.text("name", required=True),
        addresses=addresses,
        domains=domains,
        account=cells.yes("account"),
        key_customer=cells.yes("key_customer"),
        blocked=cells.yes("blocked"),
        contact=cells.text("contact"),
        phone=cells.text("phone"),
        prices=tuple(price for price in prices if price),
        no_notices=_notices(cells),
        notes=cells.text("notes"),
    )


def _notices(cells: Cells) -> tuple[str, ...]:
    """The notices that are not wanted; `all` for every one."""
    named = tuple(word.lower() for word in cells.words("no_notices"))
    if named in (("all",), ("全部",)):
        return NOTICES
    for word in named:
        if word not in NOTICES:
            cells.fault("no_notices", "customer_notice_wrong", value=word, known=", ".join(NOTICES))
    return named


def _price(cells: Cells, entry: str, divisions: Divisions) -> AgreedPrice | None:
    """上海→杭州 kg=0.45 m3=95 min=50 off=5% from=2026-01-01 until=2026-12-31; the way may hold *."""
    way, *terms = fold(entry).split()
    ends = _WAY.split(way)
    if len(ends) != 2 or not terms:
        cells.fault("prices", "customer_price_wrong", value=entry.strip())
        return None
    origin, destination = (_end(cells, end, divisions) for end in ends)
    amounts: dict[str, Decimal] = {}
    days = {}
    for term in terms:
        name, _, value = term.partition("=")
        number, day = parse_decimal(value), parse_date(value)
        if name in ("kg", "m3", "min", "off") and number is not None and number > 0 and (name != "off" or number < 100):
            amounts[name] = number
        elif name in ("from", "until") and day is not None:
            days[name] = day
        else:
            cells.fault("prices", "customer_price_wrong", value=term)
    if origin is None or destination is None or cells.faults:
        return None
    return AgreedPrice(
        origin=origin,
        destination=destination,
        price_kg=amounts.get("kg"),
        price_m3=amounts.get("m3"),
        minimum=amounts.get("min"),
        discount=amounts.get("off"),
        first=days.get("from"),
        last=days.get("until"),
    )


def _end(cells: Cells, text: str, divisions: Divisions) -> tuple[str | None, ...] | None:
    if text in EVERYWHERE:
        return ()
    found = named_place(text, divisions)
    if not isinstance(found, Place):
        cells.fault("prices", "cell_place_unknown", value=text)
        return None
    return key_of(found)


def show_price(price: AgreedPrice) -> str:
    """An agreed price as the sheet writes it."""
    terms = [f"{name_of(price.origin)}→{name_of(price.destination)}"]
    amounts = {"kg": price.price_kg, "m3": price.price_m3, "min": price.minimum, "off": price.discount}
    terms += [f"{name}={plain(amount)}" for name, amount in amounts.items() if amount is not None]
    terms += [f"{name}={day.isoformat()}" for name, day in (("from", price.first), ("until", price.last)) if day]
    return " ".join(terms)


def _row_of(customer: CustomerTerms) -> list[str]:
    yes = {True: "yes", False: ""}
    return [
        customer.key,
        customer.name,
        "; ".join(customer.addresses),
        "; ".join(customer.domains),
        yes[customer.account],
        yes[customer.key_customer],
        yes[customer.blocked],
        customer.contact,
        customer.phone,
        "; ".join(show_price(price) for price in customer.prices),
        "; ".join(customer.no_notices),
        customer.notes,
    ]


def export_csv(customers: Iterable[CustomerTerms]) -> bytes:
    """The customers as CSV for a spreadsheet (UTF-8 with byte-order mark); `parse_customers` reads it back."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for customer in customers:
        writer.writerow([_harmless(cell) for cell in _row_of(customer)])
    return out.getvalue().encode("utf-8-sig")


def export_xlsx(customers: Iterable[CustomerTerms]) -> bytes:
    """The customers as a workbook, all cells text; `parse_customers` reads it back."""
    import openpyxl  # heavy, and wanted by nobody but who exports

    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "customers"
    for row in ([*COLUMNS], *(_row_of(customer) for customer in customers)):
        page.append([_printable(cell) for cell in row])
        for cell in page[page.max_row]:
            cell.data_type = "s"  # never a formula, whatever a customer is called
            cell.number_format = "@"
    page.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _harmless(cell: str) -> str:
    """A CSV cell that a spreadsheet would run as a formula gets an apostrophe before it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _as_written(cell: str) -> str:
    """The cell without the apostrophe of `_harmless`."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell


def _printable(cell: str) -> str:
    return "".join(sign for sign in cell if sign >= " " or sign in "\t\n\r")
