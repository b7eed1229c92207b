"""Letters of clean orders: the same whoever words them; one that cannot be worded is left out alone."""

from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from config.company import load_company
from config.settings import Settings
from dispatch.letterbook import NewLetter
from dispatch.orderletters import FEW, word_clean
from dispatch.scribe import Desk, Writing
from intake.message import ReadingRules
from intake.readers import Failure, ReaderPool
from intake.record import OrderRecord
from tests.builders import verdict
from tests.dispatch.test_wording import ORDERED, record


@pytest.fixture(scope="module")
def writing() -> Writing:
    settings = Settings()
    return Desk(load_company(settings), b"secret of the tests", settings.letters).writing


@pytest.fixture(scope="module")
def children() -> Iterator[ReaderPool]:
    pool = ReaderPool(ReadingRules())
    yield pool
    pool.close()


def order(number: int, **changes: Any) -> OrderRecord:
    return record(id=number, number=f"20261124-{number:04d}", verdict=verdict(dispatcher="sh-south"), **changes)


def orders(count: int) -> list[OrderRecord]:
    return [order(number) for number in range(1, count + 1)]


def told(letter: NewLetter) -> dict[str, Any]:
    """All of a letter but the random signs of its Message-ID, and what follows from them."""
    parsed = message_from_bytes(letter.octets, policy=default)
    parts = [part.get_content() for part in parsed.walk() if not part.is_multipart()]
    return vars(letter) | {"octets": parts, "message_id": letter.message_id.partition("@")[0][:-6]}


def test_children_write_the_same_letters(writing: Writing, children: ReaderPool) -> None:
    many = orders(25)
    here, there = (word_clean(writing, ORDERED, many, who) for who in (None, children))
    assert [list(map(told, pair)) for pair in there.values()] == [list(map(told, pair)) for pair in here.values()]
    assert list(there) == list(range(1, 26))
    assert {letter.purpose for letter in there[25]} == {"work_order", "acknowledgement"}


def test_an_order_that_cannot_be_worded_is_left_out_alone(writing: Writing, children: ReaderPool) -> None:
    many = orders(12)
    many[3] = order(4, shipper_address="two@shipper.example, three@shipper.example")
    assert set(word_clean(writing, ORDERED, many, children)) == set(range(1, 13)) - {4}


class Absent:
    """Children of whom none comes back."""

    def __init__(self) -> None:
        self.jobs = 0

    def work(self, _task: Any, jobs: Any) -> list[Any]:
        self.jobs += len(jobs)
        return [Failure("killed") for _ in jobs]


def test_what_no_child_brings_back_is_left_to_the_transaction(writing: Writing) -> None:
    absent = Absent()
    assert word_clean(writing, ORDERED, orders(12), absent) == {}
    assert absent.jobs == 2


def test_a_few_orders_are_worded_here(writing: Writing) -> None:
    absent = Absent()
    assert len(word_clean(writing, ORDERED, orders(FEW), absent)) == FEW
    assert absent.jobs == 0
