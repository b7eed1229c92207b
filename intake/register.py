"""Reads and writes orders: numbers, revisions, verdicts, customers. The only writer of intake's order tables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Text, bindparam, cast, insert, select, update
from sqlalchemy.orm import Session

from config.database import Database, JsonText, UtcDateTime, insert_all
from intake import customerbook
from intake.orderform import OrderForm, Origin, Problem, ReadOrder
from intake.record import OrderRecord, OrderState
from intake.tables import InboundMail, NumberSeries, Order, Revision
from intake.timeline import Entry, Happening, record
from intake.verdict import Outcome, Verdict

ORDERS, REVISIONS = insert(Order).returning(Order.number, Order.id), insert(Revision)
PROBLEMS, ORIGINS = TypeAdapter(tuple[Problem, ...]), TypeAdapter(dict[str, Origin])
MOMENTS = 256  # forms kept as they were read from the row: letters, search and tasks ask for an order within seconds
DUPLICATE_WINDOW = timedelta(hours=24)  # G2: the same content within a day is asked about


@dataclass(frozen=True)
class NewOrder:
    """A judged order that is not yet in the register."""

    read: ReadOrder
    verdict: Verdict
    content_key: str
    ordered_at: datetime
    ordered_at_note: str
    arrived_at: datetime
    clear_from: datetime  # since when the three minutes run, if it is accepted: arrival, or the confirmation (SPEC 5)
    channel: str = "mail"
    mail_id: int | None = None
    place: int = 0
    shipper_address: str = ""
    customer_id: int | None = None
    actor: str = "consign"
    silence: str = ""  # why the shipper gets no answer of ours; "" when he does (RFC 3834)
    company: str = ""  # key of the company whose order it is


def next_numbers(database: Database, session: Session, day: str, count: int) -> list[str]:
    """Reserves order numbers of a company day ("20261124"); they rise, and a rolled-back one leaves a gap (G3)."""
    last = session.connection().scalar(database.built(_numbering), {"day": day, "last": count})
    return [f"{day}-{number:04d}" for number in range(last - count + 1, last + 1)]


def _numbering(database: Database) -> Any:
    statement = database.insert(NumberSeries)
    more = {"last": NumberSeries.last + statement.excluded.last}
    return statement.on_conflict_do_update(index_elements=["day"], set_=more).returning(NumberSeries.last)


def enter(database: Database, session: Session, new: Sequence[NewOrder], day: str, now: datetime) -> list[str]:
    """Enters judged orders with their numbers, revisions and events. Returns the numbers, in the same sequence."""
    if not new:
        return []
    numbers = next_numbers(database, session, day, len(new))
    orders = [
        {
            "number": number,
            "company": order.company,
            "channel": order.channel,
            "mail_id": order.mail_id,
            "place": order.place,
            "customer_id": order.customer_id,
            "shipper_address": order.shipper_address,
            "state": OrderState(order.verdict.outcome.value),
            "opened_at": now,
        }
        for number, order in zip(numbers, new, strict=True)
    ]
    written = insert_all(session, ORDERS, orders)
    ids = {row.number: row.id for row in written}
    entered = [(ids[number], order) for number, order in zip(numbers, new, strict=True)]
    insert_all(session, REVISIONS, [_revision(order_id, 1, 1, order, now) for order_id, order in entered])
    record(session, [_decided(order_id, 1, 1, order, now) for order_id, order in entered])
    return numbers


def _revision(order_id: int, revision: int, round_: int, order: NewOrder, now: datetime) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "revision": revision,
        "round": round_,
        "mail_id": order.mail_id,
        "outcome": order.verdict.outcome,
        "form": JsonText(order.read.form.model_dump_json()),
        "problems": JsonText(PROBLEMS.dump_json(order.read.problems).decode()),
        "origins": JsonText(ORIGINS.dump_json(order.read.origins).decode()),
        "verdict": JsonText(order.verdict.model_dump_json()),
        "rules_version": order.verdict.rules_version,
        "ordered_at": order.ordered_at,
        "ordered_at_note": order.ordered_at_note,
        "arrived_at": order.arrived_at,
        "clear_at": order.clear_from if order.verdict.outcome is Outcome.ACCEPTED else None,
        "decided_at": now,
        "decided_by": order.actor,
        "content_key": order.content_key,
    }


def _decided(order_id: int, revision: int, round_: int, order: NewOrder, now: datetime) -> Entry:
    details = {
        "revision": revision,
        "round": round_,
        "outcome": order.verdict.outcome.value,
        "reasons": [reason.code for reason in order.verdict.reasons],
    }
    if order.silence:
        details["silence"] = order.silence
    return Entry(Happening.DECIDED, now, order.actor, order_id, order.mail_id, details)


def judge_again(session: Session, order_id: int, order: NewOrder, now: datetime, *, dispatched: bool) -> None:
    """Adds a judged version to an order: the next revision when its work order went out, otherwise the next round."""
    current = session.execute(select(Order.revision, Order.round).where(Order.id == order_id).with_for_update()).one()
    revision, round_ = (current.revision + 1, 1) if dispatched else (current.revision, current.round + 1)
    session.execute(insert(Revision), [_revision(order_id, revision, round_, order, now)])
    session.execute(
        update(Order)
        .where(Order.id == order_id)
        .values(revision=revision, round=round_, state=OrderState(order.verdict.outcome.value))
    )
    record(session, [_decided(order_id, revision, round_, order, now)])


def correct_address(session: Session, order_id: int, address: str) -> None:
    """Letters about the order go to this address from now on: the one it had takes none (SPEC 7, fix_address)."""
    session.execute(update(Order).where(Order.id == order_id).values(shipper_address=address.lower()))


def cancel(session: Session, order_id: int, actor: str, now: datetime, mail_id: int | None = None) -> bool:
    """Cancels an order; False when it was cancelled before. What follows (stop order, answers) hangs on the event."""
    changed = session.scalar(
        update(Order)
        .where(Order.id == order_id, Order.state != OrderState.CANCELLED)
        .values(state=OrderState.CANCELLED)
        .returning(Order.id)
    )
    if changed is not None:
        record(session, [Entry(Happening.CANCELLED, now, actor, order_id, mail_id)])
    return changed is not None


def same_content(session: Session, keys: Iterable[str], now: datetime, company: str = "") -> dict[str, str]:
    """Which contents were ordered from a company within the last day, with the order number that has them."""
    asked = {"keys": list(keys), "since": now - DUPLICATE_WINDOW, "company": company}
    return dict(session.execute(SAME_CONTENT, asked).all())


# Asked for every batch: built once.
SAME_CONTENT: Any = (
    select(Revision.content_key, Order.number)
    .join(Order, Order.id == Revision.order_id)
    .where(
        Revision.content_key.in_(bindparam("keys", expanding=True)),
        Revision.decided_at > bindparam("since", type_=UtcDateTime()),
        Order.company == bindparam("company"),
        Order.state.not_in([OrderState.CANCELLED, OrderState.REJECTED]),
    )
)
RECORD: Any = (
    select(
        Order.id,
        Order.number,
        Order.company,
        Order.state,
        Order.channel,
        Order.shipper_address,
        Revision.revision,
        Revision.round,
        cast(Revision.form, Text).label("form"),
        Revision.problems,
        cast(Revision.verdict, Text).label("verdict"),
        Revision.ordered_at,
        Revision.ordered_at_note,
        Revision.arrived_at,
        Revision.clear_at,
        InboundMail.subject,
        InboundMail.message_id,
    )
    .join(Revision, Revision.order_id == Order.id)
    .outerjoin(InboundMail, InboundMail.id == Revision.mail_id)
    .where(Order.id.in_(bindparam("order_ids", expanding=True)))
)
STANDING = select(Order.id, Order.state, Order.revision, Order.round).where(
    Order.id.in_(bindparam("order_ids", expanding=True))
)
AS_IT_STANDS = RECORD.where(Revision.revision == Order.revision, Revision.round == Order.round)


def records(
    session: Session,
    order_ids: Sequence[int],
    revisions: dict[int, tuple[int, int]] | None = None,
    *,
    origins: bool = True,
) -> dict[int, OrderRecord]:
    """Orders as they stand, or as they stood at the given (revision, round), by id.

    Without `origins` for whoever does not show where in the mail a value stood: they are half of what is to be read.
    """
    statement = AS_IT_STANDS if revisions is None else RECORD
    if origins:
        statement = statement.add_columns(Revision.origins)
    rows = session.execute(statement, {"order_ids": list(set(order_ids))}).all()
    wanted = [row for row in rows if revisions is None or revisions.get(row.id) == (row.revision, row.round)]
    before = _previous_forms(session, [row for row in wanted if row.revision > 1])
    return {row.id: _record(row, before.get(row.id)) for row in wanted}


def unchanged(session: Session, known: Iterable[OrderRecord]) -> dict[int, OrderRecord]:
    """Those of the records that still say how their order stands, by id."""
    by_id = {order.id: order for order in known}
    rows = session.execute(STANDING, {"order_ids": list(by_id)})
    standing = {row.id: (row.state, row.revision, row.round) for row in rows}
    return {
        order.id: order
        for order in by_id.values()
        if standing.get(order.id) == (order.state.value, order.revision, order.round)
    }


def _previous_forms(session: Session, rows: Sequence[Any]) -> dict[int, OrderForm]:
    """For each order the form of the last accepted revision before: what the dispatcher has in his hands."""
    forms: dict[int, OrderForm] = {}
    for row in rows:
        statement = (
            select(Revision.form)
            .where(Revision.order_id == row.id, Revision.revision < row.revision)
            .where(Revision.clear_at.is_not(None))
            .order_by(Revision.revision.desc(), Revision.round.desc())
            .limit(1)
        )
        form = session.scalar(statement)
        if form is not None:
            forms[row.id] = OrderForm.model_validate(form)
    return forms


def _record(row: Any, previous: OrderForm | None) -> OrderRecord:
    """The record of one row of RECORD."""
    return OrderRecord(
        id=row.id,
        number=row.number,
        company=row.company,
        revision=row.revision,
        round=row.round,
        state=OrderState(row.state),
        channel=row.channel,
        form=_form(row.form),
        problems=tuple(row.problems),
        origins=getattr(row, "origins", {}),
        verdict=_verdict(row.verdict),
        ordered_at=row.ordered_at,
        ordered_at_note=row.ordered_at_note,
        arrived_at=row.arrived_at,
        clear_at=row.clear_at,
        shipper_address=row.shipper_address,
        subject=row.subject or "",
        message_id=row.message_id or "",
        previous=previous,
    )


@lru_cache(maxsize=MOMENTS)
def _form(stored: str) -> OrderForm:
    return OrderForm.model_validate_json(stored)


@lru_cache(maxsize=MOMENTS)
def _verdict(stored: str) -> Verdict:
    return Verdict.model_validate_json(stored)


def mail_of(session: Session, order_id: int) -> int | None:
    """The mail that the order came in; None for an order by phone."""
    return session.scalar(select(Order.mail_id).where(Order.id == order_id))


def companies_of(session: Session, order_ids: Sequence[int]) -> dict[int, str]:
    """Whose orders these are, by id: the keys of their companies."""
    return dict(session.execute(select(Order.id, Order.company).where(Order.id.in_(order_ids))).all())


def by_number(session: Session, number: str) -> OrderRecord | None:
    """The order of that number as it stands."""
    order_id = session.scalar(select(Order.id).where(Order.number == number))
    return records(session, [order_id]).get(order_id) if order_id else None


def held(session: Session, order_id: int) -> OrderRecord:
    """The order as it stands, held until this transaction ends: no other daemon changes it meanwhile."""
    session.execute(select(Order.id).where(Order.id == order_id).with_for_update())
    return records(session, [order_id])[order_id]


def phone_on_file(session: Session, address: str) -> str:
    """The number to call somebody at who writes from `address`: of the customer, otherwise of his last order; or ""."""
    known = customerbook.customers_of(session, [address]).get(address)
    if known and known[1].phone:
        return known[1].phone
    statement = (
        select(Revision.form)
        .join(Order, Order.id == Revision.order_id)
        .where(Order.shipper_address == address, Revision.revision == 1, Revision.round == 1)
        .order_by(Revision.id.desc())
        .limit(1)
    )
    form = session.scalar(statement) if address else None
    return (OrderForm.model_validate(form).shipper.phone or "") if form else ""


def latest(session: Session, limit: int, before: int | None = None) -> list[OrderRecord]:
    """The newest orders, newest first; `before` is the id at which the page before ended."""
    statement = select(Order.id).order_by(Order.id.desc()).limit(limit)
    if before:
        statement = statement.where(Order.id < before)
    ids = list(session.scalars(statement))
    found = records(session, ids)
    return [found[order_id] for order_id in ids if order_id in found]
