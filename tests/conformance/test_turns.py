"""Senders take turns: ten thousand mails of one hold up nobody else (RELIABILITY row 32); SQLite and PostgreSQL."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from config.database import Database
from intake import customerbook, mailbook, turns
from intake.customers import CustomerTerms
from intake.rawmail import Mark, RawMail
from intake.turns import Flood
from tests.builders import NOON, raw_mail

BATCH = 20
FLOOD, LI, WANG = "flood@bulk.example", "li@shipper.example", "wang@customer.example"


class Post:
    """Mails by their senders, kept in the sequence in which they are given."""

    def __init__(self, database: Database) -> None:
        self.database, self.uid, self.at = database, 0, NOON
        self.senders: dict[int, str] = {}

    def come(self, *senders: str) -> None:
        mails = [self._mail(sender) for sender in senders]
        with self.database.write() as session:
            mailbook.keep(self.database, session, "orders", mails, Mark(7, self.uid), self.at)
        self.senders |= {mail.uid: sender for mail, sender in zip(mails, senders, strict=True)}

    def _mail(self, sender: str) -> RawMail:
        self.uid += 1
        return replace(raw_mail(self.uid), octets=b"From: <%s>\r\nSubject: x\r\n\r\nx\r\n" % sender.encode())

    def read(self, limit: int = BATCH) -> list[str]:
        """Who is read next; the row of a mail has the number of its UID, for each is kept once."""
        with self.database.write() as session:
            claimed = mailbook.claim_waiting(self.database, session, "reader", self.at, limit)
        return [self.senders[mail.id] for mail in claimed]

    def deepest(self) -> Flood | None:
        with self.database.read() as session:
            return turns.deepest(session)


@pytest.fixture
def post(database: Database) -> Post:
    return Post(database)


def flood(post: Post, mails: int) -> None:
    for start in range(0, mails, 500):
        post.come(*[FLOOD] * min(500, mails - start))


def test_one_mail_behind_two_thousand_is_read_with_the_first(post: Post) -> None:
    flood(post, 2000)
    post.come(LI)
    assert LI in post.read()


def test_it_is_so_in_the_midst_of_a_flood_too(post: Post) -> None:
    flood(post, 300)
    for _ in range(5):
        assert set(post.read()) == {FLOOD}
    post.come(LI, *[FLOOD] * 100, LI)
    assert [post.read().count(LI), post.read().count(LI)] == [2, 0]


def test_within_a_sender_and_among_equals_the_oldest_goes_first(post: Post) -> None:
    post.come(LI, LI, LI)
    post.come(FLOOD)
    with post.database.write() as session:
        claimed = mailbook.claim_waiting(post.database, session, "reader", NOON, 4)
    assert [mail.id for mail in claimed] == [1, 4, 2, 3]


def test_in_a_turn_those_whom_we_know_go_before_strangers(post: Post) -> None:
    """A thousand subscriptions come from a thousand addresses: each is a sender of its own."""
    with post.database.write() as session:
        terms = CustomerTerms(key="wang", name="王记", addresses=[WANG], domains=["customer2.example"])
        customerbook.keep(post.database, session, [terms])
    post.come(*[f"news{number}@list.example" for number in range(200)], WANG, "zhao@customer2.example")
    assert post.read(2) == [WANG, "zhao@customer2.example"]


def test_a_mail_whose_reading_failed_waits_some_turns(post: Post) -> None:
    post.come(*[FLOOD] * 40)
    with post.database.write() as session:
        (failed,) = mailbook.claim_waiting(post.database, session, "reader", NOON, 1)
        mailbook.release(session, [failed.id])
        claimed = mailbook.claim_waiting(post.database, session, "reader", NOON, 20)
    assert [mail.id for mail in claimed].index(failed.id) == 9


def test_what_a_dead_daemon_had_in_hand_keeps_its_turn(post: Post) -> None:
    """Behind a flood it would else wait for the whole of it: the promise holds through a kill (G6)."""
    post.come(LI)
    flood(post, 100)
    assert LI in post.read(2)
    with post.database.write() as session:
        mailbook.release_readers(session, ["reader"])
    assert LI in post.read(2)


def test_the_turns_go_on_when_all_are_in_hand(post: Post) -> None:
    post.come(*[FLOOD] * 10)
    assert len(post.read()) == 10
    post.come(LI)
    post.at += timedelta(minutes=2)
    assert LI in post.read(2)


def test_the_deepest_sender_is_told(post: Post) -> None:
    assert post.deepest() is None
    post.come(LI, *[FLOOD] * 300, LI)
    assert post.deepest() == Flood(FLOOD, 300)
    post.read()
    found = post.deepest()
    assert found is not None
    assert found.sender == FLOOD
    assert 270 < found.mails < 300


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL chooses by its statistics
def test_the_question_costs_the_same_whatever_waits(post: Post) -> None:
    """No statement of keeping or claiming reads the rows that wait: each goes by an index that ends it early."""
    flood(post, 100)
    asked: list[tuple[str, Sequence[object]]] = []
    engine = post.database.engine
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    post.come(LI)
    post.read()
    selects = [each for each in asked if each[0].lstrip().startswith("SELECT") and "inbound_mail" in each[0]]
    assert len(selects) >= 3
    for statement, values in selects:
        with engine.connect() as connection:
            plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, tuple(values)).all()
        steps = " ".join(row[3] for row in plan)
        assert "USING INDEX ix_inbound_mail_" in steps or "COVERING INDEX ix_inbound_mail_" in steps
        assert "TEMP B-TREE" not in steps


@pytest.mark.parametrize(
    ("octets", "stream"),
    [
        (b"From: Li <li@A.example>\r\n\r\nx", "li@a.example"),
        (
            b"Subject: x\nFROM:\n =?utf-8?b?5p2O?=\n <li@a.example>\nTo: x@y.example\n\nFrom: other@b.example",
            "li@a.example",
        ),
        (b'From: "boss@good.example" <b@evil.example>\r\n\r\n', "b@evil.example"),
        (b"Subject: no sender\r\n\r\nFrom: li@a.example", ""),
        (b"From: nobody\r\n\r\n", ""),
        (b"", ""),
        (b"From: " + b"a" * 200_000, ""),
        (b"From: \xff\xfe@\xe4.example\r\n\r\n", "��@�.example"),
    ],
)
def test_whose_turn_it_takes(octets: bytes, stream: str) -> None:
    assert turns.stream_of(octets) == stream
