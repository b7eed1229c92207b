"""The way on the order page, the call sheets of its tasks, the receipts: what they show and what they do."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from followup import apitokens
from followup.agenda import TaskKind
from followup.console.app import create_app
from followup.console.words import knows
from followup.tables_journey import Batch
from tests.followup.console.conftest import BASE, CSRF, Browser
from tests.journeyworld import JourneyWorld, until

Open = Callable[[JourneyWorld], Browser]


@pytest.fixture
def visit(tmp_path: Path) -> Iterator[Callable[[TaskKind], tuple[JourneyWorld, Browser]]]:
    """A world in which a task of that kind is open, and li at the desk."""
    worlds: list[JourneyWorld] = []

    def enter(kind: TaskKind) -> tuple[JourneyWorld, Browser]:
        world = until(kind, tmp_path)
        worlds.append(world)
        desk = world.desk
        app = create_app(desk.database, lambda: desk.company, desk.settings, desk.clock)
        client = TestClient(app, base_url=BASE, follow_redirects=False, raise_server_exceptions=False)
        client.cookies.set("consign", desk.token("li"))
        found = CSRF.search(client.get("/me").text)
        assert found
        return world, Browser(client, found[1])

    yield enter
    for world in worlds:
        world.close()


Visit = Callable[[TaskKind], tuple[JourneyWorld, Browser]]
NEW = (
    TaskKind.ARRANGE_DELIVERY,
    TaskKind.COORDINATE_DESTINATION,
    TaskKind.CHECK_ARRIVAL,
    TaskKind.CHECK_SIGNED,
    TaskKind.CHASE_RECEIPT,
    TaskKind.SATISFACTION_CALL,
    TaskKind.WATCH_TRANSFER,
    TaskKind.HAND_RECEIPT,
)


@pytest.mark.parametrize("kind", NEW)
def test_each_call_has_its_script_its_way_and_its_keys(visit: Visit, kind: TaskKind) -> None:
    world, browser = visit(kind)
    task = world.task(kind)
    assert knows(f"script_{kind}")
    browser.post(f"/tasks/{task.id}/take")
    page = browser.get(f"/tasks/{task.id}").text
    assert 'class="script"' in page
    assert "$" not in page.partition('class="script"')[2].partition("</p>")[0]
    assert 'class="line"' in page
    assert 'data-key="1"' in page


def test_a_signing_is_said_with_its_checklist_and_fails_in_words(visit: Visit) -> None:
    world, browser = visit(TaskKind.CHECK_SIGNED)
    task = world.task("check_signed")
    browser.post(f"/tasks/{task.id}/take")
    page = browser.get(f"/tasks/{task.id}").text
    assert page.count('type="checkbox"') == 5
    said = {"outcome": "signed", "signer": "李小明", "document": "yes", "time": "11:00"}
    assert browser.post(f"/tasks/{task.id}/say", said).status_code == 303
    world.wait(seconds=11)
    from followup import lastword

    lastword.settle(world.desk.database, world.desk.company, world.now)
    assert world.shipment.stage == "arrived"
    order = browser.get(f"/orders/{world.number}").text
    assert "签收人与运单姓名不一致" in order


def test_what_cannot_be_is_refused_on_the_sheet_and_what_was_typed_stays(visit: Visit) -> None:
    world, browser = visit(TaskKind.CHECK_ARRIVAL)
    task = world.task("check_arrival")
    browser.post(f"/tasks/{task.id}/take")
    answer = browser.post(f"/tasks/{task.id}/say", {"outcome": "arrived", "time": "11-20 08:00", "station": "杭州东站"})
    assert answer.status_code == 422
    assert "早于提货" in answer.text
    assert 'value="杭州东站"' in answer.text


def test_a_move_is_told_on_the_order_page(visit: Visit) -> None:
    world, browser = visit(TaskKind.CHECK_ARRIVAL)
    world.wait(minutes=20)
    path = f"/orders/{world.number}"
    assert browser.post(f"{path}/move", {"move": "arrived", "station": "杭州东站", "pieces": "10"}).status_code == 303
    page = browser.get(path).text
    assert "杭州东站" in page
    assert '<li class="now" aria-current="step"><span class="visually-hidden">现在： </span><b>已到站</b>' in page
    refused = browser.post(f"{path}/move", {"move": "arrived"})
    assert refused.status_code == 422
    assert "可以记" in refused.text
    assert browser.post(f"{path}/move", {"move": "delayed", "time": "明天10点"}).status_code == 422
    assert browser.post(f"{path}/move", {"move": "closed"}).status_code == 422
    assert browser.post("/orders/20990101-0001/move", {"move": "arrived"}).status_code == 404


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"move": "delayed"}, "还需要"),
        ({"move": "lost"}, "还需要"),
        ({"move": "delayed", "time": "改天"}, "没看懂"),
        ({"move": "arrived", "pieces": "很多"}, "没看懂"),
        ({"move": "signed", "time": "10:00"}, "还需要"),
    ],
)
def test_a_move_that_lacks_what_it_needs_says_so(visit: Visit, said: dict[str, str], words: str) -> None:
    world, browser = visit(TaskKind.CHECK_ARRIVAL)
    answer = browser.post(f"/orders/{world.number}/move", said)
    assert answer.status_code == 422
    assert words in answer.text
    assert world.shipment.stage == "picked_up"


def test_a_note_stands_in_the_timeline(visit: Visit) -> None:
    world, browser = visit(TaskKind.CHECK_ARRIVAL)
    assert browser.post(f"/orders/{world.number}/note", {"words": "到站说周五<b>缺人</b>"}).status_code == 303
    page = browser.get(f"/orders/{world.number}").text
    assert "到站说周五&lt;b&gt;缺人&lt;/b&gt;" in page
    assert world.events("noted") == [{"words": "到站说周五<b>缺人</b>"}]


def test_receipts_are_stepped_by_scanning_and_each_trouble_is_told(visit: Visit) -> None:
    world, browser = visit(TaskKind.CHASE_RECEIPT)
    page = browser.get("/receipts").text
    assert "杭州市" in page
    assert world.number in page
    scan = f"{world.number}\n20990101-0001；{world.number}"
    answer = browser.post("/receipts/step", {"numbers": scan, "step": "received", "copies": "2"})
    assert answer.status_code == 422
    assert "没有订单 20990101-0001" in answer.text
    assert "已记录 1 份" in answer.text
    receipt = world.receipt
    assert receipt is not None
    assert (receipt.state, receipt.received_by) == ("received", "li")
    for step in ("checked", "handed"):
        said = {"numbers": world.number, "step": step, "to": "结算", "copies": "2"}
        assert browser.post("/receipts/step", said).status_code == 303
    assert world.shipment.stage == "closed"
    assert "没有未交付的回单" in browser.get("/receipts").text


def test_a_step_that_cannot_follow_is_told_in_words(visit: Visit) -> None:
    world, browser = visit(TaskKind.CHASE_RECEIPT)
    answer = browser.post("/receipts/step", {"numbers": world.number, "step": "handed"})
    assert answer.status_code == 422
    assert "回单现在是“待返”，不能记为“已交付”" in answer.text
    assert browser.post("/receipts/step", {"numbers": " ", "step": "sent"}).status_code == 422
    assert browser.post("/receipts/step", {"numbers": world.number, "step": "eaten"}).status_code == 422


@pytest.mark.parametrize(("view", "there"), [("all", True), ("overdue", False), ("with_us", False), ("nonsense", True)])
def test_the_views_of_the_receipts(visit: Visit, view: str, there: bool) -> None:
    world, browser = visit(TaskKind.CHASE_RECEIPT)
    assert (world.number in browser.get(f"/receipts?view={view}").text) is there
    world.wait(days=11)
    browser.client.cookies.set("consign", world.desk.token("li"))
    assert (world.number in browser.get("/receipts?view=overdue").text) is True


# -- the same for programs


def test_a_program_tells_a_move_and_is_told_what_is_possible(visit: Visit) -> None:
    world, browser = visit(TaskKind.CHECK_ARRIVAL)
    with world.desk.database.write() as session:
        token = apitokens.make_token(session, "li", "test", world.now)
    headers = {"authorization": f"Bearer {token}"}
    path = f"/api/v1/orders/{world.number}"

    def post(what: str, body: dict[str, object]) -> tuple[int, dict[str, Any]]:
        answer = browser.client.post(f"{path}/{what}", json=body, headers=headers)
        return answer.status_code, answer.json()

    world.wait(hours=20)
    said = {"move": "arrived", "at": world.now.isoformat(), "station": "杭州东站", "pieces": 10}
    status, told = post("moves", said)
    assert (status, told["stage"], told["name"]) == (200, "arrived", "已到站")
    assert set(told["possible"]) >= {"signed", "refused", "out_for_delivery"}
    assert [one["pieces"] for one in told["arrived"]] == [10]
    assert post("moves", said) == (200, told)  # told twice, it is no news
    assert len(world.events("arrived")) == 1
    assert post("moves", {"move": "arrived"})[0] == 200
    assert post("moves", {"move": "departed"})[0] == 409
    assert "signer" in post("moves", {"move": "signed"})[1]["error"]
    assert post("moves", {"move": "signed"})[0] == 422
    assert post("moves", {"move": "flown"})[0] == 422
    assert post("moves", {"move": "arrived", "at": "2026-11-25T08:00:00"})[0] == 422  # whose clock?
    assert post("receipt", {"step": "received"})[0] == 409  # none is wanted
    status, told = post("moves", {"move": "signed", "signer": "李晓明", "document": True})
    assert (status, told["stage"], told["closed_why"], told["possible"]) == (200, "closed", "done", [])
    assert browser.client.get(f"{path}/journey", headers=headers).json() == told
    assert browser.client.get("/api/v1/orders/20990101-0001/journey", headers=headers).status_code == 404
    table = browser.client.get("/api/v1/moves", headers=headers).json()
    assert table["delayed"] == {"from": ["picked_up", "in_transit"], "to": None, "needs": ["promised"]}
    with world.desk.database.read() as session:
        assert {one.told_by for one in session.query(Batch)} == {"api:li"}
