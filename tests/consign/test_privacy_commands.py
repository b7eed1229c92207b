"""`consign customers export-data` and `erase`, `consign retention hold` and `release`, as they are used."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from config.company import Company, load_company
from config.database import open_database
from config.settings import Settings
from consign import schema
from consign.cli import main
from followup.tables import Task
from intake import customerbook
from intake.customers import CustomerTerms
from intake.tables import Event
from tests.route.talk import ORDER, SHIPPER, Talk

Run = Callable[..., Result]
PLANTED = ("13800138001", "王建国", "南京西路", SHIPPER)


@pytest.fixture(scope="module")
def company() -> Company:
    return load_company(Settings())


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, company: Company) -> Run:
    """Runs `consign …` beside a database with one customer, whose order is dispatched and to be called about."""
    monkeypatch.chdir(tmp_path)
    database = open_database(f"sqlite:///{tmp_path / 'consign.db'}")
    schema.upgrade(database)
    with database.write() as session:
        customerbook.keep(database, session, [CustomerTerms(key="wang", name="王记五金", addresses=(SHIPPER,))])
    Talk(database, company).write(ORDER)
    database.close()

    def run(*words: str) -> Result:
        result = CliRunner().invoke(main, list(words), catch_exceptions=True)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def finish_calls(folder: Path) -> None:
    database = open_database(f"sqlite:///{folder / 'consign.db'}")
    with database.write() as session:
        session.execute(update(Task).values(state="closed"))
    database.close()


def kinds(folder: Path) -> list[str]:
    database = open_database(f"sqlite:///{folder / 'consign.db'}")
    with database.read() as session:
        found = session.scalars(select(Event.kind).order_by(Event.id)).all()
    database.close()
    return list(found)


def test_a_person_gets_his_data_and_is_then_forgotten(run: Run, tmp_path: Path) -> None:
    told = run("customers", "export-data", "王记五金", "his.zip", "--agent", "root")
    assert told.exit_code == 0, told.output
    with zipfile.ZipFile(tmp_path / "his.zip") as archive:
        data = json.loads(archive.read("data.json"))
    assert data["orders"][0]["number"] == "20261124-0001"
    assert run("customers", "export-data", "wang", "his.zip").exit_code == 2, "no file is written over"

    finish_calls(tmp_path)
    dry = run("customers", "erase", "wang")
    assert (dry.exit_code, dry.output.splitlines()[0]) == (
        0,
        "would be emptied (say --yes): 1 orders, 1 mails, 1 customers",
    )
    assert "王建国" in run("order", "20261124-0001", "--json").output
    done = run("customers", "erase", "wang", "--yes", "--agent", "root")
    assert done.exit_code == 0
    shown = run("order", "20261124-0001", "--json").output
    assert [word for word in PLANTED if word in shown] == []
    assert json.loads(shown)["order"]["verdict"]["quote"]["charges"]
    assert kinds(tmp_path)[-4:] == ["exported", "erased", "erased", "erased"], "the order, its mail, the customer"
    for words in (("orders",), ("customers",), ("status",), ("tasks",)):
        assert "Traceback" not in run(*words).output
        assert [word for word in PLANTED if word in run(*words).output] == []


def test_what_is_at_work_is_said_with_exit_code_1(run: Run) -> None:
    told = run("customers", "erase", "wang", "--yes")
    assert told.exit_code == 1
    assert "still at work, ask again when they are done: 20261124-0001" in told.output


def test_a_hold_is_set_listed_and_lifted(run: Run, tmp_path: Path) -> None:
    finish_calls(tmp_path)
    assert run("retention", "hold", "20261124-0001", "--reason", "claim 17", "--agent", "root").exit_code == 0
    assert "claim 17" in run("retention", "holds").output
    told = run("customers", "erase", "wang", "--yes")
    assert told.exit_code == 1
    assert "under a legal hold: 20261124-0001" in told.output
    assert run("retention", "hold", SHIPPER.replace("wang", "zhou"), "--reason", "x").exit_code == 2
    assert run("retention", "release", "20261124-0001").exit_code == 0
    assert run("retention", "release", "20261124-0001").exit_code == 1
    assert run("customers", "erase", "wang", "--yes").exit_code == 0


@pytest.mark.parametrize("words", [("customers", "erase"), ("customers", "export-data"), ("retention", "release")])
def test_nobody_is_an_error_that_says_what_to_give(run: Run, words: tuple[str, ...]) -> None:
    told = run(*words, "nobody", *(("x.zip",) if words[1] == "export-data" else ()))
    assert told.exit_code == 2
    assert "no key or name of a customer" in told.output


def test_exports_of_all_customers_are_recorded_and_private(run: Run, tmp_path: Path) -> None:
    assert run("customers", "export", "all.csv", "--agent", "root").exit_code == 0
    assert (tmp_path / "all.csv").stat().st_mode & 0o777 == 0o600
    assert kinds(tmp_path)[-1] == "exported"


def test_retention_counts_and_forgets(run: Run) -> None:
    assert "would be emptied: 0 raw mails, 0 quarantined" in run("retention", "--dry-run").output
    assert "emptied: 0 raw mails" in run("retention").output
