"""Which letters follow from which events (SPEC 4, 5): the part of plan_letters that reads orders and words letters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from config.database import Database
from dispatch import letterbook, wording
from dispatch.correspondence import Correspondence
from dispatch.draft import Draft, Purpose
from dispatch.letterbook import NewLetter
from dispatch.notices import NOTICE_OF, Notices, is_told
from dispatch.orderletters import Children, CleanLetters, OrderLetters, word_clean
from dispatch.roster import on_duty
from dispatch.scribe import About, Desk
from intake import mailbook, register
from intake.handover import waiting
from intake.record import OrderRecord, OrderState
from intake.tables import Event
from intake.timeline import DISPATCH, Happening
from intake.tokens import Audience
from intake.verdict import Outcome


@dataclass(frozen=True)
class Ahead:
    """Orders and their letters as they were worded before the transaction; they count while the order is unchanged."""

    orders: Mapping[int, OrderRecord] = field(default_factory=dict)
    letters: Mapping[int, CleanLetters] = field(default_factory=dict)
    events: int = 0  # how many events were looked at: what came later is worded ahead next time


NOTHING_AHEAD = Ahead()
ALERTS, ALERT_WINDOW = 5, timedelta(minutes=10)  # so many late work orders are told one by one in that time


class Planning:
    """Letters for a batch of events; reads orders once for the whole batch."""

    def __init__(self, session: Session, desk: Desk, now: datetime, ahead: Ahead = NOTHING_AHEAD) -> None:
        self.session, self.desk, self.now, self.ahead = session, desk, now, ahead
        self.house, self.letters = desk.house, OrderLetters(desk.writing, now)
        self.scribe = self.letters.scribe
        self.correspondence = Correspondence(session, desk, self.scribe, now)
        self.alerts: int | None = None  # that the supervisor was written lately, once it was asked
        self.notices = Notices(session, desk, self.scribe, self.correspondence, now)

    def letters_after(self, events: Sequence[Event]) -> list[NewLetter]:
        """The letters that follow from the events, in their sequence."""
        about = {event.order_id for event in events if event.order_id is not None}
        records = register.unchanged(
            self.session, [self.ahead.orders[each] for each in about & self.ahead.orders.keys()]
        )
        if unknown := about - records.keys():
            records |= register.records(self.session, list(unknown), origins=False)
        self.notices.know(records.values())
        return [letter for event in events for letter in self._after(event, records.get(event.order_id or 0))]

    def _after(self, event: Event, order: OrderRecord | None) -> list[NewLetter]:
        match event.kind:
            case Happening.DECIDED if order and self._is_current(event, order):
                return self._decided(event, order)
            case Happening.CANCELLED if order:
                return self._cancelled(order)
            case Happening.LETTER_LATE if order:
                return [] if self._alerted_enough() else [self._alert(event, order, "letter_late")]
            case Happening.LETTER_REFUSED if order and event.details["purpose"] in letterbook.TO_DISPATCHERS:
                return self._refused(event, order)
            case Happening.NOT_ACKNOWLEDGED if order:
                return self._not_acknowledged(event, order)
            case Happening.MAIL_IS_PICTURE:
                return self._please_write(event)
            case _ if order and event.kind in NOTICE_OF:
                return self.notices.after(event, order)
            case _:
                return self.correspondence.after(event, order)

    def _is_current(self, event: Event, order: OrderRecord) -> bool:
        """A judgement that was overtaken by a later one, or by a cancellation, is answered by that one."""
        current = (event.details["revision"], event.details["round"]) == (order.revision, order.round)
        return current and order.state.value == event.details["outcome"]

    def _decided(self, event: Event, order: OrderRecord) -> list[NewLetter]:
        silence = str(event.details.get("silence") or "")
        if order.verdict.outcome is Outcome.ACCEPTED:
            told = order.channel == "phone" or is_told(self.desk, self.notices.customer(order), "accepted")
            answered = told and bool(order.shipper_address) and not self._silent(event, order, silence)
            if answered and self.ahead.orders.get(order.id) is order:
                return list(self.ahead.letters[order.id])
            work_order = self.letters.work_order(order)
            stops = self.correspondence.stop_former(order, self.letters.on_duty(order)) if order.revision > 1 else []
            return [work_order, *stops, *([self.letters.acknowledgement(order)] if answered else [])]
        if not order.shipper_address:
            return []
        word = {
            Outcome.AWAITING_CONFIRMATION: wording.confirm,
            Outcome.INCOMPLETE: wording.incomplete,
            Outcome.REJECTED: wording.rejected,
        }[order.verdict.outcome]
        draft = word(order, self.house)
        if beyond_a_real_order(order):
            return self.correspondence.answer(event, order, draft, silence=silence)
        return [] if self._silent(event, order, silence) else [self.scribe.letter(draft, order)]

    def _silent(self, event: Event, order: OrderRecord, silence: str) -> bool:
        """Whether even a real order is not answered: a list, a machine, an address nobody reads."""
        return self.correspondence.withheld(event, order.shipper_address, silence, counted=False)

    def _cancelled(self, order: OrderRecord) -> list[NewLetter]:
        """Everybody who holds a work order is stopped; the shipper is told."""
        letters = []
        for dispatcher in self.correspondence.holders(order):
            draft = wording.stop_order(order, dispatcher, self.house, token=self.scribe.token(order))
            about = About(dispatcher=dispatcher.key)
            letters.append(self.scribe.letter(draft, order, about, Audience.DISPATCHER))
        if order.shipper_address:
            letters.append(self.scribe.letter(wording.cancelled(order, self.house), order))
        return letters

    def _refused(self, event: Event, order: OrderRecord) -> list[NewLetter]:
        """Refused for good by the dispatcher's server: his deputy gets the work order, the supervisor is told (G7)."""
        letters = [self._alert(event, order, "letter_refused")]
        if event.details["purpose"] != Purpose.WORK_ORDER:
            return letters  # a stop order has no deputy: a person phones
        duty = on_duty(self.desk.company.dispatchers, order.verdict.dispatcher, self.now)
        if duty.deputy and event.details["dispatcher"] == duty.dispatcher.key and order.state.value == "accepted":
            letters.append(self.letters.work_order(order, to_deputy_of=duty.dispatcher.name))
        return letters

    def _not_acknowledged(self, event: Event, order: OrderRecord) -> list[NewLetter]:
        """The dispatcher was silent for too long: his deputy gets the work order too, and both are told (SPEC 5)."""
        duty = on_duty(self.desk.company.dispatchers, order.verdict.dispatcher, self.now)
        if duty.deputy is None or order.state.value != "accepted":
            return []
        return [
            self.letters.work_order(order, to_deputy_of=duty.dispatcher.name),
            *self.correspondence.reminder(event, order),
        ]

    def _alert(self, event: Event, order: OrderRecord, phrase: str) -> NewLetter:
        values = {
            "number": order.number,
            "recipient": str(event.details["recipient"]),
            "reply": str(event.details.get("reply") or ""),
        }
        draft = wording.alert(order, phrase, values, self.house)
        return self.scribe.letter(draft, order, About(extra=f"{phrase}-{event.id}"))

    def _alerted_enough(self) -> bool:
        """A mail server that is away, or a flood, makes every work order late: the alarm tells how many (row 32)."""
        if self.alerts is None:
            since, supervisor = self.now - ALERT_WINDOW, self.house.supervisor
            self.alerts = letterbook.written_since(self.session, Purpose.ALERT, supervisor, since, ALERTS)
        self.alerts += 1
        return self.alerts > ALERTS

    def _please_write(self, event: Event) -> list[NewLetter]:
        mail = mailbook.mail(self.session, event.mail_id or 0)
        if mail is None or not mail.sender:
            return []
        draft: Draft = wording.ask_to_write(mail.sender, mail.subject, mail.message_id, self.house)
        return self.correspondence.answer(event, None, draft, silence=str(event.details.get("silence") or ""))


def word_ahead(database: Database, desk: Desk, now: datetime, limit: int, children: Children | None = None) -> Ahead:
    """Words the letters of the clean orders that come next while no transaction is open.

    It is the longest work of all, and SQLite has one pen only: the post office goes on writing meanwhile.
    """
    with database.read() as session:
        events = waiting(session, DISPATCH, limit)
        decided = [event for event in events if event.kind == Happening.DECIDED and event.order_id]
        about = [event.order_id or 0 for event in decided if event.details["outcome"] == Outcome.ACCEPTED]
        orders = register.records(session, about, origins=False) if about else {}
    clean = [
        order
        for order in orders.values()
        if order.state is OrderState.ACCEPTED and order.revision == 1 and order.shipper_address
    ]
    letters: dict[int, CleanLetters] = {}
    for key in {order.company for order in clean}:
        letters |= word_clean(desk.of(key).writing, now, [order for order in clean if order.company == key], children)
    return Ahead({each: orders[each] for each in letters}, letters, len(events))


def beyond_a_real_order(order: OrderRecord) -> bool:
    """Whether the answer is one of many that a machine may draw out of us: a later round, or a repetition."""
    repeated = any(reason.code == "possible_duplicate" for reason in order.verdict.reasons)
    return order.revision > 1 or order.round > 1 or repeated
