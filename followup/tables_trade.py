"""What trade partners send: which order of ours their reference is. Only followup.orderimport writes this table."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base

Id = BigInteger().with_variant(Integer, "sqlite")


class OrderReference(Base):
    """A partner's own number of an order: what is sent again under it enters nothing twice."""

    __tablename__ = "order_reference"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)  # the partner's mail address and his reference
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    reference: Mapped[str]
    content: Mapped[str]  # SHA-256 of what was sent under it
    at: Mapped[datetime]
