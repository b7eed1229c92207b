import re
import subprocess
import sys
from pathlib import Path

import pytest

from config.crashpoints import POINTS, armed

ROOT = Path(__file__).parents[2]
ROOMS = ("config", "intake", "dispatch", "followup", "consign")


def test_the_nth_pass_is_the_fatal_one() -> None:
    point = armed({"CONSIGN_CRASH_AT": "stored:3", "CONSIGN_TEST": "1"})
    assert point is not None
    assert [point.passed(name) for name in ("stored", "flagged", "stored", "stored", "stored")] == [
        False,
        False,
        False,
        True,
        False,
    ]


@pytest.mark.parametrize("environment", [{}, {"CONSIGN_CRASH_AT": "stored"}, {"CONSIGN_TEST": "1"}])
def test_nothing_is_armed_without_the_test_switch(environment: dict[str, str]) -> None:
    assert armed(environment) is None


def test_a_point_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no point 'stroed'"):
        armed({"CONSIGN_CRASH_AT": "stroed:1", "CONSIGN_TEST": "1"})


def test_every_point_stands_in_the_program_exactly_once() -> None:
    calls: list[str] = []
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            calls += re.findall(r'crash_point\("(\w+)"\)', file.read_text(encoding="utf-8"))
    assert sorted(calls) == sorted(POINTS)


@pytest.mark.parametrize(("switch", "status"), [("1", -9), ("0", 0)])
def test_the_process_dies_at_the_point(switch: str, status: int) -> None:
    code = "from config.crashpoints import crash_point; crash_point('stored'); crash_point('stored')"
    environment = {"CONSIGN_CRASH_AT": "stored:2", "CONSIGN_TEST": switch, "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == status
