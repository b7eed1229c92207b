"""The power fails (row 30): no disk that may be left lacks what was promised to anybody."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import powerloss
from tests.faults.scene import Scene

pytestmark = pytest.mark.usefixtures("strace")

CUTS = 60
LEASED = "SELECT count(*) FROM letter WHERE attempt > 0"
WRITER = """
import socket, sqlite3, sys
file, how = sys.argv[1:]
left, right = socket.socketpair()
db = sqlite3.connect(file, isolation_level=None)
db.execute("PRAGMA journal_mode=wal"); db.execute(f"PRAGMA synchronous={how}")
db.execute("CREATE TABLE t (n)")
for n in range(20):
    db.execute("INSERT INTO t VALUES (?)", (n,))
    left.send(b".\\r\\n")
"""


@pytest.mark.parametrize(("how", "loses"), [("full", False), ("normal", True)])
def test_the_check_tells_a_safe_setting_from_one_that_loses(how: str, loses: bool, tmp_path: Path) -> None:
    """SQLite's NORMAL loses acknowledged work: seen here, or the check proves nothing."""
    data, trace = tmp_path / "data", tmp_path / "trace"
    data.mkdir()
    command = [*powerloss.wrapper(trace), sys.executable, "-c", WRITER, str(data / "consign.db"), how]
    subprocess.run(command, check=True)
    acts = list(powerloss.acts(trace, data))
    assert bool(list(powerloss.losses(acts, tmp_path / "disk", "SELECT count(*) FROM t", CUTS))) is loses


def test_no_letter_is_on_its_way_that_a_power_cut_could_forget(scene: Scene, tmp_path: Path) -> None:
    """Whenever a final dot has been sent, its letter is on the disk, leased: it cannot be numbered or worded anew."""
    trace = tmp_path / "trace"
    scene.order(4)
    installation = scene.installation
    installation.start(wrapper=powerloss.wrapper(trace))
    installation.until(scene.finished, 120, "all orders answered")
    installation.end_wrapped()
    acts = list(powerloss.acts(trace, installation.folder))
    assert sum(act.kind == "say" and act.octets == powerloss.DOT for act in acts) == len(scene.sink.delivered())
    assert list(powerloss.losses(acts, tmp_path / "disk", LEASED, CUTS)) == []
