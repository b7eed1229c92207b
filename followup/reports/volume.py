"""How much: orders and revenue by time, lane, customer and channel, beside the same period of the year before."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from config.company import Company
from followup.reports.narrowing import narrowed
from followup.reports.period import Period
from followup.reports.report import ALL, Chart, Column, Figure, Filters, Report, Table, Unit, Value
from followup.reports.tally import change, mean
from followup.tables import Shipment
from intake.record import OrderState
from intake.tables import Customer, Order

NAME = "volume"
NOTHING = Decimal("0.00")


class Volume(NamedTuple):
    """Orders, those of them that were dispatched and stand, and what these bring."""

    orders: int = 0
    dispatched: int = 0
    revenue: Decimal = NOTHING

    def with_(self, other: "Volume") -> "Volume":
        return Volume(self.orders + other.orders, self.dispatched + other.dispatched, self.revenue + other.revenue)


EMPTY = Volume()
Groups = dict[str, Volume]


@dataclass(frozen=True)
class Counted:
    """A period and the one a year before, grouped in each way."""

    by_time: Sequence[tuple[str, Volume, Volume]]  # part of the period, now, then
    lanes: tuple[Groups, Groups]
    customers: tuple[Groups, Groups]
    states: tuple[Groups, Groups]
    channels: tuple[Groups, Groups]


STANDS = Order.state != OrderState.CANCELLED
SENT = case((STANDS & Shipment.order_id.is_not(None), 1), else_=0)
BRINGS = func.sum(case((STANDS, Shipment.price), else_=None), type_=Shipment.price.type)


def count(session: Session, period: Period, filters: Filters) -> Counted:
    """By the moment at which the order came in. Grouped by the database: a year may have a million of them."""
    before = period.a_year_before()

    def both(key: Any) -> tuple[Groups, Groups]:
        return _grouped(session, period, filters, key), _grouped(session, before, filters, key)

    parts, earlier = period.parts(), before.parts()
    by_time = []
    for place, part in enumerate(parts):
        here = _one(session, part.start, min(part.end, period.close), filters)
        then = EMPTY
        if place < len(earlier):  # the last part takes what is over: 29 February has none of its own a year later
            last = earlier[-1] if place == len(parts) - 1 else earlier[place]
            then = _one(session, earlier[place].start, min(last.end, before.close), filters)
        by_time.append((part.label, here, then))
    return Counted(by_time, both(Shipment.destination), both(Customer.name), both(Order.state), both(Order.channel))


def _statement(start: Any, end: Any, filters: Filters, *keys: Any) -> Any:
    statement = (
        select(*keys, func.count(), func.sum(SENT), BRINGS)
        .select_from(Order)
        .outerjoin(Shipment, Shipment.order_id == Order.id)
        .where(Order.opened_at >= start, Order.opened_at < end)
    )
    return narrowed(statement, filters, Order.id, zone=Shipment.zone, dispatcher=Shipment.dispatcher)


def _one(session: Session, start: Any, end: Any, filters: Filters) -> Volume:
    if end <= start:
        return EMPTY
    orders, dispatched, revenue = session.execute(_statement(start, end, filters)).one()
    return Volume(orders, int(dispatched or 0), revenue or NOTHING)


def _grouped(session: Session, period: Period, filters: Filters, key: Any) -> Groups:
    statement = _statement(period.start, period.close, filters, key).group_by(key)
    if key is Customer.name:
        statement = statement.outerjoin(Customer, Customer.id == Order.customer_id)
    groups: Groups = {}
    for name, orders, dispatched, revenue in session.execute(statement):
        more = Volume(orders, int(dispatched or 0), revenue or NOTHING)
        groups[name or ""] = groups.get(name or "", EMPTY).with_(more)
    return groups


def reckon(counted: Counted, period: Period, filters: Filters = ALL) -> Report:
    now, then = EMPTY, EMPTY
    for _, here, earlier in counted.by_time:
        now, then = now.with_(here), then.with_(earlier)
    figures = (
        Figure("orders", now.orders),
        Figure("dispatched", now.dispatched),
        Figure("revenue", now.revenue, Unit.MONEY),
        Figure("revenue_an_order", mean(now.revenue, now.dispatched), Unit.MONEY),
        Figure("orders_before", then.orders),
        Figure("orders_change", change(now.orders, then.orders), Unit.CHANGE),
        Figure("revenue_before", then.revenue, Unit.MONEY),
        Figure("revenue_change", change(now.revenue, then.revenue), Unit.CHANGE),
    )
    tables = (
        _table("by_time", Column("time", Unit.TEXT), list(counted.by_time) if now.orders or then.orders else []),
        _groups("by_lane", Column("destination", Unit.TEXT), counted.lanes),
        _groups("by_customer", Column("customer", Unit.CUSTOMER), counted.customers),
        _groups("by_state", Column("state", Unit.STATE), counted.states),
        _groups("by_channel", Column("channel", Unit.BAND), tuple(_channels(each) for each in counted.channels)),
    )
    charts = (
        Chart("by_time", ("orders",), standing=True),
        Chart("by_lane", ("revenue",)),
        Chart("by_customer", ("revenue",)),
    )
    return Report(NAME, period, figures, tables, charts, filters)


def figures(session: Session, company: Company, period: Period, filters: Filters = ALL) -> Report:
    return reckon(count(session, period, filters), period, filters)


def _channels(groups: Groups) -> Groups:
    return {f"channel_{name}": volume for name, volume in groups.items()}


def _groups(code: str, group: Column, both: Sequence[Groups]) -> Table:
    now, then = both
    names = sorted(
        now.keys() | then.keys(), key=lambda name: (-now.get(name, EMPTY).revenue, -now.get(name, EMPTY).orders, name)
    )
    return _table(code, group, [(name, now.get(name, EMPTY), then.get(name, EMPTY)) for name in names])


def _table(code: str, group: Column, rows: Sequence[tuple[str, Volume, Volume]]) -> Table:
    columns = (
        group,
        Column("orders"),
        Column("dispatched"),
        Column("revenue", Unit.MONEY),
        Column("orders_before"),
        Column("revenue_before", Unit.MONEY),
        Column("revenue_change", Unit.CHANGE),
    )
    now, then = EMPTY, EMPTY
    for _, here, earlier in rows:
        now, then = now.with_(here), then.with_(earlier)
    made = [_row(name, here, earlier) for name, here, earlier in rows]
    return Table(code, columns, tuple(made), _row(None, now, then) if rows else None)


def _row(name: str | None, now: Volume, then: Volume) -> tuple[Value, ...]:
    return (
        *(name, now.orders, now.dispatched, now.revenue),
        *(then.orders, then.revenue, change(now.revenue, then.revenue)),
    )
