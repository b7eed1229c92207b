"""Arrival (delivery to Dovecot by LMTP) until the work order is accepted by the SMTP server, one order a second.

python -m bench.latency [--orders 60] [--poll SECONDS]
"""

import argparse
import time
from datetime import UTC, datetime

from sqlalchemy import select

from bench.rig import count, percentile, rig, until
from config.database import Database
from consign.samples import SAYS, sample_mails
from dispatch.tables import Letter
from intake.tables import Order

SENT = "SELECT count(*) FROM letter WHERE state = 'sent'"


def measure(orders: int, poll: float = 0) -> list[float]:
    """Seconds of each order; fewer than `orders` where one was not accepted in time. poll = 0: IDLE."""
    lines = f"idle = false\npoll_seconds = {poll}" if poll else ""
    with rig(mailbox=lines) as bench, bench.daemon():
        samples = list(sample_mails(len(SAYS) + 2 + orders, datetime.now(UTC)))
        bench.dovecot.deliver(samples[0].octets)
        until(lambda: (bench.folder / "consign.db").exists(), 30)
        database = bench.open()
        until(lambda: count(database, SENT) >= 2, 60)
        delivered = {}
        for number, sample in enumerate(samples[-orders:], len(samples) - orders):
            began = time.monotonic()
            delivered[f"shipper{number}@customer.example"] = datetime.now(UTC)
            bench.dovecot.deliver(sample.octets)
            time.sleep(max(0.0, 1.0 - (time.monotonic() - began)))
        until(lambda: len(sent_times(database)) > orders, 30 + 2 * poll)
        sent = sent_times(database)
        database.close()
    return [(at - delivered[who]).total_seconds() for who, at in sent.items() if who in delivered]


def sent_times(database: Database) -> dict[str, datetime]:
    """When the work order of each shipper was accepted."""
    statement = select(Order.shipper_address, Letter.sent_at).join(Letter, Letter.order_id == Order.id)
    with database.read() as session:
        found = session.execute(statement.where(Letter.purpose == "work_order", Letter.sent_at.is_not(None)))
        return {who: at for who, at in found if at}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=60)
    arguments.add_argument("--poll", type=float, default=0, help="no IDLE; ask every so many seconds")
    given = arguments.parse_args()
    seconds = measure(given.orders, given.poll)
    how = f"polling every {given.poll:g} s" if given.poll else "IDLE"
    print(
        f"arrival -> work order accepted, {how}: {len(seconds)} of {given.orders} orders, "
        f"p50 {percentile(seconds, 0.5):.2f} s, p99 {percentile(seconds, 0.99):.2f} s, max {max(seconds):.2f} s"
    )


if __name__ == "__main__":
    main()
