"""The tables of webhooks: what has still to be posted to whom. Only followup.webhooks writes them."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base

Id = BigInteger().with_variant(Integer, "sqlite")
OPEN = text("state = 'open'")


class WebhookCursor(Base):
    """How far a webhook has followed the timeline; it hears nothing from before it was set up."""

    __tablename__ = "webhook_cursor"
    hook: Mapped[str] = mapped_column(primary_key=True)
    first: Mapped[int] = mapped_column(BigInteger)  # the last event before it was set up
    last: Mapped[int] = mapped_column(BigInteger)


class WebhookPost(Base):
    """One event for one webhook: posted until it is taken, or given up after a day."""

    __tablename__ = "webhook_post"
    __table_args__ = (
        UniqueConstraint("hook", "event_id"),
        Index("ix_webhook_post_open", "due_at", sqlite_where=OPEN, postgresql_where=OPEN),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    hook: Mapped[str]
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    state: Mapped[str] = mapped_column(default="open")  # "open" | "taken" | "given_up"
    since: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    last_reply: Mapped[str | None] = mapped_column(Text)
