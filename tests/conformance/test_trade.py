"""Orders of a trade partner's file, and how they stand for his system, on both databases."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest

from config.database import Database
from dispatch import letterbook
from followup import orderimport, statusexport
from followup.orderfile import Incoming, parse_orders
from followup.phoneorder import read_texts
from intake import register
from tests.deskworld import Clock, DeskWorld

FIELDS = {
    "shipper.name": "王建国",
    "shipper.phone": "13800138001",
    "cargo.description": "五金",
    "cargo.pieces": "10",
    "cargo.weight": "500 kg",
    "cargo.volume": "2 方",
    "pickup_address": "上海市静安区南京西路1号",
    "destination": "杭州",
    "consignee.name": "李晓明",
    "consignee.phone": "13900139002",
    "payment": "collect",
}
SHEET = (
    "客户单号,邮箱,发货人,联系方式,货物名称,件数,重量,体积,提货地址,发往,收货人,收货人电话,付费方式\n"
    "PO-1,Wang@Shipper.example,王建国,13800138001,五金,10,500 kg,2 方,上海市静安区南京西路1号,"
    "杭州,李晓明,13900139002,到付\n"
)


@pytest.fixture
def world(database: Database) -> DeskWorld:
    return DeskWorld(database, Clock())


def as_json(*references: str, **changes: Any) -> bytes:
    fields = FIELDS | changes
    orders = [{"reference": each, "address": "wang@shipper.example", "fields": fields} for each in references]
    return json.dumps(orders, ensure_ascii=False).encode()


def parsed(octets: bytes) -> list[Incoming]:
    orders, faults = parse_orders(octets, "orders")
    assert faults == []
    return orders


def take(world: DeskWorld, octets: bytes, *, dry_run: bool = False) -> orderimport.Taken:
    orders = parsed(octets)
    return orderimport.take_over(world.database, world.company, orders, "orders", "li", world.clock(), dry_run=dry_run)


def test_orders_are_judged_and_answered_once_for_each_reference(world: DeskWorld) -> None:
    dry = take(world, as_json("PO-1", "PO-2"), dry_run=True)
    assert [(one.number, one.verdict) for one in dry.entered] == [("", "accepted")] * 2
    assert list(register_numbers(world)) == []
    first = take(world, as_json("PO-1"))
    (entered,) = first.entered
    second = take(world, as_json("PO-1", "PO-2"))
    assert [(one.reference, one.number) for one in second.known] == [("PO-1", entered.number)]
    assert [one.reference for one in second.entered] == ["PO-2"]
    assert len(register_numbers(world)) == 2
    world.settle()
    with world.database.read() as session:
        order = register.by_number(session, entered.number)
        assert order
        assert (order.channel, order.shipper_address) == ("api", "wang@shipper.example")
        purposes = {letter.purpose for letter in letterbook.of_order(session, order.id)}
    assert purposes == {"work_order", "acknowledgement"}


def register_numbers(world: DeskWorld) -> list[str]:
    with world.database.read() as session:
        return [order.number for order in register.latest(session, 50)]


def test_another_content_under_a_known_reference_is_a_fault_and_changes_nothing(world: DeskWorld) -> None:
    (entered,) = take(world, as_json("PO-1")).entered
    again = take(world, as_json("PO-1", destination="宁波"))
    (fault,) = again.faults
    assert (fault.line, fault.key) == (1, "reference")
    assert entered.number in fault.message
    assert register_numbers(world) == [entered.number]


def test_the_sheet_and_the_json_say_the_same(world: DeskWorld) -> None:
    (by_sheet,), (by_json,) = parsed(SHEET.encode("gb18030")), parsed(as_json("PO-1"))
    assert by_sheet.key == by_json.key == "wang@shipper.example/PO-1"
    assert read_texts(by_sheet.fields).form == read_texts(by_json.fields).form


@pytest.mark.parametrize(
    ("octets", "line", "key"),
    [
        (b"[{]", 1, ""),
        (b"[" * 100_000, None, ""),
        (b"[1]", 1, "[]"),
        (b'[{"reference": "1"}]', 1, "fields"),
        (b'[{"reference": "1", "fields": {"shipper.nose": "x"}}]', 1, "shipper.nose"),
        (b'[{"reference": "1", "fields": {"remarks": ["x"]}}]', 1, "remarks"),
        (b'[{"reference": " ", "fields": {"remarks": "x"}}]', 1, "reference"),
        (b'[{"reference": "1", "fields": {"remarks": " "}}]', 1, ""),
        (b'[{"reference": "1", "address": "a@b\\nBcc: c@d", "fields": {"remarks": "x"}}]', 1, "address"),
        (b'{"reference": "1", "fields": {"remarks": "' + b"x" * 2001 + b'"}}', 1, "remarks"),
        (as_json("PO-1", "PO-1"), 2, "reference"),
        (b"reference,nonsense\n1,2\n", 1, "nonsense"),
        (b"", None, ""),
    ],
)
def test_every_fault_names_its_line_and_its_key(octets: bytes, line: int | None, key: str) -> None:
    _, faults = parse_orders(octets, "orders")
    assert [(fault.line, fault.key) for fault in faults][:1] == [(line, key)]
    assert all(fault.mend for fault in faults)


def test_what_no_database_takes_is_taken_out(world: DeskWorld) -> None:
    sent = {"reference": "PO-1", "address": "", "fields": FIELDS | {"remarks": "a\x00b\u202e\ud800"}}
    (one,) = parsed(json.dumps(sent).encode())
    assert one.fields["remarks"] == "ab"
    assert len(take(world, as_json("PO\x00-9")).entered) == 1


def test_how_orders_stand(world: DeskWorld) -> None:
    (first,) = take(world, as_json("=PO-1")).entered
    world.settle()
    later = world.clock.advance(hours=5)
    (second,) = take(world, as_json("PO-2")).entered
    with world.database.read() as session:
        everything = list(statusexport.statuses(session))
        lately = list(statusexport.statuses(session, later))
        nothing = list(statusexport.statuses(session, later + timedelta(minutes=1)))
    assert [row["number"] for row in everything] == [first.number, second.number]
    assert [row["reference"] for row in lately] == ["PO-2"]
    assert nothing == []
    told = everything[0]
    assert (told["state"], told["stage"], told["picked_up_at"]) == ("accepted", "dispatched", None)
    assert tuple(told) == statusexport.COLUMNS
    assert json.loads(json.dumps(everything)) == everything
    rows = list(csv.DictReader(io.StringIO(statusexport.as_csv(everything))))
    assert [row["reference"] for row in rows] == ["'=PO-1", "PO-2"]
