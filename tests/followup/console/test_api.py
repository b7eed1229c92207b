"""The JSON interface: tokens, roles, the same rules as at the desk."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
import pytest

from config.settings import Settings
from followup import apitokens, people
from followup.console.apishapes import Sent
from followup.console.app import create_app
from followup.tables import Task
from tests.deskworld import DeskWorld, sample_company
from tests.followup.console.conftest import Browser
from tests.followup.console.test_orders import TYPED

Open = Callable[[str], Browser]
FIELDS = {name.removeprefix("f."): text for name, text in TYPED.items()}


@dataclass
class Program:
    """A program with the token of an agent; it has no cookie."""

    browser: Browser
    token: str

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return self.browser.client.request(method, "/api/v1" + path, json=body, headers=headers)


@pytest.fixture
def program(world: DeskWorld, browser: Open) -> Callable[[str], Program]:
    def made(name: str) -> Program:
        with world.database.write() as session:
            token = apitokens.make_token(session, name, "test", world.clock())
        return Program(browser(""), token)

    return made


def task_id(world: DeskWorld, **wanted: str) -> int:
    with world.database.read() as session:
        return session.query(Task).filter_by(**wanted).order_by(Task.id).first().id  # type: ignore[union-attr]  # a None fails the test


def test_without_a_token_nothing_is_told(browser: Open) -> None:
    visitor = browser("li")  # a cookie is no token
    for method, path in (("GET", "/orders"), ("GET", "/openapi.json"), ("GET", "/tasks"), ("GET", "/me")):
        answer = visitor.client.request(method, "/api/v1" + path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    assert visitor.client.post("/api/v1/quotes", json={"fields": {}}).status_code == 403  # no token, no origin


def test_every_route_is_described_and_needs_a_token(program: Callable[[str], Program]) -> None:
    schema = program("li").call("GET", "/openapi.json").json()
    stranger = program("li")
    stranger.token = "cgn_wrong"
    paths = schema["paths"]
    assert {"/api/v1/orders", "/api/v1/tasks/{task_id}/outcome", "/api/v1/quotes"} <= set(paths)
    assert all(path.startswith("/api/v1/") for path in paths)
    for path, methods in paths.items():
        for method, description in methods.items():
            assert description["security"]
            filled = path.removeprefix("/api/v1").replace("{task_id}", "1").replace("{number}", "20261124-0001")
            assert stranger.call(method.upper(), filled, {}).status_code == 401


def test_a_revoked_token_and_that_of_a_disabled_agent_open_nothing(
    world: DeskWorld, program: Callable[[str], Program]
) -> None:
    li, chen = program("li"), program("chen")
    assert li.call("GET", "/me").json() == {"name": "li", "role": "agent"}
    with world.database.write() as session:
        (token,) = apitokens.tokens_of(session, "li")
        assert token.used_at == world.clock()
        assert not apitokens.revoke_token(session, token.id, "chen", world.clock())
        assert apitokens.revoke_token(session, token.id, "li", world.clock())
        people.disable(session, "chen", world.clock(), "test")
    assert li.call("GET", "/me").status_code == 401
    assert chen.call("GET", "/me").status_code == 401


def test_a_quote_stores_nothing_and_an_order_becomes_one(world: DeskWorld, program: Callable[[str], Program]) -> None:
    li = program("li")
    quote = li.call("POST", "/quotes", {"fields": FIELDS}).json()
    assert (quote["verdict"], quote["zone"], quote["transfers"]) == ("accepted", "urban", 0)
    assert quote["total"] == str(sum((float(charge["amount"]) for charge in quote["charges"]), 0.0)) or quote["charges"]
    assert li.call("GET", "/orders").json() == []
    entered = li.call("POST", "/orders", {"fields": FIELDS, "address": "q@shipper.example"})
    assert entered.status_code == 201
    number = entered.json()["number"]
    world.settle()
    told = li.call("GET", f"/orders/{number}").json()
    assert told["order"]["channel"] == "api"
    assert {letter["purpose"] for letter in told["letters"]} == {"work_order", "acknowledgement"}
    assert [task["kind"] for task in told["tasks"]] == ["verify_pickup"]
    assert [order["number"] for order in li.call("GET", "/search?q=钱伟").json()] == [number]


def test_an_outcome_counts_at_once(
    world: DeskWorld, numbers: dict[str, str], program: Callable[[str], Program]
) -> None:
    li, chen = program("li"), program("chen")
    found = task_id(world, kind="verify_pickup")
    assert li.call("POST", f"/tasks/{found}/lease").json()["holder"] == "li"
    assert chen.call("POST", f"/tasks/{found}/lease").status_code == 409
    assert li.call("POST", f"/tasks/{found}/outcome", {"outcome": "not_yet"}).status_code == 422
    assert li.call("POST", f"/tasks/{found}/outcome", {"outcome": "not_yet", "time": "?"}).status_code == 422
    later = li.call("POST", f"/tasks/{found}/outcome", {"outcome": "not_yet", "time": "16:00"}).json()
    assert (later["state"], later["due_at"]) == ("open", "2026-11-24T08:00:00Z")
    done = li.call("POST", f"/tasks/{found}/outcome", {"outcome": "picked_up", "details": {"driver": "王师傅"}}).json()
    assert (done["state"], done["outcome"]) == ("closed", "picked_up")


def test_what_is_not_there_or_not_known_is_said(numbers: dict[str, str], program: Callable[[str], Program]) -> None:
    li = program("li")
    assert li.call("GET", "/orders/20990101-0001").status_code == 404
    assert li.call("GET", "/tasks/999").status_code == 404
    assert li.call("POST", "/orders", {"fields": {"colour": "red"}}).status_code == 422
    refused = li.call("POST", "/orders", {"fields": {}, "colour": "red 13800138001"})
    assert refused.status_code == 422
    assert "13800138001" not in refused.text
    assert len(li.call("GET", "/tasks?kind=verify_pickup").json()) == 4


def test_whatever_takes_a_body_refuses_characters_that_nothing_can_hold() -> None:
    app = create_app(None, sample_company, Settings(), lambda: None)  # type: ignore[arg-type, return-value]  # only its routes are asked
    methods = [method for path in app.openapi()["paths"].values() for method in path.values()]
    told = [method["requestBody"]["content"].get("application/json") for method in methods if "requestBody" in method]
    bodies = {body["schema"]["$ref"].rpartition("/")[2] for body in told if body}
    assert (
        bodies == {kind.__name__ for kind in Sent.__subclasses__()} >= {"OrderIn", "OutcomeIn", "MoveIn", "ReceiptIn"}
    )
