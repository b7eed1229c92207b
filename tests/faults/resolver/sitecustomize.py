"""A name server that misbehaves: put first in PYTHONPATH, it answers for *.resolver.test by a file (row 43).

$CHAOS_RESOLVER names the file; it holds "fail" (no such name, for the moment), "slow SECONDS", "dead" (an address at
which nobody listens stands first), "wrong" (only that address) or "well". Python imports this module by itself.
"""

import os
import socket
import time
from pathlib import Path
from typing import Any

_ask = socket.getaddrinfo
NOBODY = "127.0.0.9"


def getaddrinfo(host: Any, port: Any, *more: Any, **named: Any) -> Any:
    if not isinstance(host, str) or not host.endswith(".resolver.test"):
        return _ask(host, port, *more, **named)
    word, _, seconds = Path(os.environ["CHAOS_RESOLVER"]).read_text(encoding="ascii").partition(" ")
    if word == "fail":
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    if word == "slow":
        time.sleep(float(seconds))
    true, false = _ask("127.0.0.1", port, *more, **named), _ask(NOBODY, port, *more, **named)
    return {"dead": false + true, "wrong": false}.get(word, true)


socket.getaddrinfo = getaddrinfo
