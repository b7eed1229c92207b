"""The steps of intake, its table of contents: collect() keeps what the mailbox shows, judge_waiting() judges it.

mailbox -> collect -> inbound_mail -> judge_waiting -> orders, revisions, events
"""

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from config.company import Company
from config.crashpoints import crash_point
from config.database import Database
from intake import customerbook, mailbook, register
from intake.customers import CustomerTerms
from intake.fingerprint import content_key, fingerprint
from intake.judge import judge
from intake.mailbook import MailState, WaitingMail
from intake.mailbox import Mailbox
from intake.message import Kind, Understanding
from intake.ordertime import order_time
from intake.readers import Failure
from intake.register import NewOrder
from intake.timeline import Entry, Happening, record
from intake.verdict import Check, Outcome, Reason, Verdict

log = structlog.get_logger()
Clock = Callable[[], datetime]


class Readers(Protocol):
    """Reads mails in child processes; one bad mail yields a Failure and holds up no other (G8)."""

    def understand(self, mails: list[bytes]) -> list[Understanding | Failure]: ...


@dataclass(frozen=True)
class ReadMail:
    """A mail with what was understood of it."""

    mail: WaitingMail
    read: Understanding
    fingerprint: str


def collect(database: Database, mailbox: Mailbox, clock: Clock) -> int:
    """Keeps every mail that the mailbox shows beyond the cursor; flags it only after the commit (T1). Returns how many.

    Raises MailboxUnreachable, or the database's errors; in both cases nothing was flagged and the next call goes on.
    """
    with database.read() as session:
        mark = mailbook.mark_of(session, mailbox.name)

    def known(uids: Sequence[int]) -> set[int]:
        with database.read() as session:
            return mailbook.known_uids(session, mailbox.name, mailbox.uidvalidity, uids)

    total = 0
    for reached, mails in mailbox.new_since(mark, known=known):
        with database.write() as session:
            total += mailbook.keep(database, session, mailbox.name, mails, reached, clock())
            crash_point("store_begun")
        crash_point("stored")
        mailbox.mark_stored([mail.uid for mail in mails])
        crash_point("flagged")
    return total


def judge_waiting(
    database: Database,
    company: Company,
    readers: Readers,
    clock: Clock,
    *,
    reader: str,
    limit: int = 50,
    tries: int = 3,
) -> int:
    """Reads and judges the mails that wait, oldest first; what fails is set aside alone. Returns how many."""
    with database.write() as session:
        mails = mailbook.claim_waiting(database, session, reader, clock(), limit)
    if not mails:
        return 0
    crash_point("claimed")
    results = readers.understand([mail.octets for mail in mails])
    crash_point("read")
    good = []
    for mail, result in zip(mails, results, strict=True):
        if isinstance(result, Failure):
            _reading_failed(database, mail, result, clock(), tries)
        else:
            good.append(ReadMail(mail, result, fingerprint(mail.octets)))
    _decide_all(database, company, good, clock, reader)
    return len(mails)


def _reading_failed(database: Database, mail: WaitingMail, failure: Failure, now: datetime, tries: int) -> None:
    log.warning("mail_not_read", mail=mail.id, attempt=mail.attempts, kind=failure.kind)
    with database.write() as session:
        if mail.attempts < tries:
            mailbook.release(session, [mail.id])
        else:
            trouble = failure.traceback or failure.kind
            mailbook.set_aside(session, mail.id, Happening.MAIL_SET_ASIDE, trouble, now)


def _decide_all(database: Database, company: Company, read: list[ReadMail], clock: Clock, reader: str) -> None:
    """One transaction for the whole batch; when that fails, one for each mail, so that a bad one falls out alone."""
    if not read:
        return
    try:
        with database.write() as session:
            ours = mailbook.still_ours(session, reader, [item.mail.id for item in read])
            Decision(database, company, clock()).decide(session, [item for item in read if item.mail.id in ours])
            crash_point("decide_begun")
        crash_point("decided")
    except OperationalError:
        raise  # the database is away or locked: no mail is to blame, all are tried again
    except Exception as error:  # noqa: BLE001 (whatever it was: the mails are kept, and the guilty one is named)
        if len(read) > 1:
            for item in read:
                _decide_all(database, company, [item], clock, reader)
            return
        log.error("mail_not_decided", mail=read[0].mail.id, error=repr(error))
        with database.write() as session:
            trouble = "".join(traceback.format_exception(error))
            mailbook.set_aside(session, read[0].mail.id, Happening.MAIL_SET_ASIDE, trouble, clock())


class Decision:
    """T2 for a batch: what each mail is, its orders with number and verdict, all in the caller's transaction."""

    def __init__(self, database: Database, company: Company, now: datetime) -> None:
        self.database, self.company, self.now = database, company, now
        self.skew = timedelta(minutes=company.policy.clock_skew_minutes)

    def decide(self, session: Session, read: Sequence[ReadMail]) -> None:
        fresh = self._without_copies(session, read)
        self._enter_orders(session, [item for item in fresh if item.read.kind is Kind.ORDER and item.read.orders])
        for item in fresh:
            state, happening = self._fate(item)
            mailbook.note_reading(session, item.mail.id, state, item.read, item.fingerprint, self.now)
            if happening:
                record(session, [self._entry(item, happening)])

    def _fate(self, item: ReadMail) -> tuple[MailState, Happening | None]:
        if item.mail.headers_only:
            return MailState.REVIEW, Happening.MAIL_TOO_LARGE
        if item.read.kind is Kind.ORDER and item.read.orders:
            return MailState.DECIDED, None  # its orders have their own events
        if item.read.kind is Kind.AUTOMATIC:
            return MailState.AUTOMATIC, None
        if item.read.kind is Kind.BOUNCE:
            return MailState.BOUNCE, Happening.BOUNCED
        if item.read.topic == "images_only":
            return MailState.REVIEW, Happening.MAIL_IS_PICTURE
        return MailState.REVIEW, Happening.MAIL_FOR_REVIEW

    def _entry(self, item: ReadMail, happening: Happening) -> Entry:
        details = {"kind": item.read.kind.value, "topic": item.read.topic, "evidence": list(item.read.evidence)}
        if happening is Happening.BOUNCED:
            message = item.read.message
            details |= {"addresses": list(message.bounced), "message_ids": list(message.bounced_message_ids)}
        return Entry(happening, self.now, mail_id=item.mail.id, details=details)

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

    def _enter_orders(self, session: Session, items: Sequence[ReadMail]) -> None:
        customers = customerbook.customers_of(session, [sender_of(item.read) for item in items])
        new = [order for item in items for order in self._judged(item, customers)]
        new = self._asked_duplicates(session, new)
        day = self.now.astimezone(self.company.timezone).strftime("%Y%m%d")
        register.enter(self.database, session, new, day, self.now)

    def _judged(self, item: ReadMail, customers: dict[str, tuple[int, CustomerTerms]]) -> list[NewOrder]:
        sender = sender_of(item.read)
        customer_id, terms = customers.get(sender, (None, None))
        ordered_at, note = order_time(item.read.message.sent_at, item.mail.arrived_at, self.skew)
        return [
            NewOrder(
                read=read,
                verdict=judge(read, self.company, at=ordered_at, customer=terms, sender_known=terms is not None),
                content_key=content_key(sender, read.form),
                ordered_at=ordered_at,
                ordered_at_note=note,
                arrived_at=item.mail.arrived_at,
                clear_from=item.mail.arrived_at,
                mail_id=item.mail.id,
                place=place,
                shipper_address=sender,
                customer_id=customer_id,
            )
            for place, read in enumerate(item.read.orders)
        ]

    def _asked_duplicates(self, session: Session, new: list[NewOrder]) -> list[NewOrder]:
        """The same content under another Message-ID within a day is asked about, not dropped, not doubled (G2)."""
        before = register.same_content(session, [order.content_key for order in new], self.now)
        seen: dict[str, int | None] = {}
        asked = []
        for order in new:
            number = before.get(order.content_key)
            repeated = order.content_key in seen and seen[order.content_key] != order.mail_id
            if number or repeated:
                order = _replace_verdict(order, possible_duplicate(order.verdict, number or ""))
            seen.setdefault(order.content_key, order.mail_id)
            asked.append(order)
        return asked


def sender_of(read: Understanding) -> str:
    return read.message.sender.address if read.message.sender else ""


def _replace_verdict(order: NewOrder, verdict: Verdict) -> NewOrder:
    return NewOrder(**{**vars(order), "verdict": verdict})


def possible_duplicate(verdict: Verdict, number: str) -> Verdict:
    """The verdict with the question added whether this is meant twice; an order that failed anyway stays as it is."""
    check = Check(
        code="duplicate", passed=False, reasons=(Reason(code="possible_duplicate", values={"number": number}),)
    )
    outcome = Outcome.AWAITING_CONFIRMATION if verdict.outcome is Outcome.ACCEPTED else verdict.outcome
    return verdict.model_copy(update={"outcome": outcome, "checks": (*verdict.checks, check)})
