"""The power fails (row 30): no disk that may be left lacks what was promised to anybody."""

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults import powerloss
from tests.faults.powerloss import Act, Disk
from tests.faults.scene import Scene

pytestmark = pytest.mark.usefixtures("strace")

CUTS = 60
DOT = b".\r\n"
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


def moments(acts: list[Act]) -> set[int]:
    """Right after every dot, and some more."""
    dots = [place + 1 for place, act in enumerate(acts) if act.kind == "say" and act.octets == DOT]
    return {*dots[:CUTS], *random.Random(1).sample(range(1, len(acts) + 1), min(CUTS, len(acts)))}


def losses(acts: list[Act], folder: Path, query: str) -> Iterator[str]:
    """Every disk that a power cut may leave and that is damaged, or lacks something that a dot was sent for."""
    disk, said, wanted = Disk(), 0, moments(acts)
    for place, act in enumerate(acts, 1):
        disk.do(act)
        said += act.kind == "say" and act.octets == DOT
        if place not in wanted:
            continue
        for chance in (None, random.Random(place)):
            folder.mkdir()
            disk.after_power_loss(folder, chance)
            if fault := look(folder / "consign.db", query, said):
                yield f"after {place} of {len(acts)} acts: {fault}"
            shutil.rmtree(folder)


def look(database: Path, query: str, said: int) -> str:
    if not database.exists():
        return f"{said} dots sent, no database" if said else ""
    with closing(sqlite3.connect(database)) as connection:
        try:
            sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
            if sound != "ok":
                return f"damaged: {sound}"
            kept = int(connection.execute(query).fetchone()[0]) if said else 0
        except sqlite3.DatabaseError as error:
            return f"{type(error).__name__}: {error}"
    return f"{said} dots sent, {kept} on the disk" if kept < said else ""


@pytest.mark.parametrize(("how", "loses"), [("full", False), ("normal", True)])
def test_the_check_tells_a_safe_setting_from_one_that_loses(how: str, loses: bool, tmp_path: Path) -> None:
    """SQLite's NORMAL loses acknowledged work: seen here, or the check proves nothing."""
    data, trace = tmp_path / "data", tmp_path / "trace"
    data.mkdir()
    command = [*powerloss.wrapper(trace), sys.executable, "-c", WRITER, str(data / "consign.db"), how]
    subprocess.run(command, check=True)
    acts = list(powerloss.acts(trace, data))
    assert bool(list(losses(acts, tmp_path / "disk", "SELECT count(*) FROM t"))) is loses


def test_no_letter_is_on_its_way_that_a_power_cut_could_forget(scene: Scene, tmp_path: Path) -> None:
    """Whenever a final dot has been sent, its letter is on the disk, leased: it cannot be numbered or worded anew."""
    trace = tmp_path / "trace"
    scene.order(4)
    installation = scene.installation
    installation.start(wrapper=powerloss.wrapper(trace))
    installation.until(scene.finished, 120, "all orders answered")
    assert installation.process is not None
    children = subprocess.run(
        ["pgrep", "-P", str(installation.process.pid)], capture_output=True, text=True, check=True
    )
    subprocess.run(["kill", f"-{signal.SIGTERM}", children.stdout.split()[0]], check=True)
    installation.ended(30)
    acts = list(powerloss.acts(trace, installation.folder))
    assert sum(act.kind == "say" and act.octets == DOT for act in acts) == len(scene.sink.delivered())
    assert list(losses(acts, tmp_path / "disk", "SELECT count(*) FROM letter WHERE attempt > 0")) == []
