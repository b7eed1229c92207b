"""A burst: N orders waiting in one mailbox when the daemon starts; until every work order is accepted, or time is up.

python -m bench.burst [--orders 5000] [--connections 4] [--round-trip 0] [--limit 600]

The promise itself is measured by --orders 90000 --limit 180.
"""

import argparse
import resource
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.rig import count, rig, until
from consign.samples import SAYS, sample_mails

SENT = "SELECT count(*) FROM letter WHERE state = 'sent'"
WORK_ORDERS = f"{SENT} AND purpose = 'work_order'"
YOUNGEST_DONE = (
    "SELECT max(inbound_mail.uid) FROM letter JOIN orders ON orders.id = letter.order_id "
    "JOIN inbound_mail ON inbound_mail.id = orders.mail_id WHERE letter.state = 'sent' AND purpose = 'work_order'"
)


@dataclass(frozen=True)
class Burst:
    """What became of it. Seconds count from exec; CPU and memory are those of the daemon and its children."""

    orders: int
    done: int
    ahead: int  # how many older mails still waited, at most, when the youngest of those done was (oldest first)
    seconds: float
    all_seconds: float  # until the answers to the shippers were accepted too
    letters: int
    cpu_seconds: float
    megabytes: float

    @property
    def rate(self) -> float:
        return self.done / self.seconds


def measure(orders: int, connections: int, limit: float, round_trip: float = 0) -> Burst:
    """One burst on servers of its own, which may be far away: `round_trip` seconds."""
    mails = waiting(orders)
    before = children_cpu()
    with rig(round_trip, connections=connections) as bench:
        bench.fill(mails)
        began = time.monotonic()
        with bench.daemon() as process:
            until(lambda: (bench.folder / "consign.db").exists(), 30)
            database = bench.open()
            most = 0.0

            def done() -> bool:
                nonlocal most
                most = max(most, megabytes(process.pid))
                return count(database, WORK_ORDERS) >= orders

            until(done, limit, 0.5)
            seconds, accepted = time.monotonic() - began, count(database, WORK_ORDERS)
            ahead = count(database, YOUNGEST_DONE) - accepted
            until(lambda: count(database, SENT) >= 2 * orders, limit - seconds, 0.5)
            whole, letters = time.monotonic() - began, count(database, SENT)
            database.close()
        cpu = children_cpu() - before  # the servers are still running: what has ended is the daemon
    return Burst(orders, accepted, ahead, seconds, whole, letters, cpu, most)


def waiting(orders: int) -> list[bytes]:
    """Sound orders, each by another shipper."""
    return [sample.octets for sample in sample_mails(len(SAYS) + 1 + orders, datetime.now(UTC))][-orders:]


def children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def megabytes(pid: int) -> float:
    """Memory of a process and its children: what several use, as libraries, is shared out among them (Pss)."""
    total = 0.0
    for process in (pid, *_children(pid)):
        try:
            told = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii", errors="replace")
        except OSError:  # it has ended meanwhile
            continue
        total += sum(int(line.split()[1]) / 1024 for line in told.splitlines() if line.startswith("Pss:"))
    return total


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=5000)
    arguments.add_argument("--connections", type=int, default=4)
    arguments.add_argument("--limit", type=float, default=600, help="seconds until it is given up")
    arguments.add_argument("--round-trip", type=float, default=0, metavar="MS", help="milliseconds to both servers")
    given = arguments.parse_args()
    burst = measure(given.orders, given.connections, given.limit, given.round_trip / 1000)
    print(
        f"burst: {burst.done} of {burst.orders} work orders accepted in {burst.seconds:.1f} s = {burst.rate:.0f} "
        f"orders/s, all {burst.letters} letters in {burst.all_seconds:.1f} s; in 180 s at this rate "
        f"{180 * burst.rate:.0f} orders; CPU {1000 * burst.cpu_seconds / burst.done:.1f} ms an order, "
        f"{burst.megabytes:.0f} MB at most; {burst.ahead} older ones still waited at the end"
    )


if __name__ == "__main__":
    main()
