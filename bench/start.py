"""How soon a daemon is at work after its start: until mail is kept, until a letter that lay ready, until a new order.

python -m bench.start [--rounds 3]     from exec to the commit, each round on a database that stands already
"""

import argparse
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select, update

from bench.rig import Rig, count, percentile, rig, until
from config.database import Database
from consign.samples import SAYS, sample_mails
from dispatch.tables import Letter
from intake.tables import InboundMail

SENT = "SELECT count(*) FROM letter WHERE state = 'sent'"


@dataclass(frozen=True)
class Start:
    """Seconds from exec."""

    kept: float  # the first new mail is committed
    ready: float  # a letter that was due already is accepted
    order: float  # the work order of a mail that lay in the mailbox is accepted


def measure(rounds: int) -> list[Start]:
    """The first start makes the database; each of the others finds one letter due and one new mail."""
    samples = sample_mails(len(SAYS) + 1 + rounds, datetime.now(UTC))
    octets = [sample.octets for sample in samples][-rounds - 1 :]
    found = []
    with rig() as bench:
        bench.dovecot.deliver(octets[0])
        with bench.daemon():
            until(lambda: (bench.folder / "consign.db").exists(), 30)
            database = bench.open()
            until(lambda: count(database, SENT) >= 2, 60)
        for number in range(rounds):
            found.append(_restart(bench, database, octets[number + 1]))
        database.close()
    return found


def _restart(bench: Rig, database: Database, mail: bytes) -> Start:
    bench.dovecot.deliver(mail)
    with database.write() as session:
        first = session.scalar(select(func.min(Letter.id)))
        session.execute(update(Letter).where(Letter.id == first).values(state="due", sent_at=None))
        mails = session.scalar(select(func.max(InboundMail.id))) or 0
    letters = count(database, "SELECT count(*) FROM letter") + 2
    began, clock = time.monotonic(), datetime.now(UTC)
    with bench.daemon():
        if not until(lambda: count(database, SENT) >= letters, 60, 0.02):
            raise RuntimeError(f"the daemon did not send within {time.monotonic() - began:.0f} s")
    with database.read() as session:
        kept = session.scalar(select(InboundMail.kept_at).where(InboundMail.id > mails))
        ready = session.scalar(select(Letter.sent_at).where(Letter.id == first))
        newest = session.scalar(select(func.max(Letter.id)).where(Letter.purpose == "work_order"))
        order = session.scalar(select(Letter.sent_at).where(Letter.id == newest))
    if not (kept and ready and order):
        raise RuntimeError("a mail or a letter has no time")
    return Start(*((at - clock).total_seconds() for at in (kept, ready, order)))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=3)
    starts = measure(arguments.parse_args().rounds)
    for what, values in (
        ("first new mail kept", [start.kept for start in starts]),
        ("letter that lay ready accepted", [start.ready for start in starts]),
        ("work order of a new mail accepted", [start.order for start in starts]),
    ):
        print(f"start -> {what}: median {percentile(values, 0.5):.2f} s, best {min(values):.2f} s")


if __name__ == "__main__":
    main()
