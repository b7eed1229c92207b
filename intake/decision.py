"""T2 for a batch of mails: what each is, its orders with number and verdict, all in the caller's transaction."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from config.company import Company
from config.database import Database
from intake import customerbook, mailbook, register
from intake.conversation import Conversation
from intake.customers import CustomerTerms
from intake.fate import Enter, Fate
from intake.fingerprint import content_key
from intake.judge import judge
from intake.mailbook import MailState, Reading
from intake.message import Kind
from intake.ordertime import order_time
from intake.readmail import NO_SEAL, ReadMail, Seal
from intake.register import NewOrder
from intake.timeline import Entry, Happening, record
from intake.verdict import Check, Outcome, Reason, Verdict


class Decision:
    """Decides a batch: copies are linked, conversations heard, new orders entered."""

    def __init__(self, database: Database, company: Company, now: datetime, seal: Seal = NO_SEAL) -> None:
        self.database, self.company, self.now = database, company, now
        self.seal = Seal(seal.secret, seal.addresses | {company.address.lower()})
        self.skew = timedelta(minutes=company.policy.clock_skew_minutes)

    def decide(self, session: Session, read: Sequence[ReadMail]) -> None:
        """Every mail ends in a final state; what happened stands in events."""
        fresh = self._without_copies(session, read)
        self._note_reused_identifiers(session, fresh)
        conversation = Conversation(session, self.company, self.seal, self.now)
        new: list[tuple[ReadMail, Enter]] = []
        for item in fresh:
            if new and not _stands_alone(item):  # it may speak of an order of this very batch
                self._enter(session, new)
                new = []
            fate = self._fate(conversation, item)
            if isinstance(fate, Enter):
                new.append((item, fate))
            else:
                self._note(session, [(item, fate.state)])
                record(session, fate.entries)
        self._enter(session, new)

    def _enter(self, session: Session, items: Sequence[tuple[ReadMail, Enter]]) -> None:
        """The mails that are orders, and the orders, which have their own events."""
        self._note(session, [(item, MailState.DECIDED) for item, _ in items])
        self._enter_orders(session, items)

    def _note(self, session: Session, items: Sequence[tuple[ReadMail, MailState]]) -> None:
        readings = [Reading(item.mail.id, state, item.read, item.fingerprint) for item, state in items]
        mailbook.note_readings(session, readings, self.now)

    def _fate(self, conversation: Conversation, item: ReadMail) -> Fate | Enter:
        if item.mail.headers_only:
            entry = Entry(Happening.MAIL_TOO_LARGE, self.now, mail_id=item.mail.id)
            return Fate(MailState.REVIEW, (entry,))
        return conversation.hear(item)

    def _without_copies(self, session: Session, read: Sequence[ReadMail]) -> list[ReadMail]:
        """Copies of mails handled before, or earlier in this batch, are linked and go no further (G2)."""
        seen = mailbook.earlier_prints(session, [item.fingerprint for item in read])
        fresh = []
        for item in read:
            original = seen.get(item.fingerprint)
            if original is not None and original != item.mail.id:
                mailbook.note_copy(session, item.mail.id, original, item.read, self.now)
            else:
                seen[item.fingerprint] = item.mail.id
                fresh.append(item)
        return fresh

    def _note_reused_identifiers(self, session: Session, fresh: Collection[ReadMail]) -> None:
        """Another mail with the same Message-ID is handled like any other, and CS sees it (G2)."""
        by_identifier = {item.read.message.message_id: item.mail.id for item in fresh if item.read.message.message_id}
        entries = [
            Entry(Happening.MESSAGE_ID_REUSED, self.now, mail_id=by_identifier[identifier], details={"of": earlier})
            for identifier, earlier in mailbook.same_identifier(session, by_identifier)
            if earlier != by_identifier[identifier]
        ]
        record(session, entries)

    def _enter_orders(self, session: Session, items: Sequence[tuple[ReadMail, Enter]]) -> None:
        customers = customerbook.customers_of(session, [item.sender for item, _ in items])
        new = [order for item, enter in items for order in self._judged(item, enter, customers)]
        new = self._asked_duplicates(session, new)
        day = self.now.astimezone(self.company.timezone).strftime("%Y%m%d")
        register.enter(self.database, session, new, day, self.now)

    def _judged(self, item: ReadMail, enter: Enter, customers: dict[str, tuple[int, CustomerTerms]]) -> list[NewOrder]:
        customer_id, terms = customers.get(item.sender, (None, None))
        ordered_at, note = order_time(item.read.message.sent_at, item.mail.arrived_at, self.skew)
        return [
            NewOrder(
                read=read,
                verdict=_asked(
                    judge(read, self.company, at=ordered_at, customer=terms, sender_known=terms is not None), enter
                ),
                content_key=content_key(item.sender, read.form),
                ordered_at=ordered_at,
                ordered_at_note=note,
                arrived_at=item.mail.arrived_at,
                clear_from=item.mail.arrived_at,
                mail_id=item.mail.id,
                place=place,
                shipper_address=item.sender,
                customer_id=customer_id,
                silence=enter.silence,
                company=self.company.key,
            )
            for place, read in enumerate(item.read.orders)
        ]

    def _asked_duplicates(self, session: Session, new: list[NewOrder]) -> list[NewOrder]:
        """The same content under another Message-ID within a day is asked about, not dropped, not doubled (G2)."""
        before = register.same_content(session, [order.content_key for order in new], self.now, self.company.key)
        seen: dict[str, int | None] = {}
        asked = []
        for order in new:
            number = before.get(order.content_key)
            repeated = order.content_key in seen and seen[order.content_key] != order.mail_id
            if number or repeated:
                order = replace(order, verdict=possible_duplicate(order.verdict, number or ""))
            seen.setdefault(order.content_key, order.mail_id)
            asked.append(order)
        return asked


def _stands_alone(item: ReadMail) -> bool:
    message = item.read.message
    return item.read.kind is Kind.ORDER and not (message.in_reply_to or message.references)


def _asked(verdict: Verdict, enter: Enter) -> Verdict:
    """What the conversation has to ask about an order that would else be taken as it is."""
    if enter.doubled:
        verdict = possible_duplicate(verdict, enter.doubled)
    if enter.nobody:
        verdict = with_question(verdict, "sender", Reason(code="sender_unreadable"))
    if enter.unproven_account:
        verdict = with_question(verdict, "authenticity", Reason(code="account_unproven", field="payment"))
    return verdict


def possible_duplicate(verdict: Verdict, number: str) -> Verdict:
    """The verdict with the question added whether this is meant twice; an order that failed anyway stays as it is."""
    return with_question(verdict, "duplicate", Reason(code="possible_duplicate", values={"number": number}))


def with_question(verdict: Verdict, check: str, reason: Reason) -> Verdict:
    """The verdict with a failed check more: accepted becomes asked, anything graver stays."""
    outcome = Outcome.AWAITING_CONFIRMATION if verdict.outcome is Outcome.ACCEPTED else verdict.outcome
    checks = (*verdict.checks, Check(code=check, passed=False, reasons=(reason,)))
    return verdict.model_copy(update={"outcome": outcome, "checks": checks})
