"""Whose turn it is among mails that wait: senders take turns, so that ten thousand mails of one hold up nobody else.

Each mail gets the number of its turn when it is kept: the one that is being served now, or the one behind the last of
the same sender (start-time fair queueing). Within a turn those whom we know go before strangers, otherwise the oldest
first. So a sender with one mail waits for one mail of each other sender at most, and the question what to read next
stays one look into an index, whatever waits (RELIABILITY row 32).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from intake.tables import WAITING, CustomerAddress, InboundMail, Order

TURNS_BACK = 10  # that a mail waits whose reading failed
HEADER = 65536  # octets in which From is looked for
NAMED = 2000  # octets of From, folded lines included, that are looked at
FROM = re.compile(rb"^from[ \t]*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.IGNORECASE | re.MULTILINE)
ADDRESS = re.compile(rb"[^\s<>\"(),:;@]{1,64}@[^\s<>\"(),:;@]{1,255}")

FRESH: Any = select(InboundMail.turn).where(WAITING, InboundMail.attempts == 0).order_by(InboundMail.turn).limit(1)
TRIED: Any = select(InboundMail.turn).where(WAITING).order_by(InboundMail.turn).limit(1)
LAST: Any = (
    select(InboundMail.turn)
    .where(WAITING, InboundMail.attempts == 0, InboundMail.stream == bindparam("stream"))
    .order_by(InboundMail.turn.desc())
    .limit(1)
)
CUSTOMERS: Any = select(CustomerAddress.address).where(CustomerAddress.address.in_(bindparam("asked", expanding=True)))
SHIPPERS: Any = (
    select(Order.shipper_address).where(Order.shipper_address.in_(bindparam("asked", expanding=True))).distinct()
)
DEEPEST: Any = (
    select(InboundMail.stream, InboundMail.turn)
    .where(WAITING, InboundMail.attempts == 0)
    .order_by(InboundMail.turn.desc())
    .limit(1)
)


@dataclass(frozen=True)
class Place:
    """Where a mail stands among those that wait."""

    stream: str
    turn: int
    stranger: bool


@dataclass(frozen=True)
class Flood:
    """The sender with the most mails waiting, and about how many turns that are."""

    sender: str
    mails: int


def stream_of(octets: bytes) -> str:
    """Whose turn a mail takes: the address in From, at a glance. It decides the sequence alone and proves nothing.

    "" for a mail without one: all such mails share their turns.
    """
    header = octets[:HEADER].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    named = FROM.search(header)
    found = ADDRESS.findall(named[1][:NAMED]) if named else []
    return found[-1].decode("ascii", "replace").lower() if found else ""


def places(session: Session, mails: Iterable[bytes]) -> list[Place]:
    """The places of new mails, in the sequence in which they came."""
    streams = [stream_of(octets) for octets in mails]
    known, now = _known(session, set(streams)), _served(session)
    following: dict[str, int] = {}
    for stream in set(streams):
        last = session.scalar(LAST, {"stream": stream})
        following[stream] = now if last is None else max(now, last + 1)
    found = []
    for stream in streams:
        found.append(Place(stream, following[stream], stream not in known))
        following[stream] += 1
    return found


def _served(session: Session) -> int:
    """The turn that is being served; while nothing fresh waits, one before all that were tried already."""
    fresh: int | None = session.scalar(FRESH)
    return fresh if fresh is not None else max(0, (session.scalar(TRIED) or 0) - TURNS_BACK)


def _known(session: Session, streams: set[str]) -> set[str]:
    """Who is a customer, by address or domain, or has ordered before."""
    domains = {stream: "@" + stream.rpartition("@")[2] for stream in streams if stream}
    if not domains:
        return set()
    customers = set(session.scalars(CUSTOMERS, {"asked": [*domains, *set(domains.values())]}))
    shippers = set(session.scalars(SHIPPERS, {"asked": list(domains)}))
    return {stream for stream, domain in domains.items() if stream in customers | shippers or domain in customers}


def deepest(session: Session) -> Flood | None:
    """The sender who has the most mails waiting; None while none waits."""
    last: Sequence[Any] | None = session.execute(DEEPEST).first()
    if last is None:
        return None
    return Flood(last[0], last[1] - _served(session) + 1)
