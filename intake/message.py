"""A mail as a person sees it: sender, time, thread, the blocks of text, the attachments. Produced by intake.reading."""

from enum import StrEnum

from pydantic import AwareDatetime

from intake.orderform import ReadOrder, Value


class Kind(StrEnum):
    """What a mail can be (SPEC 2)."""

    ORDER = "order"
    AMENDMENT = "amendment"
    CANCELLATION = "cancellation"
    DISPATCH_REPLY = "dispatch_reply"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    OTHER = "other"


class Address(Value):
    """One mail address; `domain` as an A-label, everything lower case. `display` is what the sender calls himself."""

    address: str
    display: str = ""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


class Block(Value):
    """A run of text lines of one part. `role` says whether it is the sender's own words."""

    part: str  # "text", "html", "orders.xlsx/Sheet1", … (the `part` of Origin)
    role: str  # "own" | "quoted" | "forwarded" | "signature" | "attachment"
    lines: tuple[str, ...]
    first_line: int = 1  # number of lines[0] in the part


class Attachment(Value):
    """An attached file. `name` is only a label, never a path; content stays in the raw mail."""

    name: str
    content_type: str
    size: int
    readable: bool  # True when its text became blocks
    note: str = ""  # why it was not read: "image", "too_large", "encrypted", "unknown_type", "broken"


class Message(Value):
    """A mail, decoded. Nothing here is trusted: it is what the mail says of itself."""

    sender: Address | None  # None: no or more than one From, or an address that parsers read differently
    senders_raw: str = ""  # the From header as it stands, for display
    recipients: tuple[Address, ...] = ()
    subject: str = ""
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sent_at: AwareDatetime | None = None  # Date header, None when absent or unreadable
    blocks: tuple[Block, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    # the few headers that decide: lower-case name -> values (auto-submitted, precedence, list-id, return-path, …)
    headers: dict[str, tuple[str, ...]] = {}
    bounced: tuple[str, ...] = ()  # addresses that a delivery status notification says have failed
    bounced_message_ids: tuple[str, ...] = ()  # Message-IDs of ours that the notification is about
    marks: tuple[str, ...] = ()  # what the reader noticed: "charset_guessed", "parts_disagree", "truncated", …


class Understanding(Value):
    """All that reading yields for one mail; plain data, so that it can cross a process border and be stored."""

    message: Message
    kind: Kind
    topic: str | None = None  # for OTHER: "inquiry" | "complaint" | "quote_request" | "images_only" | None
    evidence: tuple[str, ...] = ()  # why this kind: "subject says 取消", "header auto-submitted", …
    orders: tuple[ReadOrder, ...] = ()


class ReadingRules(Value):
    """What the readers must know of the company."""

    timezone: str = "Asia/Shanghai"
    home_city: str = ""  # e.g. "上海市": its area code completes local landline numbers
    area_code: str = ""  # e.g. "021"
    payment_aliases: dict[str, str] = {}  # [aliases.payment]: "提付" -> "collect"
    own_addresses: tuple[str, ...] = ()  # the order mailbox and its aliases
    dispatchers: tuple[str, ...] = ()
