"""Waiting for a change in the selected folder by IDLE (RFC 2177); a hint only, the search that follows is the truth.

imapclient's own idle_check() is not used: it returns nothing, for ever, on a link that ended, loses an EXISTS that came
in the same segment as the server's go-ahead, and fails on a line cut across two segments. Here nothing is read while
waiting: at the first sign of traffic IDLE is ended in the ordinary way, and that reads, or finds the link dead.
"""

import select
import ssl
import threading
import time
from typing import Any

from imapclient import IMAPClient

from intake.imap_link import MailboxUnreachable, told_as_one

STEP = 0.5  # seconds until a stop is noticed


class IdleRefused(Exception):
    """The server offers IDLE and does not take it."""


def idle(client: IMAPClient, stop: threading.Event, patience: float) -> bool:
    """Waits until the folder changes (True), `stop` is set or `patience` seconds have passed (False).

    Raises IdleRefused, or MailboxUnreachable when the link is dead, also when it is half-open.
    """
    with told_as_one():
        early = _begin(client)
        _traffic(client, stop, 0.0 if early else patience)
        _words, told = client.idle_done()
    return early or any(_is_change(line) for line in told)


def _begin(client: IMAPClient) -> bool:
    """Starts IDLE; True when the server told of a change before its go-ahead (imapclient's idle() fails on that)."""
    imap = client._imap
    tag = client._idle_tag = imap._command("IDLE")
    early = False
    while (line := imap._get_response()) is not None:
        if imap.tagged_commands[tag] is not None:
            imap.tagged_commands.pop(tag)
            raise IdleRefused(line)
        early = early or line.endswith(b"EXISTS")
    return early


def _traffic(client: IMAPClient, stop: threading.Event, patience: float) -> None:
    """Returns at the first sign of traffic: bytes read ahead, bytes or an end on the socket; or when time is up."""
    if _read_ahead(client):
        return
    poller = select.poll()
    poller.register(client.socket().fileno(), select.POLLIN)
    end = time.monotonic() + patience
    while not stop.is_set() and (left := end - time.monotonic()) > 0:
        if poller.poll(min(STEP, left) * 1000):
            return


def _read_ahead(client: IMAPClient) -> bool:
    """Whether bytes lie in a buffer on our side, where poll() cannot see them."""
    sock = client.socket()
    patience = sock.gettimeout()
    sock.settimeout(0)
    try:
        return bool(client._imap.file.peek(1))
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    finally:
        sock.settimeout(patience)


def _is_change(line: tuple[Any, ...]) -> bool:
    """EXISTS counts; BYE ends the link."""
    if line[:1] == (b"BYE",):
        raise MailboxUnreachable("refused", "the server said goodbye")
    return line[-1:] == (b"EXISTS",)
