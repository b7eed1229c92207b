"""The tables of the front door: trouble that people were told of, and what may not be forgotten, or may just now.

Only consign.alerts writes the first, consign.holds the second, consign.erasure the third.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base

Id = BigInteger().with_variant(Integer, "sqlite")
STANDING = text("lifted_at IS NULL")
UNFINISHED = text("(ended_at IS NULL OR told_at IS NULL OR end_told_at IS NULL)")


class Alert(Base):
    """Trouble of one host, from its beginning to its end; each is told once (RELIABILITY G6, G11, G13, G16)."""

    __tablename__ = "alert"
    __table_args__ = (Index("ix_alert_unfinished", "host", sqlite_where=UNFINISHED, postgresql_where=UNFINISHED),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    host: Mapped[str]
    code: Mapped[str]  # consign.alarms.Code
    about: Mapped[str]  # what it is about: a server, a mailbox; "" where the code says all
    details: Mapped[dict[str, Any]]
    began_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_told_at: Mapped[datetime | None]


class LegalHold(Base):
    """An order or a customer of whom nothing may be forgotten until the hold is lifted: a claim, a lawsuit."""

    __tablename__ = "legal_hold"
    __table_args__ = (Index("ix_legal_hold_standing", "id", sqlite_where=STANDING, postgresql_where=STANDING),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))  # one of the two is set
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    reason: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime]
    set_by: Mapped[str]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None]


class Erasing(Base):
    """The key of the timeline's lock: while a transaction holds a row here, it may empty the details of events.

    The row goes before that transaction ends, so that nobody else ever sees one; without it the triggers refuse every
    change of an event (RELIABILITY G20).
    """

    __tablename__ = "erasing"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
