"""What becomes of a mail that is part of a conversation (SPEC 2, 5): the routing of T2, read from top to bottom.

hear() decides for each mail: nothing (a machine), a task for a person, a word of a dispatcher, a change of an order, an
answer to give, or new orders. What it decides stands in events; the rooms to the right act on them.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from config.company import Company
from intake import customerbook, enquiries, register, threads
from intake.authenticity import Act, Evidence, Proof, Trust, trust
from intake.consent import is_courtesy, own_text, says_yes
from intake.fate import Enter, Fate
from intake.mailbook import MailState
from intake.mending import Mending, same_shipment
from intake.message import Kind
from intake.orderform import Payment
from intake.priceasked import asked_price
from intake.readmail import ReadMail, Seal
from intake.record import OrderState
from intake.replies import Said, read_reply
from intake.restraint import is_machine, not_to_be_answered
from intake.returned import hear_bounce
from intake.threads import Clues, Thread
from intake.timeline import Entry, Happening
from intake.tokens import Audience

# Marks by which a mail is a machine's whatever it says; with the others an order is still an order, only not answered.
MACHINES = frozenset({"auto_submitted", "null_path", "automatic_subject"})
OURSELVES = frozenset({"own_address", "own_message_id"})


class Conversation:
    """Hears the mails of one batch, in the caller's transaction."""

    def __init__(self, session: Session, company: Company, seal: Seal, now: datetime) -> None:
        self.session, self.company, self.seal, self.now = session, company, seal, now
        self.dispatchers = {dispatcher.email.lower(): dispatcher for dispatcher in company.dispatchers}

    def hear(self, item: ReadMail) -> Fate | Enter:
        """What becomes of the mail."""
        read = item.read
        mark = is_machine(read.message, self.seal.addresses)
        if read.kind is Kind.BOUNCE:
            return hear_bounce(item, self.seal.secret, self.seal.addresses, self.now)
        if read.kind is Kind.AUTOMATIC or mark in OURSELVES or (mark in MACHINES and read.kind is not Kind.ORDER):
            return Fate(MailState.AUTOMATIC)
        if item.evidence is Evidence.FAIL:
            return self._forgery(item)
        if read.topic == "images_only":
            details = {"silence": mark or not_to_be_answered(item.sender, self.seal.addresses)}
            return Fate(MailState.REVIEW, (self._entry(Happening.MAIL_IS_PICTURE, item, details),))
        seen = threads.clues(read.message, self.seal.secret)
        if item.sender in self.dispatchers and (read.kind is not Kind.ORDER or seen.any):
            return self._dispatcher(item, seen)
        if read.kind is Kind.ORDER and read.orders:
            return self._order(item, seen, mark)
        return self._shipper(item, seen, mark)

    def _thread(self, item: ReadMail, seen: Clues) -> threads.Thread | None:
        return threads.find(self.session, item.sender, seen, self.seal.secret, self.now, self.company.key)

    # -- orders

    def _order(self, item: ReadMail, seen: Clues, mark: str) -> Fate | Enter:
        """A whole form: a new order, unless it answers our question about one that is incomplete."""
        enter = Enter(
            silence=self._silence(item, mark),
            nobody=not item.sender,
            unproven_account=self._unproven_account(item),
        )
        if len(item.read.orders) != 1 or not (seen.letters or seen.identifiers or seen.numbers or seen.tokens):
            return enter
        thread = self._thread(item, seen)
        if thread is None or thread.order is None or not thread.address or thread.by == "subject":
            return enter
        form = item.read.orders[0].form
        order = thread.order
        if order.state is OrderState.CANCELLED or not same_shipment(order.form, form):
            return enter
        if order.state in (OrderState.INCOMPLETE, OrderState.REJECTED):
            return self._mending(item, thread).amend()
        if thread.by == "earlier_mail" or order.arrived_at < self.now - register.DUPLICATE_WINDOW:
            return enter  # who orders the same way again answers the mail of last time
        if enquiries.says_change(item.read) and form != order.form:
            return self._mending(item, thread).amend()
        return replace(enter, doubled=order.number)

    def _unproven_account(self, item: ReadMail) -> bool:
        monthly = any(order.form.payment is Payment.MONTHLY for order in item.read.orders)
        return monthly and trust(Act.MONTHLY_ORDER, Proof(True, False, item.evidence)) is Trust.CONFIRM

    def _silence(self, item: ReadMail, mark: str) -> str:
        """Why the sender gets no answer: a machine, a list, an address nobody reads, a stranger by policy."""
        silence = mark or not_to_be_answered(item.sender, self.seal.addresses)
        if silence or self.company.policy.answer_unknown or item.evidence is Evidence.PASS:
            return silence
        known = customerbook.customers_of(self.session, [item.sender])
        return "" if known else "unknown_sender"

    # -- dispatchers

    def _dispatcher(self, item: ReadMail, seen: Clues) -> Fate:
        """A dispatcher's word counts when address, token and, where asked, authentication agree (RELIABILITY §7)."""
        thread = self._thread(item, seen)
        if thread is None or thread.order is None:
            candidates = list(thread.candidates) if thread else []
            return self._review(item, None, "dispatcher_without_order", candidates=candidates)
        order = thread.order
        proof = Proof(True, thread.token is Audience.DISPATCHER, item.evidence)
        written_at = item.read.message.sent_at or item.mail.arrived_at
        reply = read_reply(own_text(item.read.message), written_at.astimezone(self.company.timezone))
        said = {"reply": reply.model_dump(mode="json"), "dispatcher": self.dispatchers[item.sender].key}
        if trust(Act.DISPATCHER_WORD, proof) is not Trust.ACT:
            return self._review(item, order.id, "dispatcher_unproven", candidates=[order.number], **said)
        if reply.said is Said.UNCLEAR:
            return self._review(item, order.id, "dispatcher_not_understood", candidates=[order.number], **said)
        revision = max((letter.revision for letter in seen.letters if letter.genuine), default=order.revision)
        actor = f"dispatcher:{self.dispatchers[item.sender].key}"
        entry = Entry(
            Happening.DISPATCHER_SAID,
            self.now,
            actor,
            order.id,
            item.mail.id,
            {**said, "revision": revision, "written_at": min(written_at, item.mail.arrived_at).isoformat()},
        )
        return Fate(MailState.DECIDED, (entry,))

    # -- shippers and strangers

    def _shipper(self, item: ReadMail, seen: Clues, mark: str) -> Fate:
        thread = self._thread(item, seen)
        kind, topic = item.read.kind, item.read.topic
        if thread is not None and thread.order is None:
            return self._review(item, None, "several_orders", candidates=list(thread.candidates))
        if kind is Kind.DISPATCH_REPLY and not (thread and thread.address):
            order_id = thread.order.id if thread and thread.order else None
            return self._review(item, order_id, "not_a_dispatcher")
        if thread is not None and not thread.address:
            return self._stranger(item, thread)
        if topic == "complaint":
            return enquiries.complaint(item, thread, self._silence(item, mark), self.now)
        if thread is None:
            return self._without_order(item, mark)
        return self._customer(item, thread, mark)

    def _customer(self, item: ReadMail, thread: Thread, mark: str) -> Fate:
        """A mail of the customer about his order."""
        assert thread.order is not None
        mending = self._mending(item, thread)
        kind = item.read.kind
        if kind is Kind.CANCELLATION:
            return mending.cancel()
        if kind is Kind.AMENDMENT and item.read.orders:
            return mending.amend()
        lines = own_text(item.read.message)
        sender = item.read.message.sender
        signs = [name for name in (thread.order.form.shipper.name, sender.display if sender else "") if name]
        if thread.order.state is OrderState.AWAITING_CONFIRMATION and says_yes(lines, signs):
            return mending.agree()
        bare = mending.bare_answer(lines)
        if bare is not None:
            return mending.amend(bare)
        if enquiries.asks_where_it_is(item.read):
            return enquiries.enquiry(item, thread.order, self._silence(item, mark), self.now)
        if is_courtesy(lines, signs):
            return Fate(MailState.DECIDED)  # "收到，谢谢": nothing to do
        return mending.review("not_understood")

    def _stranger(self, item: ReadMail, thread: Thread) -> Fate:
        """Somebody else speaks of an order: nothing changes, and he learns nothing (RELIABILITY §6, row 9)."""
        assert thread.order is not None
        if item.read.kind in (Kind.AMENDMENT, Kind.CANCELLATION):
            details = {"asked": item.read.kind.value, "sender": item.sender, "address": False, "token": thread.token}
            entry = Entry(Happening.CHANGE_UNPROVEN, self.now, "consign", thread.order.id, item.mail.id, details)
            return Fate(MailState.REVIEW, (entry,))
        return self._review(item, thread.order.id, "other_sender", candidates=[thread.order.number])

    def _without_order(self, item: ReadMail, mark: str) -> Fate:
        """Nothing says which order is meant: a quote, or a person with the orders that may be."""
        if item.read.topic == "quote_request" and (quoted := self._quoted(item, mark)):
            return quoted
        candidates = list(threads.open_orders(self.session, item.sender, self.now))
        return self._review(item, None, "no_order_named" if candidates else "no_rule_fits", candidates=candidates)

    def _quoted(self, item: ReadMail, mark: str) -> Fate | None:
        """A quote that can be reckoned is answered at once; None: a person quotes."""
        customer = customerbook.customers_of(self.session, [item.sender]).get(item.sender)
        priced = asked_price(item.read.message, self.company, item.mail.arrived_at, customer[1] if customer else None)
        if priced is None:
            return None
        return enquiries.quoted(item, *priced, self._silence(item, mark), self.now)

    # -- for a person

    def _forgery(self, item: ReadMail) -> Fate:
        """Our border says that the sender is forged: nothing changes, nothing is answered (RELIABILITY §7)."""
        details = {"sender": item.sender, "kind": item.read.kind.value}
        details["phone"] = register.phone_on_file(self.session, item.sender)
        return Fate(MailState.REVIEW, (self._entry(Happening.POSSIBLE_FORGERY, item, details),))

    def _review(self, item: ReadMail, order_id: int | None, why: str, **details: Any) -> Fate:
        details = {"why": why, "topic": item.read.topic, "evidence": list(item.read.evidence)} | details
        entry = Entry(Happening.MAIL_FOR_REVIEW, self.now, "consign", order_id, item.mail.id, details)
        return Fate(MailState.REVIEW, (entry,))

    def _entry(self, happening: Happening, item: ReadMail, details: dict[str, Any]) -> Entry:
        return Entry(happening, self.now, mail_id=item.mail.id, details=details)

    def _mending(self, item: ReadMail, thread: Thread) -> Mending:
        return Mending(self.session, self.company, item, thread, self.now)
