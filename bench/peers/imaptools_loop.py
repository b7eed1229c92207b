"""The shortest script: imap-tools marks what it has read, a connection to the mail server for each letter."""

import smtplib

from imap_tools import AND, MailBoxUnencrypted

from bench.peers import labelled, letter, open_store
from bench.rig import Rig
from tests.servers import PASSWORD


def drain(bench: Rig) -> int:
    """Works off the mailbox; returns how many mails there were."""
    store, done = open_store(bench.folder), 0
    with MailBoxUnencrypted("127.0.0.1", bench.dovecot.imap_port).login("orders", PASSWORD) as box:
        for mail in box.fetch(AND(seen=False), mark_seen=True):
            fields = labelled(mail.text or mail.html)
            values = (mail.uid, str(fields), mail.obj.as_bytes())
            row = store.execute("INSERT INTO orders (uid, fields, mail, sent) VALUES (?, ?, ?, 0)", values)
            store.commit()
            with smtplib.SMTP("127.0.0.1", bench.sink_port, local_hostname="consign.example") as smtp:
                smtp.send_message(letter(fields))
            store.execute("UPDATE orders SET sent = 1 WHERE id = ?", (row.lastrowid,))
            store.commit()
            done += 1
    store.close()
    return done
