"""Several daemons on one PostgreSQL: one watches, a standby takes over; the server is restarted (rows 7, 31)."""

from collections.abc import Iterator

import pytest

from tests.faults.box import until
from tests.faults.installation import Installation
from tests.faults.postgres import Postgres, open_postgres
from tests.faults.scene import Loop, Scene

ORDERS = 4
TAKE_OVER = 30  # seconds until a standby watches the mailbox


@pytest.fixture
def server(loop: Loop) -> Iterator[Postgres]:
    """A PostgreSQL server that the test may stop and start, and cut off."""
    with open_postgres() as made:
        loop.run(made.proxy.start())
        yield made
        loop.run(made.proxy.stop())


@pytest.fixture
def shared(scene: Scene, server: Postgres) -> Iterator[tuple[Scene, Installation]]:
    """The scene's daemon and a second one beside it, over the proxy."""
    address = server.new_database()
    url = server.proxied(address)
    folder = scene.installation.folder
    scene.installation = Installation(folder, scene.box.port, scene.sink.port, scene.folder, url)
    second = Installation(folder, scene.box.port, scene.sink.port, scene.folder, url)
    second.log = folder / "second.log"
    scene.installation.looks_at = second.looks_at = address
    yield scene, second
    second.kill()
    scene.installation.kill()


def test_a_standby_takes_over_when_the_watcher_is_killed(shared: tuple[Scene, Installation]) -> None:
    scene, second = shared
    first = scene.installation
    first.start()
    first.until(first.has_started, 60, "the first daemon")
    second.start()
    second.until(second.has_started, 60, "the second daemon")
    scene.order(ORDERS)
    first.until(lambda: scene.answered() and scene.settled(), 60, "the first orders")
    first.kill()
    scene.installation = second
    scene.order(ORDERS)
    second.until(lambda: second.count("orders") == 2 * ORDERS, TAKE_OVER, "the standby watches the mailbox")
    scene.finish()
    scene.check_rows()
    assert scene.verdict().sound(1), scene.verdict()


def test_the_server_is_restarted_under_load(shared: tuple[Scene, Installation], server: Postgres) -> None:
    scene, second = shared
    scene.installation.start()
    second.start()
    scene.order(ORDERS)
    until(lambda: scene.has_delivered(2), 60, "letters go out")
    server.stop("fast")
    scene.order(ORDERS)
    server.start()
    until(scene.finished, 90, "all orders answered")
    assert scene.installation.running
    assert second.running
    assert second.stop() == 0
    scene.finish()
    scene.check_rows()
    assert scene.verdict().sound(2), scene.verdict()


def test_the_server_is_cut_off_under_load(shared: tuple[Scene, Installation], server: Postgres) -> None:
    """Nothing passes, then every link breaks: a commit may lie on either side. It is looked up, and made but once."""
    scene, second = shared
    scene.installation.start()
    second.start()
    scene.order(ORDERS)
    until(lambda: scene.has_delivered(2), 60, "letters go out")
    server.proxy.cut = True
    scene.order(ORDERS)
    server.proxy.reset_all()
    until(lambda: "database_trouble" in scene.installation.tail(200), 60, "the cut is felt")
    server.proxy.cut = False
    until(scene.finished, 90, "all orders answered")
    assert scene.installation.running
    assert second.running
    assert second.stop() == 0
    scene.finish()
    scene.check_rows()
    assert scene.verdict().sound(4), scene.verdict()
