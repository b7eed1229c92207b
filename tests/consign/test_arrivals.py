"""`consign arrivals` as it is used: a dry run, the run, the run again, faults that a person can mend."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.database import open_database
from consign import schema
from consign.cli import main
from followup import casebook
from followup.journey import Journey
from intake import register
from intake.orderform import ReadOrder
from tests.builders import form, new_order
from tests.deskworld import sample_company

Run = Callable[..., Result]
PICKED_UP = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `consign …` beside a database with one order that was picked up two days ago."""
    monkeypatch.chdir(tmp_path)
    database = open_database(f"sqlite:///{tmp_path / 'consign.db'}")
    schema.upgrade(database)
    with database.write() as session:
        register.enter(database, session, [new_order(read=ReadOrder(form=form()))], "20261124", PICKED_UP)
        order = register.by_number(session, "20261124-0001")
        assert order is not None
        row = {"order_id": order.id, "revision": 1, "zone": "urban", "dispatcher": "sh-west"}
        moments = dict.fromkeys(("dispatched_at", "revised_at", "pickup_by"), PICKED_UP)
        casebook.note_dispatched(database, session, row | moments)
        Journey(database, session, sample_company(), order, "agent:li", PICKED_UP).picked_up(PICKED_UP)
    database.close()

    def run(*words: str) -> Result:
        result = CliRunner().invoke(main, ["arrivals", *words])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def sheet(folder: Path, *rows: str) -> str:
    file = folder / "杭州站.csv"
    file.write_text("单号,状态,时间,站点\n" + "\n".join(rows) + "\n", encoding="gb18030")
    return str(file)


def stage(folder: Path) -> str:
    database = open_database(f"sqlite:///{folder / 'consign.db'}")
    with database.read() as session:
        order = register.by_number(session, "20261124-0001")
        assert order is not None
        found = casebook.shipment(session, order.id)
    database.close()
    return found.stage if found else ""


def test_a_file_is_tried_written_and_read_again(run: Run, tmp_path: Path) -> None:
    zone = sample_company().timezone
    at = (PICKED_UP + timedelta(days=1)).astimezone(zone).strftime("%Y-%m-%d %H:%M")
    file = sheet(tmp_path, f"20261124-0001,到货,{at},杭州东站")
    tried = run(file, "--dry-run")
    assert (tried.exit_code, tried.output.strip()) == (0, "1 would be written, 0 known already, 0 with a fault")
    assert stage(tmp_path) == "picked_up"
    assert run(file).output.strip() == "1 written, 0 known already, 0 with a fault"
    assert stage(tmp_path) == "arrived"
    assert run(file).output.strip() == "0 written, 1 known already, 0 with a fault"


def test_each_fault_is_told_with_its_line_and_the_command_fails(run: Run, tmp_path: Path) -> None:
    file = sheet(tmp_path, "20261124-0001,到货,昨天,", "20990101-0001,到货,2026-11-25 08:30,")
    result = run(file)
    assert result.exit_code == 1
    assert "杭州站.csv:2: at:" in result.output
    assert "杭州站.csv:3: what: 没有订单 20990101-0001" in result.output
    told = json.loads(run(file, "--json").output)
    assert (told["written"], [one["line"] for one in told["faults"]]) == (0, [2, 3])
    assert all(one["mend"] for one in told["faults"])
