"""Rows written by hand for the reports; every time is given in Shanghai, so that figures can be counted by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from config.database import Database
from dispatch.draft import Purpose
from dispatch.tables import Letter
from followup.reports.catalogue import REPORTS
from followup.reports.period import period_of
from followup.reports.report import ALL, Filters, Report, Table
from followup.tables import Attempt, Shipment, Task
from followup.tables_cases import Complaint, ExceptionCase, Penalty
from followup.tables_journey import Receipt, Satisfaction, ShiftNote
from intake.tables import Customer, InboundMail, Order
from tests.deskworld import sample_company

ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    """ "11-24 12:00" or "2025-11-24 12:00:30.5": a moment in Shanghai, of 2026 where no year is given."""
    text = text if text.count("-") == 2 else f"2026-{text}"
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def maybe(text: str | None) -> datetime | None:
    return at(text) if text else None


class ReportWorld:
    """One database; every method writes one row and returns its order (or its own) id."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.numbers = count(1)

    def add(self, row: Any) -> Any:
        with self.database.write() as session:
            session.add(row)
            session.flush()
            return row

    def report(self, name: str, period: str, now: str, filters: Filters = ALL) -> Report:
        company = sample_company()
        with self.database.read() as session:
            return REPORTS[name].figures(session, company, period_of(period, at(now), company.timezone), filters)

    def order(self, opened: str = "11-24 09:00", **columns: Any) -> int:
        number = f"20261124-{next(self.numbers):04d}"
        values = {"number": number, "channel": "mail", "state": "accepted", "opened_at": at(opened)}
        return int(self.add(Order(**(values | columns))).id)

    def customer(self, key: str, name: str) -> int:
        return int(self.add(Customer(key=key, name=name, terms={})).id)

    def mail(self, arrived: str, kept: float, judged: float, company: str = "") -> int:
        """A mail with the seconds from its arrival until it was kept and judged."""
        uid, moment = next(self.numbers), at(arrived)
        row = InboundMail(
            mailbox="orders",
            uidvalidity=7,
            uid=uid,
            size=1,
            arrived_at=moment,
            kept_at=moment + timedelta(seconds=kept),
            judged_at=moment + timedelta(seconds=judged),
            state="decided",
            company=company,
        )
        return int(self.add(row).id)

    def work_order(
        self,
        clear: str | None,
        seconds: float | None,
        order_id: int | None = None,
        *,
        written: float = 1,
        **columns: Any,
    ) -> None:
        """A work order: when it was clear, seconds until it was written and accepted (None: not yet)."""
        number = next(self.numbers)
        moment = maybe(clear)
        base = moment or at("11-24 12:00")
        values = {
            "key": f"letter-{number}",
            "purpose": Purpose.WORK_ORDER,
            "order_id": order_id or self.order(),
            "recipient": "dispatch@consign.example",
            "dispatcher": "sh-west",
            "subject": "x",
            "message_id": f"<wo-{number}@consign.example>",
            "state": "due" if seconds is None else "sent",
            "written_at": base + timedelta(seconds=written),
            "due_at": base,
            "clear_at": moment,
            "due_by": moment and moment + timedelta(seconds=180),
            "sent_at": None if seconds is None else base + timedelta(seconds=seconds),
            "octets": b"x",
        }
        self.add(Letter(**(values | columns)))

    def shipment(self, order_id: int | None = None, **columns: Any) -> int:
        """Times among the columns may be texts."""
        order_id = order_id or self.order()
        values: dict[str, Any] = {
            "order_id": order_id,
            "revision": 1,
            "zone": "urban",
            "dispatcher": "sh-west",
            "dispatched_at": "11-24 09:01",
            "revised_at": "11-24 09:01",
            "pickup_by": "11-24 15:00",
            **columns,
        }
        self.add(Shipment(**_moments(values)))
        return order_id

    def task(
        self, kind: str = "verify_pickup", due: str = "11-24 10:00", order_id: int | None = 0, **columns: Any
    ) -> int:
        """A task, of an order of its own unless one is given, or None; `closed_at` closes it."""
        number = next(self.numbers)
        values: dict[str, Any] = {
            "key": f"task-{number}",
            "kind": kind,
            "order_id": self.order() if order_id == 0 else order_id,
            "why": "task_verify",
            "why_values": {},
            "zone": "urban",
            "dispatcher": "sh-west",
            "opened_at": at(due) - timedelta(hours=1),
            "call_from": at(due) - timedelta(minutes=10),
            "due_at": due,
            "first_due_at": due,
            **columns,
        }
        if values.get("closed_at"):
            values |= {"state": "closed", "outcome": values.get("outcome") or "picked_up"}
        return int(self.add(Task(**_moments(values))).id)

    def attempt(
        self, task_id: int, moment: str, agent: str = "li", outcome: str = "picked_up", taken: str = ""
    ) -> None:
        values = {"task_id": task_id, "at": at(moment), "agent": agent, "outcome": outcome, "details": {}}
        self.add(Attempt(**values, taken_at=maybe(taken)))

    def exception(
        self, opened: str, closed: str = "", told: str = "", order_id: int | None = None, **columns: Any
    ) -> int:
        values = {"kind": "damage", "stage": "arrived", "opened_by": "agent:li"} | columns
        times = {"opened_at": at(opened), "closed_at": maybe(closed), "told_at": maybe(told)}
        return int(self.add(ExceptionCase(order_id=order_id or self.order(), **times, **values)).id)

    def complaint(self, opened: str, answered: str = "", closed: str = "", **columns: Any) -> None:
        times = {"opened_at": at(opened), "answered_at": maybe(answered), "closed_at": maybe(closed)}
        values = {"opened_by": "shipper", "order_id": self.order()} | columns
        self.add(Complaint(**times, **values))

    def penalty(self, proposed: str, rule: str, amount: str, decision: str = "", unit: str = "宁波站") -> None:
        number = next(self.numbers)
        values = {"key": f"penalty-{number}", "rule": rule, "unit": unit, "decision": decision}
        self.add(Penalty(order_id=self.order(), amount=Decimal(amount), proposed_at=at(proposed), **values))

    def receipt(self, due: str, received: str = "", order_id: int | None = None, **columns: Any) -> None:
        values: dict[str, Any] = {
            "order_id": order_id or self.shipment(transfers=0, arrived_at="11-10 09:00"),
            "copies": 1,
            "region": "宁波市",
            "responsible": "宁波站",
            "due_at": due,
            "signed_at": "11-11 09:00",
            "received_at": at(received) if received else None,
            **columns,
        }
        self.add(Receipt(**_moments(values)))

    def score(self, moment: str, score: int, way: str = "call", order_id: int | None = None, words: str = "") -> None:
        order_id = order_id or self.shipment(destination="杭州市")
        self.add(Satisfaction(order_id=order_id, score=score, way=way, words=words, at=at(moment)))

    def note(self, moment: str, agent: str, words: str) -> None:
        self.add(ShiftNote(at=at(moment), agent=agent, words=words))


def busy_days(world: ReportWorld, count: int = 240) -> None:
    """Three days of work for the pictures: most of it in time, some of it not; the same every time."""
    keys = [dispatcher.key for dispatcher in sample_company().dispatchers][:6]
    hour = timedelta(hours=1)
    for number in range(count):
        chance = number * 7919 % 100
        clear = at("11-22 08:00") + timedelta(days=number % 3, minutes=(number * 37) % 600)
        late, dispatcher = chance < 6, keys[number * number % len(keys)]
        zone = ("urban", "urban", "suburban")[number % 3]
        mail = InboundMail(
            **{"mailbox": "orders", "uidvalidity": 7, "uid": 1000 + number, "size": 1, "state": "decided"},
            arrived_at=clear,
            kept_at=clear + timedelta(seconds=0.4 + chance / 90),
            judged_at=clear + timedelta(seconds=0.9 + chance / 60),
        )
        order = world.order(f"{clear.astimezone(ZONE):%Y-%m-%d %H:%M:%S}", mail_id=world.add(mail).id)
        world.work_order(
            f"{clear.astimezone(ZONE):%Y-%m-%d %H:%M:%S}",
            215 if chance < 1 else 3 + chance / 12,
            order,
            written=1.1 + chance / 50,
            dispatcher=dispatcher,
        )
        by = clear.astimezone(ZONE).replace(hour=15 if clear.astimezone(ZONE).hour < 12 else 18, minute=0)
        world.shipment(
            order,
            zone=zone,
            dispatcher=dispatcher,
            pickup_by=by,
            picked_up_at=None if chance in (7, 8) else by + (hour if late else -hour),
            price=Decimal(260 + chance),
            destination=("杭州市", "宁波市", "苏州市", "成都市")[number % 4],
        )


def _moments(values: dict[str, Any]) -> dict[str, Any]:
    """Texts under names of times become moments."""
    timely = ("_at", "_by", "call_from")
    return {
        name: at(value)
        if isinstance(value, str) and name.endswith(timely) and name not in ("closed_by", "signed_by")
        else value
        for name, value in values.items()
    }


def counts(report: Report, *codes: str) -> list[Any]:
    """The figures of these codes."""
    return [report.value(code) for code in codes]


def by_label(table: Table) -> dict[Any, tuple[Any, ...]]:
    """The rows of a table by their label."""
    return {row[0]: row[1:] for row in table.rows}
