"""The tables of followup: tasks and the attempts at them. Only followup.casebook writes them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base

Id = BigInteger().with_variant(Integer, "sqlite")
OPEN = text("state = 'open'")
HELD = text("state = 'open' AND holder IS NOT NULL")
QUEUE = ("due_at", "priority", "role", "kind", "zone", "dispatcher", "call_from", "state")
CLIMBS = text("state = 'open' AND role <> 'manager'")  # may still be handed up the ladder


UNPICKED = text("picked_up_at IS NULL AND overdue_at IS NULL AND closed_at IS NULL")


SILENT = text("acknowledged_at IS NULL AND deputised_at IS NULL AND picked_up_at IS NULL AND closed_at IS NULL")


class Shipment(Base):
    """What became of an order after its work order went out: who fetches it, by when, and how far it is."""

    __tablename__ = "shipment"
    __table_args__ = (
        Index("ix_shipment_unpicked", "pickup_by", sqlite_where=UNPICKED, postgresql_where=UNPICKED),
        Index("ix_shipment_silent", "revised_at", sqlite_where=SILENT, postgresql_where=SILENT),
        # What was promised for a period, whatever became of it: the reports.
        Index("ix_shipment_pickup_by", "pickup_by"),
        Index("ix_shipment_arrive_by", "arrive_by"),
    )
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True, autoincrement=False)
    stage: Mapped[str] = mapped_column(default="dispatched")  # followup.stages.Stage
    revision: Mapped[int]  # the last one dispatched
    zone: Mapped[str]
    dispatcher: Mapped[str]
    dispatched_at: Mapped[datetime]  # the first work order was accepted by the dispatcher's server
    revised_at: Mapped[datetime]  # … and the work order of this revision
    pickup_by: Mapped[datetime]
    price: Mapped[Decimal | None]  # total of the quote at the last dispatch: the revenue of the reports
    acknowledged_at: Mapped[datetime | None]  # the dispatcher said that he has it
    deputised_at: Mapped[datetime | None]  # he was silent for too long: his deputy has the work order too
    expected_at: Mapped[datetime | None]  # when he says the goods will be picked up
    picked_up_at: Mapped[datetime | None]
    overdue_at: Mapped[datetime | None]  # the overdue task was opened
    driver: Mapped[str] = mapped_column(default="")
    driver_phone: Mapped[str] = mapped_column(default="")
    vehicle: Mapped[str] = mapped_column(default="")
    # From here on: after the pickup (SPEC 7, 9). What was planned is kept as it was first planned, for the reports.
    destination: Mapped[str] = mapped_column(default="", server_default="")  # city of the lane
    transfers: Mapped[int | None]  # of the lane: they set the clock of the receipt
    arrive_by: Mapped[datetime | None]  # as the lane's days promised at the pickup
    promised_at: Mapped[datetime | None]  # the arrival as promised last
    batches: Mapped[int] = mapped_column(default=1, server_default="1")  # in how many the goods travel
    arrived_at: Mapped[datetime | None]  # the last batch: the receipt's days count from here
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str] = mapped_column(default="", server_default="")
    receipt_state: Mapped[str] = mapped_column(default="", server_default="")  # followup.receipts; "": none wanted
    closed_at: Mapped[datetime | None]
    closed_why: Mapped[str] = mapped_column(default="", server_default="")  # "done", "cancelled", "lost", …


class Task(Base):
    """Something a person must do by a time: mostly a call (SPEC 7)."""

    __tablename__ = "task"
    __table_args__ = (
        # the queue, its filters and counts are told from this index alone; "state" so that SQLite sees that they are
        Index("ix_task_open", *QUEUE, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_task_held", "holder", "due_at", sqlite_where=HELD, postgresql_where=HELD),
        Index("ix_task_climbs", "due_at", sqlite_where=CLIMBS, postgresql_where=CLIMBS),
        Index("ix_task_open_order", "order_id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_task_first_due", "first_due_at", "kind"),  # not by kind first: the queue must not be led astray
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)  # order (or mail), kind, round: opened once
    kind: Mapped[str]  # followup.agenda.TaskKind
    state: Mapped[str] = mapped_column(default="open")  # "open" | "closed"
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_mail.id"), index=True)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))
    round: Mapped[int] = mapped_column(default=1)
    role: Mapped[str] = mapped_column(default="agent")  # "agent" | "supervisor" | "manager": whose queue
    whom: Mapped[str] = mapped_column(default="")  # whom to call …
    phone: Mapped[str] = mapped_column(default="")  # … and at which number
    why: Mapped[str]  # code of the sentence in config/phrases.toml that says why
    why_values: Mapped[dict[str, Any]]
    zone: Mapped[str] = mapped_column(default="")
    dispatcher: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime]
    call_from: Mapped[datetime]  # from when it may be done
    due_at: Mapped[datetime]
    first_due_at: Mapped[datetime | None]  # as it was due when it was opened: putting it off does not make it timely
    priority: Mapped[int] = mapped_column(default=5)  # 1 first
    holder: Mapped[str | None]  # the agent who has leased it …
    held_until: Mapped[datetime | None]  # … and until when, unless he speaks up
    taken_at: Mapped[datetime | None]  # since when the holder has had it
    attempts: Mapped[int] = mapped_column(default=0)
    rung: Mapped[int] = mapped_column(default=0, server_default="0")  # how far up the ladder it was handed
    outcome: Mapped[str | None]
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    closed_by: Mapped[str | None]


class Attempt(Base):
    """One try at a task: who, when, with which outcome, in which words."""

    __tablename__ = "attempt"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    taken_at: Mapped[datetime | None]  # since when the agent had had the task; None where he had not taken it before
    agent: Mapped[str]
    outcome: Mapped[str]
    note: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]]
    put_off_to: Mapped[datetime | None]
