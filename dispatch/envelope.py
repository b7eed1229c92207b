"""Turns a Draft into the complete bytes of a mail, once, and proves that the bytes say only what was meant.

In: a Draft, the company's address, a Message-ID, the moment. Out: MIME bytes with CRLF. `UnfitLetter` where an address
or identifier cannot stand in a header. The headers are encoded by hand: the folding of EmailMessage costs a hundred
times as much, and on some Python versions it lets a line break out of an encoded word (CVE-2024-6923). Whatever is
written is read back with the standard parser before it leaves (RELIABILITY §6, rows 1 to 3).
"""

import hashlib
import re
import secrets
import struct
from binascii import b2a_base64
from collections.abc import Iterable
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.parser import BytesParser
from email.policy import compat32
from email.utils import format_datetime, getaddresses
from functools import lru_cache
from urllib.parse import quote

from dispatch.draft import Draft, Paper, Purpose
from dispatch.plaintext import one_line, sound

LONGEST_LINE = 998  # RFC 5322 2.1.1, without CRLF
MOST_REFERENCES = 10
# An encoded word may have 75 characters; "=?utf-8?B?" and "?=" leave 63, which is 60 of base64: 45 octets.
WORD_OCTETS = 45
FIRST_WORD_OCTETS = 36  # shares its line with the name of the header
ANSWERS = frozenset(
    {
        Purpose.ACKNOWLEDGEMENT,
        Purpose.INCOMPLETE,
        Purpose.CONFIRM,
        Purpose.REJECTED,
        Purpose.CANCELLED,
        Purpose.ANSWER,
        Purpose.ASK_TO_WRITE,
    }
)
CONTENT_LANGUAGE = {"zh": "zh-CN", "en": "en"}
HEADERS = ("From", "To", "Subject", "Date", "Message-ID")  # in every letter
OWN_WORDS = ("Auto-Submitted", "X-Auto-Response-Suppress", "Content-Language", "MIME-Version", "Content-Type")

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_IDENTIFIER = re.compile(r"<[!-;=?-~]{3,250}>")  # printable ASCII but < and >
_IDENTIFIER_KEY = re.compile(r"[A-Za-z0-9._-]{1,120}")
_TAG = re.compile(r"\[[A-Za-z0-9 -]{1,60}\] ")  # "[WO 20261124-0001 r2] ": stays readable in the raw header
_PRINTABLE = re.compile(r"[ -~]*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_PARSER = BytesParser(policy=compat32)
_BASE64_LINE = struct.Struct("76s")  # RFC 2045 6.8
_CONTENT_TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,80}")


class UnfitLetter(ValueError):
    """This letter cannot be written as a mail with exactly one recipient and exactly the intended headers."""


def message_id(prefix: str, key: str, domain: str, nonce: str | None = None) -> str:
    """`<prefix-key-nonce@domain>`; `wo` for work orders, `re` for answers. Without `nonce` (see intake.tokens) 48
    random bits are taken, so that nobody can write a Message-ID of ours before we do (RELIABILITY §6, row 12)."""
    identifier = f"<{prefix}-{key}-{nonce or secrets.token_hex(6)}@{domain}>"
    if not _IDENTIFIER_KEY.fullmatch(f"{prefix}-{key}") or not _IDENTIFIER.fullmatch(identifier):
        raise UnfitLetter(f"not fit for a Message-ID: {identifier!r}")
    return identifier


def compose(draft: Draft, *, sender: str, sender_name: str, message_id: str, at: datetime) -> bytes:
    """The mail in its final bytes. Raises UnfitLetter for an address or identifier that no header can carry safely."""
    lines = [
        f"From: {_mailbox(sender_name, sender)}",
        f"To: {_address(draft.recipient)}",
        f"Subject: {_subject(draft.subject)}",
        f"Date: {_date(at)}",
        f"Message-ID: {_identifier(message_id)}",
        *_thread_lines(draft),
        f"Auto-Submitted: {'auto-replied' if draft.purpose in ANSWERS else 'auto-generated'}",
        "X-Auto-Response-Suppress: All",
        f"Content-Language: {CONTENT_LANGUAGE[draft.language]}",
        "MIME-Version: 1.0",
    ]
    boundary = hashlib.sha256(message_id.encode()).hexdigest()[:24]
    octets = ("\r\n".join(lines) + "\r\n" + _body(draft, boundary)).encode("ascii")
    verify(octets, draft, sender=sender)
    return octets


def verify(octets: bytes, draft: Draft, *, sender: str) -> None:
    """Reads the bytes back as a stranger would; raises UnfitLetter unless headers, recipient, sender and subject are
    exactly what the draft meant, and no line can be mistaken for the end of the mail."""
    lines = octets.splitlines()
    if b"\r\n".join([*lines, b""]) != octets:
        raise UnfitLetter("a line does not end in CRLF")
    if b"." in lines:
        raise UnfitLetter("a line looks like the end of the mail")
    head, end, _ = octets.partition(b"\r\n\r\n")
    if not end:
        raise UnfitLetter("the headers do not end")
    if max(map(len, head.split(b"\r\n"))) > LONGEST_LINE:
        raise UnfitLetter("a header line is too long")
    parsed = _PARSER.parsebytes(head + end, headersonly=True)
    names = [name for name, _ in parsed.raw_items()]
    thread = [name for name, _ in _thread(draft)]
    alone = [] if draft.html or draft.papers else ["Content-Transfer-Encoding"]
    if names != [*HEADERS, *thread, *OWN_WORDS, *alone]:
        raise UnfitLetter(f"headers are not the intended ones: {names}")
    if _addresses(str(parsed["To"])) != (draft.recipient,):
        raise UnfitLetter("not exactly the one recipient")
    if _addresses(str(parsed["From"])) != (sender,):
        raise UnfitLetter("not exactly the one sender")
    if str(make_header(decode_header(parsed["Subject"]))) != one_line(draft.subject):
        raise UnfitLetter("the subject reads differently")


@lru_cache(maxsize=1024)  # the same few dispatchers, the same sender
def _addresses(header: str) -> tuple[str, ...]:
    return tuple(address for _, address in getaddresses([header]))


# Headers


def _address(address: str) -> str:
    local, _, domain = address.rpartition("@")
    well_formed = _LOCAL.fullmatch(local) and not (local.startswith(".") or local.endswith(".") or ".." in local)
    labels = domain.split(".")
    # "=?" could be taken for an encoded word by a reader that decodes too much
    if not well_formed or "=?" in local or len(domain) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise UnfitLetter(f"not a mail address: {address!r}")
    return address


@lru_cache(maxsize=64)  # the letters of one moment have the same
def _date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC))


@lru_cache(maxsize=64)
def _mailbox(name: str, address: str) -> str:
    name = one_line(name)
    if not name:
        return _address(address)
    plain = _ATOMS.fullmatch(name) and "=?" not in name and len(name) <= 60
    return f"{name if plain else _words(name)}\r\n <{_address(address)}>"


def _subject(subject: str) -> str:
    subject = one_line(subject)
    if _PRINTABLE.fullmatch(subject) and "=?" not in subject and len(subject) <= 60:
        return subject
    tag = _TAG.match(subject)
    if tag is None or tag.end() == len(subject):
        return _words(subject)
    return f"{tag[0].rstrip()}\r\n {_words(subject[tag.end() :])}"


def _words(text: str) -> str:
    """Encoded words of whole characters, a line each (RFC 2047)."""
    encoded, words, start = text.encode("utf-8"), [], 0
    while start < len(encoded):
        end = min(start + (WORD_OCTETS if start else FIRST_WORD_OCTETS), len(encoded))
        while end < len(encoded) and encoded[end] & 0xC0 == 0x80:
            end -= 1
        words.append(f"=?utf-8?B?{b2a_base64(encoded[start:end], newline=False).decode('ascii')}?=")
        start = end
    return "\r\n ".join(words)


def _identifier(identifier: str) -> str:
    if not _IDENTIFIER.fullmatch(identifier) or "=?" in identifier:
        raise UnfitLetter(f"not a Message-ID: {identifier!r}")
    return identifier


def _sound_identifiers(identifiers: Iterable[str]) -> list[str]:
    """Those that may be repeated. A stranger wrote them: what is odd is left out, it only loosens the thread."""
    return [each for each in identifiers if _IDENTIFIER.fullmatch(each) and "=?" not in each]


def _thread(draft: Draft) -> list[tuple[str, list[str]]]:
    answered = _sound_identifiers([draft.in_reply_to])
    earlier = _sound_identifiers(draft.references)
    chain = [each for each in earlier if each not in answered] + answered
    if len(chain) > MOST_REFERENCES:  # the first names the thread, the last ones its end
        chain = chain[:1] + chain[-(MOST_REFERENCES - 1) :]
    return [(name, ids) for name, ids in (("In-Reply-To", answered), ("References", chain)) if ids]


def _thread_lines(draft: Draft) -> list[str]:
    return [name + ": " + "\r\n ".join(identifiers) for name, identifiers in _thread(draft)]


# Bodies


def _body(draft: Draft, boundary: str) -> str:
    content = _readable(draft, f"=_alt_{boundary}")
    if not draft.papers:
        return content
    # "_" is no sign of base64, so a boundary can never occur in a part
    parts = [content, *map(_paper, draft.papers)]
    return _multipart("mixed", f"=_mix_{boundary}", parts)


def _readable(draft: Draft, boundary: str) -> str:
    text = _part("text/plain; charset=utf-8", draft.text)
    if not draft.html:
        return text
    return _multipart("alternative", boundary, [text, _part("text/html; charset=utf-8", draft.html)])


def _multipart(kind: str, boundary: str, parts: list[str]) -> str:
    inner = "".join(f"--{boundary}\r\n{part}" for part in parts)
    return f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n{inner}--{boundary}--\r\n'


def _part(content_type: str, text: str) -> str:
    octets = sound(text).encode("utf-8").replace(b"\n", b"\r\n")
    return f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n\r\n{_base64(octets)}"


def _paper(paper: Paper) -> str:
    if not _CONTENT_TYPE.fullmatch(paper.content_type):
        raise UnfitLetter(f"not a content type: {paper.content_type!r}")
    name = quote(one_line(paper.name)[:60], safe="")
    return (
        f"Content-Type: {paper.content_type}\r\nContent-Disposition: attachment;\r\n filename*=utf-8''{name}\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{_base64(paper.octets)}"
    )


def _base64(octets: bytes) -> str:
    text = b2a_base64(octets, newline=False)
    whole = len(text) - len(text) % _BASE64_LINE.size
    lines = [line for (line,) in _BASE64_LINE.iter_unpack(text[:whole])]
    if whole < len(text) or not text:
        lines.append(text[whole:])
    return b"\r\n".join([*lines, b""]).decode("ascii")
