"""Every measurement with its reach: python -m bench [--quick]

Each row is measured now, on this machine, or says that it was not; the load of the machine stands above.
"""

import argparse
import os
from collections.abc import Callable

from bench import burst, growth, idle, latency, peer, start
from bench.rig import percentile

NOT_MEASURED = "not measured"
Row = tuple[str, str, Callable[[], str]]


class Table:
    """The rows; what one measurement finds out serves several of them."""

    def __init__(self, quick: bool) -> None:
        self.orders, self.seconds = (500, 20) if quick else (5000, 60)
        self.stored = [1_000, 10_000] if quick else [1_000, 100_000]
        self.burst: burst.Burst | None = None

    def rows(self) -> list[Row]:
        return [
            ("arrival -> work order accepted, one a second, IDLE", "p50 0.8 s, p99 1.5 s", lambda: self._latency(0)),
            ("the same, polling every 5 s", "p99 6.5 s", lambda: self._latency(5)),
            (f"burst of {self.orders}, at its rate in 180 s", "90,000 orders", self._burst),
            ("the same, 50 ms to both servers", "10,000 orders", lambda: NOT_MEASURED),
            ("against imaplib + smtplib, mail by mail, one letter", "2.5 times as fast", self._peer),
            ("against the floor: fetch, parse, commit, one letter", "at most 4 times its time", lambda: NOT_MEASURED),
            ("cost of an order, many stored", "flat within 15 %", self._growth),
            ("pages at 1,000,000 orders and 50,000 tasks", "p99 50 ms", lambda: NOT_MEASURED),
            ("idle", "1 % of a core", lambda: f"{idle.measure(self.seconds):.2f} % of a core"),
            ("memory of all processes in the burst", "300 MB", lambda: f"{self._run_burst().megabytes:.0f} MB"),
            ("PostgreSQL, 1 -> 2 -> 4 daemons", "grows to two full cores", lambda: NOT_MEASURED),
            ("start -> a letter that lay ready, a new order", "about 1.5 s", self._start),
        ]

    def _latency(self, poll: float) -> str:
        seconds = latency.measure(self.seconds, poll)
        if not seconds:
            return "nothing arrived"
        lost = f", {self.seconds - len(seconds)} not within the time" if len(seconds) < self.seconds else ""
        return f"p50 {percentile(seconds, 0.5):.2f} s, p99 {percentile(seconds, 0.99):.2f} s{lost}"

    def _run_burst(self) -> burst.Burst:
        if self.burst is None:
            self.burst = burst.measure(self.orders, connections=4, limit=600)
        return self.burst

    def _burst(self) -> str:
        found = self._run_burst()
        cpu = 1000 * found.cpu_seconds / found.orders
        return f"{180 * found.rate:,.0f} orders ({found.rate:.0f}/s, {cpu:.1f} ms of CPU each, the start included)"

    def _peer(self) -> str:
        theirs = peer.measure(self.orders)
        return f"{self._run_burst().rate / theirs:.2f} times (theirs: {theirs:.0f}/s)"

    def _growth(self) -> str:
        costs = growth.measure(self.stored, 300)
        return ", ".join(f"{cost:.2f} ms at {stored:,}" for stored, cost in costs.items())

    def _start(self) -> str:
        found = start.measure(3)
        ready, order = ([getattr(one, name) for one in found] for name in ("ready", "order"))
        return f"{percentile(ready, 0.5):.2f} s, {percentile(order, 0.5):.2f} s (median of 3)"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="small numbers: two minutes instead of ten")
    table = Table(arguments.parse_args().quick)
    one, five, _ = os.getloadavg()
    print(f"{os.cpu_count()} cores; load before: {one:.1f} (1 min), {five:.1f} (5 min)\n")
    print(f"{'what':52} {'reach':26} measured")
    for what, reach, ask in table.rows():
        print(f"{what:52} {reach:26} {ask()}", flush=True)
    print(f"\nload after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
