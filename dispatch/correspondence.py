"""Which letters follow from a conversation: answers, reminders, hand-overs, and letters that came back (SPEC 5, 9).

Part of plan_letters. Nothing is answered that must not be: whom and how often is decided by intake.restraint.
"""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from config.dispatchers import Dispatcher
from config.quote import Quote
from dispatch import letterbook, wording_conversation, wording_desk
from dispatch.draft import Draft
from dispatch.letterbook import NewLetter
from dispatch.roster import on_duty
from dispatch.scribe import About, Desk, Scribe
from intake.record import OrderRecord
from intake.restraint import DAY, not_to_be_answered, too_many
from intake.tables import Event
from intake.timeline import Entry, Happening, record
from intake.tokens import Audience


class Correspondence:
    """Acts on the events of conversations, in the caller's transaction."""

    def __init__(self, session: Session, desk: Desk, scribe: Scribe, now: datetime) -> None:
        self.session, self.desk, self.scribe, self.now = session, desk, scribe, now
        self.house = desk.house
        self.given: dict[str, list[datetime]] = {}  # answers of this batch, not yet in the book

    def after(self, event: Event, order: OrderRecord | None) -> list[NewLetter]:
        """The letters that follow from `event`; none for one that is no matter of conversations."""
        details = event.details
        match event.kind:
            case Happening.ENQUIRY_ANSWERED if order:
                return self._to_asker(event, order, wording_conversation.enquiry(order, details, self.house, self.now))
            case Happening.COMPLAINED:
                draft = wording_conversation.complaint(
                    order, details["recipient"], str(details.get("subject") or ""), self.house
                )
                return self._to_asker(event, order, draft)
            case Happening.QUOTED:
                quoted = Quote.model_validate(details["quote"])
                draft = wording_conversation.quote(
                    details["recipient"], details["subject"], quoted, details["way"], self.house
                )
                return self._to_asker(event, None, draft)
            case Happening.CHANGE_UNPROVEN | Happening.CHANGE_TOO_LATE if order and order.shipper_address:
                too_late = event.kind == Happening.CHANGE_TOO_LATE
                draft = wording_conversation.change_received(order, details["asked"], too_late, self.house)
                return self.answer(event, order, draft, extra=f"mail-{event.mail_id}")
            case Happening.CUSTOMER_TOLD if order:
                draft = wording_conversation.what_went_wrong(order, details, self.house, self.now)
                return self._on_a_persons_word(event, order, draft)
            case Happening.COMPLAINT_ANSWERED:
                draft = wording_conversation.complaint_answered(order, details, self.house, self.now)
                return self._on_a_persons_word(event, order, draft)
            case Happening.BOUNCED:
                return self._came_back(event)
            case Happening.TASK_ESCALATED if details.get("told"):
                draft = wording_desk.escalated(details, self.house, self.now)
                about = About(mail_id=event.mail_id, extra=f"event-{event.id}")
                return [self.scribe.letter(draft, order, about)]
            case _:
                return []

    def withheld(self, event: Event, recipient: str, silence: str = "", *, counted: bool = True) -> bool:
        """Whether an answer to `recipient` must not be written; the timeline then says why."""
        why = silence or not_to_be_answered(recipient, self.desk.addresses)
        if not why and counted:
            before = letterbook.answered(self.session, recipient, self.now - DAY) + self.given.get(recipient, [])
            why = too_many(before, self.now)
        if why:
            details = {"recipient": recipient, "why": why}
            record(
                self.session,
                [Entry(Happening.ANSWER_WITHHELD, self.now, "consign", event.order_id, event.mail_id, details)],
            )
        return bool(why)

    def answer(
        self, event: Event, order: OrderRecord | None, draft: Draft, *, extra: str = "", silence: str = ""
    ) -> list[NewLetter]:
        """An answer beyond real orders: counted, and withheld when there were too many."""
        if self.withheld(event, draft.recipient, silence):
            return []
        self.given.setdefault(draft.recipient, []).append(self.now)
        return [self.scribe.letter(draft, order, About(mail_id=event.mail_id, extra=extra, counted=True))]

    def _to_asker(self, event: Event, order: OrderRecord | None, draft: Draft) -> list[NewLetter]:
        details = event.details
        letter = wording_conversation.to(draft, details["recipient"], details.get("message_id", ""))
        return self.answer(
            event, order, letter, extra=f"mail-{event.mail_id}", silence=str(details.get("silence") or "")
        )

    def _on_a_persons_word(self, event: Event, order: OrderRecord | None, draft: Draft) -> list[NewLetter]:
        """A letter that an agent wants sent: not counted as an answer, but never to a machine or a list."""
        if not draft.recipient or self.withheld(event, draft.recipient, counted=False):
            return []
        return [self.scribe.letter(draft, order, About(mail_id=event.mail_id, extra=f"event-{event.id}"))]

    def _came_back(self, event: Event) -> list[NewLetter]:
        """The letters are marked refused: deputy, alert and task follow, as from a refusal in the dialogue."""
        found = letterbook.mark_returned(
            self.session,
            event.details["message_ids"],
            event.details["addresses"],
            self.now,
            f"bounce, mail {event.mail_id}",
        )
        if not found:
            details = {"why": "bounce_of_no_letter", **event.details}
            record(self.session, [Entry(Happening.MAIL_FOR_REVIEW, self.now, mail_id=event.mail_id, details=details)])
        return []

    # -- dispatchers

    def reminder(self, event: Event, order: OrderRecord) -> list[NewLetter]:
        """The dispatcher is told that his deputy has the work order too."""
        duty = on_duty(self.desk.company.dispatchers, order.verdict.dispatcher, self.now)
        silent = self.desk.company.dispatchers.get(event.details["dispatcher"]) or duty.dispatcher
        deputy = duty.deputy
        if deputy is None or deputy.key == silent.key:
            return []
        draft = wording_conversation.reminder(order, silent, deputy.name, self.house, self.scribe.token(order))
        return [self._to_dispatcher(draft, order, silent, f"silent-r{order.revision}")]

    def stop_former(self, order: OrderRecord, now_at: Dispatcher) -> list[NewLetter]:
        """After a change of the dispatcher those who hold an earlier work order are told not to pick up."""
        letters = []
        for former in self.holders(order):
            if former.email != now_at.email:
                draft = wording_conversation.handed_over(
                    order, former, now_at.name, self.house, self.scribe.token(order)
                )
                letters.append(self._to_dispatcher(draft, order, former))
        return letters

    def holders(self, order: OrderRecord) -> list[Dispatcher]:
        """The dispatchers who hold a work order of this order that nobody has stopped."""
        known = {dispatcher.email: dispatcher for dispatcher in self.desk.company.dispatchers}
        held = letterbook.work_order_holders(self.session, order.id)
        return [known.get(email) or Dispatcher(key, key, email, "") for email, key in held.items()]

    def _to_dispatcher(self, draft: Draft, order: OrderRecord, dispatcher: Dispatcher, extra: str = "") -> NewLetter:
        about: dict[str, Any] = {"dispatcher": dispatcher.key, "extra": extra}
        return self.scribe.letter(draft, order, About(**about), Audience.DISPATCHER)
