"""The headers of a mail: sender, recipients, date, and the few that decide what it is. The only user of mail-parser."""

import email.utils
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from email.errors import MessageError
from email.message import Message as Mime
from functools import lru_cache

from mailparser.utils import get_addresses

from intake.charsets import header_text, plain_header
from intake.folding import clean
from intake.message import Address

MAX_HEADER, MAX_ADDRESSES = 64 * 1024, 50
DECIDING = frozenset(
    [
        "auto-submitted",
        "precedence",
        "list-id",
        "list-unsubscribe",
        "return-path",
        "x-autoreply",
        "x-autorespond",
        "x-auto-response-suppress",
        "x-autoreply-from",
        "x-failed-recipients",
        "authentication-results",
        "reply-to",
        "sender",
        "content-type",
        "x-loop",
        "x-mailer",
        "delivered-to",
        "x-auto-reply",
        "x-mail-autoreply",
    ]
)


_ADDRESS = re.compile(r"[^@\s<>()\",;:\\]{1,64}@[^@\s<>()\",;:\\\[\]]{1,253}")
_BLANKS, _BREAKS = re.compile(r"\s+"), re.compile(r"[\r\n]+")
_MESSAGE_ID = re.compile(r"<[^<>\s\x00-\x1f\x7f\ud800-\udfff]{1,300}>")
_ZONE = re.compile(r"[+-]\d{4}")
_DATE_CST = re.compile(r"\s(?:\(?CST\)?)\s{0,3}$")


def one_line(text: str) -> str:
    return _BLANKS.sub(" ", clean(text.replace("\t", " ").replace("\n", " "))).strip()


def message_ids(value: object) -> tuple[str, ...]:
    return tuple(_MESSAGE_ID.findall(str(value)))[:MAX_ADDRESSES]


def raw_values(mime: Mime, name: str) -> list[str]:
    """The values of a header as they stand, with octets that no encoding declares (get() would lose them)."""
    wanted = name.lower()
    return [str(value) for key, value in mime.raw_items() if key.lower() == wanted]


def deciding_headers(mime: Mime) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in mime.raw_items():
        key = name.lower()
        if key in DECIDING and len(found.get(key, ())) < 10:
            found[key] = (*found.get(key, ()), one_line(header_text(str(value)))[:500])
    return found


def sent_time(date: str) -> datetime | None:
    """The Date header; CST is China's time here, not the one of Chicago."""
    try:
        moment = email.utils.parsedate_to_datetime(_DATE_CST.sub(" +0800", date) if not _ZONE.search(date) else date)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone(timedelta(hours=8)) if "-0000" not in date else UTC)
        return moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def addresses_of(mime: Mime, *names: str) -> dict[str, tuple[Address, ...]]:
    """The addresses in the first of each of these headers, as mail-parser reads them once they are relabelled; an
    encoded word that breaks it is taken as it stands."""
    values = {
        name: _BREAKS.sub("", plain_header(value))[: 2 * MAX_HEADER]
        for name in names
        for value in raw_values(mime, name)[:1]
    }
    try:
        return {name: _addresses(value) for name, value in values.items()}
    except MessageError:
        return {name: _addresses(value.replace("=?", "= ?")) for name, value in values.items()}


def one_sender(found: Sequence[Address], senders: list[str]) -> Address | None:
    """The one sender, on whose address two parsers agree; otherwise nobody (a@good.com <b@evil.com>)."""
    if len(senders) != 1:
        return None
    plain = plain_header(senders[0]).replace("\r", "").replace("\n", "")
    strict = email.utils.parseaddr(plain)[1].lower()
    if len(found) != 1 or found[0].address != strict or plain.count("@") - found[0].display.count("@") > 1:
        return None
    return found[0]


@lru_cache(maxsize=16)
def _addresses(value: str) -> tuple[Address, ...]:
    """The addresses in one header, one more than is kept at most; remembered for a while, because nearly every mail is
    to the same mailbox."""
    found = []
    for display, mailbox in get_addresses(value, decode_names=True):
        address = clean(mailbox).strip().lower()
        if not _ADDRESS.fullmatch(address):
            continue
        local, _, domain = address.rpartition("@")
        name = one_line(header_text(display))[:200] if display != mailbox else ""
        found.append(Address(address=f"{local}@{_a_label(domain)}", display=name))
    return tuple(found[: MAX_ADDRESSES + 1])


def _a_label(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def recipients_of(found: Sequence[Address], marks: set[str]) -> tuple[Address, ...]:
    """Those that are kept of all recipients."""
    if len(found) > MAX_ADDRESSES:
        marks.add("many_recipients")
    return tuple(found[:MAX_ADDRESSES])
