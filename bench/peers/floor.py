"""The floor: what the machine gives when nothing is decided. FETCH in batches, the standard library's parser in two
processes, a commit a batch, one pipelined connection to the mail server, one letter, no rules."""

import socket
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import BinaryIO

from imapclient import IMAPClient

from bench.peers import RECIPIENT, SENDER, fields_of, letter, open_store
from bench.rig import Rig
from tests.servers import PASSWORD

BATCH = 100
ENVELOPE = f"MAIL FROM:<{SENDER}>\r\nRCPT TO:<{RECIPIENT}>\r\nDATA\r\n".encode()


def drain(bench: Rig) -> int:
    """Works off the mailbox; returns how many mails there were."""
    store = open_store(bench.folder)
    with (
        IMAPClient("127.0.0.1", bench.dovecot.imap_port, ssl=False) as box,
        socket.create_connection(("127.0.0.1", bench.sink_port)) as smtp,
        smtp.makefile("rb") as replies,
        ProcessPoolExecutor(2, mp_context=get_context("spawn")) as parsers,
    ):
        box._imap.debug = 0  # it logs every line before it throws it away
        box.login("orders", PASSWORD)
        box.select_folder("INBOX")
        _greet(smtp, replies)
        uids = box.search("UNSEEN")
        batches = [uids[start : start + BATCH] for start in range(0, len(uids), BATCH)]
        reading = []
        for batch in batches:  # the parsers work while the next batch is fetched
            found = box.fetch(batch, ["BODY.PEEK[]"])
            reading.append(parsers.submit(_read, [found[uid][b"BODY[]"] for uid in batch]))
            if len(reading) > 2:
                _keep_and_send(store, smtp, replies, *reading.pop(0).result())
        for waiting in reading:
            _keep_and_send(store, smtp, replies, *waiting.result())
        box.add_flags(uids, [rb"\Seen"])
    store.close()
    return len(uids)


def _read(mails: Sequence[bytes]) -> tuple[list[tuple[str, bytes]], list[bytes]]:
    """In a parser: the rows of the store and the letters as they travel."""
    read = [(fields_of(octets), octets) for octets in mails]
    letters = [letter(fields).as_bytes().replace(b"\n", b"\r\n") for fields, _ in read]
    return [(str(fields), octets) for fields, octets in read], letters


def _keep_and_send(
    store: sqlite3.Connection,
    smtp: socket.socket,
    replies: BinaryIO,
    rows: list[tuple[str, bytes]],
    letters: list[bytes],
) -> None:
    store.executemany("INSERT INTO orders (fields, mail, sent) VALUES (?, ?, 0)", rows)
    store.commit()
    smtp.sendall(ENVELOPE)
    for number, octets in enumerate(letters, 1):
        for _ in range(3):
            _reply(replies)
        # the text of one letter and the envelope of the next in one go
        smtp.sendall(octets + b"\r\n.\r\n" + (ENVELOPE if number < len(letters) else b""))
        _reply(replies)
    store.execute("UPDATE orders SET sent = 1 WHERE sent = 0")
    store.commit()


def _greet(smtp: socket.socket, replies: BinaryIO) -> None:
    _reply(replies)
    smtp.sendall(b"EHLO consign.example\r\n")
    _reply(replies)


def _reply(replies: BinaryIO) -> None:
    """One reply. Raises RuntimeError for a refusal."""
    while (line := replies.readline())[3:4] == b"-":
        pass
    if line[:1] not in b"23" or not line:
        raise RuntimeError(line.decode(errors="replace"))
