"""When we hold our tongue: no machine is drawn into a loop, nobody is flooded in a stranger's name (RFC 3834).

In: a mail as read, our own addresses, when its sender was answered last. Out: why there is no answer, or "". Pure.
"""

import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from intake.message import Message
from intake.tokens import looks_like_ours

SHORT, AT_MOST_SHORT = timedelta(minutes=10), 2  # answers to one address …
DAY, AT_MOST_DAY = timedelta(days=1), 10  # … beyond real orders (RELIABILITY §6, row 13)
MACHINE_PRECEDENCE = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply"})
MACHINE_HEADERS = ("x-autoreply", "x-autorespond", "x-auto-response", "x-loop", "feedback-id", "x-failed-recipients")
LIST_HEADERS = ("list-id", "list-post", "list-unsubscribe", "mailing-list")
# Addresses behind which nobody reads: an answer would come back, or go to another machine.
_NOBODY = re.compile(
    r"(?:mailer-daemon|postmaster|daemon|no[-_.]?reply|do[-_.]?not[-_.]?reply|bounces?|abuse|listserv|majordomo|nobody"
    r"|auto-?reply|[a-z0-9._-]{1,40}-(?:bounces|request|owner))(?:[+=-][^@]{0,64})?@[^@]{1,253}",
    re.IGNORECASE,
)
# An answering machine that says so in its subject alone, as those of QQ, NetEase and Outlook do.
_SAYS_AUTOMATIC = re.compile(
    r"\s{0,4}(?:自动(?:回复|答复|应答)|自動(?:回覆|回復)|休假(?:自动)?回复|外出(?:自动)?(?:回复|答复)"
    r"|auto(?:matic)?[- ]?(?:reply|response)|autoreply|out of (?:the )?office)",
    re.IGNORECASE,
)


def is_machine(message: Message, own_addresses: Collection[str]) -> str:
    """Which mark of a machine, a list or ourselves the mail bears; "" for a mail that a person may have written."""
    headers = message.headers
    if any(value.split(";")[0].strip().lower() not in ("", "no") for value in headers.get("auto-submitted", ())):
        return "auto_submitted"
    if any(value.strip() == "<>" for value in headers.get("return-path", ())):
        return "null_path"
    if any(value.strip().lower() in MACHINE_PRECEDENCE for value in headers.get("precedence", ())):
        return "precedence"
    if any(name in headers for name in MACHINE_HEADERS):
        return "machine_header"
    if any(name in headers for name in LIST_HEADERS):
        return "list"
    if message.sender and message.sender.address in own_addresses:
        return "own_address"
    if looks_like_ours(message.message_id) and _from_own_domain(message.message_id, own_addresses):
        return "own_message_id"
    return "automatic_subject" if _SAYS_AUTOMATIC.match(message.subject) else ""


def _from_own_domain(identifier: str, own_addresses: Iterable[str]) -> bool:
    domain = identifier.rstrip(">").rpartition("@")[2].lower()
    return domain in {address.rpartition("@")[2] for address in own_addresses}


def not_to_be_answered(address: str, own_addresses: Collection[str]) -> str:
    """Why nothing is ever written to this address of its own accord; "" where it may be."""
    if not address:
        return "no_address"
    if address.lower() in own_addresses:
        return "own_address"
    return "nobody_reads" if _NOBODY.fullmatch(address) else ""


def too_many(answered: Iterable[datetime], now: datetime) -> str:
    """Why an address has had its answers: more than two in ten minutes, or ten in a day. "" while there is room."""
    recent = [at for at in answered if at > now - DAY]
    if len(recent) >= AT_MOST_DAY:
        return "ten_a_day"
    return "two_in_ten_minutes" if sum(at > now - SHORT for at in recent) >= AT_MOST_SHORT else ""
