"""Every measurement with its reach: python -m bench [--quick] [--only WORD] [--million FILE]

Each row is measured now, on this machine; one that fails says why, and the others go on. The load of the machine stands
above. The whole table takes half an hour, --quick four minutes. FILE is a desk of a million orders, made when it is not
there (ten minutes and 14 GB more); without it pages and growth are measured at a tenth of that. The yardstick tells how
fast the machine was after each row (bench.yardstick): the lower, the faster.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import burst, fleet, growth, idle, latency, pages, peers, start, yardstick
from bench.filled import fill
from bench.peers.__main__ import measure as measure_peer
from bench.rig import percentile

Row = tuple[str, str, Callable[[], str]]
FAR = 0.05  # seconds to a server and back
REACH = 50  # ms for a page
FAR_CONNECTIONS = 16  # a letter takes two round trips, and 111 letters a second are wanted


class Table:
    """The rows; what one measurement finds out serves several of them."""

    def __init__(self, quick: bool, million: Path | None) -> None:
        self.million = million
        self.orders, self.far, self.seconds = (1000, 1000, 20) if quick else (90_000, 10_000, 60)
        self.peers = 500 if quick else 4000
        self.stored = [1_000, 10_000] if quick else [1_000, 100_000]
        self.desk = (1_000_000, 50_000) if million else (10_000, 500) if quick else (100_000, 5_000)
        self.shared = 600 if quick else 3000
        self.burst: burst.Burst | None = None

    def rows(self) -> list[Row]:
        return [
            ("arrival -> work order accepted, one a second, IDLE", "p50 0.8 s, p99 1.5 s", lambda: self._latency(0)),
            ("the same, polling every 5 s", "p99 6.5 s", lambda: self._latency(5)),
            (f"burst of {self.orders:,}, two letters each: done within 180 s", "90,000 orders", self._burst),
            (f"the same, 50 ms to both servers, {FAR_CONNECTIONS} connections", "10,000 orders", self._far),
            (f"peers on {self.peers:,} mails, mail by mail, one letter", "2.5 times the best", self._peers),
            (f"the floor on {self.peers:,} mails, one letter, no rules", "at most 4 times its time", self._floor),
            ("CPU of an order without reading, many stored", "flat within 15 %", self._growth),
            (f"pages at {self.desk[0]:,} orders and {self.desk[1]:,} tasks", "p99 50 ms", self._pages),
            ("idle", "1 % of a core", lambda: f"{idle.measure(self.seconds):.2f} % of a core"),
            ("memory of all processes in the burst", "300 MB", lambda: f"{self._run_burst().megabytes:.0f} MB"),
            ("PostgreSQL, 1 -> 2 -> 4 daemons", "grows to two full cores", self._fleet),
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
            self.burst = burst.measure(self.orders, connections=4, limit=180)
        return self.burst

    def _burst(self) -> str:
        return _told(self._run_burst())

    def _far(self) -> str:
        found = burst.measure(self.far, FAR_CONNECTIONS, 400, FAR)
        letters = f"{found.letters:,} letters in {found.all_seconds:.0f} s"
        return f"{found.done:,} orders in {found.seconds:.0f} s, their {letters} (wanted for {self.far:,}: 180 s)"

    def _peers(self) -> str:
        rates = {name: measure_peer(name, self.peers) for name in peers.BY_HAND}
        ours = burst.measure(self.peers, connections=4, limit=400).rate  # beside them, on as many mails
        best = max(rates.values())
        each = ", ".join(f"{name} {rate:.0f}" for name, rate in rates.items())
        return (
            f"{ours / best:.2f} times the best, {ours / rates['naive']:.2f} times the naive ({each}, ours {ours:.0f}/s)"
        )

    def _floor(self) -> str:
        floor = measure_peer("floor", self.peers)
        ours = burst.measure(self.peers, connections=4, limit=400).rate
        return f"{floor / ours:.1f} times its time ({floor:.0f}/s, ours {ours:.0f}/s, the start included)"

    def _growth(self) -> str:
        if self.million:
            fill(self.million, *self.desk)
        costs = growth.measure(self.stored, 200, self.million)
        return ", ".join(f"{cost:.2f} ms at {stored:,}" for stored, cost in costs.items())

    def _pages(self) -> str:
        with TemporaryDirectory(prefix="consign-bench-") as folder:
            file = self.million or Path(folder) / "filled.db"
            fill(file, *self.desk)
            found = sorted(pages.measure(file, 60), key=lambda page: -page.p99)
        above = [f"{page.page} {page.p99:.0f}" for page in found if page.p99 > REACH]
        return f"slowest p99 {found[0].p99:.0f} ms; above {REACH}: {', '.join(above) or 'none'} (of {len(found)} kinds)"

    def _fleet(self) -> str:
        return "; ".join(map(str, fleet.measure([1, 2, 4], self.shared)))

    def _start(self) -> str:
        found = start.measure(3)
        ready, order = ([getattr(one, name) for one in found] for name in ("ready", "order"))
        return f"{percentile(ready, 0.5):.2f} s, {percentile(order, 0.5):.2f} s (median of 3)"


def _told(found: burst.Burst) -> str:
    """What became of a burst; one that ended before its time says how many it would have been."""
    cpu = 1000 * found.cpu_seconds / found.done
    done = found.done >= found.orders
    orders = f"{180 * found.rate:,.0f} orders at this rate" if done else f"{found.done:,} orders"
    late = "" if done else f", {found.ahead} older ones waiting behind the youngest of them"
    return f"{orders}: {found.rate:.0f}/s, {cpu:.1f} ms of CPU each, the start included{late}"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="small numbers")
    arguments.add_argument("--only", default="", metavar="WORD", help="the rows whose words hold this one")
    arguments.add_argument("--million", type=Path, metavar="FILE", help="a desk of a million orders")
    given = arguments.parse_args()
    one, five, _ = os.getloadavg()
    machine = f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, yardstick {yardstick.milliseconds():.0f} ms"
    print(f"{machine}; load before: {one:.1f} (1 min), {five:.1f} (5 min)\n")
    print(f"{'what':58} {'reach':26} measured")
    for what, reach, ask in Table(given.quick, given.million).rows():
        if given.only in what:
            _print(what, reach, ask)
    print(f"\nload after: {os.getloadavg()[0]:.1f}")


def _print(what: str, reach: str, ask: Callable[[], str]) -> None:
    print(f"{what:58} {reach:26} ", end="", flush=True)
    began = time.monotonic()
    try:
        found = ask()
    except Exception as error:  # noqa: BLE001 (one row that cannot be measured must not cost the others)
        found = f"FAILED: {error!r}"[:200]
    took, load = f"{time.monotonic() - began:.0f} s", f"load {os.getloadavg()[0]:.1f}"
    print(f"{found}   [{took}, {load}, yardstick {yardstick.milliseconds():.0f} ms]", flush=True)


if __name__ == "__main__":
    main()
