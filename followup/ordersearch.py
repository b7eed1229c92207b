"""Finds orders by number, phone, name, address and words; the same time at a million orders as at ten.

The words lie in a table of their own, written in the transaction in which followup takes up a decision; every question
is a range of an index. Of several words the rarest leads.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from config.database import Database
from followup.searchwords import Question, phone_word, question_of, words_of
from followup.tables_desk import SearchWord
from intake import register
from intake.record import OrderRecord
from intake.tables import Order

LEADING = 50_000  # orders of the leading word that are looked at: the newest ones
COUNTED = 5000  # of each word, to see which is rarest
LAST = "\U0010ffff"


def note(database: Database, session: Session, orders: Iterable[OrderRecord]) -> None:
    """Keeps the words of orders as they stand now; words of earlier versions stay, so that they still find them."""
    rows = [
        {"word": word, "order_id": order.id}
        for order in orders
        for word in sorted(words_of(order.form, order.shipper_address))
    ]
    if rows:
        # past the ORM, which makes four times the work of so plain a row
        session.connection().execute(database.built(_words), rows)


def _words(database: Database) -> Any:
    return database.insert(SearchWord).on_conflict_do_nothing()


def search(session: Session, text: str, limit: int = 50) -> list[OrderRecord]:
    """The newest orders that answer to `text`."""
    question = question_of(text)
    return _records(session, _find(session, question, limit), limit)


def known_callers(session: Session, text: str, limit: int) -> list[OrderRecord]:
    """The newest order of each customer that answers to a phone number, a name or a mail address."""
    seen: set[tuple[str, str]] = set()
    found = []
    for order in search(session, text, 10 * limit):
        caller = (order.shipper_address, phone_word(order.form.shipper.phone or ""))
        if caller not in seen:
            seen.add(caller)
            found.append(order)
    return found[:limit]


def _records(session: Session, ids: list[int], limit: int) -> list[OrderRecord]:
    newest = sorted(set(ids), reverse=True)[:limit]
    found = register.records(session, newest) if newest else {}
    return [found[order_id] for order_id in newest if order_id in found]


def _find(session: Session, question: Question, limit: int) -> list[int]:
    ids: list[int] = []
    if question.number:
        begins = (Order.number >= question.number, Order.number < question.number + LAST)
        ids += session.scalars(select(Order.id).where(*begins).order_by(Order.number.desc()).limit(limit))
    if question.phone:
        begins_word = (SearchWord.word >= question.phone, SearchWord.word < question.phone + LAST)
        ids += session.scalars(select(SearchWord.order_id).where(*begins_word).limit(LEADING))
    if question.words:
        ids += _with_all(session, question.words, limit)
    return ids


def _with_all(session: Session, words: tuple[str, ...], limit: int) -> list[int]:
    """The newest orders that have all words."""
    lead, *others = sorted(words, key=lambda word: _rarity(session, word))
    led = select(SearchWord.order_id).where(_is(lead)).order_by(SearchWord.order_id.desc()).limit(LEADING).subquery()
    statement = select(led.c.order_id)
    for word in others:
        other = aliased(SearchWord)
        if len(word) > 1:  # a single character leads, or says too little to look each order up by
            statement = statement.where(exists().where(other.word == word, other.order_id == led.c.order_id))
    return list(session.scalars(statement.order_by(led.c.order_id.desc()).limit(limit)))


def _is(word: str) -> ColumnElement[bool]:
    """A single Chinese character is the beginning of pairs; everything else is a word itself."""
    if len(word) == 1:
        return (SearchWord.word >= word) & (SearchWord.word < word + LAST)
    return SearchWord.word == word


def _rarity(session: Session, word: str) -> int:
    some = select(SearchWord.order_id).where(_is(word)).limit(COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0
