"""One trial of a campaign: a stream of orders, daemons that are started again when they end, and a fault.

The daemons stand behind proxies before their mailbox and their mail server. Whoever does the fault lets time pass by
`pass_time` and `until`: meanwhile the orders come in and dead daemons are started again, as a supervisor would.
"""

import random
import re
import shutil
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from tests.faults.box import Box
from tests.faults.installation import SHIPPING, SHORT, Installation
from tests.faults.postgres import Postgres
from tests.faults.proxy import Break, Proxy
from tests.faults.scene import Loop, Scene
from tests.faults.sink import Sink
from tests.faults.verdict import Verdict, verdict

Times = Literal["short", "shipping"]
TEMPLATES: Mapping[str, Path] = {"short": SHORT, "shipping": SHIPPING}
LATE_COPIES: Mapping[str, float] = {"short": 8.0, "shipping": 95.0}  # lease + pause after an unknown outcome, and a bit
ZOMBIE: Mapping[str, float] = {"short": 9.0, "shipping": 90.0}  # seconds of a stop that outlasts every lease
ENTERED = re.compile(r"drop_kept|late:")


class Trial(Scene):
    """A scene under pressure; what it counts says whether a fault happened at all, and which copies it explains."""

    def __init__(self, loop: Loop, box: Box, folder: Path, seed: int, orders: int, times: Times, url: str = "") -> None:
        self.chance = random.Random(seed)
        sink = Sink(self.chance)
        loop.run(sink.start())
        self.imap, self.smtp = Proxy(box.port, self.chance), Proxy(sink.port, self.chance)
        for proxy in (self.imap, self.smtp):
            proxy.on_call = self._called
            loop.run(proxy.start())
        self.loop, self.times, self.orders, self.url, self.root = loop, times, orders, url, folder
        super().__init__(box, sink, self._installation(folder), "INBOX")
        self.chance = random.Random(seed)
        self.daemons = [self.installation]
        self.environment: dict[str, str] = {}
        self.rate = orders / 12  # orders a second
        self.twice = 10  # every tenth mail comes twice
        self.next_order = self.last_order = time.monotonic()
        self.faults: list[str] = []
        self.kills = self.pauses = self.restarts = 0
        self.called = ""  # the wire point that struck last
        self.paused: list[tuple[float, Installation]] = []
        self.outages: list[tuple[float, float]] = []
        self.stops: list[float] = []
        self.keep = True  # dead daemons are started again
        self.trials = 0  # how often each point is to strike; 0: as the scenario has it
        self.refusals = 0  # letters that the mail server refuses for good: not lost, but tasks for people
        self.minutes = 0.0  # of a soak; 0: as the scenario has it
        self.postgres: Postgres | None = None
        self.older = ""  # a checkout of an older version
        self.others = 0
        self.cut_links = 0  # times that the link to the mail server was reset, with a letter at its dot perhaps
        self.say: Callable[[str], None] = lambda words: None  # hears how a long scenario goes on
        self.ends: list[Callable[[], None]] = []
        self.forgotten = 0  # orders that a backup put back knows nothing of: read, numbered and sent anew
        self.judged_from = 0  # the first order that is judged: what came before may have been damaged on its way

    def _installation(self, folder: Path) -> Installation:
        return Installation(folder, self.imap.port, self.smtp.port, "INBOX", self.url, template=TEMPLATES[self.times])

    def move_to(self, folder: Path) -> None:
        """The installation stands on another disk; its log stays."""
        moved = self._installation(folder)
        moved.log = self.root / "daemon.log"
        self.installation, self.daemons = moved, [moved]

    def start(self, daemons: int = 1) -> None:
        """Starts the daemons; the first mails come at once."""
        for _ in range(1, daemons):
            self.daemons.append(self.another())
        for daemon in self.daemons:
            daemon.start(self.environment)

    def another(self) -> Installation:
        """A further daemon on the same database, with a log of its own; not started."""
        self.others += 1
        other = self._installation(self.installation.folder)
        other.log = self.root / f"daemon-{self.others}.log"
        return other

    # -- time

    @property
    def pressing(self) -> bool:
        """Whether orders are still to come."""
        return len(self.sent) < self.orders

    def tick(self) -> None:
        """Delivers what is due, starts again what has ended, wakes who was stopped."""
        now = time.monotonic()
        if now >= self.next_order and self.pressing:
            self.next_order = max(now, self.next_order + 1 / self.rate)
            self.order()
            self.last_order = now
            if self.twice and len(self.sent) % self.twice == 0:
                self.box.put(self.sent[-1].octets, self.folder)
        for wake_at, daemon in [item for item in self.paused if item[0] <= now]:
            self.paused.remove((wake_at, daemon))
            daemon.signal(signal.SIGCONT)
        for daemon in self.daemons:
            if self.keep and not daemon.running:
                self.restarts += 1
                daemon.start(self.environment)

    def pass_time(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.tick()
            time.sleep(0.02)

    def until(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        """Lets time pass until it holds; AssertionError after `seconds`."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"not within {seconds} s: {what}"
            self.pass_time(0.1)

    def until_started(self) -> None:
        """Half of the orders, at least, come after it."""
        self.until(lambda: all(daemon.has_started() for daemon in self.daemons), 60, "every daemon has started")
        self.orders = max(self.orders, len(self.sent) + self.orders // 2)

    # -- faults

    def note(self, fault: str) -> None:
        self.faults.append(fault)

    def any_daemon(self) -> Installation:
        return self.chance.choice(self.daemons)

    def kill(self, daemon: Installation | None = None, sign: signal.Signals = signal.SIGKILL) -> None:
        struck = daemon or self.any_daemon()
        if struck.running:
            struck.signal(sign)
            self.kills += 1
            self.note(sign.name)

    def pause(self, daemon: Installation, seconds: float) -> None:
        """Stops a daemon as a machine that sleeps does; it wakes by itself."""
        daemon.signal(signal.SIGSTOP)
        self.pauses += 1
        self.note("SIGSTOP")
        self.paused.append((time.monotonic() + seconds, daemon))

    def outage(self, proxy: Proxy, fault: str, seconds: float) -> None:
        """A server is out of reach for a while."""
        setattr(proxy, fault, True)
        if fault != "cut":
            proxy.reset_all()
            self.cut_links += proxy is self.smtp
        self.note(fault)
        began = time.time()
        self.pass_time(seconds)
        setattr(proxy, fault, False)
        self.outages.append((began, time.time()))

    def strike(self, proxy: Proxy, breaks: Sequence[Break], patience: float = 20.0) -> list[str]:
        """One break after the other, each on traffic of its own; returns the names of those that never happened."""
        never = []
        for rule in breaks:
            proxy.breaks = [replace(rule)]
            before, end = len(proxy.fired), time.monotonic() + patience
            while len(proxy.fired) == before and time.monotonic() < end:
                self.pass_time(0.1)
                if not self.pressing and time.monotonic() > self.last_order + 1.0:  # a break needs traffic
                    self.orders += 1
            if len(proxy.fired) == before:
                never.append(rule.name)
            else:
                self.note(rule.name)
        proxy.breaks = []
        return never

    def _called(self, rule: Break, port: int) -> None:
        """A wire point was passed by the daemon that holds this port; runs in the loop of the proxies."""
        struck = next((daemon for daemon in self.daemons if daemon.holds_port(port)), self.daemons[0])
        self.called = rule.name
        if rule.name.startswith("zombie"):
            self.pause(struck, ZOMBIE[self.times])
        else:
            struck.signal(signal.SIGKILL)
            self.kills += 1

    # -- the end

    def calm(self) -> None:
        """Nothing goes wrong any more; those who sleep wake up."""
        for proxy in (self.imap, self.smtp):
            proxy.breaks, proxy.latency, proxy.jitter, proxy.rate, proxy.flips = [], 0.0, 0.0, 0, 0.0
            proxy.down = proxy.black_hole = proxy.cut = False
        self.sink.faults = [fault for fault in self.sink.faults if fault.per_letter]
        self.until(lambda: not self.paused, 100, "those who sleep wake up")
        self.until(lambda: not self.pressing, 300, "all orders delivered")

    def settle(self, seconds: float = 180.0) -> None:
        """Every order answered and every row at rest; then long enough that late copies would have come."""
        self.until(self.finished, seconds, "every order answered, every row at rest")
        self.pass_time(LATE_COPIES[self.times])

    def stop(self) -> None:
        """Ends the daemons cleanly (G10)."""
        self.keep = False
        for daemon in self.daemons:
            if daemon.running and not daemon.has_started():
                daemon.until(daemon.has_started, 60, "started")
            began = time.monotonic()
            assert daemon.stop() == 0, daemon.tail()
            self.stops.append(time.monotonic() - began)

    def close(self) -> None:
        self.keep = False
        for daemon in self.daemons:
            daemon.kill()
        for server in (self.imap, self.smtp, self.sink):
            self.loop.run(server.stop())
        for end in self.ends:
            end()
        shutil.rmtree(self.root, ignore_errors=True)

    def verdict(self) -> Verdict:
        return verdict(self.sent[self.judged_from :], self.sink.delivered(), self.outages)

    def answered(self) -> bool:
        return len(self.verdict().lost) <= self.refusals

    def finished(self) -> bool:
        if self.judged_from:
            return self.answered() and self.settled()
        return super().finished()

    def check_rows(self) -> None:
        if not self.judged_from:
            super().check_rows()
        elif not self.url:
            assert self.installation.ask("PRAGMA integrity_check") == [("ok",)]

    def explained(self) -> int:
        """Copies that may be: one for each death, cut of the link, and letter taken without a word; two for a sleep."""
        taken = sum(bool(ENTERED.match(letter.said)) for letter in self.sink.letters)
        return taken + self.kills + self.cut_links + 2 * self.pauses
