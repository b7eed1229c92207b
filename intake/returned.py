"""Letters of ours that came back (SPEC 2): believed only when they name a Message-ID or token of ours. Part of T2.

A forged notification must not silence a dispatcher (RELIABILITY §6, row 11): without proof it is a mail like any other.
QQ and NetEase write notifications of their own kind; what they quote of our letter is proof as well.
"""

import re
from datetime import datetime

from intake.fate import Fate
from intake.mailbook import MailState
from intake.message import Message
from intake.readmail import ReadMail
from intake.timeline import Entry, Happening
from intake.tokens import OurLetter, read_identifier

MOST_LETTERS = 20
_IDENTIFIER = re.compile(r"<(?:wo|re)-[!-;=?-~]{20,200}>")
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")


def returned_letters(message: Message, secret: bytes) -> dict[str, OurLetter]:
    """The letters of ours that a notification is about, by Message-ID: named in its report, or quoted in its text."""
    named = [*message.bounced_message_ids, *message.in_reply_to, *message.references]
    for block in message.blocks:
        for line in block.lines:
            if "-" in line and "@" in line:
                named += _IDENTIFIER.findall(line)
    found: dict[str, OurLetter] = {}
    for identifier in dict.fromkeys(named):
        letter = read_identifier(identifier, secret)
        if letter is not None and letter.genuine and len(found) < MOST_LETTERS:
            found[identifier] = letter
    return found


def failed_addresses(message: Message, own_addresses: frozenset[str]) -> list[str]:
    """The addresses that failed: those of the report, otherwise those that its text names (QQ, NetEase)."""
    if message.bounced:
        return [address.lower() for address in message.bounced]
    text = "\n".join(line for block in message.blocks if block.role == "own" for line in block.lines)
    named = [address.lower() for address in _ADDRESS.findall(text)]
    return list(dict.fromkeys(address for address in named if address not in own_addresses))[:MOST_LETTERS]


def hear_bounce(item: ReadMail, secret: bytes, own_addresses: frozenset[str], now: datetime) -> Fate:
    """A proven notification names the letters that came back; any other goes to a person, and marks nothing."""
    letters = returned_letters(item.read.message, secret)
    addresses = failed_addresses(item.read.message, own_addresses)
    if not letters:
        details = {"why": "bounce_unproven", "addresses": addresses}
        return Fate(MailState.REVIEW, (Entry(Happening.MAIL_FOR_REVIEW, now, mail_id=item.mail.id, details=details),))
    details = {"message_ids": list(letters), "addresses": addresses}
    return Fate(MailState.BOUNCE, (Entry(Happening.BOUNCED, now, mail_id=item.mail.id, details=details),))
