"""Finds orders by number, phone, name, address and words; the same time at a million orders as at ten.

The words lie in a table of their own, written in the transaction in which followup takes up a decision; every question
is a range of an index. Of several words the rarest leads: its orders are walked from the newest on, and the others
looked up for each. Where even the rarest has very many orders, only the newest of them are walked.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import CTE, Select, bindparam, exists, func, select
from sqlalchemy.orm import Session, aliased

from config.database import Database
from followup.searchwords import Question, phone_word, question_of, words_of
from followup.tables_desk import SearchWord
from intake import register
from intake.record import OrderRecord
from intake.tables import Order

LEADING = 20_000  # orders of the leading word that are looked at: the newest ones
RARE = 500  # a word with fewer orders leads without the others being counted further
MANY = 4_000  # orders up to which words are told apart: of two that have more, either may lead
LAST = "\U0010ffff"
_SOME = select(SearchWord.order_id).where(SearchWord.word == bindparam("word")).limit(bindparam("most"))
COUNT = select(func.count()).select_from(_SOME.subquery())
NEWEST = (  # the order from which on a word has LEADING orders
    select(SearchWord.order_id)
    .where(SearchWord.word == bindparam("word"))
    .order_by(SearchWord.order_id.desc())
    .offset(LEADING - 1)
    .limit(1)
)


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


def newest_of_callers(orders: Iterable[OrderRecord]) -> list[OrderRecord]:
    """Of orders that were found, the newest of each customer, as far as mail address and phone tell them apart."""
    seen: set[tuple[str, str]] = set()
    found = []
    for order in orders:
        caller = (order.shipper_address, phone_word(order.form.shipper.phone or ""))
        if caller not in seen:
            seen.add(caller)
            found.append(order)
    return found


def _records(session: Session, ids: list[int], limit: int) -> list[OrderRecord]:
    newest = sorted(set(ids), reverse=True)[:limit]
    found = register.records(session, newest, origins=False) if newest else {}
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
    """The newest orders that have all words. A single character of Chinese counts only where nothing else is asked."""
    longer = [word for word in words if len(word) > 1 or word.isascii()]
    if not longer:
        return _beginning_with(session, words[0], limit)
    lead, *others = _rarest_first(session, longer)
    floor = session.scalar(NEWEST, {"word": lead}) if others else None
    asked = {f"other_{place}": word for place, word in enumerate(others)}
    return list(session.scalars(_walk(len(others)), asked | {"lead": lead, "floor": floor or 0, "most": limit}))


@lru_cache
def _walk(others: int) -> Select[int]:
    """The newest orders of the leading word that have so many other words too."""
    statement = select(SearchWord.order_id).where(SearchWord.word == bindparam("lead"))
    statement = statement.where(SearchWord.order_id >= bindparam("floor"))
    for place in range(others):
        other = aliased(SearchWord)
        has = (other.word == bindparam(f"other_{place}"), other.order_id == SearchWord.order_id)
        statement = statement.where(exists().where(*has))
    return statement.order_by(SearchWord.order_id.desc()).limit(bindparam("most"))


def _rarest_first(session: Session, words: list[str]) -> list[str]:
    counts: dict[str, int] = {}
    for most in (RARE, MANY):
        counts = {word: session.scalar(COUNT, {"word": word, "most": most}) or 0 for word in words}
        if len(words) == 1 or min(counts.values()) < most:
            break
    return sorted(words, key=lambda word: counts[word])


def _beginning_with(session: Session, sign: str, limit: int) -> list[int]:
    """The newest orders that have a word beginning with a character; pairs that begin with it may be many."""
    newest = session.scalar(select(func.max(Order.id))) or 0
    words = _words_beginning(sign)
    recent = select(SearchWord.order_id).join(words, SearchWord.word == words.c.word)
    recent = recent.where(SearchWord.order_id > newest - LEADING)
    found = list(session.scalars(recent.distinct().order_by(SearchWord.order_id.desc()).limit(limit)))
    if len(found) == limit:
        return found
    every = select(SearchWord.order_id).where(SearchWord.word >= sign, SearchWord.word < sign + LAST).limit(LEADING)
    return sorted({*found, *session.scalars(every)}, reverse=True)[:limit]


def _words_beginning(sign: str) -> CTE:
    """The words that begin with a character, each found by one step in the index: hundreds of words, many rows."""
    end = sign + LAST
    first = select(func.min(SearchWord.word).label("word")).where(SearchWord.word >= sign, SearchWord.word < end)
    words = first.cte("words", recursive=True)
    following = select(func.min(SearchWord.word)).where(SearchWord.word > words.c.word, SearchWord.word < end)
    return words.union_all(select(following.scalar_subquery()).where(words.c.word.is_not(None)))
