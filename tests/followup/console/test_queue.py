"""The queue and the call sheet, as an agent uses them."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from followup import lastword
from followup.console import kept
from followup.tables import Task
from tests.deskworld import DeskWorld
from tests.followup.console.conftest import Browser

Open = Callable[[str], Browser]


def tasks(world: DeskWorld, **wanted: object) -> list[Task]:
    with world.database.read() as session:
        return session.query(Task).filter_by(**wanted).order_by(Task.due_at, Task.id).all()


def seen(text: str) -> list[str]:
    """The order numbers of the rows, from top to bottom."""
    return re.findall(r'<a href="/orders/([0-9-]+)">', text)


def settle(world: DeskWorld) -> None:
    world.clock.advance(seconds=11)
    lastword.settle(world.database, world.company, world.clock())


def test_what_is_overdue_stands_on_top(browser: Open, numbers: dict[str, str]) -> None:
    text = browser("li").get("/").text
    assert seen(text)[0] == numbers["late"]
    assert text.index('class="phase overdue"') < text.index('class="phase now"')


def test_phones_are_masked_in_lists_for_those_who_need_not_see_them(browser: Open, numbers: dict[str, str]) -> None:
    for path in ("/", "/orders", "/search?q=王建国"):
        assert "13800138001" not in browser("li").get(path).text
        assert "13800138001" not in browser("root").get(path).text
        assert "138****8001" in browser("li").get(path).text
        assert "13800138001" in browser("zhao").get(path).text


def test_an_agent_sees_the_agents_queue_and_a_supervisor_all(world: DeskWorld, browser: Open) -> None:
    world.order()
    world.settle()
    (task,) = tasks(world)
    with world.database.write() as session:
        session.query(Task).update({"role": "supervisor"})
    assert not seen(browser("li").get("/").text)
    assert browser("li").get(f"/tasks/{task.id}").status_code == 403
    assert browser("li").post(f"/tasks/{task.id}/take").status_code == 403
    assert len(seen(browser("zhao").get("/").text)) == 1


def told(text: str) -> str:
    """The line that tells how many tasks there are."""
    found = re.search(r'<p class="soft" role="status">([^<]*)<', text)
    assert found
    return found.group(1)


@pytest.mark.parametrize(("longest", "is_kept"), [(5000, False), (1, True)])
def test_a_long_queue_is_counted_every_ten_seconds(
    world: DeskWorld, browser: Open, monkeypatch: pytest.MonkeyPatch, longest: int, is_kept: bool
) -> None:
    """Counting costs more than the page where there are many; the rows themselves are always those of now."""
    monkeypatch.setattr(kept, "LONG", longest)
    world.order()
    world.settle()
    before = browser("li").get("/").text
    world.order()
    world.settle()
    after = browser("li").get("/").text
    assert len(seen(after)) == 2
    assert (told(after) == told(before)) is is_kept
    world.clock.advance(seconds=10)
    assert told(browser("li").get("/").text) != told(before)


@pytest.mark.parametrize(("longest", "shown"), [(5000, 2), (1, 1)])
def test_the_wall_counts_a_long_queue_every_ten_seconds(
    world: DeskWorld, browser: Open, monkeypatch: pytest.MonkeyPatch, longest: int, shown: int
) -> None:
    monkeypatch.setattr(kept, "LONG", longest)
    world.order()
    world.settle()
    assert open_tasks(browser("li").get("/wall").text) == 1
    world.order()
    world.settle()
    assert open_tasks(browser("li").get("/wall").text) == shown
    world.clock.advance(seconds=10)
    assert open_tasks(browser("li").get("/wall").text) == 2


def open_tasks(wall: str) -> int:
    """The second of the large plain figures of the wall board."""
    _under_way, open_, _overdue = re.findall(r'<div class="big">(\d+)</div>', wall)
    return int(open_)


def test_filters_narrow_the_queue_and_are_remembered(browser: Open, numbers: dict[str, str]) -> None:
    visitor = browser("li")
    assert seen(visitor.get("/?kind=verify_pickup&zone=suburban").text) == [numbers["heavy"]]
    assert seen(visitor.get("/").text) == [numbers["heavy"]]
    assert len(seen(visitor.get("/?kind=&zone=&dispatcher=&mine=").text)) > 3
    assert not seen(visitor.get("/?mine=1").text)
    visitor.client.cookies.set("consign-filter", "{broken", domain="127.0.0.1")
    assert visitor.get("/").status_code == 200


def test_opening_leases_and_a_colleague_is_told(world: DeskWorld, browser: Open, numbers: dict[str, str]) -> None:
    task = tasks(world, kind="verify_pickup")[0]
    li, chen = browser("li"), browser("chen")
    assert li.post(f"/tasks/{task.id}/take").headers["location"] == f"/tasks/{task.id}"
    assert chen.post(f"/tasks/{task.id}/take").status_code == 409
    assert "li" in chen.get(f"/tasks/{task.id}").text
    assert chen.post(f"/tasks/{task.id}/say", {"outcome": "picked_up"}).status_code == 409
    assert chen.post(f"/tasks/{task.id}/take", {"from_colleague": "1"}).status_code == 409
    assert browser("zhao").post(f"/tasks/{task.id}/take", {"from_colleague": "1"}).status_code == 303
    assert tasks(world, id=task.id)[0].holder == "zhao"


def test_a_silent_holder_loses_the_task_and_a_key_gives_it_back(
    world: DeskWorld, browser: Open, numbers: dict[str, str]
) -> None:
    task = tasks(world, kind="verify_pickup")[0]
    li, chen = browser("li"), browser("chen")
    li.post(f"/tasks/{task.id}/take")
    world.clock.advance(minutes=9)
    assert li.post(f"/tasks/{task.id}/keep").status_code == 204
    world.clock.advance(minutes=9)
    assert chen.post(f"/tasks/{task.id}/take").status_code == 409
    world.clock.advance(minutes=2)
    assert chen.post(f"/tasks/{task.id}/take").status_code == 303
    assert li.post(f"/tasks/{task.id}/keep").status_code == 409
    chen.post(f"/tasks/{task.id}/return")
    assert tasks(world, id=task.id)[0].holder is None


def test_the_sheet_shows_whom_to_call_and_everything_for_it(
    world: DeskWorld, browser: Open, numbers: dict[str, str]
) -> None:
    task = tasks(world, kind="verify_pickup")[1]
    visitor = browser("li")
    visitor.post(f"/tasks/{task.id}/take")
    text = html.unescape(visitor.get(f"/tasks/{task.id}").text)
    assert f'href="tel:{task.phone}"' in text
    for words in (numbers["now"], "南京西路1号", "500 公斤", "今天 15:00", "当天 15:00 前提货", "正常"):
        assert words in text


def test_not_yet_needs_a_time_and_keeps_what_was_typed(
    world: DeskWorld, browser: Open, numbers: dict[str, str]
) -> None:
    task = tasks(world, kind="verify_pickup")[0]
    visitor = browser("li")
    visitor.post(f"/tasks/{task.id}/take")
    for time in ("", "随便"):
        answer = visitor.post(f"/tasks/{task.id}/say", {"outcome": "not_yet", "time": time, "note": "在装货"})
        assert answer.status_code == 422
        assert "在装货" in answer.text
    answer = visitor.post(f"/tasks/{task.id}/say", {"outcome": "not_yet", "time": "16:00", "note": "在装货"})
    assert answer.status_code == 303
    settle(world)
    later = tasks(world, id=task.id)[0]
    local = later.due_at.astimezone(world.settings.zone_info)
    assert (local.hour, local.minute, later.holder, later.state) == (16, 0, None, "open")


def test_the_next_task_follows_and_the_outcome_can_be_taken_back(
    world: DeskWorld, browser: Open, numbers: dict[str, str]
) -> None:
    visitor = browser("li")
    first = visitor.post("/next").headers["location"]
    second = visitor.post(f"{first}/say", {"outcome": "problem", "note": "车坏了"}).headers["location"]
    assert second != first
    page = visitor.get(second).text
    assert f'action="{first}/undo"' in page
    back = visitor.post(f"{first}/undo")
    assert back.status_code == 200
    assert "车坏了" in back.text
    settle(world)
    assert tasks(world, id=int(first.split("/")[-1]))[0].state == "open"
    assert visitor.post(f"{first}/undo").status_code == 409


def test_after_ten_seconds_nothing_can_be_taken_back(world: DeskWorld, browser: Open, numbers: dict[str, str]) -> None:
    visitor = browser("li")
    first = visitor.post("/next").headers["location"]
    visitor.post(f"{first}/say", {"outcome": "picked_up"})
    settle(world)
    answer = visitor.post(f"{first}/undo")
    assert answer.status_code == 409
    assert tasks(world, id=int(first.split("/")[-1]))[0].outcome == "picked_up"


def test_a_task_whose_outcome_was_given_is_gone_from_every_queue(
    world: DeskWorld, browser: Open, numbers: dict[str, str]
) -> None:
    visitor = browser("li")
    first = visitor.post("/next").headers["location"]
    visitor.post(f"{first}/say", {"outcome": "picked_up"})
    assert numbers["late"] not in seen(browser("chen").get("/").text)


def test_picked_up_at_a_time_of_day_means_the_last_one(
    world: DeskWorld, browser: Open, numbers: dict[str, str]
) -> None:
    task = tasks(world, kind="verify_pickup")[0]
    visitor = browser("li")
    visitor.post(f"/tasks/{task.id}/take")
    visitor.post(f"/tasks/{task.id}/say", {"outcome": "picked_up", "time": "11:20", "driver": "王师傅"})
    settle(world)
    with world.database.read() as session:
        from followup.casebook import shipment

        found = shipment(session, task.order_id or 0)
    assert found
    assert found.picked_up_at == world.clock().replace(hour=3, minute=20, second=0)
    assert found.driver == "王师傅"


def test_calling_later_puts_the_task_off(world: DeskWorld, browser: Open, numbers: dict[str, str]) -> None:
    task = tasks(world, kind="verify_pickup")[0]
    visitor = browser("li")
    visitor.post(f"/tasks/{task.id}/take")
    assert visitor.post(f"/tasks/{task.id}/say", {"outcome": "put_off"}).status_code == 422
    assert visitor.post(f"/tasks/{task.id}/say", {"outcome": "put_off", "time": "30分钟后"}).status_code == 303
    assert tasks(world, id=task.id)[0].due_at == world.clock() + timedelta(minutes=30)


def test_completing_an_order_at_the_phone_gives_it_a_work_order(
    world: DeskWorld, browser: Open, numbers: dict[str, str]
) -> None:
    task = tasks(world, kind="complete_order")[0]
    visitor = browser("li")
    visitor.post(f"/tasks/{task.id}/take")
    assert visitor.post(f"/tasks/{task.id}/say", {"outcome": "completed"}).status_code == 422
    data = {"outcome": "completed", "f.consignee.phone": "0574-88886666", "f.cargo.weight": "500公斤"}
    assert visitor.post(f"/tasks/{task.id}/say", data).status_code == 303
    settle(world)
    world.settle()
    page = visitor.get(f"/orders/{numbers['incomplete']}").text
    assert "state_accepted" not in page
    assert "已受理" in page
    assert "派车单" in page


@pytest.mark.parametrize(
    ("said", "told"), [("16:00", "今天 16:00"), ("明天10点", "明天 10:00"), ("30分钟后", "今天 12:30")]
)
def test_a_time_is_understood_while_it_is_typed(browser: Open, said: str, told: str) -> None:
    assert told in browser("li").get("/said-time", params={"time": said}).text


def test_english_is_one_button_away(browser: Open, numbers: dict[str, str]) -> None:
    visitor = browser("li")
    assert "队列" in visitor.get("/").text
    visitor.post("/language", {"language": "en", "next": "/"})
    text = visitor.get("/").text
    assert "Overdue" in text
    assert 'lang="en"' in text


def test_an_empty_queue_says_what_to_do(browser: Open) -> None:
    assert "新任务会自动出现" in browser("li").get("/").text
