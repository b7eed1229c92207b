"""How long the desk takes for a page when a million orders and fifty thousand open tasks are stored.

python -m bench.pages [--orders 1000000] [--tasks 50000] [--database FILE] [--rounds 200] [--page PAGE] [--profile]

FILE is made when it is not there (ten minutes for a million orders), and used again when it is. Each page is asked for
through the whole application, as somebody who is logged in, in this process: the time is the server's alone. Every
round asks for another order, phone, name or word. On a machine that others use too, look at the time of the processor.
"""

import argparse
import cProfile
import gc
import pstats
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import func, select

from bench.filled import GOODS, PARKS, ROADS, TOWNS, fill
from bench.rig import percentile
from config.company import load_company
from config.database import Database, open_database
from config.settings import Settings
from followup import people
from followup.console.app import create_app
from followup.tables import OPEN, Task
from intake import register
from intake.record import OrderRecord
from intake.tables import Order

BASE = "http://127.0.0.1"
A_CALLER = 200  # requests from one address, before the desk would ask it to wait


@dataclass(frozen=True)
class Timed:
    """What one kind of page took: milliseconds, by the clock and of the processor."""

    page: str
    p50: float
    p99: float
    cpu_p50: float
    cpu_p99: float

    def __str__(self) -> str:
        clock, cpu = f"{self.p50:7.1f} {self.p99:7.1f}", f"{self.cpu_p50:7.1f} {self.cpu_p99:7.1f}"
        return f"{self.page:32} {clock}    {cpu}"


class Desk:
    """The application over the filled database, and somebody who is logged in."""

    def __init__(self, database: Database, agent: str) -> None:
        company = load_company(Settings())
        gc.freeze()  # as the daemon does: no collection looks through rules and place names
        self.app = create_app(database, lambda: company, Settings(), lambda: datetime.now(UTC))
        with database.write() as session:
            code = people.make_link(session, agent, datetime.now(UTC))
        self.token = people.enter_by_link(database, code, "", "", datetime.now(UTC))
        self.asked = 0
        self.client = self._client()

    def _client(self) -> TestClient:
        address = f"10.0.{self.asked // A_CALLER // 250}.{self.asked // A_CALLER % 250}"
        client = TestClient(self.app, BASE, follow_redirects=False, client=(address, 5000))
        client.cookies.set("consign", self.token)
        return client

    def seconds(self, path: str) -> tuple[float, float]:
        """One page: by the clock, and of the processor. Raises RuntimeError where it is not what was asked for."""
        self.asked += 1
        if self.asked % A_CALLER == 0:
            self.client = self._client()
        began, worked = time.perf_counter(), time.process_time()
        answer = self.client.get(path)
        took = time.perf_counter() - began, time.process_time() - worked
        if answer.status_code not in (200, 303) or answer.headers.get("location", "").startswith("/login"):
            raise RuntimeError(f"{path}: {answer.status_code}")
        return took


class Picked:
    """Orders and tasks out of the whole, to ask for."""

    def __init__(self, database: Database, rounds: int) -> None:
        chance = random.Random(7)
        with database.read() as session:
            first, last = session.execute(select(func.min(Order.id), func.max(Order.id))).one()
            ids = [chance.randrange(max(1000, first), last + 1) for _ in range(rounds)]
            found = register.records(session, ids)
            tasks = session.scalars(select(Task.id).where(OPEN, Task.order_id.is_not(None))).all()
        self.orders: list[OrderRecord] = list(found.values())
        self.tasks = chance.sample(list(tasks), min(rounds, len(tasks)))

    def pages(self) -> Mapping[str, Iterator[str]]:
        """Each kind of page with the paths to ask for."""
        orders = self.orders
        forms = [order.form for order in orders]
        search: dict[str, Callable[[], list[Any]]] = {
            "number": lambda: [order.number for order in orders],
            "beginning of a number": lambda: [order.number[:11] for order in orders],
            "day": lambda: [order.number[:8] for order in orders],
            "phone": lambda: [form.shipper.phone for form in forms],
            "last four of a phone": lambda: [(form.shipper.phone or "")[-4:] for form in forms],
            "name": lambda: [form.consignee.name for form in forms],
            "surname": lambda: [(form.consignee.name or "")[0] for form in forms],
            "mail address": lambda: [order.shipper_address for order in orders],
            "company": lambda: [form.shipper.company for form in forms],
            "address": lambda: [(form.pickup_address or "").partition("区")[2] for form in forms],
            "house number": lambda: [(form.pickup_address or "").partition("路")[2][:4] for form in forms],
            "frequent word": lambda: ["上海", "有限公司", "公司", "栋", "号", *TOWNS, *GOODS],
            "two frequent words": lambda: [f"有限公司 {town}" for town in TOWNS],
            "three frequent words": lambda: [
                f"{road}路 {park} {town}" for road in ROADS for park in PARKS for town in TOWNS
            ],
            "frequent and rare": lambda: [f"有限公司 {form.consignee.name}" for form in forms],
            "words that never meet": lambda: ["南京西路 仙霞路", "轴承 瓷砖", "家具 电缆 杭州", "服装 阀门 有限公司"],
            "nothing": lambda: ["饕餮", "13012340000000", "99990101-0001", "zzz", "龘"],
        }
        fixed = {
            "queue": cycle(["/"]),
            "queue, one kind": cycle(["/?kind=verify_pickup"]),
            "queue, zone and dispatcher": cycle([f"/?zone=suburban&dispatcher={d}" for d in ("sh-west", "sh-east")]),
            "my queue": cycle(["/?mine=1"]),
            "call sheet": cycle([f"/tasks/{task}" for task in self.tasks]),
            "order": cycle([f"/orders/{order.number}" for order in orders]),
            "orders": cycle(["/orders?all=1"]),
            "wall board": cycle(["/wall"]),
            "known customer": cycle([f"/known?q={(form.shipper.phone or '')[-8:]}" for form in forms]),
        }
        return fixed | {
            f"search: {name}": cycle([f"/search?q={text}" for text in make()]) for name, make in search.items()
        }


def measure(file: Path, rounds: int, only: str = "") -> Iterator[Timed]:
    """Each page in turn; the first round of each is not counted: it reads what a desk at work has in memory."""
    database = open_database(f"sqlite:///{file}")
    desk = Desk(database, "zhao")
    for page, paths in Picked(database, rounds).pages().items():
        if not page.startswith(only):
            continue
        desk.seconds(next(paths))
        taken = [desk.seconds(next(paths)) for _ in range(rounds)]
        clock, cpu = ([1000 * one[which] for one in taken] for which in (0, 1))
        yield Timed(page, *(percentile(kind, share) for kind in (clock, cpu) for share in (0.5, 0.99)))
    database.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=1_000_000)
    arguments.add_argument("--tasks", type=int, default=50_000)
    arguments.add_argument("--database", type=Path)
    arguments.add_argument("--rounds", type=int, default=200)
    arguments.add_argument("--page", default="", help="only pages whose names begin so")
    arguments.add_argument("--profile", action="store_true")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="consign-bench-") as folder:
        file = given.database or Path(folder) / "consign.db"
        seconds = fill(file, given.orders, given.tasks)
        print(f"{given.orders:,} orders, {given.tasks:,} open tasks; made in {seconds:.0f} s" if seconds else f"{file}")
        print(f"{'milliseconds':32}     p50     p99    cpu p50 cpu p99")
        profile = cProfile.Profile()
        if given.profile:
            profile.enable()
        for timed in measure(file, given.rounds, given.page):
            print(timed, flush=True)
        if given.profile:
            profile.disable()
            pstats.Stats(profile, stream=sys.stdout).sort_stats("cumtime").print_stats(60)


if __name__ == "__main__":
    main()
