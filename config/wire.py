"""What both mail adapters ask of a connection: certificates checked, dead peers noticed, foreign words cleaned."""

import socket
import ssl
from pathlib import Path

# Linux' names; elsewhere the read timeouts alone must do. Seconds, a count, milliseconds.
WATCHFUL = (("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 30_000))


def checked_tls(ca_file: Path | None) -> ssl.SSLContext:
    """TLS that verifies chain and host name, always (RELIABILITY row 44); `ca_file` names an own authority.

    Raises OSError (ssl.SSLError included) when the file cannot be read or holds no certificate.
    """
    return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)


def keep_watch(sock: socket.socket) -> None:
    """No Nagle; a half-open link is found by keepalive 20/5/3 and by data unacknowledged for 30 s (RELIABILITY G16)."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in WATCHFUL:
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def printable(words: str | bytes, limit: int = 300) -> str:
    """The other side's words on one line, without control characters, cut at `limit`: fit for logs and screens."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    line = " ".join(text.split())
    return "".join(character if character.isprintable() else "�" for character in line)[:limit]
