"""Places at which a test may have the process killed, to prove that a crash there loses nothing (RELIABILITY §3).

`CONSIGN_CRASH_AT=stored:2` kills the process with SIGKILL the second time it passes `stored`, but only while the test
switch `CONSIGN_TEST=1` is set as well; otherwise a point costs one look at a module variable.
"""

import os
import signal
import threading
from collections.abc import Mapping

# name -> the letter of RELIABILITY §3 and what has just happened there.
POINTS = {
    "store_begun": "g: mails inserted, not committed",
    "stored": "h: mails committed, not flagged on the server",
    "flagged": "j: mails flagged on the server",
    "claimed": "k: mails claimed for reading, the attempt committed",
    "read": "l: mails read by the child processes, nothing decided",
    "decide_begun": "m: orders, numbers and events inserted, not committed",
    "decided": "n: orders committed, no letter written",
    "handover_begun": "n: letters or tasks inserted, the hand-over not committed",
    "handed_over": "n: letters or tasks committed",
    "lease_begun": "o: letters leased, not committed",
    "leased": "o: leases committed, nothing sent",
    "replied": "v: the server took the letter, nothing committed",
    "settle_begun": "v: the letter marked as sent, not committed",
    "settled": "w: the sent letter committed, no call opened",
    "schema_begun": "y: the schema made, not committed",
    "stopping": "z: told to stop, leases still held",
}


class CrashPoint:
    """One armed point: the nth pass through it is the last thing this process does."""

    def __init__(self, name: str, passes: int) -> None:
        self.name, self.left = name, passes
        self.lock = threading.Lock()

    def passed(self, name: str) -> bool:
        """Whether this pass is the fatal one."""
        if name != self.name:
            return False
        with self.lock:
            self.left -= 1
            return self.left == 0


def armed(environment: Mapping[str, str]) -> CrashPoint | None:
    """The point that the environment names; None without the test switch. Raises ValueError for one we do not have."""
    wanted = environment.get("CONSIGN_CRASH_AT", "")
    if not wanted or environment.get("CONSIGN_TEST") != "1":
        return None
    name, _, passes = wanted.partition(":")
    if name not in POINTS:
        raise ValueError(f"CONSIGN_CRASH_AT: no point {name!r}; there are {', '.join(POINTS)}")
    return CrashPoint(name, int(passes or 1))


_ARMED = armed(os.environ)


def crash_point(name: str) -> None:
    """Ends the process here, as a power cut would, if a test asked for it; otherwise does nothing."""
    if _ARMED is not None and _ARMED.passed(name):
        os.kill(os.getpid(), signal.SIGKILL)
