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

START = "SELECT count(*) FROM cursor"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=60)
    arguments.add_argument("--poll", type=float, default=0, help="no IDLE; ask every so many seconds")
    given = arguments.parse_args()
    lines = f"idle = false\npoll_seconds = {given.poll}" if given.poll else ""
    with rig(mailbox=lines) as bench, bench.daemon():
        samples = list(sample_mails(len(SAYS) + 2 + given.orders, datetime.now(UTC)))
        bench.dovecot.deliver(samples[0].octets)
        until(lambda: (bench.folder / "consign.db").exists(), 30)
        database = bench.open()
        until(lambda: count(database, "SELECT count(*) FROM letter WHERE state = 'sent'") >= 2, 60)
        delivered = {}
        for number, sample in enumerate(samples[-given.orders :], len(samples) - given.orders):
            began = time.monotonic()
            delivered[f"shipper{number}@customer.example"] = datetime.now(UTC)
            bench.dovecot.deliver(sample.octets)
            time.sleep(max(0.0, 1.0 - (time.monotonic() - began)))
        until(lambda: len(sent_times(database)) > given.orders, 30 + 2 * given.poll)
        seconds = [
            (at - delivered[who]).total_seconds() for who, at in sent_times(database).items() if who in delivered
        ]
        database.close()
    how = f"polling every {given.poll:g} s" if given.poll else "IDLE"
    print(
        f"arrival -> work order accepted, {how}: {len(seconds)} of {given.orders} orders, "
        f"p50 {percentile(seconds, 0.5):.2f} s, p99 {percentile(seconds, 0.99):.2f} s, max {max(seconds):.2f} s"
    )


def sent_times(database: Database) -> dict[str, datetime]:
    """When the work order of each shipper was accepted."""
    statement = select(Order.shipper_address, Letter.sent_at).join(Letter, Letter.order_id == Order.id)
    with database.read() as session:
        found = session.execute(statement.where(Letter.purpose == "work_order", Letter.sent_at.is_not(None)))
        return {who: at for who, at in found if at}


if __name__ == "__main__":
    main()
