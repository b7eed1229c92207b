"""The tables of the way after the pickup: batches that arrive, receipts that come back, the customer's opinion.

Only followup.journey and followup.receipts write them, and followup.satisfaction its own.
"""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base

Id = BigInteger().with_variant(Integer, "sqlite")
OUT = text("handed_at IS NULL AND lost_at IS NULL")


class Batch(Base):
    """A part of the goods at its station; the last one of a shipment starts the clock of the receipt (SPEC 9)."""

    __tablename__ = "batch"
    __table_args__ = (UniqueConstraint("order_id", "place"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    place: Mapped[int]  # 1, 2, … of shipment.batches
    pieces: Mapped[int | None]
    station: Mapped[str] = mapped_column(default="")
    arrived_at: Mapped[datetime]
    told_by: Mapped[str]  # actor: "agent:…", "file:…", "api:…", "dispatcher:…"


class Receipt(Base):
    """The signed paper (回单) that an order wants back: how many copies, at which step of its chain, since when."""

    __tablename__ = "receipt"
    __table_args__ = (
        Index("ix_receipt_out", "due_at", sqlite_where=OUT, postgresql_where=OUT),
        Index("ix_receipt_due", "due_at"),
    )
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True, autoincrement=False)
    copies: Mapped[int]  # wanted
    counted: Mapped[int] = mapped_column(default=0)  # copies at the last step
    state: Mapped[str] = mapped_column(default="due")  # followup.receipts.ReceiptState
    region: Mapped[str] = mapped_column(default="")  # destination city, for the month-end list
    responsible: Mapped[str] = mapped_column(default="")  # the station or person who owes it
    due_at: Mapped[datetime]  # 10, 15 or 20 days after the arrival, at the latest 25 (SPEC 7)
    signed_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]  # by the station …
    sent_by: Mapped[str] = mapped_column(default="")
    received_at: Mapped[datetime | None]  # … received by us …
    received_by: Mapped[str] = mapped_column(default="")
    checked_at: Mapped[datetime | None]  # … found in order …
    checked_by: Mapped[str] = mapped_column(default="")
    handed_at: Mapped[datetime | None]  # … and handed to the customer or to settlement
    handed_to: Mapped[str] = mapped_column(default="")
    defects: Mapped[int] = mapped_column(default=0)  # how often it went back to be signed again
    lost_at: Mapped[datetime | None]


class Satisfaction(Base):
    """What the customer gave for an order, once: by phone, or by the link of a letter."""

    __tablename__ = "satisfaction"
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True, autoincrement=False)
    score: Mapped[int]  # 1 … 5
    words: Mapped[str] = mapped_column(Text, default="")
    way: Mapped[str]  # "call" | "link"
    agent: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(index=True)


class ReportMailing(Base):
    """A report that was put into a letter for a period: it goes out once, whatever crashes."""

    __tablename__ = "report_mailing"
    name: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)  # "2026-W48", "2026-11", "2026-11-25"
    at: Mapped[datetime]


class ShiftNote(Base):
    """What one shift hands over to the next, in words."""

    __tablename__ = "shift_note"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    agent: Mapped[str]
    words: Mapped[str] = mapped_column(Text)
