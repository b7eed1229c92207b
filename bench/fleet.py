"""Several daemons on one PostgreSQL database, each with a mailbox of its own: how the rate grows with their number.

python -m bench.fleet [--daemons 1 2 4] [--orders 1000]     orders: in all mailboxes together
"""

import argparse
import time
from contextlib import ExitStack
from dataclasses import dataclass

from bench.burst import SENT, WORK_ORDERS, children_cpu, waiting
from bench.rig import Rig, count, rig, until
from config.database import open_database
from consign import schema
from tests.faults.postgres import open_postgres

CONNECTIONS = 4  # to the mail server, of each daemon


@dataclass(frozen=True)
class Fleet:
    """What several daemons did together."""

    daemons: int
    orders: int
    rate: float  # work orders a second, from the first tenth of them to the last one
    cpu_milliseconds: float  # of the daemons and their children for an order, the start included; without the database

    def __str__(self) -> str:
        return f"{self.daemons}: {self.rate:.0f}/s, {self.cpu_milliseconds:.1f} ms of CPU an order"


def measure(daemons: list[int], orders: int, limit: float = 600) -> list[Fleet]:
    """One measurement for each number of daemons, on a database and servers of its own."""
    with open_postgres() as postgres:
        return [_one(postgres.new_database(), number, orders, limit) for number in daemons]


def _one(url: str, daemons: int, orders: int, limit: float) -> Fleet:
    mails = waiting(orders)
    database = open_database(url)
    schema.upgrade(database)
    before = children_cpu()
    with rig(database_url=url, connections=CONNECTIONS) as bench:
        users = [f"orders{number}" for number in range(daemons)]
        for number, user in enumerate(users):
            bench.fill(mails[number::daemons], user)
        with ExitStack() as running:
            rate = _run(bench, users, running, orders, limit)
        cpu = children_cpu() - before  # the servers are still running: what has ended are the daemons
    database.close()
    return Fleet(daemons, orders, rate, 1000 * cpu / orders)


def _run(bench: Rig, users: list[str], running: ExitStack, orders: int, limit: float) -> float:
    database = bench.open()
    for user in users:
        running.enter_context(bench.daemon(user))
    until(lambda: count(database, WORK_ORDERS) >= orders / 10, limit)
    began, first = time.monotonic(), count(database, WORK_ORDERS)
    until(lambda: count(database, WORK_ORDERS) >= orders, limit)
    rate = (count(database, WORK_ORDERS) - first) / (time.monotonic() - began)
    until(lambda: count(database, SENT) >= 2 * orders, limit)
    database.close()
    return rate


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--daemons", type=int, nargs="+", default=[1, 2, 4])
    arguments.add_argument("--orders", type=int, default=1000)
    given = arguments.parse_args()
    for found in measure(given.daemons, given.orders):
        print(f"daemons on PostgreSQL {found}", flush=True)


if __name__ == "__main__":
    main()
