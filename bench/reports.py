"""Reports over a month of many orders: python -m bench.reports [--orders 100000] [--url postgresql+psycopg://…]

Each order has its mail, work order, shipment, call with its attempt; some have exceptions, complaints, receipts and
scores. Two rounds: the first reads from the disk, the second what the system still holds.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from config.company import load_company
from config.database import Database, open_database
from config.settings import Settings
from consign import schema
from dispatch.tables import Letter
from followup.reports.catalogue import KINDS
from followup.reports.period import period_of
from followup.tables import Attempt, Shipment, Task
from followup.tables_cases import Complaint, ExceptionCase
from followup.tables_journey import Receipt, Satisfaction
from intake.tables import InboundMail, Order

BEGIN, MONTH = datetime(2026, 10, 31, 16, 0, tzinfo=UTC), timedelta(days=30)  # November in Shanghai
AT_A_TIME = 5000
LANES = ("杭州市", "宁波市", "南京市", "苏州市", "成都市", "武汉市")
Rows = dict[type[Any], list[dict[str, Any]]]


def fill(database: Database, orders: int) -> None:
    for first in range(0, orders, AT_A_TIME):
        rows: Rows = {}
        for number in range(first, min(first + AT_A_TIME, orders)):
            for table, row in one_order(number, BEGIN + MONTH * number / orders):
                rows.setdefault(table, []).append(row)
        with database.write() as session:
            for table, many in rows.items():
                session.connection().execute(insert(table), many)


def one_order(number: int, at: datetime) -> Iterator[tuple[type[Any], dict[str, Any]]]:
    """Its rows, an hour's work each; every hundredth takes longer than three minutes."""
    key = number + 1

    def after(seconds: float) -> datetime:
        return at + timedelta(seconds=seconds)

    mail = {"mailbox": "orders", "uidvalidity": 7, "uid": key, "size": 2000, "state": "decided", "octets": b"x" * 2000}
    yield InboundMail, {"id": key, "arrived_at": at, "kept_at": after(1), "judged_at": after(1.2), **mail}
    order = {"number": f"2026{number:09d}", "channel": "mail", "mail_id": key, "place": 0, "state": "accepted"}
    yield Order, {"id": key, "opened_at": after(1.2), **order}
    sent, dispatcher = after(200 if number % 100 == 0 else 2 + number % 7), f"sh-{number % 9}"
    letter = {"purpose": "work_order", "recipient": "x@consign.example", "subject": "x", "octets": b"x" * 2000}
    times = {"clear_at": at, "due_by": after(180), "written_at": after(1.5), "sent_at": sent, "due_at": at}
    names = {"key": str(key), "message_id": f"<{key}@consign.example>", "order_id": key, "dispatcher": dispatcher}
    yield Letter, {"state": "sent", **letter, **times, **names}
    zone, arrived = ("urban", "suburban")[number % 2], after(90000)
    shipment = {"dispatched_at": sent, "revised_at": sent, "pickup_by": after(14400), "picked_up_at": after(12000)}
    way = {"destination": LANES[number % 6], "transfers": number % 3, "arrive_by": after(86400), "arrived_at": arrived}
    place = {"zone": zone, "dispatcher": dispatcher}
    yield Shipment, {"order_id": key, "revision": 1, **place, "price": Decimal("260.00"), **shipment, **way}
    due = sent + timedelta(hours=1)
    task = {"key": str(key), "kind": "verify_pickup", "state": "closed", "order_id": key, "why_values": {}}
    clocks = {
        "why": "task_verify",
        "opened_at": sent,
        "call_from": due,
        "due_at": due,
        "first_due_at": due,
        "closed_at": due,
    }
    yield Task, {"id": key, **task, **place, **clocks, "closed_by": f"agent:a{number % 12}", "outcome": "picked_up"}
    yield Attempt, {"task_id": key, "at": due, "agent": f"a{number % 12}", "outcome": "picked_up", "details": {}}
    if number % 100 == 1:
        case = {"order_id": key, "kind": "damage", "stage": "arrived", "opened_at": arrived, "opened_by": "agent:a1"}
        yield ExceptionCase, case
        yield Complaint, {"order_id": key, "opened_at": arrived, "opened_by": "shipper", "answered_at": arrived}
    if number % 3 == 0:
        paper = {"copies": 1, "region": LANES[number % 6], "responsible": "站", "signed_at": arrived}
        yield Receipt, {"order_id": key, "due_at": arrived + timedelta(days=10), **paper}
    if number % 10 == 0:
        yield Satisfaction, {"order_id": key, "score": 1 + number % 5, "way": "call", "at": arrived}


def measure(database: Database) -> Iterator[tuple[str, float, float]]:
    """Each report of the month: its name, seconds by the wall, and seconds of the processor."""
    company = load_company(Settings())
    period = period_of("2026-11", BEGIN + MONTH + timedelta(hours=9), ZoneInfo("Asia/Shanghai"))
    for kind in KINDS:
        wall, cpu = time.perf_counter(), time.process_time()
        with database.read() as session:
            kind.figures(session, company, period)
        yield kind.name, time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--url", default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(given.url or f"sqlite:///{Path(folder) / 'month.db'}")
        schema.upgrade(database)
        fill(database, given.orders)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for turn in (1, 2):
            for name, wall, cpu in measure(database):
                print(f"{turn}  {name:15} {wall:6.2f} s  {cpu:6.2f} s of processor")
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(f"memory grew by {grown:.0f} MB")
        database.close()


if __name__ == "__main__":
    main()
