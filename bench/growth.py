"""What an order costs when many are stored already.

python -m bench.growth [--stored 1000 100000] [--orders 300] [--million FILE]

The stored ones are made as bench.pages makes them, so that every table and index holds them; FILE is such a desk that
was kept, and the orders measured are added to it.
"""

import argparse
import tempfile
from pathlib import Path

from sqlalchemy import func, select

from bench.burst import waiting
from bench.cost import Chain
from bench.filled import fill
from config.company import load_company
from config.database import open_database
from config.settings import Settings
from intake.tables import InboundMail, Order

ROUNDS = 3  # the least counts: neighbours on the machine can only make an order dearer
WARM = 50  # orders before the first round: plans are made, pages are read


def measure(stored: list[int], orders: int, kept: Path | None = None) -> dict[int, float]:
    """Orders stored before -> CPU ms an order, reading left out (it sees no database)."""
    found = []
    with tempfile.TemporaryDirectory(prefix="consign-bench-") as folder:
        for number in stored:
            file = Path(folder) / f"{number}.db"
            fill(file, number, number // 20)
            found.append(_cost(file, orders))
            file.unlink()
    if kept:
        found.append(_cost(kept, orders))
    return dict(found)


def _cost(file: Path, orders: int) -> tuple[int, float]:
    """How many orders the file holds, and what the next ones cost."""
    settings = Settings()
    database, company = open_database(f"sqlite:///{file}"), load_company(settings)
    with database.read() as session:
        stored = session.scalar(select(func.count()).select_from(Order)) or 0
        uid = session.scalar(select(func.max(InboundMail.uid))) or 0
    domain = b"@%d.example" % uid  # other shippers than in an earlier measurement: what comes again is asked about
    mails = [mail.replace(b"@customer.example", domain) for mail in waiting(WARM + ROUNDS * orders)]

    def run(batch: list[bytes]) -> float:
        nonlocal uid
        chain = Chain(database, company, settings)
        chain.uid, uid = uid, uid + len(batch)
        chain.run(batch)
        return 1000 * (sum(chain.seconds.values()) - chain.seconds["read"]) / len(batch)

    run(mails[:WARM])
    least = min(run(mails[start : start + orders]) for start in range(WARM, len(mails), orders))
    database.close()
    return stored, least


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--stored", type=int, nargs="+", default=[1_000, 100_000])
    arguments.add_argument("--orders", type=int, default=300, help="in each of three rounds")
    arguments.add_argument("--million", type=Path, metavar="FILE", help="a kept file of bench.pages, besides")
    given = arguments.parse_args()
    for stored, cost in measure(given.stored, given.orders, given.million).items():
        print(f"{stored:9,} orders stored: {cost:.2f} ms of CPU an order, reading left out")


if __name__ == "__main__":
    main()
