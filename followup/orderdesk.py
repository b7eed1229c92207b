"""What a person does to an order from the desk: change, judge anew, cancel, send a letter again, tie a mail to it.

One transaction each; what follows (letters, tasks) hangs on the events, as for everything else.
"""

import re
import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from config.company import Company
from config.database import Database
from dispatch import letterbook
from dispatch.draft import Purpose
from dispatch.letterbook import LetterState, NewLetter
from dispatch.tables import Letter
from followup import actions
from followup.phoneorder import in_words
from intake import mailbook, register
from intake.changes import changed_order
from intake.orderform import ReadOrder
from intake.record import OrderRecord, OrderState
from intake.timeline import Entry, Happening, record

NONCE = re.compile(rb"[0-9a-f]{6}@")  # the random end of a Message-ID of ours (intake.tokens)


class NoSuchOrder(KeyError):
    """There is no order of that number."""


class OrderClosed(Exception):
    """The order is cancelled: nothing about it changes any more."""


def _order(session: Session, number: str) -> OrderRecord:
    order = register.by_number(session, number)
    if order is None:
        raise NoSuchOrder(number)
    if order.state is OrderState.CANCELLED:
        raise OrderClosed(number)
    return order


def change(
    database: Database,
    company: Company,
    number: str,
    changes: Mapping[str, str],
    agent: str,
    now: datetime,
    *,
    confirmed: bool,
) -> None:
    """Fields as the agent typed them take the place of the old ones; the order is judged anew.

    `confirmed`: the customer has agreed to what needs his consent. After the dispatch that is a new revision, whose
    work order marks the changes. Raises NoSuchOrder, OrderClosed, KeyError for a field that the form does not have.
    """
    with database.write() as session:
        order = _order(session, number)
        read = changed_order(order, in_words(changes))
        actions.judge_anew(session, company, order, read, f"agent:{agent}", now, confirmed=confirmed, heard_at=now)


def judge_again(database: Database, company: Company, number: str, agent: str, now: datetime) -> None:
    """The order as it is, against the rules of today. Raises NoSuchOrder, OrderClosed."""
    with database.write() as session:
        order = _order(session, number)
        read = ReadOrder(form=order.form, problems=order.problems, origins=order.origins)
        actions.judge_anew(session, company, order, read, f"agent:{agent}", now, confirmed=False)


def cancel(database: Database, number: str, agent: str, now: datetime) -> None:
    """Cancels; the shipper is told, the dispatcher gets a stop order. Raises NoSuchOrder, OrderClosed."""
    with database.write() as session:
        register.cancel(session, _order(session, number).id, f"agent:{agent}", now)


def send_again(database: Database, letter_id: int, agent: str, now: datetime) -> int | None:
    """The same letter once more, under a Message-ID of its own; returns its order, None when there is no such letter.

    The first one stays as it is in the book: a letter's bytes never change (RELIABILITY G4).
    """
    with database.write() as session:
        letter = session.get(Letter, letter_id, options=[undefer(Letter.octets)])
        if letter is None:
            return None
        root = letter.key.partition("/again-")[0]
        again = session.scalar(select(func.count()).where(Letter.key.like(f"{root}/again-%"))) or 0
        message_id, octets = _renamed(letter)
        new = NewLetter(
            key=f"{root}/again-{again + 1}",
            purpose=Purpose(letter.purpose),
            recipient=letter.recipient,
            subject=letter.subject,
            message_id=message_id,
            octets=octets,
            order_id=letter.order_id,
            mail_id=letter.mail_id,
            revision=letter.revision,
            round=letter.round,
            dispatcher=letter.dispatcher,
            company=letter.company,
        )
        letterbook.write(database, session, [new], now, held=letter.state == LetterState.HELD)
        about = {"letter": letter.id, "purpose": letter.purpose, "recipient": letter.recipient}
        entry = Entry(Happening.LETTER_AGAIN, now, f"agent:{agent}", letter.order_id, letter.mail_id, about)
        record(session, [entry])
        return letter.order_id or 0


def _renamed(letter: Letter) -> tuple[str, bytes]:
    """Another Message-ID that still proves itself: only its random end differs."""
    old = letter.message_id.encode()
    new = NONCE.sub(secrets.token_hex(3).encode() + b"@", old, count=1)
    if new == old:
        new = b"<again-" + secrets.token_hex(6).encode() + b"-" + old.removeprefix(b"<")
    return new.decode(), letter.octets.replace(old, new, 1)


def link_mail(database: Database, number: str, mail_id: int, agent: str, now: datetime) -> bool:
    """Ties a mail to an order, so that it stands in its timeline; False when there is no such mail."""
    with database.write() as session:
        order = register.by_number(session, number)
        if order is None:
            raise NoSuchOrder(number)
        if mailbook.mail(session, mail_id) is None:
            return False
        mailbook.note_filed(session, mail_id, f"linked:{number}", f"agent:{agent}", now)
        record(session, [Entry(Happening.MAIL_LINKED, now, f"agent:{agent}", order.id, mail_id)])
    return True
