"""The command line as people and programs use it: its forms, its exit codes, its words when something is wrong."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from config.database import open_database
from consign import schema
from consign.cli import main
from consign.samples import sample_mails
from consign.watch import HealthPage
from followup import agenda, casebook
from followup.agenda import Contact
from intake import register
from tests.builders import new_order
from tests.servers import free_port

Run = Callable[..., Result]
SAMPLES = [sample.octets for sample in sample_mails(9, datetime(2026, 11, 24, 1, 12, tzinfo=UTC))]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `consign …` in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str, stdin: str | None = None) -> Result:
        result = CliRunner().invoke(main, list(words), input=stdin, catch_exceptions=True)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def number(tmp_path: Path) -> str:
    """An order with its verification call in the database of the working folder."""
    database = open_database(f"sqlite:///{tmp_path / 'consign.db'}")
    schema.upgrade(database)
    now = datetime.now(UTC)
    with database.write() as session:
        (number,) = register.enter(database, session, [new_order(now)], "20261124", now)
    with database.write() as session:
        order = register.by_number(session, number)
        assert order is not None
        call = agenda.verify_pickup(order, now, now + timedelta(hours=6), Contact("周调度", "13800000001"))
        casebook.open_tasks(database, session, [call], now)
    database.close()
    return number


def mail(tmp_path: Path, octets: bytes) -> str:
    file = tmp_path / "order.eml"
    file.write_bytes(octets)
    return str(file)


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return told_anyway(result)


def told_anyway(result: Result) -> Any:
    return json.loads(result.stdout)


def test_parse_prints_one_json_object(run: Run, tmp_path: Path) -> None:
    read = told(run("parse", mail(tmp_path, SAMPLES[0])))
    assert read["kind"] == "order"
    (order,) = read["orders"]
    assert order["shipper"] == {"name": "王建国", "phone": "13800138001", "company": None}
    assert (order["cargo"]["pieces"], float(order["cargo"]["weight_kg"])) == (10, 500)
    assert (order["destination"], order["payment"], read["problems"]) == ("杭州", "collect", [])


def test_parse_ends_well_whatever_the_mail_holds(run: Run, tmp_path: Path) -> None:
    for octets in (b"", b"\x00\xff\xfe", b"Subject: x\r\n\r\n" + b"(" * 5000):
        assert told(run("parse", mail(tmp_path, octets)))["orders"] == []


def test_parse_shows_where_each_value_was_read(run: Run, tmp_path: Path) -> None:
    result = run("parse", "--explain", mail(tmp_path, SAMPLES[0]))
    assert result.exit_code == 0
    assert "shipper.phone" in result.output
    assert "13800138001" in result.output


def test_a_file_that_cannot_be_read_is_said(run: Run) -> None:
    result = run("parse", "gone.eml")
    assert result.exit_code == 2
    assert "gone.eml: No such file" in result.output


def test_explain_tells_what_would_happen(run: Run, tmp_path: Path) -> None:
    explained = told(run("explain", "--json", "--at", "2026-11-24T09:12", mail(tmp_path, SAMPLES[0])))
    (order,) = explained["orders"]
    assert (order["verdict"], order["reasons"], order["zone"]) == ("accepted", [], "urban")
    assert order["pickup_by"] == "2026-11-24T15:00:00+08:00"
    assert float(order["total"]) == pytest.approx(sum(float(charge["amount"]) for charge in order["charges"]))
    assert (order["transfers"], order["days"]) == (0, 1)
    work_order, answer = explained["letters"]
    assert work_order["to"].startswith("dispatch-")
    assert work_order["subject"].startswith("[WO 20261124-0001]")
    assert answer["to"] == "shipper0@customer.example"
    assert "13900139002" in work_order["text"]


@pytest.mark.parametrize(
    ("at", "by"),
    [("11:59:59", "24T15:00"), ("12:00", "24T18:00"), ("14:59:59", "24T18:00"), ("15:00", "25T12:00")],
)
def test_explain_follows_the_cut_offs_to_the_second(run: Run, tmp_path: Path, at: str, by: str) -> None:
    octets = SAMPLES[0].replace(
        b"Date: Tue, 24 Nov 2026 01:12:00 +0000",
        f"Date: Tue, 24 Nov 2026 {(at + ':00')[:8]} +0800".encode(),
    )
    (order,) = told(run("explain", "--json", "--at", f"2026-11-24T{at}", mail(tmp_path, octets)))["orders"]
    assert order["pickup_by"] == f"2026-11-{by}:00+08:00"


def test_explain_names_the_reasons_of_a_refusal(run: Run, tmp_path: Path) -> None:
    (order,) = told(run("explain", "--json", mail(tmp_path, SAMPLES[4])))["orders"]
    assert order["verdict"] == "rejected"
    assert all(reason["code"] and reason["message"] for reason in order["reasons"])
    assert order["reasons"]


def test_an_address_is_told_with_zone_and_dispatcher(run: Run) -> None:
    found = told(run("address", "--json", "杭州余杭区仓前街道文一西路969号"))
    assert (found["city"], found["county"], found["zone"]) == ("杭州市", "余杭区", found["zone"])
    lines = run("address", "--json", "-", stdin="昆山玉山镇\n鼓楼区中山路\n").stdout.splitlines()
    assert [sorted(json.loads(line))[0] for line in lines] == ["city", "ambiguous"]


def test_a_quote_lists_its_items(run: Run) -> None:
    quote = told(run("quote", "--from", "上海", "--to", "合肥", "--pieces", "3", "--weight", "300", "--json"))
    assert quote["charges"][0]["code"] == "freight"
    assert run("quote", "--from", "上海", "--to", "火星", "--pieces", "3", "--weight", "300").exit_code == 1
    assert run("quote", "--from", "上海", "--to", "合肥", "--pieces", "3", "--weight", "-1").exit_code == 2


def test_orders_and_one_order_with_its_timeline(run: Run, number: str) -> None:
    assert [order["number"] for order in told(run("orders", "--json"))] == [number]
    whole = told(run("order", number, "--json"))
    assert [event["kind"] for event in whole["timeline"]] == ["decided", "task_opened"]
    assert [task["kind"] for task in whole["tasks"]] == ["verify_pickup"]
    assert number in run("order", number).output
    assert run("order", "20261124-9999").exit_code == 2


def test_a_task_is_leased_put_off_and_closed(run: Run, number: str) -> None:
    (task,) = told(run("tasks", "--json"))
    name = str(task["id"])
    assert told(run("task", name, "lease", "--agent", "li", "--json"))["holder"] == "li"
    taken = run("task", name, "lease", "--agent", "wang")
    assert taken.exit_code == 2
    assert "somebody else" in taken.output
    missing = run("task", name, "not_yet", "--agent", "li")
    assert missing.exit_code == 2
    assert "time" in missing.output
    later = told(run("task", name, "not_yet", "--agent", "li", "--time", "30分钟后", "--note", "堵车", "--json"))
    assert (later["state"], later["attempts"], later["history"][0]["note"]) == ("open", 1, "堵车")
    unknown = run("task", name, "confirmed", "--agent", "li")
    assert unknown.exit_code == 2
    assert "picked_up" in unknown.output
    done = told(run("task", name, "picked_up", "--agent", "li", "--driver", "王师傅", "--json"))
    assert (done["state"], done["outcome"], len(done["history"])) == ("closed", "picked_up", 2)
    assert told(run("tasks", "--json")) == []


def test_status_tells_what_is_wrong(run: Run, number: str, tmp_path: Path) -> None:
    assert all(finding["well"] for finding in told(run("status", "--json")).values())
    with sqlite3.connect(tmp_path / "consign.db") as connection:
        connection.execute("UPDATE handover SET trouble = 'Traceback' WHERE room = 'dispatch'")
    connection.close()
    result = run("status", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["failed_steps"] == {"value": 1, "well": False}


def test_status_tells_what_the_daemon_says_of_itself(
    run: Run, number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G19: last poll, clock and certificates are known to the daemon alone: asked there, and said when it is silent."""
    told_by_daemon: dict[str, Any] = {
        "well": False,
        "daemon": "host-1",
        "alarms": ["certificate_expires"],
        "last_poll": "2026-11-24T04:00:00+00:00",
        "last_commit": None,
        "mailbox": "login: refused",
        "clock_jumped_seconds": -10800.0,
        "certificates": {"imap://imap.example:993": "2026-12-01T00:00:00+00:00"},
    }
    page = HealthPage(0, lambda: told_by_daemon)
    page.start()
    monkeypatch.setenv("CONSIGN_WATCH__HEALTH_PORT", str(page.port))
    found = told_anyway(run("status", "--json"))
    page.stop()
    page.thread.join()
    assert found["daemon"] == {"value": "host-1", "well": False}
    assert found["last_poll"] == {"value": "2026-11-24T04:00:00+00:00", "well": False}
    assert found["clock_jumped_seconds"] == {"value": -10800.0, "well": False}
    assert found["certificate imap://imap.example:993"] == {"value": "2026-12-01T00:00:00+00:00", "well": False}
    assert found["oldest_unparsed_seconds"]["well"], "what stands in the rows is told beside it"
    silent = run("status", "--json")
    assert silent.exit_code == 1
    assert not json.loads(silent.stdout)["daemon"]["well"]


def test_a_backup_is_verified_and_private(run: Run, number: str, tmp_path: Path) -> None:
    assert run("backup", "kept").exit_code == 0
    (copy,) = (tmp_path / "kept").iterdir()
    assert copy.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT number FROM orders").fetchall() == [(number,)]
    connection.close()


def test_without_a_database_the_mend_is_said(run: Run) -> None:
    result = run("orders")
    assert result.exit_code == 2
    assert "consign run" in result.output


def test_a_broken_configuration_names_every_fault_and_ends_with_2(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "broken.toml"
    file.write_text('language = "fr"\n[mailbox]\nhost = "a.example"\nport = 0\n[smtp]\nhots = "b"\n', encoding="utf-8")
    result = run("run", "-c", str(file))
    assert result.exit_code == 2
    for line in (1, 4, 6):
        assert f"broken.toml:{line}:" in result.output


def test_run_without_mailbox_and_smtp_says_which_sections_are_missing(run: Run) -> None:
    result = run("run")
    assert result.exit_code == 2
    assert "mailbox" in result.output
    assert "smtp" in result.output


def test_check_tries_everything_and_ends_with_1(run: Run, tmp_path: Path) -> None:
    server = f'host = "127.0.0.1"\nport = {free_port()}\ntls = "none"\n'
    (tmp_path / "consign.toml").write_text(f"[mailbox]\n{server}[smtp]\n{server}", encoding="utf-8")
    result = run("check", "--json")
    assert result.exit_code == 1
    found = {finding["name"]: finding for finding in json.loads(result.stdout)}
    assert not found["mailbox"]["well"]
    assert not found["smtp"]["well"]
    assert found["rules"]["well"]
    assert found["database"]["well"]


def test_a_requeue_of_nothing_is_said(run: Run, number: str) -> None:
    assert run("requeue", "99").exit_code == 2
