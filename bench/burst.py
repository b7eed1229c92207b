"""A burst: N orders waiting in one mailbox when the daemon starts; until every work order is accepted.

python -m bench.burst [--orders 5000] [--connections 4] [--limit 600]
"""

import argparse
import time
from datetime import UTC, datetime

from bench.rig import count, rig, until
from consign.samples import SAYS, sample_mails


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=5000)
    arguments.add_argument("--connections", type=int, default=4)
    arguments.add_argument("--limit", type=float, default=600, help="seconds until it is given up")
    given = arguments.parse_args()
    mails = [sample.octets for sample in sample_mails(len(SAYS) + 1 + given.orders, datetime.now(UTC))]
    with rig(connections=given.connections) as bench:
        bench.fill(mails[-given.orders :])
        began = time.monotonic()
        with bench.daemon():
            until(lambda: (bench.folder / "consign.db").exists(), 30)
            database = bench.open()
            sent = "SELECT count(*) FROM letter WHERE state = 'sent' AND purpose = 'work_order'"
            until(lambda: count(database, sent) >= given.orders, given.limit, 0.5)
            seconds = time.monotonic() - began
            done = count(database, sent)
            letters = count(database, "SELECT count(*) FROM letter WHERE state = 'sent'")
            database.close()
    print(
        f"burst: {done} of {given.orders} work orders accepted in {seconds:.1f} s = {done / seconds:.0f} orders/s, "
        f"{letters} letters; in 180 s at this rate {180 * done / seconds:.0f} orders"
    )


if __name__ == "__main__":
    main()
