"""What somebody would write instead, on the same mails: imaplib, a regular expression, SQLite, smtplib.

python -m bench.peer [--orders 500]      mail by mail: fetch, commit, send one letter, commit, flag
No rules, no areas, no price, no provenance, one letter instead of two; durable like ours (WAL, synchronous=FULL).
"""

import argparse
import email
import imaplib
import re
import smtplib
import sqlite3
import time
from email.message import EmailMessage
from email.policy import default

from bench.burst import waiting
from bench.rig import Rig, rig
from tests.servers import PASSWORD

FIELD = re.compile(r"^(发货人|联系方式|货物状况|提货地址|发往|收货人|付费方式)[::](.*)$", re.M)


def measure(orders: int) -> float:
    """Orders a second."""
    with rig() as bench:
        bench.fill(waiting(orders))
        began = time.monotonic()
        done = _drain(bench)
        return done / (time.monotonic() - began)


def _drain(bench: Rig) -> int:
    store = sqlite3.connect(bench.folder / "peer.db")
    store.execute("PRAGMA journal_mode=wal")
    store.execute("PRAGMA synchronous=full")
    store.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, uid TEXT, fields TEXT, mail BLOB, sent INTEGER)")
    box = imaplib.IMAP4("127.0.0.1", bench.dovecot.imap_port)
    box.login("orders", PASSWORD)
    box.select("INBOX")
    uids = box.uid("SEARCH", "UNSEEN")[1][0].split()
    with smtplib.SMTP("127.0.0.1", bench.sink_port) as smtp:
        for uid in uids:
            _one(box, smtp, store, uid.decode())
    box.logout()
    store.close()
    return len(uids)


def _one(box: imaplib.IMAP4, smtp: smtplib.SMTP, store: sqlite3.Connection, uid: str) -> None:
    octets = box.uid("FETCH", uid, "(BODY.PEEK[])")[1][0][1]
    assert isinstance(octets, bytes)
    body = email.message_from_bytes(octets, policy=default).get_body(("plain", "html"))
    fields = dict(FIELD.findall(body.get_content() if body else ""))
    row = store.execute("INSERT INTO orders (uid, fields, mail, sent) VALUES (?, ?, ?, 0)", (uid, str(fields), octets))
    store.commit()
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "orders@consign.example", "dispatch@consign.example", "派车单"
    letter.set_content("\n".join(f"{name}:{value}" for name, value in fields.items()))
    smtp.send_message(letter)
    store.execute("UPDATE orders SET sent = 1 WHERE id = ?", (row.lastrowid,))
    store.commit()
    box.uid("STORE", uid, "+FLAGS", r"(\Seen)")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=500)
    print(f"imaplib, regular expression, smtplib: {measure(arguments.parse_args().orders):.0f} orders/s")


if __name__ == "__main__":
    main()
