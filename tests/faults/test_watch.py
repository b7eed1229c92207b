"""The daemon tells the truth about itself: health page, alarms by a second channel, dead parts (G6, G19, row 42)."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from config.settings import DatabaseSettings, MailboxSettings, Settings, SmtpSettings
from consign.daemon import Daemon
from consign.parts import Part
from consign.process import watch_parts
from tests.faults.box import free_port
from tests.faults.installation import Installation
from tests.faults.proxy import Proxy
from tests.faults.scene import Loop, Scene


class Robot:
    """A webhook that keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        robot = self

        class Page(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                words = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                robot.said.append((words["consign"]["code"], words["consign"]["state"]))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def robot() -> Iterator[Robot]:
    made = Robot()
    yield made
    made.close()


def health(port: int) -> tuple[int, dict[str, Any]]:
    """Status and content of the health page; (0, {}) while it is not there yet."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)
    except urllib.error.URLError:
        return 0, {}


def test_a_mail_server_that_is_away_is_told_by_the_second_channel(scene: Scene, loop: Loop, robot: Robot) -> None:
    """G6: said once, and once more when it is over; the health page says so meanwhile."""
    proxy = Proxy(scene.sink.port, down=True)
    loop.run(proxy.start())
    before = scene.installation
    scene.installation = installation = Installation(before.folder, scene.box.port, proxy.port, scene.folder)
    port = free_port()
    scene.order()
    installation.start(
        {
            "CONSIGN_WATCH__WEBHOOK": robot.address,
            "CONSIGN_WATCH__HEALTH_PORT": str(port),
            "CONSIGN_LETTERS__ALERT_SECONDS": "2",
        }
    )
    installation.until(lambda: ("mail_server_away", "on") in robot.said, 60, "the alarm")
    status, told = health(port)
    assert status == 503
    assert "mail_server_away" in told["alarms"]
    assert told["last_poll"]
    assert told["findings"]["oldest_unsent_seconds"]["value"] > 0
    assert {part["alive"] for part in told["parts"].values()} == {True}
    proxy.down = False
    installation.until(lambda: ("mail_server_away", "over") in robot.said, 60, "the end of the alarm")
    scene.installation.until(scene.answered, 60, "the order")
    assert robot.said.count(("mail_server_away", "on")) == 1
    mailed = "letter WHERE state = 'sent' AND key LIKE 'alarm-mail_server_away-%-over/%'"
    installation.until(lambda: installation.count(mailed) == 1, 60, "the supervisor hears of it by mail, afterwards")
    installation.until(lambda: health(port)[0] == 200, 60, "all is well")
    installation.stop()
    loop.run(proxy.stop())


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon that was not started, but for its post office."""
    server: dict[str, Any] = {"host": "127.0.0.1", "port": 1, "tls": "none"}
    database = DatabaseSettings(url=f"sqlite:///{tmp_path / 'consign.db'}")
    made = Daemon(Settings(mailbox=MailboxSettings(**server), smtp=SmtpSettings(**server), database=database))
    made.postrooms = made._postrooms()
    yield made
    for postroom in made.postrooms:
        postroom.office.close()
    made.database.close()


def lively(part: Part, alive: threading.Event) -> Part:
    part.thread = threading.Thread(target=alive.wait)
    part.thread.start()
    return part


@pytest.fixture
def alive() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.parametrize(("silent", "fatal"), [(0.0, ""), (100.0, ""), (1000.0, "work has been silent")])
def test_a_part_that_is_silent_too_long_ends_the_process(
    silent: float, fatal: str, daemon: Daemon, alive: threading.Event
) -> None:
    daemon.crew.parts = [lively(Part("work", lambda _beat: None), alive)]
    daemon.crew.parts[0].last_beat = time.monotonic() - silent
    watch_parts(daemon)
    assert daemon.fatal.startswith(fatal)
    assert daemon.stop.is_set() is bool(fatal)


def test_a_part_that_died_ends_the_process(daemon: Daemon, alive: threading.Event) -> None:
    daemon.crew.parts = [part := lively(Part("post", lambda _beat: None), alive)]
    alive.set()
    assert part.thread is not None
    part.thread.join()
    watch_parts(daemon)
    assert daemon.fatal == "post has died"
    assert daemon.stop.is_set()
