"""How long `consign db copy` takes: python -m bench.copying ORDERS FROM-URL TO-URL

Fills the first database with orders, each with its mail, revision, two letters and their events, then copies it.
"""

import sys
import time
from datetime import UTC, datetime, timedelta

from config.database import Database, open_database
from consign import schema
from consign.copying import copy_database
from dispatch import letterbook
from dispatch.draft import Purpose
from intake import mailbook, register
from intake.rawmail import Mark
from tests.builders import new_letter, new_order, raw_mail

AT_ONCE = 500
START = datetime(2026, 1, 1, tzinfo=UTC)
MAIL, LETTER = b"Subject: x\r\n\r\n" + b"x" * 2500, b"Subject: x\r\n\r\n" + b"y" * 4000


def fill(database: Database, orders: int) -> None:
    """Orders as the daemon would have left them."""
    for first in range(0, orders, AT_ONCE):
        now = START + timedelta(seconds=first)
        count = min(AT_ONCE, orders - first)
        with database.write() as session:
            mails = [raw_mail(first + n + 1, MAIL, now) for n in range(count)]
            mailbook.keep(database, session, "orders", mails, Mark(7, first + count), now)
            new = [new_order(now, mail_id=first + n + 1) for n in range(count)]
            register.enter(database, session, new, f"{now:%Y%m%d}", now)
            letters = [
                new_letter(2 * (first + n) + k, purpose, octets=LETTER, order_id=first + n + 1, clear_at=now)
                for n in range(count)
                for k, purpose in enumerate((Purpose.WORK_ORDER, Purpose.ACKNOWLEDGEMENT))
            ]
            letterbook.write(database, session, letters, now)


def main() -> None:
    orders, source_url, target_url = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    source, target = open_database(source_url), open_database(target_url)
    schema.upgrade(source)
    began = time.monotonic()
    fill(source, orders)
    filled = time.monotonic()
    copied = copy_database(source, target)
    took = time.monotonic() - filled
    rows = sum(one.rows for one in copied)
    sys.stdout.write(f"filled in {filled - began:.1f} s; {rows} rows of {orders} orders, copied in {took:.1f} s\n")


if __name__ == "__main__":
    main()
