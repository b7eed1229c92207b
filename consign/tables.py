"""The one table of the front door: trouble that people were told of. Only consign.alerts writes it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base

Id = BigInteger().with_variant(Integer, "sqlite")
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
