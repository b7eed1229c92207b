"""A mail as the desk shows it: its words with the marks, its HTML in a frame that can do nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message as Mime

import nh3
from sqlalchemy.orm import Session

from followup.console.marking import MarkedBlock, marked
from intake import mailbook
from intake.mailbook import MailState
from intake.message import Attachment
from intake.orderform import Origin
from intake.reading import read
from intake.tables import InboundMail

RAW_SHOWN = 20_000  # characters of a mail that could not be read
HTML_SHOWN = 400_000
LARGEST_READ = 2 * 1024 * 1024  # octets; larger mails were read by the readers, here they are only described
TAGS = {
    *("a", "b", "blockquote", "br", "code", "dd", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "hr", "i"),
    *("li", "ol", "p", "pre", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr"),
    *("u", "ul"),
}
ATTRIBUTES = {"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}


@dataclass(frozen=True)
class MailView:
    """What is shown of a mail. `raw` stands in for the blocks where the mail could not be read."""

    mail: InboundMail
    blocks: list[MarkedBlock]
    attachments: tuple[Attachment, ...]
    has_html: bool
    raw: str


def mail_view(session: Session, mail_id: int, origins: Mapping[str, Origin]) -> MailView | None:
    """The mail with the origins marked in it; None when there is no such mail.

    A mail at which reading failed is not read again here: its first characters are shown as they are.
    """
    mail = mailbook.mail(session, mail_id)
    if mail is None:
        return None
    octets = mail.octets or b""
    if mail.state in (MailState.QUARANTINED, MailState.STORED) or mail.headers_only or len(octets) > LARGEST_READ:
        return MailView(mail, [], (), False, as_text(octets)[:RAW_SHOWN])
    message = read(octets)
    return MailView(mail, marked(message.blocks, origins), message.attachments, has_html(octets), "")


def as_text(octets: bytes) -> str:
    """Readable as far as it goes: UTF-8, otherwise the Chinese national character set."""
    head = octets[: RAW_SHOWN * 4]
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError:
        return head.decode("gb18030", "replace")


def _html_parts(octets: bytes) -> list[Mime]:
    """None of a mail that is nested deeper than anything honest: the reader shows its headers alone."""
    try:
        return [part for part in message_from_bytes(octets).walk() if part.get_content_type() == "text/html"]
    except RecursionError:
        return []


def has_html(octets: bytes) -> bool:
    return b"text/html" in octets.lower() and bool(_html_parts(octets))


def framed_html(octets: bytes) -> str:
    """The HTML of a mail without scripts, pictures, styles, forms and links; "" where there is none."""
    bodies = []
    for part in _html_parts(octets)[:5]:
        content = part.get_payload(decode=True)
        text = as_text(content) if isinstance(content, bytes) else ""
        bodies.append(nh3.clean(text[:HTML_SHOWN], tags=TAGS, attributes=ATTRIBUTES, link_rel=None, url_schemes=set()))
    return "<hr>".join(bodies)
