"""The crash points on the wire: the daemon is killed when these bytes pass (RELIABILITY row 2)."""

import re
from collections.abc import Mapping
from typing import Literal

from tests.faults.proxy import Break, Way

Link = Literal["imap", "smtp"]


def _point(name: str, way: Way, pattern: bytes, *, before: bool = False) -> Break:
    return Break(way, "call", re.compile(pattern, re.IGNORECASE | re.MULTILINE | re.DOTALL), before=before, name=name)


NOTE = rb"^\S+ (UID )?(STORE|MOVE|COPY|EXPUNGE)"  # the note on the server that a mail is kept
NOTED = rb"^\S+ OK .*(Store|Move|Copy|Expunge) completed"

_POINTS: tuple[tuple[Link, Break], ...] = (
    ("imap", _point("logged in", "down", rb"^\S+ OK .*Logged in")),
    ("imap", _point("select asked", "up", rb"^\S+ SELECT")),
    ("imap", _point("search asked", "up", rb"^\S+ (UID )?SEARCH")),
    ("imap", _point("fetch asked", "up", rb"^\S+ (UID )?FETCH")),
    ("imap", _point("literal half read", "down", rb"FETCH \(.*?\{\d+\}\r\n")),
    ("imap", _point("fetched", "down", rb"^\S+ OK Fetch completed")),
    ("imap", _point("before the note", "up", NOTE, before=True)),
    ("imap", _point("note sent", "up", NOTE)),
    ("imap", _point("note taken", "down", NOTED)),
    ("smtp", _point("greeted", "down", rb"^220 ")),
    ("smtp", _point("sender given", "up", rb"^MAIL FROM")),
    ("smtp", _point("recipient given", "up", rb"^RCPT TO")),
    ("smtp", _point("data allowed", "down", rb"^354 ")),
    ("smtp", _point("body half sent", "up", rb"\r\n\r\n")),
    ("smtp", _point("before the dot", "up", rb"\r\n\.\r\n", before=True)),
    ("smtp", _point("dot sent", "up", rb"\r\n\.\r\n")),
    ("smtp", _point("250 withheld", "down", rb"^250 2.0.0 kept", before=True)),
    ("smtp", _point("250 passed", "down", rb"^250 2.0.0 kept")),
)
WIRE_POINTS: Mapping[str, tuple[Link, Break]] = {rule.name: (link, rule) for link, rule in _POINTS}
AMBIGUOUS = ("dot sent", "250 withheld", "250 passed")  # SMTP cannot tell these from "not delivered" (G5)
