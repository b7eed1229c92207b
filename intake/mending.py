"""Changes an order by what its customer writes: mended, amended, agreed to, cancelled (SPEC 3, 5). Part of T2.

A change before the dispatch has the order judged anew; after it, it becomes a new revision; when the goods are on the
lorry a person calls instead. What is not proven to come from the customer changes nothing but what was asked for.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from config.company import Company
from intake import customerbook, register
from intake.authenticity import Act, Proof, Trust, trust
from intake.fate import Details, Fate
from intake.fingerprint import content_key
from intake.form import complete, read_fields
from intake.judge import judge
from intake.mailbook import MailState
from intake.orderform import OrderForm, ReadOrder
from intake.ordertime import order_time
from intake.readmail import ReadMail
from intake.record import OrderRecord, OrderState
from intake.register import NewOrder
from intake.story import Story, story_of
from intake.threads import Thread
from intake.timeline import Entry, Happening, record
from intake.tokens import Audience
from intake.verdict import Outcome, Verdict

LONGEST_BARE = 40  # characters of an answer that is a value alone
SHIPPER = "shipper"  # the actor of what a customer does by mail


class Mending:
    """Acts on one order through one mail, in the caller's transaction."""

    def __init__(self, session: Session, company: Company, item: ReadMail, thread: Thread, now: datetime) -> None:
        assert thread.order is not None
        self.session, self.company, self.item, self.now = session, company, item, now
        self.order: OrderRecord = register.held(session, thread.order.id)
        self.story: Story = story_of(session, self.order)
        self.proof = Proof(thread.address, thread.token is Audience.SHIPPER, item.evidence)

    def amend(self, changes: ReadOrder | None = None) -> Fate:
        """What the mail newly states goes into the order (SPEC 2: changes or completes)."""
        changes = changes or self.item.read.orders[0]
        if self.order.state is OrderState.CANCELLED:
            return self.review("order_is_cancelled")
        if self.story.picked_up:
            return self._event(Happening.CHANGE_TOO_LATE, asked="amendment")
        if not same_shipment(self.order.form, changes.form):
            return self.review("another_shipment")
        before = ReadOrder(form=self.order.form, problems=self.order.problems, origins=self.order.origins)
        read = complete(before, changes)
        if read.form == before.form and read.problems == before.problems:
            return self.review("nothing_new_read")
        if not self._may(Act.CHANGE) and not self._only_answers_what_was_asked(read):
            return self._event(Happening.CHANGE_UNPROVEN, asked="amendment")
        self._judge_again(read, confirmed=False)
        return Fate(MailState.DECIDED)

    def bare_answer(self, lines: Sequence[str]) -> ReadOrder | None:
        """The answer that is nothing but the one value we asked for (13900139002); None where it may be anything."""
        text = " ".join(" ".join(lines).split())
        asked = {problem.field for problem in self.order.problems}
        if self.order.state is not OrderState.INCOMPLETE or len(asked) != 1 or not 1 < len(text) <= LONGEST_BARE:
            return None
        read = read_fields({asked.pop(): text})
        return read if not read.problems and read.form != OrderForm() else None

    def agree(self) -> Fate:
        """The customer says yes to what we asked; the three minutes start now (SPEC 4, 5)."""
        if not self._may(Act.CHANGE):
            return self._event(Happening.CHANGE_UNPROVEN, asked="consent")
        read = ReadOrder(form=self.order.form, problems=self.order.problems, origins=self.order.origins)
        if self._verdict(read, self._order_time()[0], confirmed=True).outcome is not Outcome.ACCEPTED:
            return self.review("consent_not_enough")
        record(self.session, [self._entry(Happening.ORDER_CONFIRMED)])
        self._judge_again(read, confirmed=True)
        return Fate(MailState.DECIDED)

    def cancel(self) -> Fate:
        """The order is called off: a stop order follows from the event (SPEC 5)."""
        if self.order.state is OrderState.CANCELLED:
            return Fate(MailState.DECIDED)
        if self.story.picked_up:
            return self._event(Happening.CHANGE_TOO_LATE, asked="cancellation")
        if not self._may(Act.CANCEL):
            return self._event(Happening.CHANGE_UNPROVEN, asked="cancellation")
        register.cancel(self.session, self.order.id, SHIPPER, self.now, self.item.mail.id)
        return Fate(MailState.DECIDED)

    def review(self, why: str, **details: Any) -> Fate:
        """A person reads the mail, with its order beside it."""
        details = {"why": why, "candidates": [self.order.number]} | details
        return Fate(MailState.REVIEW, (self._entry(Happening.MAIL_FOR_REVIEW, details),))

    def _event(self, happening: Happening, **details: Any) -> Fate:
        details = {"sender": self.item.sender, "address": self.proof.address, "token": self.proof.token} | details
        return Fate(MailState.REVIEW, (self._entry(happening, details),))

    def _entry(self, happening: Happening, details: Details | None = None) -> Entry:
        return Entry(happening, self.now, SHIPPER, self.order.id, self.item.mail.id, details or {})

    def _may(self, act: Act) -> bool:
        return trust(act, self.proof) is Trust.ACT

    def _only_answers_what_was_asked(self, read: ReadOrder) -> bool:
        """An incomplete order, mended from an address of its customer, and nothing in it altered that was well."""
        incomplete = self.order.state is OrderState.INCOMPLETE and not self.story.dispatched
        asked = {problem.field for problem in self.order.problems}
        return incomplete and self.proof.address and not overridden(self.order.form, read.form, asked)

    def _order_time(self) -> tuple[datetime, str]:
        skew = timedelta(minutes=self.company.policy.clock_skew_minutes)
        return order_time(self.item.read.message.sent_at, self.item.mail.arrived_at, skew)

    def _verdict(self, read: ReadOrder, at: datetime, *, confirmed: bool) -> Verdict:
        terms = customerbook.customers_of(self.session, [self.order.shipper_address]).get(self.order.shipper_address)
        customer = terms[1] if terms else None
        known = customer is not None
        verdict = judge(read, self.company, at=at, customer=customer, sender_known=known, confirmed=confirmed)
        agreed_before = self.story.confirmed and verdict.outcome is Outcome.AWAITING_CONFIRMATION
        if agreed_before and not dearer(verdict, self.order.verdict):
            return judge(read, self.company, at=at, customer=customer, sender_known=known, confirmed=True)
        return verdict

    def _judge_again(self, read: ReadOrder, *, confirmed: bool) -> None:
        ordered_at, note = self._order_time()
        new = NewOrder(
            read=read,
            verdict=self._verdict(read, ordered_at, confirmed=confirmed),
            content_key=content_key(self.order.shipper_address, read.form),
            ordered_at=ordered_at,
            ordered_at_note=note,
            arrived_at=self.item.mail.arrived_at,
            clear_from=self.item.mail.arrived_at,
            channel=self.order.channel,
            mail_id=self.item.mail.id,
            shipper_address=self.order.shipper_address,
            actor=SHIPPER,
        )
        register.judge_again(self.session, self.order.id, new, self.now, dispatched=self.story.dispatched)


def dearer(new: Verdict, old: Verdict) -> bool:
    """Whether more would be charged beside the freight than was agreed to."""
    if new.quote is None or old.quote is None:
        return True
    return new.quote.surcharges > old.quote.surcharges


def overridden(before: OrderForm, after: OrderForm, asked: set[str]) -> bool:
    """Whether a value that nobody asked about was altered, not only added."""
    new = dict(_leaves(after.model_dump()))
    return any(
        value != new.get(field) and field.removesuffix("_kg").removesuffix("_m3") not in asked
        for field, value in _leaves(before.model_dump())
    )


def same_shipment(one: OrderForm, other: OrderForm) -> bool:
    """Whether two forms may speak of the same goods: not most of the names, phones and places given in both differ.

    An amendment alters one of them, or two; who writes a new order into an answer gives another consignee, his phone,
    another city.
    """
    pairs = (
        (one.consignee.name, other.consignee.name),
        (one.consignee.phone, other.consignee.phone),
        (one.pickup_address, other.pickup_address),
        (one.destination, other.destination),
    )
    differ = [a != b for a, b in pairs if a and b]
    return len(differ) < 3 or sum(differ) * 2 <= len(differ)


def _leaves(form: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The filled fields of a form with their dotted names."""
    for name, value in form.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}.")
        elif value is not None and value != ():
            yield f"{prefix}{name}", value
