"""How much of the machine a daemon holds: memory, file handles, threads, with its child processes (row 40)."""

import os
from dataclasses import dataclass
from pathlib import Path

from tests.faults.installation import Installation


@dataclass(frozen=True)
class Footprint:
    memory: int  # kB of resident memory, of the daemon and its children
    handles: int
    threads: int

    def __str__(self) -> str:
        return f"{self.memory / 1024:.0f} MB, {self.handles} handles, {self.threads} threads"


def footprint(installation: Installation) -> Footprint:
    """Raises OSError when the daemon has ended."""
    assert installation.process is not None
    memory = handles = threads = 0
    for pid in _family(installation.process.pid):
        words = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
        memory += int(words["VmRSS"].split()[0])
        threads += int(words["Threads"])
        handles += len(os.listdir(f"/proc/{pid}/fd"))
    return Footprint(memory, handles, threads)


def _family(pid: int) -> list[int]:
    """The process and all that descend from it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += _family(int(child))
    return found
