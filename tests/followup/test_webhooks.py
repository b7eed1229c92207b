"""Events are posted from rows: signed, once each, again until taken, and never with anything about a person."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from config.settings import Settings, WebhookSettings
from followup.console.robots import sayer
from followup.tables_webhooks import WebhookPost
from followup.webhooks import Webhooks, send
from followup.webhookwords import Post, post_for, signature, taken
from intake.tables import Event
from tests.deskworld import NOON, DeskWorld, open_world


class Receiver:
    """An HTTP server that keeps what it gets and answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status, self.answer, self.location = 200, b"{}", ""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append(({key.lower(): value for key, value in self.headers.items()}, body))
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("location", receiver.location)
                self.send_header("content-length", str(len(receiver.answer)))
                self.end_headers()
                self.wfile.write(receiver.answer)

            def log_message(self, *_: object) -> None:
                """Nothing is written to the terminal."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[DeskWorld]:
    made = open_world(tmp_path)
    yield made
    made.database.close()


def hooks(world: DeskWorld, url: str, **more: object) -> Webhooks:
    hook = WebhookSettings.model_validate({"name": "erp", "url": url, "secret": "key"} | more)
    return Webhooks(world.database, (hook,), sayer(world.settings), send)


def test_an_event_is_posted_once_and_signed(world: DeskWorld, receiver: Receiver) -> None:
    world.order()
    world.settle()
    made = hooks(world, receiver.url)
    assert made.turn(world.clock()) == 0  # nothing from before it was set up
    number = world.order(destination="宁波")
    world.settle()
    while made.turn(world.clock()):
        pass
    told = [json.loads(body) for _, body in receiver.got]
    assert sorted(each["kind"] for each in told) == ["decided", "task_opened", "work_order_sent"]
    assert told[0]["order"] == number
    assert len({each["id"] for each in told}) == len(told)
    headers, body = receiver.got[0]
    seconds, _, digest = headers["x-consign-signature"].partition(",v1=")
    expected = hmac.new(b"key", seconds.removeprefix("t=").encode() + b"." + body, hashlib.sha256).hexdigest()
    assert digest == expected


def test_nothing_about_a_person_leaves(world: DeskWorld, receiver: Receiver) -> None:
    events = ("decided", "letter_written", "letter_sent", "work_order_sent", "task_opened", "task_attempted")
    for form in ("json", "wecom"):
        made = hooks(world, receiver.url, form=form, events=events)
        made.turn(world.clock())
        world.order()
        world.settle()
        made.turn(world.clock())
    text = b"".join(body for _, body in receiver.got).decode()
    assert text
    for word in ("13800138001", "13900139002", "王建国", "李晓明", "shipper.example", "南京西路", "dispatch-"):
        assert word not in text


def test_what_is_not_taken_is_posted_again_with_longer_pauses_and_given_up_after_a_day(
    world: DeskWorld, receiver: Receiver
) -> None:
    made = hooks(world, receiver.url, events=("decided",))
    made.turn(world.clock())
    world.order()
    receiver.status = 503
    pauses = []
    for _ in range(30):
        before = len(receiver.got)
        made.turn(world.clock())
        assert len(receiver.got) <= before + 1
        with world.database.read() as session:
            (row,) = session.query(WebhookPost)
        if row.state != "open":
            break
        pauses.append((row.due_at - world.clock()).total_seconds())
        made.turn(world.clock())  # not before its time
        assert len(receiver.got) == before + 1
        world.clock.now = row.due_at
    assert pauses[:6] == [10, 60, 300, 1800, 7200, 7200]
    assert row.state == "given_up"
    assert row.last_reply == "503 {}"


def test_a_second_try_succeeds_and_ends_it(world: DeskWorld, receiver: Receiver) -> None:
    made = hooks(world, receiver.url, events=("decided",))
    made.turn(world.clock())
    world.order()
    receiver.status = 500
    assert made.turn(world.clock()) == 0
    receiver.status = 204
    receiver.answer = b""
    assert made.turn(world.clock.advance(seconds=11)) == 1
    assert made.turn(world.clock.advance(hours=1)) == 0
    assert len(receiver.got) == 2


def test_nobody_answers_and_a_redirect_is_not_followed(world: DeskWorld, receiver: Receiver) -> None:
    receiver.status, receiver.location = 302, receiver.url
    assert send(Post(receiver.url, b"{}", {}))[0] == 302
    assert len(receiver.got) == 1
    address = receiver.url
    receiver.close()
    made = hooks(world, address, events=("decided",))
    made.turn(world.clock())
    world.order()
    assert made.turn(world.clock()) == 0
    with world.database.read() as session:
        assert "refused" in (session.query(WebhookPost).one().last_reply or "").lower()


def event() -> Event:
    return Event(id=7, kind="pickup_overdue", at=NOON, actor="consign", details={})


def test_robots_get_text_in_their_own_form_and_signature() -> None:
    text = sayer(Settings())(event(), "20261124-0001")
    assert text == "[沪杭第三方物流] 提货超时 20261124-0001 12:00"
    wecom = post_for("wecom", "https://x.example/?key=1", "", event(), "", text, NOON)
    assert json.loads(wecom.body) == {"msgtype": "text", "text": {"content": text}}
    ding = post_for("dingtalk", "https://x.example/?access_token=1", "SEC", event(), "", text, NOON)
    assert "&timestamp=1795492800000&sign=" in ding.url
    feishu = json.loads(post_for("feishu", "https://x.example/", "SEC", event(), "", text, NOON).body)
    assert (feishu["msg_type"], feishu["content"], feishu["timestamp"]) == ("text", {"text": text}, "1795492800")
    assert len(feishu["sign"]) == 44


@pytest.mark.parametrize(
    ("form", "status", "body", "well"),
    [
        ("json", 204, b"", True),
        ("json", 302, b"", False),
        ("wecom", 200, b'{"errcode":0,"errmsg":"ok"}', True),
        ("dingtalk", 200, b'{"errcode":310000,"errmsg":"sign not match"}', False),
        ("feishu", 200, b'{"code":0}', True),
        ("feishu", 200, b'{"code":19021}', False),
        ("wecom", 200, b"<html>", False),
        ("wecom", 500, b'{"errcode":0}', False),
    ],
)
def test_what_counts_as_taken(form: str, status: int, body: bytes, well: bool) -> None:
    assert taken(form, status, body) is well


def test_the_signature_covers_the_time() -> None:
    assert signature("k", "1", b"x") != signature("k", "2", b"x")


def test_a_key_is_read_from_its_file_and_a_wrong_setting_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from file\n", encoding="utf-8")
    hook = WebhookSettings(name="erp", url="https://x.example/", secret_file=tmp_path / "key")
    assert hook.key() == "from file"
    for wrong in ({"name": "ERP!"}, {"url": "ftp://x"}, {"form": "slack"}):
        with pytest.raises(ValueError, match="validation error"):
            WebhookSettings.model_validate({"name": "erp", "url": "https://x.example/"} | wrong)
