"""What one order costs, step by step, in CPU time of one core: it tells more than seconds on a machine that is shared.

python -m bench.cost [--orders 500] [--rounds 4] [--profile STEP]     STEP: keep, read, judge, letters, book, tasks

The least of several rounds counts for each step: neighbours on the machine can only make it dearer.
"""

import argparse
import cProfile
import pstats
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from config.company import Company, load_company
from config.database import Database, open_database
from config.settings import Settings
from consign import schema
from consign.rounds import BATCH, reading_rules
from consign.samples import SAYS, sample_mails
from dispatch import letterbook
from dispatch.letterbook import Acceptance
from dispatch.steps import Desk, plan_letters
from followup.steps import plan_tasks
from intake import mailbook
from intake.message import ReadingRules, Understanding
from intake.rawmail import Mark, RawMail
from intake.readers import Failure
from intake.steps import judge_waiting
from intake.understanding import understand

STEPS = ("keep", "read", "judge", "letters", "book", "tasks")
HANDED_OUT = 8  # letters that the post office leases and settles at once, with its four couriers


def now() -> datetime:
    return datetime.now(UTC)


class Readers:
    """Reads in this process, so that the time can be seen."""

    def __init__(self, rules: ReadingRules) -> None:
        self.rules, self.seconds = rules, 0.0

    def understand(self, mails: list[bytes], company: str = "") -> list[Understanding | Failure]:
        began = time.process_time()
        read: list[Understanding | Failure] = [understand(octets, self.rules) for octets in mails]
        self.seconds += time.process_time() - began
        return read


class Chain:
    """The whole way of an order without its two servers; each step measured by itself."""

    def __init__(
        self, database: Database, company: Company, settings: Settings, profiled: str = "", profile: Any = None
    ) -> None:
        self.database, self.company = database, company
        self.desk = Desk(company, b"bench", settings.letters)
        self.readers = Readers(reading_rules(company, settings))
        self.seconds = dict.fromkeys(STEPS, 0.0)
        self.profiled, self.profile = profiled, profile or cProfile.Profile()
        self.uid = 0  # of the last mail kept; set it higher where others are stored

    def run(self, mails: list[bytes]) -> int:
        """Everything that follows from the mails; returns how many letters were sent."""
        self._timed("keep", lambda: self._keep(mails))
        while self._timed("judge", self._judge):
            self._timed("letters", lambda: plan_letters(self.database, self.desk, now, limit=2 * BATCH))
        letters = 0
        while sent := self._timed("book", self._book):
            letters += sent
        while self._timed("tasks", lambda: plan_tasks(self.database, self.company, now, limit=2 * BATCH)):
            pass
        self.seconds["judge"] -= self.readers.seconds
        self.seconds["read"] = self.readers.seconds
        return letters

    def _timed(self, step: str, work: Callable[[], int]) -> int:
        began = time.process_time()
        if step == self.profiled:
            self.profile.enable()
        done = work()
        self.profile.disable()
        self.seconds[step] += time.process_time() - began
        return done

    def _keep(self, mails: list[bytes]) -> int:
        for start in range(0, len(mails), BATCH):
            raw = [
                RawMail("orders", 1, self.uid + at + 1, octets, now(), len(octets), truncated=False)
                for at, octets in enumerate(mails[start : start + BATCH])
            ]
            self.uid += len(raw)
            with self.database.write() as session:
                mailbook.keep(self.database, session, "orders", raw, Mark(1, raw[-1].uid), now())
        return len(mails)

    def _judge(self) -> int:
        return judge_waiting(self.database, self.company, self.readers, now, reader="bench", limit=BATCH)

    def _book(self) -> int:
        """What the clerk of the post office does: leases, settles; the server itself takes no time."""
        lease = timedelta(seconds=60)
        with self.database.write() as session:
            letters = letterbook.lease_due(self.database, session, "bench", now(), HANDED_OUT, lease)
        with self.database.write() as session:
            letterbook.mark_all_sent(session, [Acceptance(letter, "250 ok", now()) for letter in letters])
        return len(letters)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=500, help="in each round")
    arguments.add_argument("--rounds", type=int, default=4)
    arguments.add_argument("--profile", choices=STEPS, default="")
    given = arguments.parse_args()
    profile = cProfile.Profile()
    found = measure(given.orders, given.rounds, given.profile, profile)
    print(f"CPU ms an order (the least of {given.rounds} rounds of {given.orders} orders):")
    for step, milliseconds in found.items():
        print(f"  {step:8} {milliseconds:7.2f}")
    print(f"  {'all':8} {sum(found.values()):7.2f}")
    if given.profile:
        pstats.Stats(profile, stream=sys.stdout).sort_stats("tottime").print_stats(40)


def measure(orders: int, rounds: int, profiled: str = "", profile: cProfile.Profile | None = None) -> dict[str, float]:
    """CPU ms an order of each step."""
    settings = Settings()
    mails = [sample.octets for sample in sample_mails(len(SAYS) + 1 + rounds * orders, now())][-rounds * orders :]
    found = []
    with tempfile.TemporaryDirectory(prefix="consign-bench-") as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'consign.db'}")
        schema.upgrade(database)
        company = load_company(settings)
        for number in range(rounds):
            chain = Chain(database, company, settings, profiled, profile)
            chain.uid = number * orders
            chain.run(mails[number * orders : (number + 1) * orders])
            found.append(chain.seconds)
        database.close()
    return {step: 1000 * min(seconds[step] for seconds in found) / orders for step in STEPS}


if __name__ == "__main__":
    main()
