"""What somebody would write instead, on the same mails; all that they have in common.

Each takes the mails that wait, commits every order durably (SQLite WAL, synchronous=FULL) and sends one letter. No
rules, no areas, no price, no provenance, one letter instead of two.
"""

import email
import re
import sqlite3
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

BY_HAND = ("imaplib_loop", "imaptools_loop", "naive")  # what people write; beside them stands the floor
FIELD = re.compile(r"^(发货人|联系方式|货物状况|提货地址|发往|收货人|付费方式)[::](.*)$", re.M)
SENDER, RECIPIENT = "orders@consign.example", "dispatch@consign.example"


def fields_of(octets: bytes) -> dict[str, str]:
    """The labelled lines of the mail's text."""
    body = email.message_from_bytes(octets, policy=default).get_body(("plain", "html"))
    return labelled(body.get_content() if body else "")


def labelled(text: str) -> dict[str, str]:
    return dict(FIELD.findall(text))


def letter(fields: dict[str, str]) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, RECIPIENT, "派车单"
    message.set_content("\n".join(f"{name}:{value}" for name, value in fields.items()))
    return message


def open_store(folder: Path) -> sqlite3.Connection:
    store = sqlite3.connect(folder / "peer.db")
    store.execute("PRAGMA journal_mode=wal")
    store.execute("PRAGMA synchronous=full")
    store.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, uid TEXT, fields TEXT, mail BLOB, sent INTEGER)")
    return store
