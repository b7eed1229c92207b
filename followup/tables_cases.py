"""The tables of what went wrong: exceptions, complaints, proposed penalties, and the papers and photos that show it.

Only followup.cases and followup.attachments write them (SPEC 9).
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from config.database import Base

Id = BigInteger().with_variant(Integer, "sqlite")
OPEN = text("closed_at IS NULL")


class ExceptionCase(Base):
    """An exception (异常) of a shipment, from its discovery to its closing: one owner, one chain."""

    __tablename__ = "exception_case"
    __table_args__ = (Index("ix_exception_case_open", "opened_at", sqlite_where=OPEN, postgresql_where=OPEN),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))  # the open task that works it
    kind: Mapped[str]  # followup.cases.ExceptionKind: damage, shortage, loss, delay, refusal, wrong_papers, …
    stage: Mapped[str]  # where the shipment stood
    words: Mapped[str] = mapped_column(Text, default="")
    compared: Mapped[str] = mapped_column(Text, default="")  # manifest, goods and waybill, one against the other
    beyond_control: Mapped[bool] = mapped_column(default=False)  # weather, closed roads: recorded and told, no penalty
    owner: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime] = mapped_column(index=True)
    opened_by: Mapped[str]
    told_at: Mapped[datetime | None]  # the customer was told
    cause: Mapped[str] = mapped_column(Text, default="")
    unit: Mapped[str] = mapped_column(default="")  # responsible party
    remedy: Mapped[str] = mapped_column(Text, default="")
    compensation: Mapped[Decimal | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(default="")


class Complaint(Base):
    """A complaint (投诉): its own clocks, and the exception that it is about, where there is one."""

    __tablename__ = "complaint"
    __table_args__ = (Index("ix_complaint_open", "opened_at", sqlite_where=OPEN, postgresql_where=OPEN),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_mail.id"), unique=True)
    exception_id: Mapped[int | None] = mapped_column(ForeignKey("exception_case.id"), index=True)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))
    complainant: Mapped[str] = mapped_column(default="")
    words: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime] = mapped_column(index=True)
    opened_by: Mapped[str]
    answered_at: Mapped[datetime | None]  # first answer: apologised
    cause: Mapped[str] = mapped_column(Text, default="")
    unit: Mapped[str] = mapped_column(default="")
    remedy: Mapped[str] = mapped_column(Text, default="")
    compensation: Mapped[Decimal | None]
    satisfied: Mapped[bool | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(default="")


class Penalty(Base):
    """A penalty that a rule proposes; a person confirms or drops it (SPEC 9)."""

    __tablename__ = "penalty"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)  # order, rule, what it is about: proposed once
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    exception_id: Mapped[int | None] = mapped_column(ForeignKey("exception_case.id"))
    rule: Mapped[str]  # followup.penalties: late_receipt, missed_exception, lost_receipt
    unit: Mapped[str] = mapped_column(default="")  # who is to pay
    amount: Mapped[Decimal]
    proposed_at: Mapped[datetime] = mapped_column(index=True)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(default="")
    decision: Mapped[str] = mapped_column(default="")  # "confirmed" | "dropped"
    words: Mapped[str] = mapped_column(Text, default="")


class Attachment(Base):
    """A scanned receipt, a photo, a paper of an order; large ones lie in files beside the database."""

    __tablename__ = "attachment"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    exception_id: Mapped[int | None] = mapped_column(ForeignKey("exception_case.id"))
    kind: Mapped[str]  # "receipt" | "photo" | "paper"
    name: Mapped[str]  # a label only, never a path
    content_type: Mapped[str]  # by content, not by name
    size: Mapped[int]
    digest: Mapped[str]  # SHA-256; the name of its file where it lies outside
    added_at: Mapped[datetime]
    added_by: Mapped[str]
    octets: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
