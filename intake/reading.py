"""Octets to a Message: the only place that knows what mails are made of, beside mailheaders.

Within the limits of RELIABILITY (25 MB, 200 parts, depth 20, 64 kB of headers, 1,000 header lines, 1 MB of
text, 50 addresses)
nothing raises: what a mail hides, breaks or overstates becomes a mark of the message. Parts are relabelled
before they are
decoded, because GBK goes by the name gb2312 in most Chinese mail.
"""

import re
from dataclasses import dataclass, field
from email.feedparser import BytesFeedParser
from email.message import Message as Mime

from intake import deliverynotes
from intake.charsets import decode, header_text
from intake.folding import BREAKS, clean
from intake.mailheaders import (
    MAX_HEADER,
    addresses_of,
    deciding_headers,
    message_ids,
    one_line,
    one_sender,
    raw_values,
    recipients_of,
    sent_time,
)
from intake.markup import html_lines
from intake.message import Attachment, Block, Message
from intake.papers import read_paper
from intake.quoting import layers

MAX_OCTETS, MAX_PARTS, MAX_DEPTH = 25 * 1024 * 1024, 200, 20
MAX_HEADER_LINES, MAX_TEXT = 1000, 1024 * 1024
FORWARD = re.compile(
    r"^\s{0,4}(?:(?:re|回复|答复|回覆)\s?[:：]\s?){0,3}(?:转发|轉發|轉寄|转寄|fw|fwd|轉)\s?[:：]", re.I
)
_HEADER_END = re.compile(rb"\r\n\r\n|\n\n|\n\r\n")
_SQUEEZE = re.compile(r"[\s>\u00a0\u3000]+")
_TAG = re.compile(r"<!--|<(?:style|script|head|title)\b|<[^<>]{0,20000}>", re.I)
_PLAIN_TAG = re.compile(r"<[^<>]{0,20000}>")
_UNSEEN_END = re.compile(r"</(?:style|script|head|title)\s{0,9}>", re.I)
_COMMENT_END = re.compile("-->")
_QUOTED_DIV = re.compile(
    r"""<div[^<>]{0,200}?(?:class|id)=["']?(?:gmail_quote|gmail_quote_container|moz-cite-prefix|divRplyFwdMsg|appendonsend|ntes-mailmaster-quote|qm_con_quote)""",
    re.I,
)


@dataclass
class _Parts:
    """What a walk through the parts gathers."""

    text: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    enclosed: dict[int, dict[str, str]] = field(default_factory=dict)  # texts of mails that are attached whole, by type
    files: list[tuple[str, str, bytes]] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)  # delivery status fields
    returned: list[str] = field(default_factory=list)  # headers of a mail that came back
    marks: set[str] = field(default_factory=set)
    count: int = 0
    octets: int = 0


def read(octets: bytes) -> Message:
    """The mail as a person sees it. Never raises for what a mail may hold; marks say what was left out."""
    marks: set[str] = set()
    mime = _parsed(octets, marks)
    parts = _Parts(marks=marks)
    _walk(mime, parts)
    subject = one_line(header_text("".join(raw_values(mime, "Subject")[:1])))[:1000]
    attachments, sheets = _papers(parts)
    senders = raw_values(mime, "From")
    addresses = addresses_of(mime, "From", "To", "Cc")
    ids = message_ids(mime.get("Message-ID", ""))
    return Message(
        sender=one_sender(addresses.get("From", ()), senders),
        senders_raw=one_line(", ".join(header_text(sender) for sender in senders))[:2000],
        recipients=recipients_of((*addresses.get("To", ()), *addresses.get("Cc", ())), marks),
        subject=subject,
        message_id=ids[0] if ids else "",
        in_reply_to=message_ids(mime.get("In-Reply-To", "")),
        references=message_ids(mime.get("References", "")),
        sent_at=sent_time(str(mime.get("Date", ""))),
        blocks=(*_blocks(parts, bool(FORWARD.match(subject))), *sheets),
        attachments=attachments,
        headers=deciding_headers(mime),
        bounced=deliverynotes.failed_addresses(parts.statuses, parts.text, mime),
        bounced_message_ids=deliverynotes.message_ids(parts.statuses, parts.returned),
        marks=tuple(sorted(marks)),
    )


def files_of(octets: bytes) -> list[tuple[str, bytes]]:
    """The attached files of a mail, name and content, within the limits of reading; never raises."""
    marks: set[str] = set()
    parts = _Parts(marks=marks)
    _walk(_parsed(octets, marks), parts)
    return [(name, content) for name, _, content in parts.files[:MAX_PARTS]]


def _parsed(octets: bytes, marks: set[str]) -> Mime:
    """The MIME tree, or the headers alone where the mail is larger or deeper than anything honest."""
    if len(octets) > MAX_OCTETS:
        octets = octets[:MAX_HEADER]
        marks.add("too_large")
    if b"\n" not in octets[:2000]:
        octets = octets.replace(b"\r", b"\n")
    octets = octets.lstrip(b"\r\n\t ")
    end = _HEADER_END.search(octets)
    if end and end.start() > MAX_HEADER:
        octets = octets[:MAX_HEADER] + octets[end.start() :]
        marks.add("truncated")
    if octets[:MAX_HEADER].count(b"\n") > MAX_HEADER_LINES and (
        not end or octets[: end.start()].count(b"\n") > MAX_HEADER_LINES
    ):
        kept = b"\n".join(octets.split(b"\n", MAX_HEADER_LINES)[:MAX_HEADER_LINES])
        octets = kept + (octets[end.start() :] if end else b"")
        marks.add("truncated")
    if octets.count(b"boundary") + octets.count(b"BOUNDARY") > 2 * MAX_PARTS:
        marks.add("too_many_parts")
        octets = octets[: end.start()] if end else octets[:MAX_HEADER]
    try:
        return _tree(octets)
    except RecursionError:
        marks.add("too_deep")
        return _tree(octets[: end.start()] if end else b"")


def _tree(octets: bytes) -> Mime:
    """The MIME tree of these octets; fed at once, which takes two thirds of what message_from_bytes does."""
    parser = BytesFeedParser()
    parser.feed(octets)
    return parser.close()


def _walk(root: Mime, parts: _Parts) -> None:
    stack: list[tuple[Mime, int, int]] = [(root, 0, 0)]  # part, depth, number of the mail that encloses it
    while stack:
        part, depth, enclosed = stack.pop()
        parts.count += 1
        if parts.count > MAX_PARTS or depth > MAX_DEPTH:
            parts.marks.add("too_many_parts" if parts.count > MAX_PARTS else "too_deep")
            continue
        kind = part.get_content_type()
        payload = part.get_payload() if part.is_multipart() else None  # a leaf is decoded where it is read
        if kind == "message/delivery-status":
            parts.statuses.append(_status(part, parts))
        elif kind in ("text/rfc822-headers", "message/rfc822-headers"):
            parts.returned.append(_text(part, kind, parts))
        elif isinstance(payload, list):
            if kind == "message/rfc822" and payload and isinstance(payload[0], Mime):
                parts.returned.append("\n".join(f"{n}: {v}" for n, v in payload[0].items())[:MAX_HEADER])
            inner = parts.count if kind.startswith("message/") else enclosed
            stack.extend((child, depth + 1, inner) for child in reversed(payload) if isinstance(child, Mime))
        else:
            _leaf(part, kind, enclosed, parts)


def _leaf(part: Mime, kind: str, enclosed: int, parts: _Parts) -> None:
    disposition = str(part.get("Content-Disposition", "")).lower()
    name = _filename(part) if disposition or "name" in str(part.get("Content-Type", "")).lower() else ""
    attached = disposition.strip().startswith("attachment")
    if kind in ("text/plain", "text/html") and not attached and not (name and not _is_body_name(name)):
        text = _text(part, kind, parts)
        if not text.strip():
            return
        if enclosed:
            parts.enclosed.setdefault(enclosed, {}).setdefault(kind, text)
        elif kind == "text/plain":
            parts.text.append(text)
        else:
            parts.html.append(text)
    elif not enclosed:
        parts.files.append((name, kind, _content(part, parts)))


def _is_body_name(name: str) -> bool:
    return not name.lower().endswith((".txt", ".csv", ".html", ".htm", ".log", ".tsv"))


def _filename(part: Mime) -> str:
    try:
        raw = part.get_filename() or ""
    except (UnicodeError, LookupError, ValueError, TypeError, AttributeError):
        raw = ""  # a broken parameter; the part counts as nameless
    return re.sub(r"[\\/\x00-\x1f]", "_", clean(header_text(str(raw))))[:200]


def _content(part: Mime, parts: _Parts) -> bytes:
    """The decoded octets of a leaf; none of one whose headers break the decoder."""
    try:
        octets = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError):  # NUL or nonsense in its charset or encoding
        parts.marks.add("broken_part")
        return b""
    return octets if isinstance(octets, bytes) else b""


def _text(part: Mime, kind: str, parts: _Parts) -> str:
    octets = _content(part, parts)
    room = max(0, MAX_TEXT - parts.octets)
    if len(octets) > room:
        parts.marks.add("truncated")
        octets = octets[:room]
    parts.octets += len(octets)
    try:
        label = str(part.get_param("charset") or "")
    except (UnicodeError, LookupError, ValueError, TypeError):
        label = ""
    text, guessed = decode(octets, label)
    if guessed:
        parts.marks.add("charset_guessed")
    if kind == "text/plain" and "flowed" in str(part.get("Content-Type", "")).lower():
        text = re.sub(r"(?<=[^\n\-] ) {0,4}\r?\n(?=[^>\s\n-])", "", text)
    return text


def _status(part: Mime, parts: _Parts) -> str:
    payload = part.get_payload() if part.is_multipart() else None
    if isinstance(payload, list):
        return "\n\n".join(
            "\n".join(f"{n}: {v}" for n, v in block.items()) for block in payload[:50] if isinstance(block, Mime)
        )
    return _content(part, parts)[:MAX_HEADER].decode("utf-8", "replace")


def _blocks(parts: _Parts, forward: bool) -> list[Block]:
    """The body in blocks: the plain text, or the HTML where it holds a table or is all there is."""
    plain, html = "\n".join(parts.text), "\n".join(parts.html)
    table = "<table" in html or "<TABLE" in html
    marked = bool(_QUOTED_DIV.search(html)) if html else False
    use_html = bool(html.strip()) and (table or not plain.strip())
    blocks: list[Block] = []
    if use_html:
        blocks += _layered("html", html_lines(html), forward)
    elif plain.strip():
        blocks += _layered("text", _lines(plain), forward)
    if plain.strip() and html.strip() and not _same(plain, html) and not marked:
        other = _layered("text", _lines(plain), forward) if use_html else _layered("html", html_lines(html), forward)
        blocks += [block.model_copy(update={"role": "alternative"}) for block in other if block.role == "own"]
    for n, texts in enumerate(list(parts.enclosed.values())[:20], 1):
        html = texts.get("text/html", "")
        rows = html_lines(html) if html and ("<table" in html.lower() or "text/plain" not in texts) else None
        inner = _layered(f"mail{n}", rows or _lines(texts.get("text/plain", "")), False)
        blocks += [block.model_copy(update={"role": "forwarded"}) for block in inner if block.role == "own"]
    return blocks


def _same(plain: str, html: str) -> bool:
    """Whether text and HTML say the same, by what is left without tags and blanks."""
    import html as entities

    shown = entities.unescape(_untagged(html)) if "<" in html else html
    left, right = _SQUEEZE.sub("", plain), _SQUEEZE.sub("", shown)
    return left == right or _digits(left) == _digits(right)


def _untagged(html: str) -> str:
    """What stands between the tags of an HTML text, without comments and what is never shown.

    Linear, as a stranger wrote it: an end that is missing is looked for but once.
    """
    shown: list[str] = []
    at, missing = 0, set()
    while (tag := _TAG.search(html, at)) is not None:
        shown.append(html[at : tag.start()])
        at = tag.end()
        if html[at - 1] == ">":
            continue
        ending = _COMMENT_END if tag.group() == "<!--" else _UNSEEN_END
        end = None if ending in missing else ending.search(html, at)
        if end is None:
            missing.add(ending)
            end = _PLAIN_TAG.match(html, tag.start())
        at = end.end() if end else at
    return "".join((*shown, html[at:]))


def _digits(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def _lines(text: str) -> list[str]:
    return BREAKS.split(text)


def _layered(part: str, lines: list[str], forward: bool) -> list[Block]:
    tidy = [clean(line).rstrip() for line in lines]
    roles = {"cited": "quoted"}
    return [
        Block(part=part, role=roles.get(layer.kind, layer.kind), lines=tuple(layer.lines), first_line=layer.first)
        for layer in layers(tidy, forward=forward)
    ]


def _papers(parts: _Parts) -> tuple[tuple[Attachment, ...], list[Block]]:
    attachments, blocks, budget = [], [], 50 * 1024 * 1024
    for name, kind, content in parts.files[:MAX_PARTS]:
        paper = read_paper(name, kind, content, budget)
        budget -= paper.unpacked
        kind, readable = clean(kind)[:200], bool(paper.sheets)
        attachments.append(
            Attachment(name=name, content_type=kind, size=len(content), readable=readable, note=paper.note)
        )
        for sheet, lines in paper.sheets:
            label = f"{name}/{sheet}" if sheet else name
            blocks.append(Block(part=label[:200], role="attachment", lines=tuple(clean(line) for line in lines)))
    return tuple(attachments), blocks
