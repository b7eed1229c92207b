import json
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from config.database import Database, open_database
from consign import schema
from consign.alarms import Alarm, Code
from consign.alerts import Alerts, NotPosted, Trouble, sentence, webhook
from consign.tables import Alert

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)

AWAY = Alarm(Code.MAILBOX_AWAY, values={"seconds": "180", "words": "timeout"})
SERVER = Alarm(Code.MAIL_SERVER_AWAY, values={"seconds": "120", "words": "refused"})


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'consign.db'}", lock_seconds=0.05)
    schema.upgrade(opened)
    yield opened
    opened.close()


class Wall:
    """A webhook that keeps what it is told, and refuses while it is `down`."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.down = False

    def __call__(self, words: Mapping[str, Any]) -> None:
        if self.down:
            raise NotPosted("down")
        self.said.append((words["consign"]["code"], words["consign"]["state"]))


def test_said_once_and_once_more_when_it_is_over(database: Database) -> None:
    wall = Wall()
    alerts = Alerts("host", wall)
    for second in range(3):
        alerts.look([AWAY], NOON + timedelta(seconds=second))
        alerts.say(database, NOON, float(second))
    for second in range(3):
        alerts.look([], NOON + timedelta(minutes=1))
        alerts.say(database, NOON, float(second))
    assert wall.said == [("mailbox_away", "on"), ("mailbox_away", "over")]
    assert alerts.troubles == []


def test_what_is_not_taken_is_said_again_after_pauses(database: Database) -> None:
    wall = Wall()
    wall.down = True
    alerts = Alerts("host", wall)
    alerts.look([AWAY], NOON)
    alerts.say(database, NOON, 0.0)
    wall.down = False
    alerts.say(database, NOON, 4.9)
    assert wall.said == []
    alerts.say(database, NOON, 5.0)
    assert wall.said == [("mailbox_away", "on")]


def test_a_restart_neither_repeats_nor_forgets(database: Database) -> None:
    wall = Wall()
    first = Alerts("host", wall)
    first.look([AWAY], NOON)
    first.say(database, NOON, 0.0)
    second = Alerts("host", wall)
    second.load(database)
    second.look([AWAY], NOON)
    second.say(database, NOON, 0.0)
    assert wall.said == [("mailbox_away", "on")]
    third = Alerts("host", wall)
    third.load(database)
    third.look([], NOON)
    third.say(database, NOON, 0.0)
    assert wall.said == [("mailbox_away", "on"), ("mailbox_away", "over")]
    with database.read() as session:
        row = session.scalars(select(Alert)).one()
        assert row.ended_at == NOON
        assert row.end_told_at == NOON


def test_another_host_has_its_own_alarms(database: Database) -> None:
    wall = Wall()
    first = Alerts("here", wall)
    first.look([AWAY], NOON)
    first.say(database, NOON, 0.0)
    other = Alerts("there", wall)
    other.load(database)
    other.look([], NOON)
    other.say(database, NOON, 0.0)
    assert wall.said == [("mailbox_away", "on")]


def test_said_while_the_database_is_locked_and_saved_afterwards(database: Database) -> None:
    wall = Wall()
    alerts = Alerts("host", wall)
    alerts.look([AWAY], NOON)
    with database.engine.connect() as locker, locker.begin():
        alerts.say(database, NOON, 0.0)
    assert wall.said == [("mailbox_away", "on")]
    with database.read() as session:
        assert session.scalars(select(Alert)).all() == []
    alerts.say(database, NOON, 1.0)
    with database.read() as session:
        assert session.scalars(select(Alert)).one().told_at == NOON


def test_by_mail_too_except_that_the_mail_server_is_away(database: Database) -> None:
    letters: list[tuple[str, bool]] = []

    def write(_session: Any, _host: str, trouble: Trouble, over: bool) -> None:
        letters.append((trouble.alarm.code.value, over))

    alerts = Alerts("host", None, write)
    alerts.look([AWAY, SERVER], NOON)
    alerts.say(database, NOON, 0.0)
    alerts.look([], NOON)
    alerts.say(database, NOON, 1.0)
    assert letters == [("mailbox_away", False), ("mailbox_away", True), ("mail_server_away", True)]


@pytest.mark.parametrize("code", list(Code))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_alarm_has_its_sentence(code: Code, language: str) -> None:
    names = ("mailbox", "seconds", "words", "megabytes", "server", "until", "count", "first", "sender")
    trouble = Trouble(Alarm(code, values=dict.fromkeys(names, "x")), NOON)
    assert "$" not in sentence(trouble, language, over=False)
    assert sentence(trouble, language, over=True) != sentence(trouble, language, over=False)


@pytest.mark.parametrize(("status", "taken"), [(200, True), (500, False)])
def test_the_webhook_posts_what_a_group_robot_reads(status: int, taken: bool) -> None:
    bodies: list[dict[str, Any]] = []

    class Robot(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Robot) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        post = webhook(f"http://127.0.0.1:{server.server_address[1]}/")
        try:
            if taken:
                post({"msgtype": "text", "text": {"content": "收信邮箱"}})
            else:
                with pytest.raises(NotPosted):
                    post({"msgtype": "text", "text": {"content": "收信邮箱"}})
        finally:
            thread.join()
    assert bodies == [{"msgtype": "text", "text": {"content": "收信邮箱"}}]


def test_a_webhook_out_of_reach_is_not_posted() -> None:
    with pytest.raises(NotPosted):
        webhook("http://127.0.0.1:1/", patience=1.0)({})
