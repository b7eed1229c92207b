"""What the desk asks of the database: the same answers from both."""

import threading
from datetime import timedelta

import pytest

from config.database import Database
from config.settings import WebhookSettings
from followup import actions, apitokens, casebook, deskqueue, lastword, mailreview, ordersearch, people, wallboard
from followup.actions import Word
from followup.console.pulse import signature
from followup.console.robots import sayer
from followup.deskqueue import Phase, Wanted
from followup.people import LoginRefused, Role
from followup.pickupstate import PickupState
from followup.webhooks import Webhooks
from followup.webhookwords import Post
from intake import register
from tests.deskworld import LETTER_MAIL, PASSWORD, Clock, DeskWorld, populate

ALL = Wanted(("agent", "supervisor", "manager"))


@pytest.fixture
def world(database: Database) -> DeskWorld:
    made = DeskWorld(database, Clock())
    made.add_people()
    return made


def test_queue_and_filters(world: DeskWorld) -> None:
    numbers = populate(world)
    now = world.clock()
    with world.database.read() as session:
        rows = deskqueue.waiting(session, ALL, now)
        assert (rows[0].number, rows[0].phase(now)) == (numbers["late"], Phase.OVERDUE)
        assert rows[0].shipment
        only = Wanted(ALL.roles, kinds=("verify_pickup",), zones=("suburban",))
        assert [row.number for row in deskqueue.waiting(session, only, now)] == [numbers["heavy"]]
        offered = deskqueue.choices(session, ALL.roles)
        assert set(offered.zones) == {"outside", "suburban", "urban"}
        assert deskqueue.counts(session, ALL.roles, now)["overdue"] == 1
        assert deskqueue.next_task(session, ALL, "li", now) == rows[0].task.id


def test_one_of_many_wins_a_task(world: DeskWorld) -> None:
    world.order()
    world.settle()
    with world.database.read() as session:
        (row,) = deskqueue.waiting(session, ALL, world.clock())
    winners: list[str] = []
    start = threading.Barrier(8)

    def race(agent: str) -> None:
        start.wait()
        try:
            actions.take(world.database, row.task.id, agent, world.clock())
            winners.append(agent)
        except casebook.TaskTaken:
            pass

    threads = [threading.Thread(target=race, args=(f"agent{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(winners) == 1


def test_a_word_is_kept_taken_back_and_takes_effect(world: DeskWorld) -> None:
    world.order()
    world.settle()
    before = signature(world.database)
    with world.database.read() as session:
        (row,) = deskqueue.waiting(session, ALL, world.clock())
    lastword.say(world.database, row.task.id, Word("li", "picked_up", {"driver": "王师傅"}), world.clock())
    assert signature(world.database) != before
    with world.database.read() as session:
        assert deskqueue.waiting(session, ALL, world.clock()) == []
    assert lastword.take_back(world.database, row.task.id, "li", world.clock()) == {
        "outcome": "picked_up",
        "driver": "王师傅",
    }
    lastword.say(world.database, row.task.id, Word("li", "picked_up", {}), world.clock())
    world.clock.advance(seconds=11)
    assert lastword.settle(world.database, world.company, world.clock()) == 1
    with world.database.read() as session:
        assert casebook.task(session, row.task.id).outcome == "picked_up"  # type: ignore[union-attr]  # a None fails the test


def test_search(world: DeskWorld) -> None:
    numbers = populate(world)
    with world.database.read() as session:
        for text, shown in (
            ("漕溪北路", "late"),
            ("精工 南京", "heavy"),
            ("62345678", "heavy"),
            (numbers["now"], "now"),
        ):
            assert [order.number for order in ordersearch.search(session, text)] == [numbers[shown]]
        assert ordersearch.search(session, "没有") == []
        assert len(ordersearch.search(session, "20261124-")) == len(numbers)
        assert len(ordersearch.newest_of_callers(ordersearch.search(session, "周强"))) == 1


def test_wall(world: DeskWorld) -> None:
    populate(world)
    with world.database.read() as session:
        work = wallboard.workload(session, world.clock())
        board = wallboard.board(session, world.clock(), world.settings.zone_info)
    assert (board.promise.count, board.promise.broken, work.overdue) == (4, 0, 1)
    assert board.promise.median == pytest.approx(4.0)
    assert work.pickups["urban"][PickupState.NORMAL] == 3
    assert work.oldest_due == world.clock() - timedelta(hours=2) + timedelta(seconds=4)


def test_people(world: DeskWorld) -> None:
    database, now = world.database, world.clock()
    with database.write() as session:
        people.set_password(session, "li", PASSWORD, now, "test")
        with pytest.raises(people.NameTaken):
            people.add(session, "LI", Role.AGENT, PASSWORD, "", now, "test")
    token = people.login(database, "li", PASSWORD, "127.0.0.1", "test", now)
    idle, longest = timedelta(minutes=30), timedelta(hours=12)
    assert people.whoami(database, token, now, idle, longest).role is Role.AGENT  # type: ignore[union-attr]  # a None fails the test
    for _ in range(5):
        with pytest.raises(LoginRefused) as refused:
            people.login(database, "li", "wrong", "", "", now)
    assert refused.value.wait == timedelta(seconds=30)
    with database.write() as session:
        key = apitokens.make_token(session, "li", "test", now)
        people.disable(session, "li", now, "test")
    assert people.whoami(database, token, now, idle, longest) is None
    assert apitokens.by_token(database, key, now) is None


def test_review(world: DeskWorld) -> None:
    mail_id = world.mail_for_review(LETTER_MAIL)
    world.settle()
    with world.database.read() as session:
        assert [one.task is not None for one in mailreview.waiting(session)] == [True]
    texts = {
        "shipper.name": "陈大明",
        "shipper.phone": "13955556666",
        "pickup_address": "上海市嘉定区安亭镇曹安路5000号",
    }
    number = mailreview.file_as_order(
        world.database, world.company, mail_id, texts, "chen@somebody.example", "li", world.clock(), confirmed=False
    )
    with pytest.raises(mailreview.NotForReview):
        mailreview.ignore(world.database, mail_id, "", "li", world.clock())
    with world.database.read() as session:
        assert register.by_number(session, number).form.shipper.name == "陈大明"  # type: ignore[union-attr]  # a None fails the test
        assert mailreview.waiting(session) == []


def test_webhooks(world: DeskWorld) -> None:
    posts: list[Post] = []

    def send(post: Post) -> tuple[int, bytes]:
        posts.append(post)
        return (503, b"") if len(posts) == 1 else (204, b"")

    hook = WebhookSettings(name="erp", url="https://erp.example/", events=("decided",))
    hooks = Webhooks(world.database, (hook,), sayer(world.settings), send)
    hooks.turn(world.clock())
    world.order()
    assert hooks.turn(world.clock()) == 0
    assert hooks.turn(world.clock.advance(seconds=11)) == 1
    assert hooks.turn(world.clock.advance(days=1)) == 0
    assert len({post.body for post in posts}) == 1
