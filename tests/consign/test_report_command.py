"""`consign report`: the reports in the terminal, as files and as data."""

import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from config.database import open_database
from consign import schema
from consign.cli import main
from followup.reports.catalogue import REPORTS
from tests.reportworld import ReportWorld


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder whose database has two pickups of 24 November 2026, one of them late, and a score."""
    monkeypatch.chdir(tmp_path)
    database = open_database(f"sqlite:///{tmp_path / 'consign.db'}")
    schema.upgrade(database)
    world = ReportWorld(database)
    world.shipment(pickup_by="11-24 15:00", picked_up_at="11-24 15:00")
    world.shipment(pickup_by="11-24 15:00", picked_up_at="11-24 15:30", dispatcher="[red]odd[/red]")
    world.score("11-24 12:00", 1, order_id=world.order(), words="[bold]慢\x1b[31m")
    database.close()


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["report", *words])


def test_without_a_name_it_says_which_reports_there_are() -> None:
    said = run().output
    assert [name for name in REPORTS if name not in said] == []
    assert [each["name"] for each in json.loads(run("--json").output)] == list(REPORTS)


def test_a_report_in_the_terminal() -> None:
    said = run("pickups", "--period", "2026-11-24")
    assert said.exit_code == 0
    assert "提货准时" in said.output
    assert "50.0%" in said.output
    assert "30 分钟" in said.output


def test_what_people_wrote_is_no_markup_and_no_escape() -> None:
    assert "[red]odd[/red]" in run("pickups", "--period", "2026-11-24").output
    said = run("satisfaction", "--period", "2026-11-24").output
    assert "[bold]慢" in said
    assert "\x1b" not in said


def test_a_report_as_data_and_narrowed() -> None:
    found = json.loads(run("pickups", "--period", "2026-11", "--dispatcher", "sh-west", "--json").output)
    assert found["figures"]["count"] == 1
    assert found["filters"] == {"dispatcher": "sh-west"}
    assert found["period"]["key"] == "2026-11"


def test_the_files(tmp_path: Path) -> None:
    files = {form: tmp_path / f"pickups.{form}" for form in ("xlsx", "pdf", "csv")}
    said = run(
        "pickups",
        "--period",
        "2026-11-24",
        *(word for form, file in files.items() for word in (f"--{form}", str(file))),
    )
    assert said.exit_code == 0, said.output
    assert openpyxl.load_workbook(files["xlsx"]).worksheets[0]["B6"].value == 2
    assert files["pdf"].read_bytes().startswith(b"%PDF-")
    assert "应提货,2," in files["csv"].read_text(encoding="utf-8-sig")


def test_a_file_that_cannot_be_written_is_said() -> None:
    said = run("pickups", "--csv", "no/such/folder.csv")
    assert said.exit_code == 1


@pytest.mark.parametrize("words", [("nothing",), ("pickups", "--period", "2026-13")])
def test_what_is_not_there_is_used_wrongly(words: tuple[str, ...]) -> None:
    said = run(*words)
    assert said.exit_code == 2
    assert "no " in said.output
