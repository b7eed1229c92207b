"""Pages hear of changes, whoever made them; the server stops with streams open."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from followup import actions
from followup.console.app import create_app
from followup.console.pulse import Pulse, signature
from followup.console.server import ConsoleServer
from followup.tables import Task
from tests.deskworld import DeskWorld


@pytest.fixture
def task_id(world: DeskWorld) -> int:
    world.order()
    world.settle()
    with world.database.read() as session:
        return int(session.query(Task.id).scalar())


def test_the_signature_differs_when_a_lease_or_an_order_does(world: DeskWorld, task_id: int) -> None:
    seen = [signature(world.database), signature(world.database)]
    actions.take(world.database, task_id, "li", world.clock())
    seen.append(signature(world.database))
    world.order()
    seen.append(signature(world.database))
    assert seen[0] == seen[1]
    assert len(set(seen)) == 3


def test_a_change_wakes_every_listener_and_closing_ends_them(world: DeskWorld, task_id: int) -> None:
    async def scene() -> tuple[list[int], list[int]]:
        pulse = Pulse(world.database)
        heard: tuple[list[int], list[int]] = ([], [])
        first = asyncio.Event()

        async def listen(into: list[int]) -> None:
            async for count in pulse.changes():
                into.append(count)
                if all(heard):
                    first.set()

        listeners = [asyncio.create_task(listen(into)) for into in heard]
        beating = asyncio.create_task(pulse.run(lambda: None))
        await first.wait()
        while pulse.before is None:
            pulse.nudge()
            await asyncio.sleep(0)
        await asyncio.to_thread(actions.take, world.database, task_id, "li", world.clock())
        while not all(len(each) > 1 for each in heard):
            pulse.nudge()
            await asyncio.sleep(0)
        pulse.close()
        await asyncio.gather(beating, *listeners)
        return heard

    assert asyncio.run(scene()) == ([0, 1], [0, 1])


def test_the_pulse_goes_on_after_a_failure(world: DeskWorld) -> None:
    beats: list[int] = []

    async def scene() -> None:
        pulse = Pulse(world.database)

        def also() -> None:
            beats.append(1)
            if len(beats) == 1:
                raise RuntimeError("broken")
            pulse.closed.set()

        beating = asyncio.create_task(pulse.run(also))
        while not beating.done():
            pulse.nudge()
            await asyncio.sleep(0)

    asyncio.run(scene())
    assert len(beats) == 2


@pytest.fixture
def server(world: DeskWorld) -> Iterator[ConsoleServer]:
    app = create_app(world.database, lambda: world.company, world.settings, world.clock, demo_agent="demo")
    made = ConsoleServer(app, "127.0.0.1", 0)
    made.start()
    yield made
    made.stop()


def test_the_demo_agent_enters_by_the_printed_address(server: ConsoleServer) -> None:
    with httpx.Client(follow_redirects=True) as client:
        page = client.get(server.entry_url)
        assert page.url == server.url + "/"
        assert "演示客服" in page.text


def test_the_server_stops_while_streams_are_open(server: ConsoleServer) -> None:
    with httpx.Client(follow_redirects=True) as client:
        client.get(server.entry_url)
        with client.stream("GET", server.url + "/live") as stream:
            lines = stream.iter_lines()
            assert next(lines) == "event: changed"
            server.stop()
            assert not [line for line in lines if line.startswith("event")]
    assert server.thread
    assert not server.thread.is_alive()


def test_a_taken_address_is_said(server: ConsoleServer, world: DeskWorld, tmp_path: Path) -> None:
    other = ConsoleServer(server.app, "127.0.0.1", server.port)
    with pytest.raises(OSError, match="in use"):
        other.start()
