"""The script of the tutorials: imaplib, a regular expression, SQLite, one kept smtplib connection, mail by mail."""

import imaplib
import smtplib
import sqlite3

from bench.peers import fields_of, letter, open_store
from bench.rig import Rig
from tests.servers import PASSWORD


def drain(bench: Rig) -> int:
    """Works off the mailbox; returns how many mails there were."""
    store = open_store(bench.folder)
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
    fields = fields_of(octets)
    row = store.execute("INSERT INTO orders (uid, fields, mail, sent) VALUES (?, ?, ?, 0)", (uid, str(fields), octets))
    store.commit()
    smtp.send_message(letter(fields))
    store.execute("UPDATE orders SET sent = 1 WHERE id = ?", (row.lastrowid,))
    store.commit()
    box.uid("STORE", uid, "+FLAGS", r"(\Seen)")
