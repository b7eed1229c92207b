"""A month is played: every shipment comes to its end or is in a task, and the reports say what the people counted."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from config.database import open_database
from config.settings import LetterSettings, Settings
from config.zone import Zone
from consign import schema
from consign.cli import main
from consign.simulation import rules
from consign.simulation.clockwork import Clockwork
from consign.simulation.count import Counted
from consign.simulation.script import Flaw, workload
from consign.simulation.week import Plan, Simulation
from followup.agenda import TaskKind
from followup.oversight import unaccounted

MONTH = Plan(seed=7, orders=36, days=5, after=26)


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('month') / 'consign.db'}")
    schema.upgrade(database)
    settings = Settings(letters=LetterSettings(public_url="https://desk.example.com"))
    simulation = Simulation(database, settings, MONTH)
    simulation.run()
    yield simulation
    database.close()


def test_every_shipment_is_closed_or_in_a_task_that_says_why_not(month: Simulation) -> None:
    with month.database.read() as session:
        assert unaccounted(session, month.clock.now) == []


def test_the_figures_of_the_reports_are_what_the_people_counted(month: Simulation) -> None:
    counted = month.counted()
    assert len({(each.report, each.figure) for each in counted}) >= 13
    assert [each for each in counted if not each.agrees] == []


def test_the_calls_of_the_whole_way_were_made(month: Simulation) -> None:
    kinds = {done.kind for done in month.agents.done}
    assert kinds >= {
        TaskKind.VERIFY_PICKUP,
        TaskKind.ARRANGE_DELIVERY,
        TaskKind.COORDINATE_DESTINATION,
        TaskKind.CHECK_ARRIVAL,
        TaskKind.CHECK_SIGNED,
        TaskKind.CHASE_RECEIPT,
        TaskKind.SATISFACTION_CALL,
        TaskKind.CUSTOMER_VISIT,
    }


def test_the_same_seed_draws_the_same_week() -> None:
    first = local("2026-11-23T00:00:00")
    assert workload(Random(3), first, 7, 50) == workload(Random(3), first, 7, 50)
    assert workload(Random(3), first, 7, 50) != workload(Random(4), first, 7, 50)


def test_a_large_week_holds_every_flaw() -> None:
    stories = workload(Random(1), local("2026-11-23T00:00:00"), 7, 3000)
    assert {story.flaw for story in stories} == set(Flaw)
    assert len({story.phone for story in stories}) == 3000, "the people are known by their phones"


@pytest.mark.parametrize(
    ("ordered", "zone", "by"),
    [
        ("2026-11-24T11:59:59", Zone.URBAN, "2026-11-24T15:00:00"),
        ("2026-11-24T12:00:00", Zone.URBAN, "2026-11-24T18:00:00"),
        ("2026-11-24T15:00:00", Zone.URBAN, "2026-11-25T12:00:00"),
        ("2026-11-24T11:59:59", Zone.SUBURBAN, "2026-11-24T18:00:00"),
        ("2026-11-24T12:00:00", Zone.SUBURBAN, "2026-11-25T18:00:00"),
    ],
)
def test_the_people_know_the_promise_by_themselves(ordered: str, zone: Zone, by: str) -> None:
    assert rules.pickup_by(local(ordered), zone) == local(by)


def test_what_is_planned_happens_in_its_order_and_never_in_the_past() -> None:
    begun = local("2026-11-23T00:00:00")
    clock, seen = Clockwork(begun), []
    for name, minutes in (("late", 9), ("first", 3), ("second", 3), ("past", -5)):
        clock.at(begun + timedelta(minutes=minutes), lambda name=name: seen.append((name, clock.now)))  # type: ignore[misc]  # the name of each turn
    assert clock.act_until(begun + timedelta(minutes=5)) == 3
    assert [name for name, _ in seen] == ["past", "first", "second"]
    assert seen[0][1] == begun
    assert clock.now == begun + timedelta(minutes=5)


def test_a_figure_that_differs_is_said() -> None:
    assert not Counted("pickups", "count", 3, 4).agrees
    assert not Counted("three_minutes", "worst", 3.0, 4.5).agrees
    assert Counted("three_minutes", "worst", 3.0, 3.9).agrees, "a mail's Date has whole seconds"


def test_the_command_prints_reports_and_check(tmp_path: Path) -> None:
    file = tmp_path / "week.db"
    asked = ["simulate", "--orders", "4", "--days", "1", "--first", "2026-11-23", "--database", str(file)]
    result = CliRunner().invoke(main, [*asked, "--report", "pickups"])
    assert result.exit_code == 0, result.output
    assert "DIFFERS" not in result.output
    assert "4 mails" in result.output
    assert file.exists()
    again = CliRunner().invoke(main, asked)
    assert again.exit_code == 2
    assert "already" in again.output
    assert CliRunner().invoke(main, ["simulate", "--report", "nothing"]).exit_code == 2


def test_a_week_may_end_in_the_middle_of_things(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'consign.db'}")
    schema.upgrade(database)
    plan = Plan(orders=6, first=date(2026, 11, 23), days=1, until=local("2026-11-23T14:00:00"))
    simulation = Simulation(database, Settings(), plan)
    simulation.run()
    assert simulation.clock.now == local("2026-11-23T14:00:00")
    with database.read() as session:
        assert unaccounted(session, simulation.clock.now) == []
    assert [each for each in simulation.counted() if not each.agrees] == []
    database.close()
