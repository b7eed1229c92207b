"""One order as the register keeps it: the picture that letters, tasks, console and command line are made from."""

from enum import StrEnum

from pydantic import AwareDatetime

from intake.orderform import OrderForm, Origin, Problem, Value
from intake.verdict import Verdict


class OrderState(StrEnum):
    """Where an order stands before the lorry moves (SPEC 4). What comes after is a stage (followup.stages)."""

    ACCEPTED = "accepted"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    INCOMPLETE = "incomplete"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class OrderRecord(Value):
    """The current revision of an order. All times UTC."""

    id: int
    number: str  # "20261124-0001"
    company: str = ""  # key of the company whose order it is; "" for [company]
    revision: int  # what dispatchers see, from 1: rises when a dispatched order changes
    round: int = 1  # judgements of this revision before its work order went out
    state: OrderState
    channel: str  # "mail" | "phone" | "api"
    form: OrderForm
    problems: tuple[Problem, ...] = ()
    origins: dict[str, Origin] = {}
    verdict: Verdict
    ordered_at: AwareDatetime  # order time (SPEC 3)
    # why the arrival counts instead: "" | "sent_in_future" | "sent_long_before_arrival" | "sent_unknown"
    ordered_at_note: str = ""
    arrived_at: AwareDatetime  # at our mail server
    clear_at: AwareDatetime | None = None  # since when the three minutes run (SPEC 5); None while not clear
    shipper_address: str = ""  # where answers to the shipper go; "" for a phone order without mail
    subject: str = ""  # of the shipper's mail
    message_id: str = ""  # of the shipper's mail: answers refer to it
    references: tuple[str, ...] = ()
    previous: OrderForm | None = None  # the form of the revision before, for marking changes
