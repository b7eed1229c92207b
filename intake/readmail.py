"""A mail in the hands of a decision: where it stands, what was understood of it, and whether its sender is believed."""

from dataclasses import dataclass

from intake.authenticity import Evidence
from intake.mailbook import WaitingMail
from intake.message import Understanding


@dataclass(frozen=True)
class ReadMail:
    """A mail with what was understood of it."""

    mail: WaitingMail
    read: Understanding
    fingerprint: str
    evidence: Evidence = Evidence.NOT_ASKED

    @property
    def sender(self) -> str:
        """The address of the sender; "" where the mail has none, or more than one."""
        return self.read.message.sender.address if self.read.message.sender else ""


@dataclass(frozen=True)
class Seal:
    """By what we know our own letters: the key of their tokens and our addresses (lower case)."""

    secret: bytes = b""  # without it no answer is proven, and a person confirms each change
    addresses: frozenset[str] = frozenset()


NO_SEAL = Seal()
