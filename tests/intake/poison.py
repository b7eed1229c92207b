"""Mails that hang, eat memory, burn CPU or kill their reader: what no real mail does any more, done on command."""

import os
import signal
from typing import Any

from pebble import ProcessPool

from intake import readers, understanding
from intake.message import ReadingRules, Understanding
from intake.readers import Failure, ReaderPool

understand = understanding.understand


def suffer(mails: list[bytes], rules: ReadingRules) -> list[Understanding | Failure]:
    """In the child: as the command says, else reads."""
    if b"hang" in mails:
        signal.sigwait([signal.SIGUSR2])  # uses no CPU and never returns
    if b"die" in mails:
        os.kill(os.getpid(), signal.SIGKILL)
    if b"burn" in mails or b"eat" in mails:
        understanding.understand = spoilt
    return readers._read_all(mails, rules)


def spoilt(octets: bytes, rules: ReadingRules) -> Understanding:
    """In place of understand(): burns or eats for the poisoned mail, and is itself for all others."""
    if octets == b"burn":
        while True:
            pass
    if octets == b"eat":
        return bytearray(10**12)  # type: ignore[return-value]  # never returned: it does not fit
    return understand(octets, rules)


class PoisonedPool(ReaderPool):
    """A ReaderPool whose children obey the poison."""

    def _submit(self, pool: ProcessPool, chunk: list[bytes], rules: ReadingRules) -> Any:
        return pool.schedule(suffer, args=[chunk, rules], timeout=self.settings.wall_seconds)
