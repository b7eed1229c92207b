"""The steps of dispatch, and its table of contents: plan_letters() words what happened, the post office sends it.

events -> plan_letters -> letter -> PostOffice -> the recipient's server, letter.sent_at
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from config.company import Company
from config.database import Database
from config.settings import LetterSettings
from dispatch import envelope, letterbook, wording
from dispatch.deadline import pickup_deadline
from dispatch.draft import Draft
from dispatch.letterbook import NewLetter
from dispatch.roster import on_duty
from dispatch.wording import House
from intake import mailbook, register
from intake.handover import take_up
from intake.record import OrderRecord
from intake.tables import Event
from intake.timeline import DISPATCH, Happening
from intake.verdict import Outcome

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Desk:
    """What letters are made with: the company, its secret for tokens, the promise."""

    company: Company
    secret: bytes
    settings: LetterSettings

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
        )


def plan_letters(database: Database, desk: Desk, clock: Clock, *, limit: int = 50) -> int:
    """Writes the letters that follow from what happened; returns how many events were taken."""

    def act(session: Session, events: Sequence[Event]) -> None:
        letters = Planning(session, desk, clock()).letters_after(events)
        letterbook.write(database, session, letters, clock())

    return take_up(database, DISPATCH, act, clock, limit)


class Planning:
    """Which letters follow from which events; reads orders once for the whole batch."""

    def __init__(self, session: Session, desk: Desk, now: datetime) -> None:
        self.session, self.desk, self.now = session, desk, now
        self.house = desk.house

    def letters_after(self, events: Sequence[Event]) -> list[NewLetter]:
        about = [event.order_id for event in events if event.order_id is not None]
        records = register.records(self.session, about) if about else {}
        return [letter for event in events for letter in self._after(event, records.get(event.order_id or 0))]

    def _after(self, event: Event, order: OrderRecord | None) -> list[NewLetter]:
        match event.kind:
            case Happening.DECIDED if order and self._is_current(event, order):
                return self._decided(order)
            case Happening.CANCELLED if order:
                return self._cancelled(order)
            case Happening.LETTER_LATE if order:
                return [self._alert(event, order, "letter_late")]
            case Happening.LETTER_REFUSED if order and event.details["purpose"] in letterbook.TO_DISPATCHERS:
                return self._refused(event, order)
            case Happening.MAIL_IS_PICTURE:
                return self._please_write(event)
            case _:
                return []

    def _is_current(self, event: Event, order: OrderRecord) -> bool:
        """A judgement that was overtaken by a later one is answered by that one."""
        return (event.details["revision"], event.details["round"]) == (order.revision, order.round)

    def _decided(self, order: OrderRecord) -> list[NewLetter]:
        if order.verdict.outcome is Outcome.ACCEPTED:
            deadline = self.deadline(order)
            answer = [wording.acknowledgement(order, deadline, self.house)] if order.shipper_address else []
            return [self._work_order(order), *(self._answer(order, draft) for draft in answer)]
        if not order.shipper_address:
            return []
        word = {
            Outcome.AWAITING_CONFIRMATION: wording.confirm,
            Outcome.INCOMPLETE: wording.incomplete,
            Outcome.REJECTED: wording.rejected,
        }[order.verdict.outcome]
        return [self._answer(order, word(order, self.house))]

    def deadline(self, order: OrderRecord) -> "wording.Deadline":
        company = self.desk.company
        return pickup_deadline(
            order.ordered_at, order.verdict.zone, company.cutoffs, company.calendar, company.timezone
        )

    def _work_order(self, order: OrderRecord, to_deputy_of: str = "") -> NewLetter:
        duty = on_duty(self.desk.company.dispatchers, order.verdict.dispatcher, self.now)
        dispatcher = duty.deputy if to_deputy_of and duty.deputy else duty.dispatcher
        token = envelope.letter_token(self.desk.secret, order.number, order.revision)
        draft = wording.work_order(
            order, self.deadline(order), dispatcher, self.house, deputy_note=to_deputy_of, token=token
        )
        promise = timedelta(seconds=self.desk.settings.promise_seconds)
        clear_at = order.clear_at or self.now
        return self._letter(
            draft, order, dispatcher=dispatcher.key, clear_at=clear_at, due_by=clear_at + promise, prefix="wo"
        )

    def _cancelled(self, order: OrderRecord) -> list[NewLetter]:
        letters = []
        if order.shipper_address:
            letters.append(self._answer(order, wording.cancelled(order, self.house)))
        if letterbook.was_dispatched(self.session, order.id, order.revision):
            duty = on_duty(self.desk.company.dispatchers, order.verdict.dispatcher, self.now)
            draft = wording.stop_order(order, duty.dispatcher, self.house)
            letters.append(self._letter(draft, order, dispatcher=duty.dispatcher.key, prefix="wo"))
        return letters

    def _refused(self, event: Event, order: OrderRecord) -> list[NewLetter]:
        """Refused for good by the dispatcher's server: his deputy gets the work order, the supervisor is told (G7)."""
        letters = [self._alert(event, order, "letter_refused")]
        duty = on_duty(self.desk.company.dispatchers, order.verdict.dispatcher, self.now)
        if duty.deputy and event.details["dispatcher"] == duty.dispatcher.key:
            letters.append(self._work_order(order, to_deputy_of=duty.dispatcher.name))
        return letters

    def _alert(self, event: Event, order: OrderRecord, phrase: str) -> NewLetter:
        values = {
            "number": order.number,
            "recipient": str(event.details["recipient"]),
            "reply": str(event.details.get("reply") or ""),
        }
        draft = wording.alert(order, phrase, values, self.house)
        return self._letter(draft, order, extra=f"{phrase}-{event.id}")

    def _please_write(self, event: Event) -> list[NewLetter]:
        mail = mailbook.mail(self.session, event.mail_id or 0)
        if mail is None or not mail.sender:
            return []
        draft = wording.ask_to_write(mail.sender, mail.subject, mail.message_id, self.house)
        return [self._letter(draft, None, mail_id=mail.id)]

    def _answer(self, order: OrderRecord, draft: Draft) -> NewLetter:
        return self._letter(draft, order)

    def _letter(
        self,
        draft: Draft,
        order: OrderRecord | None,
        *,
        mail_id: int | None = None,
        dispatcher: str | None = None,
        clear_at: datetime | None = None,
        due_by: datetime | None = None,
        prefix: str = "re",
        extra: str = "",
    ) -> NewLetter:
        """The letter in its final bytes; its key says what it is, so that it can be written but once (G3, G4)."""
        about = f"{order.number}-r{order.revision}.{order.round}" if order else f"mail-{mail_id}"
        key = "/".join(filter(None, (about, draft.purpose.value, extra, draft.recipient)))
        domain = self.house.address.rpartition("@")[2]
        message_id = envelope.message_id(prefix, about, domain)
        octets = envelope.compose(
            draft, sender=self.house.address, sender_name=self.house.name, message_id=message_id, at=self.now
        )
        return NewLetter(
            key=key,
            purpose=draft.purpose,
            recipient=draft.recipient,
            subject=draft.subject,
            message_id=message_id,
            octets=octets,
            order_id=order.id if order else None,
            mail_id=mail_id,
            revision=order.revision if order else 0,
            round=order.round if order else 0,
            dispatcher=dispatcher,
            clear_at=clear_at,
            due_by=due_by,
        )


def watch_promises(database: Database, clock: Clock, settings: LetterSettings) -> int:
    """Notices work orders that pass two and three minutes unsent; returns how many words were said about them."""
    with database.read() as session:
        if letterbook.next_due(session) is None and letterbook.oldest_unsent(session) is None:
            return 0
    with database.write() as session:
        return letterbook.watch_promises(session, clock(), settings)
