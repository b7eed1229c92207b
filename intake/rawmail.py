"""A mail as the IMAP server gave it, and how far a mailbox has been read."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Mark:
    """The cursor: every mail of this UIDVALIDITY up to and including `uid` has been taken up."""

    uidvalidity: int
    uid: int


@dataclass(frozen=True)
class RawMail:
    """One mail in its octets; (mailbox, uidvalidity, uid) names it for ever (RFC 3501 2.3.1.1)."""

    mailbox: str
    uidvalidity: int
    uid: int
    octets: bytes
    internal_date: datetime  # UTC: when the server received it
    size: int  # bytes, as the server counts them
    truncated: bool  # over the limit, or not to be had: `octets` holds the header at most
