"""The one table of dispatch: every letter that was ever written, with its bytes and its fate.

Only dispatch.letterbook writes it.
"""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from config.database import Base

Id = BigInteger().with_variant(Integer, "sqlite")
OPEN = text("state IN ('due', 'leased', 'unknown')")
REFUSED = text("state = 'refused'")
PROMISED = text("clear_at IS NOT NULL")


class Letter(Base):
    """A letter to one recipient. Bytes and Message-ID are fixed when it is written; every try sends the same (G4)."""

    __tablename__ = "letter"
    __table_args__ = (
        Index("ix_letter_open", "priority", "due_at", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_letter_promised", "due_by", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_letter_refused", "written_at", sqlite_where=REFUSED, postgresql_where=REFUSED),
        Index("ix_letter_clear", "clear_at", sqlite_where=PROMISED, postgresql_where=PROMISED),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)  # order, purpose, revision, round, recipient: written once (G3)
    purpose: Mapped[str]  # dispatch.draft.Purpose
    company: Mapped[str] = mapped_column(default="", server_default="")  # who writes it: Company.key
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_mail.id"), index=True)  # the mail that it answers
    revision: Mapped[int] = mapped_column(default=0)
    round: Mapped[int] = mapped_column(default=0)
    recipient: Mapped[str] = mapped_column(index=True)
    dispatcher: Mapped[str | None]  # key of the roster, where the letter goes to a dispatcher
    subject: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]  # dispatch.letterbook.LetterState
    counted: Mapped[bool] = mapped_column(default=False)  # an answer beyond real orders: so many an address (RFC 3834)
    priority: Mapped[int] = mapped_column(default=1)  # 0 goes first: work orders and stop orders
    written_at: Mapped[datetime]
    due_at: Mapped[datetime]  # when it may be tried next
    clear_at: Mapped[datetime | None]  # work orders: since when the three minutes run
    due_by: Mapped[datetime | None]  # work orders: when they end (SPEC 5)
    alerted_at: Mapped[datetime | None]  # the two-minute alert was given
    broken_at: Mapped[datetime | None]  # the three-minute breach was recorded
    attempt: Mapped[int] = mapped_column(default=0)  # rises with each lease: the fence of T4
    sender: Mapped[str | None]  # who has it in hand …
    leased_until: Mapped[datetime | None]  # … and until when
    failures: Mapped[int] = mapped_column(default=0)
    last_reply: Mapped[str | None] = mapped_column(Text)  # of the server
    sent_at: Mapped[datetime | None] = mapped_column(index=True)  # when the server accepted it
    octets: Mapped[bytes] = deferred(mapped_column(LargeBinary))
