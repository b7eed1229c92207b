"""Customers ask: 查件 and 催单 (where is my order), complaints. What is answered stands in events (SPEC 9)."""

import re
from datetime import datetime

from config.quote import Quote
from intake.consent import own_text
from intake.fate import Fate
from intake.mailbook import MailState
from intake.message import Understanding
from intake.readmail import ReadMail
from intake.record import OrderRecord
from intake.threads import Thread
from intake.timeline import Entry, Happening

_WHERE = re.compile(
    r"查件|查货|催(?:单|货|件|一下|促)|查(?:询|一下)|(?:到|走到)(?:哪|那)|在哪|进度|状态|物流(?:信息|情况)"
    r"|(?:什么时候|何时|几点|多久)(?:能|可以|会)?(?:到|提|取|送|发)|(?:提|取|到|发|送)(?:货)?了(?:吗|么|没)"
    r"|还没(?:来|到|人来|见)|怎么还|(?:为什么|为何)(?:还)?(?:没|不)"
    r"|\bwhere is\b|\bstatus\b|\btrack(?:ing)?\b|\bwhen (?:will|is|does)\b|\bETA\b|\bany (?:update|news)\b"
    r"|\bnot (?:yet )?(?:arrived|picked)",
    re.IGNORECASE,
)

_CHANGE = re.compile(
    r"改|更正|修正|修改|变更|更新|重发|以(?:此|这个|下面|本次)?为准|写错|有误|\bchang|\bcorrect|\binstead\b|\brevis",
    re.IGNORECASE,
)


def says_change(read: Understanding) -> bool:
    """Whether the sender says that the form he sends again takes the place of the one before."""
    return bool(_CHANGE.search("\n".join(own_text(read.message))[:4000]))


def asks_where_it_is(read: Understanding) -> bool:
    """Whether the sender asks for the state of his order."""
    if read.topic == "inquiry":
        return True
    return bool(_WHERE.search("\n".join([read.message.subject, *own_text(read.message)])[:4000]))


def enquiry(item: ReadMail, order: OrderRecord, silence: str, now: datetime) -> Fate:
    """From an address of the order: it is answered with the state, the next step and the promised time."""
    details = {"recipient": item.sender, "silence": silence, "message_id": item.read.message.message_id}
    entry = Entry(Happening.ENQUIRED, now, "shipper", order.id, item.mail.id, details)
    return Fate(MailState.ANSWERED, (entry,))


def complaint(item: ReadMail, thread: Thread | None, silence: str, now: datetime) -> Fate:
    """Acknowledged with an apology, and a task with its clock; the order beside it where one is named."""
    order = thread.order if thread else None
    details = {
        "recipient": item.sender,
        "silence": silence,
        "message_id": item.read.message.message_id,
        "subject": item.read.message.subject[:200],
    }
    entry = Entry(Happening.COMPLAINED, now, "shipper", order.id if order else None, item.mail.id, details)
    return Fate(MailState.REVIEW, (entry,))


def quoted(item: ReadMail, quote: Quote, way: str, silence: str, now: datetime) -> Fate:
    """A price was asked for and could be reckoned."""
    message = item.read.message
    details = {
        "recipient": item.sender,
        "silence": silence,
        "message_id": message.message_id,
        "subject": message.subject[:200],
        "quote": quote.model_dump(mode="json"),
        "way": way,
    }
    return Fate(MailState.ANSWERED, (Entry(Happening.QUOTED, now, "shipper", mail_id=item.mail.id, details=details),))
