"""Every letter that we send: order -> Draft. Rules, pure; the sentences stand in templates/ and config/phrases.toml."""

from dispatch.dispatcher_letters import alert, stop_order, work_order
from dispatch.letterhead import Deadline, House, OnDuty
from dispatch.shipper_letters import (
    acknowledgement,
    answer,
    ask_to_write,
    cancelled,
    confirm,
    consignee_notice,
    incomplete,
    notice,
    rejected,
)

__all__ = [
    "Deadline",
    "House",
    "OnDuty",
    "acknowledgement",
    "alert",
    "answer",
    "ask_to_write",
    "cancelled",
    "confirm",
    "consignee_notice",
    "incomplete",
    "notice",
    "rejected",
    "stop_order",
    "work_order",
]
