"""What both mail adapters ask of a connection: certificates checked, dead peers noticed, foreign words cleaned."""

import socket
import ssl
import time
from pathlib import Path

# Linux' names; elsewhere the read timeouts alone must do. Seconds, a count, milliseconds.
WATCHFUL = (("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 30_000))
FRESH = 300.0  # seconds after which the authorities are read again
_contexts: dict[Path | None, tuple[float, int, ssl.SSLContext]] = {}


def checked_tls(ca_file: Path | None) -> ssl.SSLContext:
    """TLS that verifies chain and host name, always (RELIABILITY row 44); `ca_file` names an own authority.

    Reading all authorities takes a good part of a letter's time, so connections of the same minutes share a context.
    Raises OSError (ssl.SSLError included) when the file cannot be read or holds no certificate.
    """
    now = time.monotonic()
    made = _contexts.get(ca_file)
    if made is None or now - made[0] > FRESH or _changed(ca_file) != made[1]:
        made = now, _changed(ca_file), ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        _contexts[ca_file] = made
    return made[2]


def _changed(ca_file: Path | None) -> int:
    return ca_file.stat().st_mtime_ns if ca_file else 0


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
