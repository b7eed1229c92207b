"""What the desk and the commands write to their logs names nobody (RELIABILITY §8), whatever people type and ask."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
import structlog
from click.testing import CliRunner, Result
from sqlalchemy import update

from config.database import open_database
from consign import schema
from consign.cli import main
from consign.logs import set_up_logs
from followup import lastword
from followup.console.app import create_app
from followup.console.server import ConsoleServer
from followup.tables import Task
from intake.tokens import opinion_token
from tests.deskworld import Clock, DeskWorld
from tests.followup.console.conftest import CSRF
from tests.followup.console.test_orders import TYPED

PLANTED = ("13800138001", "13900139002", "王建国", "李晓明", "南京西路", "qian.jun@", "很慢的司机")
ORDER = TYPED | {
    "f.shipper.name": "王建国",
    "f.shipper.phone": "13800138001",
    "f.consignee.name": "李晓明",
    "f.consignee.phone": "13900139002",
    "address": "qian.jun@shipper.example",
}
SECRET = b"secret of the tests"


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that goes to standard error, logs as `consign run` sets them up; other tests find them as they were."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    set_up_logs("json")
    structlog.configure(cache_logger_on_first_use=False)  # the loggers of the modules outlive this test
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[DeskWorld]:
    database = open_database(f"sqlite:///{tmp_path / 'consign.db'}")
    schema.upgrade(database)
    made = DeskWorld(database, Clock())
    made.add_people()
    yield made
    database.close()


@pytest.fixture
def visitor(world: DeskWorld, logged: io.StringIO) -> Iterator[httpx.Client]:
    """A supervisor's browser at the desk as it is really served."""
    app = create_app(world.database, lambda: world.company, world.settings, world.clock, secret=SECRET)
    server = ConsoleServer(app, "127.0.0.1", 0)
    url = server.start()
    with httpx.Client(base_url=url, headers={"origin": url}, cookies={"consign": world.token("zhao")}) as client:
        yield client
    server.stop()


def post(visitor: httpx.Client, path: str, form: dict[str, str]) -> httpx.Response:
    found = CSRF.search(visitor.get("/me").text)
    assert found
    return visitor.post(path, data={"csrf": found[1]} | form)


def named_in(told: str) -> list[str]:
    return [word for word in PLANTED if word in told]


def test_nobody_is_named_by_the_desk(
    world: DeskWorld, visitor: httpx.Client, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = post(visitor, "/phone", ORDER).headers["location"].rpartition("/")[2]
    world.clock.advance(minutes=2)
    world.settle()
    with world.database.read() as session:
        task = session.query(Task).filter_by(kind="verify_pickup").one()
    for path in ("/search?q=13800138001", "/search?q=王建国", "/known?q=王建国", f"/phone?like={number}", "/orders"):
        assert visitor.get(path).status_code == 200
    for path in (f"/orders/{number}", f"/orders/{number}/papers/waybill", f"/api/v1/orders/{number}?for=王建国"):
        assert visitor.get(path).status_code in (200, 401)
    assert post(visitor, f"/tasks/{task.id}/take", {}).status_code == 303
    assert "13800138001" in visitor.get(f"/tasks/{task.id}").text, "the call sheet shows whom to call"
    opinion = f"/opinion/{number}/{opinion_token(SECRET, number)}"
    assert post(visitor, opinion, {"score": "1", "words": "很慢的司机 王建国"}).status_code < 500
    assert post(visitor, "/login", {"name": "王建国", "password": "13800138001"}).status_code == 401
    assert post(visitor, "/phone", ORDER | {"f.remarks": "王建国\0"}).status_code == 400

    def fails(*_: object, **__: object) -> None:
        raise ValueError("王建国 13800138001 南京西路1号")

    said = {"outcome": "problem", "note": "王建国 13800138001"}
    monkeypatch.setattr("followup.ordersearch.search", fails)
    assert visitor.get("/search?q=王建国").status_code == 500
    assert post(visitor, f"/tasks/{task.id}/say", said).status_code < 400
    monkeypatch.setattr("followup.lastword._take_effect", fails)
    assert lastword.settle(world.database, world.company, world.clock.advance(minutes=1)) == 1
    told = logged.getvalue()
    assert {json.loads(line)["event"] for line in told.splitlines()} >= {"page_failed", "word_without_effect"}
    assert named_in(told) == []


@pytest.fixture
def run(world: DeskWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `consign …` beside an order of the planted people; nothing is left to do."""
    monkeypatch.chdir(tmp_path)
    world.order(shipper={"name": "王建国", "phone": "13800138001"}, pickup_address="上海市静安区南京西路1号")
    world.settle()
    with world.database.write() as session:
        session.execute(update(Task).values(state="closed"))

    def run(*words: str) -> Result:
        result = CliRunner().invoke(main, list(words))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def test_nobody_is_named_by_commands(run: Callable[..., Result], tmp_path: Path, logged: io.StringIO) -> None:
    row = {"reference": "PO-1", "address": "qian.jun@shipper.example"}
    fields = {name.removeprefix("f."): text for name, text in ORDER.items() if name.startswith("f.")}
    broken = row | {"reference": "PO-2", "fields": fields | {"nothing": "王建国"}}
    (tmp_path / "orders.json").write_text(json.dumps([row | {"fields": fields}, broken]), encoding="utf-8")
    head, signed = "单号,状态,时间,签收人,证件,备注", "签收,2026-11-25 08:30,王建国,是,13800138001"
    (tmp_path / "arrivals.csv").write_text(f"{head}\n20261124-0001,{signed}\n2099-1,{signed}\n", encoding="utf-8")
    ways = (
        ("orders", "import", "orders.json"),
        ("arrivals", "arrivals.csv"),
        ("customers", "export-data", "13800138001", "his.zip"),
        ("report", "volume", "--period", "2026-11"),
        ("simulate", "--orders", "2", "--days", "1"),
        ("customers", "erase", "wang@shipper.example"),
        ("customers", "erase", "wang@shipper.example", "--yes"),
    )
    for words in ways:
        told = run(*words)
        assert named_in(told.stderr) == [], words
        assert told.exit_code in (0, 1), (words, told.output)
    assert named_in(logged.getvalue()) == []
    assert run("orders", "import", "orders.json").stderr, "what is wrong with a row is said there"
