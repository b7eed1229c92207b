"""What becomes of a mail: a final state with its events, or new orders."""

from dataclasses import dataclass
from typing import Any

from intake.mailbook import MailState
from intake.timeline import Entry


@dataclass(frozen=True)
class Fate:
    """The mail is no new order: the state it ends in, and what happened through it."""

    state: MailState
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Enter:
    """The orders of the mail are new ones."""

    silence: str = ""  # why the sender gets no answer; "" when he does
    nobody: bool = False  # no sender, several, or one that two readers read differently: asked (RELIABILITY §6, row 5)
    doubled: str = ""  # number of the order that it may be meant to change or repeat: asked
    unproven_account: bool = False  # on account, and nothing proves that the customer wrote it: asked


Details = dict[str, Any]
