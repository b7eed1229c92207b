"""Whom a text names, and which orders and mails are his: a customer, a mail address, a phone number, one order.

What is still at work is told apart from what is over, and what lies under a legal hold from what does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, false, not_, or_, select, true, union
from sqlalchemy.orm import Session

from consign.erasure import Subject
from consign.tables import STANDING, LegalHold
from dispatch.tables import OPEN as ON_ITS_WAY
from dispatch.tables import Letter
from followup.searchwords import question_of
from followup.tables import OPEN as TO_DO
from followup.tables import Task
from followup.tables_desk import SearchWord
from intake.tables import Customer, CustomerAddress, Event, Handover, InboundMail, Order, Revision

SHORTEST_PHONE = 7  # digits by which somebody may be named: fewer are the end of many numbers


@dataclass(frozen=True)
class Person:
    """Somebody of whom the database may hold something."""

    customer_id: int | None = None
    claims: tuple[str, ...] = ()  # his addresses, and "@domain" where a whole domain is his
    phone: str = ""  # as a search word
    order_id: int | None = None

    def wrote_from(self, address: ColumnElement[str]) -> ColumnElement[bool]:
        """Whether an address, lower case, is one of his."""
        whole = [claim for claim in self.claims if not claim.startswith("@")]
        domains = [address.endswith(claim, autoescape=True) for claim in self.claims if claim.startswith("@")]
        return or_(address.in_(whole) if whole else false(), *domains)

    def ordered(self) -> ColumnElement[bool]:
        """Which orders are his."""
        parts = [self.wrote_from(Order.shipper_address.expression)]
        if self.customer_id is not None:
            parts.append(Order.customer_id == self.customer_id)
        if self.phone:
            parts.append(Order.id.in_(select(SearchWord.order_id).where(SearchWord.word == self.phone)))
        if self.order_id is not None:
            parts.append(Order.id == self.order_id)
        return or_(*parts)


def find_person(session: Session, text: str) -> Person | None:
    """Whom an order number, a customer's key or name, a mail address or a phone number names; None for nobody."""
    text = text.strip()
    order_id = session.scalar(select(Order.id).where(Order.number == text))
    if order_id is not None:
        return Person(order_id=order_id)
    customer_id = session.scalar(select(Customer.id).where(or_(Customer.key == text, Customer.name == text)).limit(1))
    if customer_id is None and "@" in text:
        known = select(CustomerAddress.customer_id).where(CustomerAddress.address == text.lower())
        customer_id = session.scalar(known)
    if customer_id is not None:
        return customer(session, customer_id)
    if "@" in text:
        return Person(claims=(text.lower(),))
    phone = question_of(text).phone
    return Person(phone=phone) if len(phone) > SHORTEST_PHONE else None


def customer(session: Session, customer_id: int) -> Person:
    """A customer with all his addresses and domains."""
    claims = select(CustomerAddress.address).where(CustomerAddress.customer_id == customer_id)
    return Person(customer_id, tuple(session.scalars(claims)))


@dataclass(frozen=True)
class Holdings:
    """What there is of somebody: what may go, and what stays for now, by order number or mail id."""

    over: Subject
    at_work: tuple[str, ...]  # an open call, an unsent letter, an unread mail: ask again when it is done
    held: tuple[str, ...]  # under a legal hold


def everything_of(session: Session, person: Person) -> Subject:
    """All of his orders and mails, and himself where he is a customer."""
    orders = select(Order.id).where(person.ordered())
    mails = _mails(person, orders)
    ids = session.scalars(select(InboundMail.id).where(mails).order_by(InboundMail.id)).all()
    customers = () if person.customer_id is None else (person.customer_id,)
    return Subject(tuple(session.scalars(orders.order_by(Order.id))), tuple(ids), customers)


def holdings_of(session: Session, person: Person) -> Holdings:
    """The same, parted into what may be forgotten and what not."""
    orders = select(Order.id).where(person.ordered())
    held_orders, held_mails = holds(session)
    order_states = select(Order.id, Order.number, Order.id.in_(held_orders), _order_at_work())
    mail_states = select(InboundMail.id, InboundMail.id.in_(held_mails), _mail_at_work())
    order_rows = session.execute(order_states.where(Order.id.in_(orders)).order_by(Order.id)).all()
    mail_rows = session.execute(mail_states.where(_mails(person, orders)).order_by(InboundMail.id)).all()
    named = [(id_, number, held, busy) for id_, number, held, busy in order_rows]
    named_mails = [(id_, f"mail {id_}", held, busy) for id_, held, busy in mail_rows]
    together = [*named, *named_mails]
    held = tuple(name for _, name, held, _ in together if held)
    at_work = tuple(name for _, name, held, busy in together if busy and not held)
    customers = (person.customer_id,) if person.customer_id is not None and not held and not at_work else ()
    return Holdings(Subject(_free(named), _free(named_mails), customers), at_work, held)


def _free(rows: Sequence[tuple[int, str, bool, bool]]) -> tuple[int, ...]:
    return tuple(id_ for id_, _, held, busy in rows if not held and not busy)


def holds(session: Session) -> tuple[Select[int], Select[int]]:
    """The ids of the orders and of the mails that lie under a legal hold."""
    standing = session.execute(select(LegalHold.order_id, LegalHold.customer_id).where(STANDING)).all()
    people = [
        customer(session, customer_id) if customer_id is not None else Person(order_id=order_id)
        for order_id, customer_id in standing
    ]
    orders = select(Order.id).where(or_(false(), *(person.ordered() for person in people)))
    sender = InboundMail.sender.expression
    theirs = or_(false(), *(person.wrote_from(sender) for person in people))
    tied = select(tied_mails(orders).c.mail_id)
    of_them = or_(theirs, InboundMail.id.in_(tied))
    return orders, select(InboundMail.id).where(or_(of_them, InboundMail.copy_of.in_(tied)))


def tied_mails(orders: Select[int]) -> Subquery:
    """The mails that speak of these orders: in which they came, by which they were changed, asked about, answered."""
    ties = [
        select(Order.mail_id.label("mail_id")).where(Order.id.in_(orders), Order.mail_id.is_not(None)),
        select(Revision.mail_id).where(Revision.order_id.in_(orders), Revision.mail_id.is_not(None)),
        select(Event.mail_id).where(Event.order_id.in_(orders), Event.mail_id.is_not(None)),
    ]
    return union(*ties).subquery()


def _mails(person: Person, orders: Select[int]) -> ColumnElement[bool]:
    """His mails: all that he wrote, and those that speak of his orders and of nobody else's; with their copies."""
    about_his = InboundMail.id.in_(select(tied_mails(orders).c.mail_id))
    others = or_(
        exists(select(true()).where(Order.mail_id == InboundMail.id, Order.id.not_in(orders))),
        exists(select(true()).where(Revision.mail_id == InboundMail.id, Revision.order_id.not_in(orders))),
        exists(select(true()).where(Event.mail_id == InboundMail.id, Event.order_id.not_in(orders))),
    )
    his = or_(person.wrote_from(InboundMail.sender.expression), and_(about_his, not_(others)))
    originals = select(InboundMail.id).where(his)
    return or_(his, InboundMail.copy_of.in_(originals))


def _order_at_work() -> ColumnElement[bool]:
    return or_(
        exists(select(true()).where(Task.order_id == Order.id, TO_DO)),
        exists(select(true()).where(Letter.order_id == Order.id, ON_ITS_WAY)),
        exists(select(true()).where(Event.order_id == Order.id, Handover.event_id == Event.id)),
    )


def _mail_at_work() -> ColumnElement[bool]:
    return or_(
        InboundMail.state == "stored",
        exists(select(true()).where(Task.mail_id == InboundMail.id, TO_DO)),
        exists(select(true()).where(Letter.mail_id == InboundMail.id, ON_ITS_WAY)),
        exists(select(true()).where(Event.mail_id == InboundMail.id, Handover.event_id == Event.id)),
    )
