"""What a letter says before it becomes bytes."""

from dataclasses import dataclass, field
from enum import StrEnum


class Purpose(StrEnum):
    """Why a letter is written. One letter an order, purpose, revision and recipient (RELIABILITY G3)."""

    ACKNOWLEDGEMENT = "acknowledgement"  # to the shipper: accepted, number, price, pickup deadline
    INCOMPLETE = "incomplete"  # to the shipper: each field to mend, with what was read, form to fill in
    CONFIRM = "confirm"  # to the shipper: what must be agreed to first
    REJECTED = "rejected"  # to the shipper: why not
    WORK_ORDER = "work_order"  # to the dispatcher (revision 1 and every later one)
    STOP_ORDER = "stop_order"  # to the dispatcher: cancelled
    CANCELLED = "cancelled"  # to the shipper: cancelled
    ALERT = "alert"  # to the supervisor: a promise is about to break or has broken
    NOTICE = "notice"  # to shipper or consignee: picked up, arrived, delivered, receipt back
    ANSWER = "answer"  # to an enquiry or complaint
    ASK_TO_WRITE = "ask_to_write"  # to the shipper: a picture alone cannot be read, please write it in the mail
    REPORT = "report"  # a report on schedule


@dataclass(frozen=True)
class Paper:
    """An attachment of ours."""

    name: str
    content_type: str
    octets: bytes


@dataclass(frozen=True)
class Draft:
    """One letter, worded, to one recipient."""

    purpose: Purpose
    recipient: str
    subject: str
    text: str
    html: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    papers: tuple[Paper, ...] = field(default=())
    language: str = "zh"  # "zh" | "en"
