"""The verdict on a fault run, from what went in and what came out (RELIABILITY §5).

lost: no letter · two_lorries: one order under two Message-IDs or two numbers · copies: the same letter again ·
changed: a copy with other bytes · clash: one number for two orders
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.faults.orders import Sent
from tests.faults.sink import Taken

NUMBER = re.compile(r"\d{8}-\d{4,}")


@dataclass
class Verdict:
    lost: list[str] = field(default_factory=list)
    two_lorries: list[str] = field(default_factory=list)
    copies: int = 0
    changed: list[str] = field(default_factory=list)
    clash: list[str] = field(default_factory=list)
    slowest: float = 0.0  # seconds from delivery to the first work order

    def sound(self, explained: int = 0) -> bool:
        """Nothing lost, nothing doubled but copies that an ambiguous outcome explains (G5)."""
        return not (self.lost or self.two_lorries or self.changed or self.clash) and self.copies <= explained


def verdict(sent: Sequence[Sent], letters: Iterable[Taken]) -> Verdict:
    """Judges the work orders and the shippers' answers of all orders `sent`."""
    found = Verdict()
    tokens = {order.token: order for order in sent}
    by_role: dict[tuple[str, str], list[Taken]] = defaultdict(list)
    for letter in letters:
        role = "dispatcher" if letter.recipients[0].startswith("dispatch") else "shipper"
        for token in tokens:
            if token in letter.text:
                by_role[role, token].append(letter)
    numbers: dict[str, set[str]] = defaultdict(set)
    for token, order in tokens.items():
        for role in ("dispatcher", "shipper"):
            got = by_role[role, token]
            if not got:
                found.lost.append(f"{role} of {token}")
                continue
            _judge(found, role, token, got, numbers)
            if role == "dispatcher":
                found.slowest = max(found.slowest, min(letter.at for letter in got) - order.at)
    found.clash = [number for number, of in numbers.items() if len(of) > 1]
    return found


def _judge(found: Verdict, role: str, token: str, got: list[Taken], numbers: dict[str, set[str]]) -> None:
    ids = {letter.message_id for letter in got}
    named = {match[0] for letter in got if (match := NUMBER.search(letter.subject))}
    for number in named:
        numbers[number].add(token)
    if len(ids) > 1 or len(named) != 1:
        found.two_lorries.append(f"{role} of {token}")
    found.copies += len(got) - len(ids)
    if len({letter.digest for letter in got}) > len(ids):
        found.changed.append(f"{role} of {token}")
