"""Turns a draft into a letter in its final bytes, with a key that lets it be written but once (RELIABILITY G3, G4)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from config.calendar import WorkCalendar
from config.company import Company
from config.cutoffs import Cutoffs
from config.dispatchers import Dispatchers
from config.settings import LetterSettings
from dispatch import envelope
from dispatch.draft import Draft, Purpose
from dispatch.letterbook import NewLetter
from dispatch.wording import House
from intake.record import OrderRecord
from intake.tokens import Audience, letter_token, nonce

Clock = Callable[[], datetime]
# Letters to a shipper that ask for an answer bear a token in the subject: some clients send no In-Reply-To.
ASKING = frozenset({Purpose.ACKNOWLEDGEMENT, Purpose.INCOMPLETE, Purpose.CONFIRM, Purpose.REJECTED})


@dataclass(frozen=True)
class Desk:
    """What letters are made with: the company, its secret for tokens, the promise, our own addresses."""

    company: Company
    secret: bytes
    settings: LetterSettings
    own_addresses: frozenset[str] = frozenset()  # besides that of the company: nothing is ever written to them

    @property
    def addresses(self) -> frozenset[str]:
        """Our own addresses, lower case."""
        return self.own_addresses | {self.company.address.lower()}

    def of(self, key: str) -> "Desk":
        """The desk of the company with that key."""
        return replace(self, company=self.company.of(key))

    @property
    def house(self) -> House:
        company = self.company
        return House(
            name=company.name,
            address=company.address,
            phone=company.phone,
            supervisor=company.supervisor,
            timezone=company.timezone,
            language=company.language,
            key=company.key,
        )

    @property
    def writing(self) -> "Writing":
        company = self.company
        return Writing(self.house, self.secret, self.settings, company.dispatchers, company.cutoffs, company.calendar)


@dataclass(frozen=True)
class Writing:
    """What the letters of an order are worded by: the part of a desk that is small enough to be handed to a child."""

    house: House
    secret: bytes
    settings: LetterSettings
    dispatchers: Dispatchers
    cutoffs: Cutoffs
    calendar: WorkCalendar


@dataclass(frozen=True)
class About:
    """What a letter is about, besides its order: it stands in its key and in its row."""

    mail_id: int | None = None
    dispatcher: str | None = None
    clear_at: datetime | None = None
    due_by: datetime | None = None
    extra: str = ""  # what makes it different from another letter of the same purpose to the same recipient
    counted: bool = False  # an answer beyond real orders: only so many an address (RFC 3834)


class Scribe:
    """Writes letters of one moment."""

    def __init__(self, writing: Writing, now: datetime) -> None:
        self.secret, self.now, self.house = writing.secret, now, writing.house

    def letter(
        self,
        draft: Draft,
        order: OrderRecord | None,
        about: About = About(),
        audience: Audience = Audience.SHIPPER,
    ) -> NewLetter:
        """The letter in its final bytes. Its Message-ID says what it is, and proves that we made it."""
        number, revision = (order.number, order.revision) if order else (f"mail-{about.mail_id}", 0)
        name = f"{number}-r{revision}.{order.round}" if order else number
        if order and audience is Audience.SHIPPER and draft.purpose in ASKING:
            token = letter_token(self.secret, number, revision, audience)
            draft = replace(draft, subject=f"{draft.subject} #{token}")
        message_id = envelope.message_id(
            audience.value,
            name,
            self.house.address.rpartition("@")[2],
            nonce(self.secret, number, revision, audience),
        )
        return NewLetter(
            key="/".join(filter(None, (name, draft.purpose.value, about.extra, draft.recipient))),
            purpose=draft.purpose,
            recipient=draft.recipient,
            subject=draft.subject,
            message_id=message_id,
            octets=envelope.compose(
                draft,
                sender=self.house.address,
                sender_name=self.house.name,
                message_id=message_id,
                at=self._sent_time(draft, order),
            ),
            order_id=order.id if order else None,
            mail_id=about.mail_id,
            revision=revision,
            round=order.round if order else 0,
            dispatcher=about.dispatcher,
            clear_at=about.clear_at,
            due_by=about.due_by,
            counted=about.counted,
            company=self.house.key,
        )

    def token(self, order: OrderRecord) -> str:
        """What a dispatcher's answer must bear to be believed."""
        return letter_token(self.secret, order.number, order.revision, Audience.DISPATCHER)

    def _sent_time(self, draft: Draft, order: OrderRecord | None) -> datetime:
        """The mail that confirms a phone order carries the order time as its sent time (SPEC 8)."""
        if order and order.channel == "phone" and (order.revision, order.round) == (1, 1):
            return order.ordered_at if draft.recipient == order.shipper_address else self.now
        return self.now
