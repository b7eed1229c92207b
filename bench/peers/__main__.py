"""The peers and the floor on the same mails, one after the other: python -m bench.peers [--orders 500] [NAME ...]"""

import argparse
import time
from importlib import import_module

from bench.burst import waiting
from bench.rig import rig

PEERS = {
    "imaplib_loop": "imaplib, regular expression, one kept smtplib connection",
    "imaptools_loop": "imap-tools, a connection for each letter",
    "naive": "imapclient, mail-parser, ORM, smtplib, one by one",
    "floor": "batches, parsers in two processes, one pipelined connection",
}


def measure(name: str, orders: int) -> float:
    """Orders a second of one of PEERS, on servers of its own."""
    peer = import_module(f"bench.peers.{name}")
    with rig() as bench:
        bench.fill(waiting(orders))
        began = time.monotonic()
        done: int = peer.drain(bench)
        return done / (time.monotonic() - began)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PEERS))
    arguments.add_argument("--orders", type=int, default=500)
    given = arguments.parse_args()
    for name in given.names or PEERS:
        print(f"{PEERS[name]:60} {measure(name, given.orders):6.0f} orders/s", flush=True)


if __name__ == "__main__":
    main()
