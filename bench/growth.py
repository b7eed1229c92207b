"""What an order costs when many are stored already.

python -m bench.growth [--stored 1000 100000] [--orders 300] [--database FILE]

The stored ones are copies, row by row, of an order that went the whole way, so that every index holds them. FILE is a
desk as bench.pages keeps it, of a million orders say: the orders measured are added to it.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from bench.burst import waiting
from bench.cost import Chain
from config.company import load_company
from config.database import Base, Database, open_database
from config.settings import Settings
from consign import schema
from dispatch.tables import Letter
from followup.tables import Shipment, Task
from followup.tables_desk import SearchWord
from intake.tables import Event, InboundMail, Order, Revision

TOGETHER = 500  # copies written at once
OF_ORDERS: tuple[type[Base], ...] = (Revision, Letter, Task, Shipment, Event, SearchWord)
UNIQUE = {"number", "fingerprint", "message_id", "content_key", "key", "shipper_address", "sender", "recipient"}
KEYS = {"id", "order_id", "mail_id", "uid"}


def measure(stored: list[int], orders: int) -> dict[int, float]:
    """Orders stored before -> CPU ms an order, reading left out (it sees no database)."""
    settings = Settings()
    company = load_company(settings)
    found = {}
    with tempfile.TemporaryDirectory(prefix="consign-bench-") as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'consign.db'}")
        schema.upgrade(database)
        mails = waiting(50 + orders * len(stored))
        _run(database, company, settings, mails[:50])
        at, there = 50, 50
        for number in sorted(stored):
            if number > there:
                _copy(database, there + 1_000, number - there)
                there = number
            chain = _run(database, company, settings, mails[at : at + orders], uid=at)
            at, there = at + orders, there + orders
            found[number] = _cost(chain, orders)
        database.close()
    return found


def measure_kept(file: Path, orders: int) -> tuple[int, float]:
    """Orders stored in the file before, and CPU ms an order, reading left out."""
    settings = Settings()
    database = open_database(f"sqlite:///{file}")
    with database.read() as session:
        stored = session.scalar(select(func.count()).select_from(Order)) or 0
        uid = session.scalar(select(func.max(InboundMail.uid))) or 0
        ours = select(func.count()).where(InboundMail.message_id >= "<demo-", InboundMail.message_id < "<demo.")
        before = session.scalar(ours) or 0  # of an earlier measurement: the same order again would be asked about
    mails, company = waiting(before + 50 + orders)[before:], load_company(settings)
    _run(database, company, settings, mails[:50], uid)
    chain = _run(database, company, settings, mails[50:], uid + 50)
    database.close()
    return stored, _cost(chain, orders)


def _cost(chain: Chain, orders: int) -> float:
    return 1000 * (sum(chain.seconds.values()) - chain.seconds["read"]) / orders


def _run(database: Database, company: Any, settings: Settings, mails: list[bytes], uid: int = 0) -> Chain:
    chain = Chain(database, company, settings)
    chain.uid = uid
    chain.run(mails)
    return chain


def _copy(database: Database, shift: int, count: int) -> None:
    """`count` copies of the first order, its mail, its letters, tasks and events, under keys of their own."""
    with database.read() as session:
        rows = {
            table: [dict(row._mapping) for row in session.execute(select(table).where(column == 1))]
            for table, column in _tables()
        }
    for start in range(0, count, TOGETHER):
        with database.write() as session:
            for table, models in rows.items():
                copies = [
                    _shifted(model, place, len(models), shift + start + number)
                    for number in range(min(TOGETHER, count - start))
                    for place, model in enumerate(models)
                ]
                session.connection().execute(insert(table), copies)


def _tables() -> list[tuple[Any, Any]]:
    """Each table with the column that names the order (or is the mail) of its rows."""
    own = [(one.__table__, one.__table__.c.id) for one in (InboundMail, Order)]
    return [*own, *((one.__table__, one.__table__.c.order_id) for one in OF_ORDERS)]


def _shifted(model: dict[str, Any], place: int, many: int, number: int) -> dict[str, Any]:
    """A row of the copy `number`: ids far from those that the database gives by itself."""
    changed: dict[str, Any] = {}
    for column, value in model.items():
        if column == "id":
            changed[column] = 10_000_000 + number * many + place
        elif column in KEYS and value is not None:
            changed[column] = 10_000_000 + number if column == "uid" else _parent(number)
        elif column in UNIQUE and isinstance(value, str):
            changed[column] = f"{value}~{number}"
    return model | changed


def _parent(number: int) -> int:
    """The id of an order or mail of its own: one row a copy."""
    return 10_000_000 + number


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--stored", type=int, nargs="+", default=[1_000, 100_000])
    arguments.add_argument("--orders", type=int, default=300)
    arguments.add_argument("--database", type=Path, help="a kept file of bench.pages, besides")
    given = arguments.parse_args()
    found = measure(given.stored, given.orders)
    if given.database:
        found |= dict([measure_kept(given.database, given.orders)])
    for stored, cost in found.items():
        print(f"{stored:9,} orders stored: {cost:.2f} ms of CPU an order, reading left out")


if __name__ == "__main__":
    main()
