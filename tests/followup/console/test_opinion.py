"""The page behind the link of a delivery letter: no login, once, and for nobody who was not asked."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from followup import casebook
from followup.console.app import create_app
from followup.tables_journey import Satisfaction
from intake import register
from intake.tokens import opinion_token
from tests.deskworld import DeskWorld
from tests.followup.console.conftest import BASE, Browser

SECRET = b"secret of the tests"


@pytest.fixture
def visitor(world: DeskWorld) -> Iterator[Browser]:
    app = create_app(world.database, lambda: world.company, world.settings, world.clock, secret=SECRET)
    with TestClient(app, base_url=BASE, follow_redirects=False) as client:
        yield Browser(client)


@pytest.fixture
def path(world: DeskWorld) -> str:
    """The link of an order that was delivered a moment ago."""
    number = world.order()
    world.settle()
    with world.database.write() as session:
        order = register.by_number(session, number)
        assert order is not None
        shipment = casebook.shipment(session, order.id)
        assert shipment is not None
        shipment.signed_at = world.clock()
    return f"/opinion/{number}/{opinion_token(SECRET, number)}"


def scores(world: DeskWorld) -> list[tuple[int, str]]:
    with world.database.read() as session:
        return [(row.score, row.words) for row in session.scalars(select(Satisfaction))]


def test_a_customer_gives_a_score_without_a_login(world: DeskWorld, visitor: Browser, path: str) -> None:
    page = visitor.get(path)
    assert page.status_code == 200
    assert page.text.count('name="score"') == 5
    answer = visitor.post(path, {"score": "5", "words": "<b>很快</b>"})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert scores(world) == [(5, "<b>很快</b>")]
    assert "您打了 5 分" in visitor.get(path).text


def test_a_second_score_changes_nothing(world: DeskWorld, visitor: Browser, path: str) -> None:
    for score in ("4", "1"):
        assert visitor.post(path, {"score": score}).status_code == 303
    assert scores(world) == [(4, "")]


def test_a_wrong_link_shows_nothing_and_takes_nothing(world: DeskWorld, visitor: Browser, path: str) -> None:
    number = path.split("/")[2]
    for wrong in (path[:-1], path + "a", f"/opinion/{number}/{opinion_token(b'', number)}", "/opinion/x/é"):
        assert visitor.get(wrong).status_code == 404
        assert visitor.post(wrong, {"score": "1"}).status_code == 404
    assert scores(world) == []


@pytest.mark.parametrize("score", ["", "0", "6", "five"])
def test_what_is_no_score_is_refused_in_words(world: DeskWorld, visitor: Browser, path: str, score: str) -> None:
    answer = visitor.post(path, {"score": score})
    assert answer.status_code == 400
    assert "1 到 5" in answer.text
    assert scores(world) == []


def test_without_a_secret_there_are_no_links(world: DeskWorld, path: str) -> None:
    app = create_app(world.database, lambda: world.company, world.settings, world.clock)
    with TestClient(app, base_url=BASE, follow_redirects=False) as client:
        number = path.split("/")[2]
        assert client.get(f"/opinion/{number}/{opinion_token(b'', number)}").status_code == 404


def test_another_site_cannot_send_the_form(world: DeskWorld, visitor: Browser, path: str) -> None:
    answer = visitor.post(path, {"score": "1"}, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert scores(world) == []
