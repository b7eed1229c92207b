"""Which order a mail belongs to (SPEC 2): by our letters, earlier mails, order number and address, or subject.

clues() is pure: what a mail says of the thread that it stands in. find() asks the register. A gateway may have
rewritten Message-IDs and a client may send none, so each clue is looked for; only a letter of ours with a right token
is proof. Several orders that may be meant are handed to a person with their numbers, never guessed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import customerbook, register
from intake.consent import own_text
from intake.message import Message
from intake.record import OrderRecord, OrderState
from intake.tables import InboundMail, Order, Revision
from intake.tokens import Audience, OurLetter, letter_token, read_identifier

MOST_IDENTIFIERS = 20  # of a References header that are looked up
MOST_NUMBERS = 10
RECENT = timedelta(days=14)  # an answer that names nothing is meant for an order of these days
OPEN_STATES = (OrderState.ACCEPTED, OrderState.AWAITING_CONFIRMATION, OrderState.INCOMPLETE)
_NUMBER = re.compile(r"(?<![\d-])(20\d{6}-\d{4,9})(?![\d-])")
_BRACKETED = re.compile(r"\[(?:WO )?(20\d{6}-\d{4,9})(?: r\d{1,4})?\]")
_TOKEN = re.compile(r"#([a-z2-7]{10})(?![a-z0-9])")
_PREFIX = re.compile(
    r"\s{0,4}(?:re|fw|fwd|aw|wg|回复|答复|回覆|转发|轉寄|转寄)\s{0,2}[:：]|\s{0,4}\[?外部(?:邮件)?\]?\s", re.IGNORECASE
)


@dataclass(frozen=True)
class Clues:
    """What a mail says of its thread."""

    letters: tuple[OurLetter, ...] = ()  # of ours that it refers to, the one answered first
    identifiers: tuple[str, ...] = ()  # of other mails that it refers to
    in_subject: tuple[str, ...] = ()  # order numbers in its subject
    in_words: tuple[str, ...] = ()  # … in the sender's own words
    quoted_numbers: tuple[str, ...] = ()  # … in what he quotes
    tokens: frozenset[str] = frozenset()  # in its subject, or in a quotation
    base_subject: str = ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """The order numbers in the subject and in the sender's own words."""
        return tuple(dict.fromkeys((*self.in_subject, *self.in_words)))

    @property
    def any(self) -> bool:
        """Whether the mail answers something, or names an order."""
        return bool(self.letters or self.identifiers or self.numbers or self.quoted_numbers or self.tokens)


@dataclass(frozen=True)
class Thread:
    """The order that a mail belongs to, and what speaks for it."""

    order: OrderRecord | None  # None: several may be meant
    candidates: tuple[str, ...]  # their numbers
    by: str  # "letter" | "earlier_mail" | "number" | "quotation" | "subject"
    address: bool = False  # the sender is of the customer of the order
    token: Audience | None = None  # to whom the letter went whose right token the mail bears


def clues(message: Message, secret: bytes) -> Clues:
    """What the mail says of its thread; `secret` proves our own letters."""
    referred = list(dict.fromkeys([*message.in_reply_to, *reversed(message.references)]))[:MOST_IDENTIFIERS]
    read = [(identifier, read_identifier(identifier, secret)) for identifier in referred]
    own = "\n".join(own_text(message))
    quoted = "\n".join(line for block in message.blocks if block.role == "quoted" for line in block.lines)
    in_subject, in_words = _in_subject(message.subject), _numbers(own)
    return Clues(
        letters=tuple(letter for _, letter in read if letter),
        identifiers=tuple(identifier for identifier, letter in read if letter is None),
        in_subject=in_subject,
        in_words=in_words,
        quoted_numbers=tuple(number for number in _numbers(quoted) if number not in in_subject + in_words),
        tokens=frozenset(_TOKEN.findall("\n".join((message.subject, own, quoted)))),
        base_subject=base_subject(message.subject),
    )


def _in_subject(subject: str) -> tuple[str, ...]:
    """The number in the brackets of our own letters; a subject of ours may name another order beside it."""
    ours = _BRACKETED.search(subject)
    return (ours[1],) if ours else _numbers(subject)


def _numbers(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_NUMBER.findall(text)))[:MOST_NUMBERS]


def base_subject(subject: str) -> str:
    """The subject without 回复:, Re: and the like before it; "" when it is too short to say anything."""
    rest = subject
    while prefix := _PREFIX.match(rest):
        rest = rest[prefix.end() :]
    rest = " ".join(rest.split()).lower()
    return rest if len(rest) >= 2 else ""


def find(session: Session, sender: str, seen: Clues, secret: bytes, now: datetime, company: str = "") -> Thread | None:
    """The order that the mail of `sender` belongs to; None when nothing says that it belongs to any.

    An order of another company than the one whose mailbox the mail came by is named, and left to a person.
    """
    thread = _find(session, sender, seen, secret, now)
    if thread and thread.order and thread.order.company != company:
        return Thread(None, thread.candidates, thread.by)
    return thread


def _find(session: Session, sender: str, seen: Clues, secret: bytes, now: datetime) -> Thread | None:
    genuine = [letter.number for letter in seen.letters if letter.genuine and letter.number]
    named = _existing(session, seen.numbers)
    if genuine:
        others = [number for number in named if number != genuine[0] and number in seen.in_words]
        if others:  # the answer to one order speaks of another
            return Thread(None, (genuine[0], *others), "letter")
        return _thread(session, sender, genuine[:1], "letter", seen, secret)
    if named:
        return _thread(session, sender, named, "number", seen, secret)
    earlier = _of_earlier_mails(session, seen.identifiers)
    if earlier:
        return _thread(session, sender, earlier, "earlier_mail", seen, secret)
    quoted = _existing(session, (*(letter.number for letter in seen.letters), *seen.quoted_numbers))
    if quoted:
        return _thread(session, sender, quoted, "quotation", seen, secret)
    alike = _by_subject(session, sender, seen.base_subject, now)
    return _thread(session, sender, alike, "subject", seen, secret) if alike else None


def open_orders(session: Session, sender: str, now: datetime) -> tuple[str, ...]:
    """The orders of this address that may still change, newest first: candidates for a mail that names none."""
    statement = (
        select(Order.number)
        .where(Order.shipper_address == sender, Order.opened_at > now - RECENT, Order.state.in_(OPEN_STATES))
        .order_by(Order.id.desc())
        .limit(MOST_NUMBERS)
    )
    return tuple(session.scalars(statement)) if sender else ()


def belongs_to(session: Session, sender: str, order_id: int) -> bool:
    """Whether `sender` is the address that ordered, or another address of the same customer."""
    row = session.execute(select(Order.shipper_address, Order.customer_id).where(Order.id == order_id)).one()
    if not sender or row.shipper_address == sender:
        return bool(sender)
    customer = customerbook.customers_of(session, [sender]).get(sender)
    return customer is not None and customer[0] == row.customer_id


def _thread(session: Session, sender: str, numbers: list[str], by: str, seen: Clues, secret: bytes) -> Thread:
    if len(numbers) > 1:
        return Thread(None, tuple(numbers), by)
    order = register.by_number(session, numbers[0])
    if order is None:  # a letter of ours about an order that retention has taken away
        return Thread(None, tuple(numbers), by)
    address = belongs_to(session, sender, order.id)
    return Thread(order, (order.number,), by, address, _proven(seen, order, secret))


def _proven(seen: Clues, order: OrderRecord, secret: bytes) -> Audience | None:
    """To whom a letter of ours about this order went whose token the mail bears."""
    for letter in seen.letters:
        if letter.genuine and letter.number == order.number:
            return letter.audience
    if not secret or not seen.tokens:
        return None
    for revision in range(order.revision, 0, -1):
        for audience in Audience:
            if letter_token(secret, order.number, revision, audience) in seen.tokens:
                return audience
    return None


def _existing(session: Session, numbers: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(filter(None, numbers)))[:MOST_NUMBERS]
    if not wanted:
        return []
    known = set(session.scalars(select(Order.number).where(Order.number.in_(wanted))))
    return [number for number in wanted if number in known]


def _of_earlier_mails(session: Session, identifiers: tuple[str, ...]) -> list[str]:
    """The orders that came in, or were changed by, the mails referred to."""
    if not identifiers:
        return []
    statement = (
        select(Order.number)
        .join(Revision, Revision.order_id == Order.id)
        .join(InboundMail, InboundMail.id == Revision.mail_id)
        .where(InboundMail.message_id.in_(identifiers))
        .order_by(Order.id)
        .distinct()
        .limit(MOST_NUMBERS)
    )
    return list(session.scalars(statement))


def _by_subject(session: Session, sender: str, subject: str, now: datetime) -> list[str]:
    """The open orders of this address whose mail had the same subject."""
    if not sender or not subject:
        return []
    statement = (
        select(Order.number, InboundMail.subject)
        .join(InboundMail, InboundMail.id == Order.mail_id)
        .where(Order.shipper_address == sender, Order.opened_at > now - RECENT, Order.state.in_(OPEN_STATES))
        .order_by(Order.id.desc())
        .limit(50)
    )
    return [number for number, its in session.execute(statement) if base_subject(its) == subject][:MOST_NUMBERS]
