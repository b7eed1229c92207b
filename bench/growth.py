"""What an order costs when many are stored already.

python -m bench.growth [--stored 1000 100000] [--orders 300] [--million FILE]

The stored ones are made as bench.pages makes them, so that every table and index holds them; FILE is such a desk that
was kept, and the orders measured are added to it.
"""

import argparse
import tempfile
from itertools import islice
from pathlib import Path

from sqlalchemy import func, select

from bench.burst import waiting
from bench.cost import Chain
from bench.filled import fill
from config.company import load_company
from config.database import open_database
from config.settings import Settings
from intake.tables import InboundMail, Order

ROUNDS = 6  # by turns, and the least counts: neighbours on the machine can only make an order dearer
WARM = 50  # orders before the first round: plans are made, pages are read


class Desk:
    """A desk with many orders, to which more are added."""

    def __init__(self, file: Path, orders: int) -> None:
        self.orders, self.settings = orders, Settings()
        self.database, self.company = open_database(f"sqlite:///{file}"), load_company(self.settings)
        with self.database.read() as session:
            self.stored = session.scalar(select(func.count()).select_from(Order)) or 0
            self.uid = session.scalar(select(func.max(InboundMail.uid))) or 0
        domain = b"@%d.example" % self.uid  # other shippers than in an earlier measurement: repetitions are asked about
        mails = [mail.replace(b"@customer.example", domain) for mail in waiting(WARM + ROUNDS * orders)]
        self.mails = iter(mails)
        self.cost(WARM)

    def cost(self, orders: int) -> float:
        """CPU ms of each of the next so many orders, reading left out (it sees no database)."""
        chain = Chain(self.database, self.company, self.settings)
        chain.uid, self.uid = self.uid, self.uid + orders
        chain.run(list(islice(self.mails, orders)))
        return 1000 * (sum(chain.seconds.values()) - chain.seconds["read"]) / orders


def measure(stored: list[int], orders: int, kept: Path | None = None) -> dict[int, float]:
    """Orders stored before -> CPU ms an order, reading left out."""
    with tempfile.TemporaryDirectory(prefix="consign-bench-") as folder:
        files = [Path(folder) / f"{number}.db" for number in stored]
        for file, number in zip(files, stored, strict=True):
            fill(file, number, number // 20)
        desks = [Desk(file, orders) for file in (*files, *([kept] if kept else []))]
        rounds = [[desk.cost(orders) for desk in desks] for _ in range(ROUNDS)]
        for desk in desks:
            desk.database.close()
    return {desk.stored: min(costs) for desk, costs in zip(desks, zip(*rounds, strict=True), strict=True)}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--stored", type=int, nargs="+", default=[1_000, 100_000])
    arguments.add_argument("--orders", type=int, default=200, help="in each round")
    arguments.add_argument("--million", type=Path, metavar="FILE", help="a kept file of bench.pages, besides")
    given = arguments.parse_args()
    for stored, cost in measure(given.stored, given.orders, given.million).items():
        print(f"{stored:9,} orders stored: {cost:.2f} ms of CPU an order, reading left out")


if __name__ == "__main__":
    main()
