"""The campaign can tell: what it passes is sound, a loss fails, a fault that never happened proves nothing."""

from pathlib import Path

import pytest

from tests.faults import campaign
from tests.faults.campaign import Result, Wanted
from tests.faults.orders import order_mail
from tests.faults.scenario import SCENARIOS, Scenario
from tests.faults.scene import Loop
from tests.faults.trial import Trial
from tests.processes import require


@pytest.fixture
def wanted(tmp_path: Path) -> Wanted:
    require("dovecot", "dovecot-imapd")
    return Wanted("short", orders=8, trials=0, minutes=0.0, folder=tmp_path, older="")


def run(loop: Loop, scenario: Scenario, wanted: Wanted) -> Result:
    return campaign.run(loop, scenario, 1, wanted, None)


@pytest.mark.parametrize("name", ["kill_points", "two_daemons_zombie"])
def test_a_scenario_of_ours(name: str, loop: Loop, wanted: Wanted) -> None:
    """Every wire point once; a daemon that sleeps beyond its lease with a letter in hand."""
    found = run(loop, SCENARIOS[name], wanted)
    assert found.verdict == "PASS", f"{found.why}\n{found.log}"
    assert found.faults >= (18 if name == "kill_points" else 6)


def test_an_order_without_a_letter_fails(loop: Loop, wanted: Wanted) -> None:
    def forgets(trial: Trial) -> None:
        trial.start()
        trial.until_started()
        trial.note("an order that no server ever had")
        trial.sent.append(order_mail(99, trial.chance))
        trial.orders = len(trial.sent)
        trial.pass_time(0.1)
        raise AssertionError("given up")

    found = run(loop, Scenario("forgets", (0,), forgets), wanted)
    assert (found.verdict, found.why) == ("FAIL", "given up")
    assert found.lost >= 2, "neither dispatcher nor shipper heard of it"


def test_a_fault_that_never_happened_proves_nothing(loop: Loop, wanted: Wanted) -> None:
    found = run(loop, Scenario("nothing", (0,), lambda trial: trial.start()), wanted)
    assert (found.verdict, found.lost, found.why) == ("VOID", 0, "")


def test_the_table_has_a_line_for_each_scenario_and_every_verdict() -> None:
    common = {"seed": 1, "times": "short", "database": "sqlite", "orders": 8, "faults": 2, "kills": 0, "copies": 1}
    more = {"explained": 2, "lost": 0, "doubled": 0, "late": 0, "median": 1.0, "slowest": 3.2, "stop": 0.1, "took": 9.0}
    made = campaign.table(
        Result(**{**common, **more, "scenario": "calm", "rows": (39,), "verdict": verdict})  # type: ignore[arg-type]  # each key has its own type
        for verdict in ("PASS", "FAIL")
    )
    assert "| 39 | `calm` | sqlite | short | 2 | 16 | 4 | 0 | 0 | 2 (4) | 3 s | FAIL PASS |" in made
