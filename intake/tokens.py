"""Proof that an answer answers a letter of ours: tokens in Message-IDs and subjects (RELIABILITY §7).

A Message-ID of ours describes itself: `<wo-20261124-0001-r1.1-TOKENabcdef@domain>` is a work order (`re` a letter to a
shipper, `to` one to a consignee), its order, revision and round, the token, six random signs. So a mail is known to
answer us from its references alone, and a forged reference is known as well. Each audience has tokens of its own:
whoever holds the one kind cannot make the other. Pure.
"""

import base64
import hmac
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

TOKEN_LENGTH = 10
_OURS = re.compile(
    r"<?(?P<audience>wo|re|to)-(?:(?P<number>\d{8}-\d{4,9})-r(?P<revision>\d{1,4})\.(?P<round>\d{1,4})|mail-(?P<mail>\d{1,18}))"
    r"-(?P<token>[a-z2-7]{10})[0-9a-f]{6}@[^<>@\s]{1,253}>?"
)
_LETTER_LIKE = re.compile(r"<?(?:wo|re|to|ack)-[^<>@\s]{1,120}@[^<>@\s]{1,253}>?", re.IGNORECASE)


class Audience(StrEnum):
    """To whom a letter went: it parts the tokens."""

    DISPATCHER = "wo"
    SHIPPER = "re"
    CONSIGNEE = "to"  # knows where the goods are, and proves nothing more


@dataclass(frozen=True)
class OurLetter:
    """What a Message-ID of ours says; `genuine`: its token is right, so we made it."""

    audience: Audience
    genuine: bool
    number: str = ""  # order number …
    revision: int = 0
    round: int = 0
    mail_id: int | None = None  # … or the mail that the letter answered


@lru_cache(maxsize=128)  # asked twice for each letter of a batch: for its Message-ID, and for its subject or text
def letter_token(secret: bytes, number: str, revision: int, audience: Audience = Audience.DISPATCHER) -> str:
    """Ten letters and digits that only we can make for this order, revision and audience."""
    return _signs(hmac.digest(secret, f"{audience.value}/{number}/{revision}".encode(), "sha256"))[:TOKEN_LENGTH]


def opinion_token(secret: bytes, number: str) -> str:
    """What the link of an order's satisfaction letter bears: 16 letters and digits that only we can make."""
    return _signs(hmac.digest(secret, f"opinion/{number}".encode(), "sha256"))


def _signs(digest: bytes) -> str:
    """The first 80 bits of a digest as 16 letters and digits."""
    return base64.b32encode(digest[:10]).decode("ascii").lower()


def nonce(secret: bytes, number: str, revision: int, audience: Audience) -> str:
    """The last part of a Message-ID of ours: the token, and what makes it different from every other letter's."""
    return letter_token(secret, number, revision, audience) + secrets.token_hex(3)


def read_identifier(identifier: str, secret: bytes) -> OurLetter | None:
    """What `identifier` says when it has the form of ours, otherwise None. Without a secret nothing is genuine."""
    match = _OURS.fullmatch(identifier.strip())
    if match is None:
        return None
    audience = Audience(match["audience"])
    about, revision = match["number"] or f"mail-{match['mail']}", int(match["revision"] or 0)
    expected = letter_token(secret, about, revision, audience)
    return OurLetter(
        audience=audience,
        genuine=bool(secret) and hmac.compare_digest(expected, match["token"]),
        number=match["number"] or "",
        revision=revision,
        round=int(match["round"] or 0),
        mail_id=int(match["mail"]) if match["mail"] else None,
    )


def looks_like_ours(identifier: str) -> bool:
    """Whether an identifier has at least the shape of ours: rewritten, or made by somebody else."""
    return bool(_LETTER_LIKE.fullmatch(identifier.strip()))
