"""The desk of two companies: whose order it is can be seen, chosen and filtered by, and its own rules judge it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from config.company import Company
from config.dispatchers import Dispatchers
from dispatch.tables import Letter
from followup.agenda import TaskKind
from followup.tables import Task
from intake import register
from intake.tables import InboundMail
from tests.deskworld import LETTER_MAIL, DeskWorld, open_world, sample_company
from tests.followup.console.conftest import Browser
from tests.followup.console.test_orders import TYPED

Open = Callable[[str], Browser]
SUZHOU = "苏州某某物流"


@dataclass
class TwoCompanies(DeskWorld):
    """The sample company, and another one beside it with dispatchers of its own."""

    @cached_property
    def both(self) -> Company:
        first = sample_company()
        theirs = [replace(one, email=one.email.replace("dispatch-", "suzhou-")) for one in first.dispatchers]
        dispatchers = Dispatchers(theirs, first.timezone)
        second = replace(
            first, key="suzhou", name=SUZHOU, address="orders@suzhou.example", dispatchers=dispatchers, version="suzhou"
        )
        return replace(first, others=(second,))

    @property
    def company(self) -> Company:
        return self.both


@pytest.fixture
def world(tmp_path: Path) -> Iterator[DeskWorld]:
    made = open_world(tmp_path)
    yield TwoCompanies(made.database, made.clock, made.settings)
    made.database.close()


def entered(browser: Browser, company: str) -> str:
    """The number of an order that was typed for a company."""
    answer = browser.post("/phone", TYPED | {"company": company, "address": "qian@customer.example"})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).rpartition("/")[2]


def company_of(world: DeskWorld, number: str) -> str:
    with world.database.read() as session:
        found = register.by_number(session, number)
    assert found
    return found.company


def test_a_phone_order_is_entered_for_the_company_that_is_chosen(world: DeskWorld, browser: Open) -> None:
    li = browser("li")
    assert SUZHOU in li.get("/phone").text
    first, second = entered(li, "_"), entered(li, "suzhou")
    assert (company_of(world, first), company_of(world, second)) == ("", "suzhou")
    world.settle()
    with world.database.read() as session:
        letters: Any = session.execute(select(Letter.recipient, Letter.company, Letter.octets)).all()
    to_dispatchers = sorted(
        (one.recipient.partition("-")[0], one.company) for one in letters if "-sh-" in one.recipient
    )
    assert to_dispatchers == [("dispatch", ""), ("suzhou", "suzhou")]
    assert {b"orders@suzhou.example" in one.octets for one in letters if one.company} == {True}
    assert SUZHOU in li.get(f"/orders/{second}").text
    assert f'<span class="tag">{SUZHOU}</span>' not in li.get(f"/orders/{first}").text


def test_the_queue_is_filtered_by_company_and_remembers_it(world: DeskWorld, browser: Open) -> None:
    li = browser("li")
    first, second = entered(li, "_"), entered(li, "suzhou")
    world.settle()
    both = li.get("/?all=1").text
    assert first in both
    assert second in both
    only = li.get("/?company=suzhou").text
    assert first not in only
    assert second in only
    assert second in li.get("/").text
    assert first not in li.get("/").text
    assert second not in li.get("/?company=_").text


def test_an_outcome_is_judged_by_the_company_of_the_order(world: DeskWorld, browser: Open) -> None:
    """A change on the order page: the new revision is judged by the rules of the second company."""
    li = browser("li")
    number = entered(li, "suzhou")
    answer = li.post(f"/orders/{number}/change", {"f.cargo.pieces": "6", "confirmed": "1"})
    assert answer.status_code == 303, answer.text
    with world.database.read() as session:
        found = register.by_number(session, number)
    assert found
    assert (found.form.cargo.pieces, found.verdict.rules_version) == (6, "suzhou")


def test_a_mail_is_filed_as_an_order_of_the_company_whose_mailbox_it_came_by(world: DeskWorld, browser: Open) -> None:
    mail_id = world.mail_for_review(LETTER_MAIL)
    with world.database.write() as session:
        mail = session.get(InboundMail, mail_id)
        assert mail
        mail.company = "suzhou"
    li = browser("li")
    assert SUZHOU in li.get(f"/review/{mail_id}").text
    answer = li.post(f"/review/{mail_id}/file", TYPED | {"company": "suzhou", "address": "chen@somebody.example"})
    assert answer.status_code == 303, answer.text
    assert company_of(world, str(answer.headers["location"]).rpartition("/")[2]) == "suzhou"
    with world.database.read() as session:
        assert (
            session.scalars(select(Task.kind).where(Task.kind == TaskKind.REVIEW_MAIL, Task.state == "open")).all()
            == []
        )


def test_one_company_sees_nothing_of_all_this(tmp_path: Path, browser: Open, world: DeskWorld) -> None:
    assert isinstance(world, TwoCompanies)
    world.__dict__["both"] = sample_company()
    li = browser("li")
    assert 'name="company"' not in li.get("/").text
    assert 'name="company"' not in li.get("/phone").text
