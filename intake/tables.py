"""The tables of intake: mail as it came, orders with their revisions, customers, and the timeline of everything done.

Only intake.register and intake.timeline write them.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from config.database import BYTEWISE, Base

# SQLite uses a partial index only for a query that repeats its condition word for word.
WAITING = text("state = 'stored'")
SET_ASIDE = text("state = 'quarantined'")
Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts by itself only in an INTEGER key


class Cursor(Base):
    """How far a mailbox has been read: UIDVALIDITY and the highest UID kept (RELIABILITY G1, G15)."""

    __tablename__ = "cursor"
    mailbox: Mapped[str] = mapped_column(primary_key=True)
    uidvalidity: Mapped[int] = mapped_column(BigInteger)
    uid: Mapped[int] = mapped_column(BigInteger)


class InboundMail(Base):
    """One mail as the mailbox gave it; never deleted but by retention, which empties `octets`."""

    __tablename__ = "inbound_mail"
    __table_args__ = (
        UniqueConstraint("mailbox", "uidvalidity", "uid"),
        Index("ix_inbound_mail_next", "turn", "stranger", "id", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_inbound_mail_stream", "stream", "turn", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_inbound_mail_set_aside", "id", sqlite_where=SET_ASIDE, postgresql_where=SET_ASIDE),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    mailbox: Mapped[str]
    company: Mapped[str] = mapped_column(default="", server_default="")  # whose mailbox it is: Company.key
    uidvalidity: Mapped[int] = mapped_column(BigInteger)
    uid: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int]
    arrived_at: Mapped[datetime]  # INTERNALDATE: when our server took it
    kept_at: Mapped[datetime]  # when this row was committed
    state: Mapped[str]  # intake.register.MailState
    stream: Mapped[str] = mapped_column(default="", server_default="")  # whose turn it takes: intake.turns …
    turn: Mapped[int] = mapped_column(default=0, server_default="0")  # … which one that is …
    stranger: Mapped[bool] = mapped_column(default=False, server_default=text("false"))  # … and how it stands in it
    attempts: Mapped[int] = mapped_column(default=0)  # at reading; counted before the try (G8)
    reader: Mapped[str | None]  # the daemon that reads it now …
    reading_until: Mapped[datetime | None]  # … and until when it may
    fingerprint: Mapped[str | None] = mapped_column(unique=True)  # of a mail that was handled; copies have none (G2)
    copy_of: Mapped[int | None] = mapped_column(ForeignKey("inbound_mail.id"))
    sender: Mapped[str] = mapped_column(default="", index=True)
    subject: Mapped[str] = mapped_column(Text, default="")
    message_id: Mapped[str] = mapped_column(default="", index=True)
    sent_at: Mapped[datetime | None]
    kind: Mapped[str | None]
    topic: Mapped[str | None]
    evidence: Mapped[list[str] | None] = mapped_column(type_=Base.registry.type_annotation_map[dict[str, Any]])
    trouble: Mapped[str | None] = mapped_column(Text)  # traceback or cause, when it was set aside
    judged_at: Mapped[datetime | None]
    headers_only: Mapped[bool] = mapped_column(default=False)  # larger than the limit: only its header was fetched
    octets: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))


class NumberSeries(Base):
    """The last order number given on a company day; numbers rise, gaps are allowed (G3)."""

    __tablename__ = "number_series"
    day: Mapped[str] = mapped_column(primary_key=True)  # "20261124"
    last: Mapped[int]


class Order(Base):
    """One transport order. What it says stands in its revisions."""

    __tablename__ = "orders"
    __table_args__ = (UniqueConstraint("mail_id", "place"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(BYTEWISE, unique=True)
    company: Mapped[str] = mapped_column(default="", server_default="")  # whose order it is: Company.key
    channel: Mapped[str]  # "mail" | "phone" | "api"
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_mail.id"))
    place: Mapped[int] = mapped_column(default=0)  # which order of its mail, from 0
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    shipper_address: Mapped[str] = mapped_column(default="", index=True)
    state: Mapped[str]  # intake.record.OrderState
    revision: Mapped[int] = mapped_column(default=1)  # the current one …
    round: Mapped[int] = mapped_column(default=1)  # … and its round
    opened_at: Mapped[datetime] = mapped_column(index=True)


class Revision(Base):
    """One judged version of an order; written once.

    `revision` is what dispatchers see: it rises when a dispatched order changes. `round` counts the judgements of one
    revision before its work order went out: the mail as it came, then the answer that mended it.
    """

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("order_id", "revision", "round"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    revision: Mapped[int]
    round: Mapped[int]
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_mail.id"), index=True)
    outcome: Mapped[str]  # intake.verdict.Outcome, or "cancelled"
    form: Mapped[dict[str, Any]]
    problems: Mapped[list[Any]] = mapped_column(type_=Base.registry.type_annotation_map[dict[str, Any]])
    origins: Mapped[dict[str, Any]]
    verdict: Mapped[dict[str, Any]]
    rules_version: Mapped[str]
    ordered_at: Mapped[datetime]
    ordered_at_note: Mapped[str] = mapped_column(default="")
    arrived_at: Mapped[datetime]
    clear_at: Mapped[datetime | None]  # since when the three minutes run (SPEC 5)
    decided_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(default="consign")
    content_key: Mapped[str] = mapped_column(index=True)  # same content under a new Message-ID is asked (G2)


class Customer(Base):
    """A known customer (SPEC 8): which addresses are its own, and what was agreed with it."""

    __tablename__ = "customer"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    terms: Mapped[dict[str, Any]]  # intake.customers.CustomerTerms


class CustomerAddress(Base):
    """An address, or a whole domain ("@example.com"), that belongs to a customer."""

    __tablename__ = "customer_address"
    address: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)


class Event(Base):
    """The timeline: what happened to an order or a mail, when, by whom. Never updated, never deleted (G20)."""

    __tablename__ = "event"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]  # "consign", "agent:…", "shipper", "dispatcher:…"
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_mail.id"), index=True)
    details: Mapped[dict[str, Any]]


class Handover(Base):
    """An event that a room has still to act on; the room deletes the row in the transaction in which it has acted.

    A row with `trouble` could not be acted on: it is passed over, shown by `consign status`, and freed by `requeue`.
    """

    __tablename__ = "handover"
    room: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    trouble: Mapped[str | None] = mapped_column(Text)
