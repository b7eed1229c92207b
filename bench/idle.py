"""What a daemon costs that has nothing to do.

python -m bench.idle [--seconds 30]
"""

import argparse
import os
import time
from pathlib import Path

from bench.rig import rig


def measure(seconds: float) -> float:
    """The share of one core, in per cent, of the daemon alone once it has started; its children sleep."""
    with rig() as bench, bench.daemon() as process:
        time.sleep(10)  # it has started
        before, began = _cpu(process.pid), time.monotonic()
        time.sleep(seconds)
        return 100 * (_cpu(process.pid) - before) / (time.monotonic() - began)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=30)
    print(f"idle: {measure(arguments.parse_args().seconds):.2f} % of a core")


if __name__ == "__main__":
    main()
