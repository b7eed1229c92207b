"""What a database cannot hold is refused at the door of the desk, in the same words from both databases."""

from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest

from config.database import Database
from followup import apitokens
from followup.console.unwritable import texts_in, unwritable
from intake import register
from tests.deskworld import Clock, DeskWorld
from tests.followup.console.conftest import Browser, browsers
from tests.followup.console.test_orders import TYPED

Open = Callable[[str], Browser]
FIELDS = {name.removeprefix("f."): text for name, text in TYPED.items()}


@pytest.fixture
def world(database: Database) -> DeskWorld:
    made = DeskWorld(database, Clock())
    made.add_people()
    return made


@pytest.fixture
def browser(world: DeskWorld) -> Iterator[Open]:
    with browsers(world) as open_browser:
        yield open_browser


def orders(world: DeskWorld) -> int:
    with world.database.read() as session:
        return len(register.latest(session, 10))


@pytest.mark.parametrize("sign", ["\0", "\x08", "\x0c", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_what_no_database_or_sheet_holds_is_known(sign: str) -> None:
    assert unwritable(f"南京{sign}路")
    assert not unwritable("南京西路\t1266号\r\n🚚 𠮷野家\x7f\u200b\ufffd")
    assert any(map(unwritable, texts_in({"a": [{f"b{sign}": 1}, None, 2.5]})))
    assert any(map(unwritable, texts_in([["a", f"b{sign}"]])))


def test_no_form_of_the_desk(world: DeskWorld, browser: Open) -> None:
    visitor = browser("li")
    for field in ("f.remarks", "f.shipper.name", "f.pickup_address", "address"):
        assert visitor.post("/phone", TYPED | {field: "a\0b"}).status_code == 400
    assert orders(world) == 0
    assert visitor.post("/phone", TYPED | {"f.remarks": "上楼\r\n小心轻放"}).status_code == 303, "the very form passes"
    assert orders(world) == 1


def test_no_login_and_no_browser_that_names_itself_so(browser: Open) -> None:
    visitor = browser("")
    assert visitor.post("/login", {"name": "li\0", "password": "x"}).status_code == 400
    assert visitor.post("/login", {"name": "li", "password": "x\0"}).status_code == 400
    assert visitor.post("/login", {"name": "li", "password": "x"}, headers={"user-agent": "a\0b"}).status_code == 400
    assert visitor.post("/login", {"name": "li", "password": "x"}).status_code == 401, "wrong, but a login"


@pytest.mark.parametrize(
    "path", ["/search?q={}", "/known?q={}", "/orders/{}", "/enter/{}", "/opinion/{}/x", "/?zone={}"]
)
def test_no_address(browser: Open, path: str) -> None:
    visitor = browser("li")
    assert visitor.get(path.format("a%00b")).status_code == 400
    assert visitor.get(path.format(quote("南京"))).status_code in (200, 303, 403, 404)


def test_no_body_of_the_json_interface(world: DeskWorld, browser: Open) -> None:
    with world.database.write() as session:
        token = apitokens.make_token(session, "li", "test", world.clock())
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    client = browser("").client

    def sent(path: str, body: str) -> int:
        answer = client.post("/api/v1" + path, content=body.encode(), headers=headers)
        return int(answer.status_code)

    for escape in (r"\u0000", r"\ud800", r"\u001b", r"\uffff"):
        for path, body in (
            ("/orders", '{"fields": {"remarks": "a%s"}}'),
            ("/orders", '{"fields": {}, "address": "a%s@shipper.example"}'),
            ("/quotes", '{"fields": {"re%smarks": "a"}}'),
            ("/tasks/1/outcome", '{"outcome": "done", "details": {"signer": "a%s"}}'),
            ("/tasks/1/outcome", '{"outcome": "done", "note": "a%s"}'),
            ("/orders/20261124-0001/moves", '{"move": "arrive", "station": "a%s"}'),
            ("/orders/20261124-0001/receipt", '{"step": "sent", "words": "a%s"}'),
        ):
            assert sent(path, body % escape) == 422, (path, escape)
    assert orders(world) == 0
