"""The verdict on a fault run, from what went in and what came out (RELIABILITY §5).

lost: no letter · two_lorries: one order under two Message-IDs or two numbers · copies: the same letter again ·
changed: a copy with other bytes · clash: one number for two orders · late: a work order after more than three minutes,
the time of outages taken off (SPEC 5)
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.faults.orders import Sent
from tests.faults.sink import Taken

LATE = 180.0  # seconds
Outages = Sequence[tuple[float, float]]  # from, to: seconds since the epoch
ROLES = {"dispatch": "dispatcher", "shipper": "shipper"}  # by how their addresses begin
PHONE = re.compile(r"139\d{8}")
NUMBER = re.compile(r"\d{8}-\d{4,}")


@dataclass
class Verdict:
    lost: list[str] = field(default_factory=list)
    two_lorries: list[str] = field(default_factory=list)
    copies: int = 0
    changed: list[str] = field(default_factory=list)
    clash: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)  # seconds from delivery to the first work order, of each order

    @property
    def slowest(self) -> float:
        return max(self.times, default=0.0)

    @property
    def late(self) -> int:
        return sum(time > LATE for time in self.times)

    def sound(self, explained: int = 0) -> bool:
        """Nothing lost, nothing doubled but copies that an ambiguous outcome explains (G5)."""
        return not (self.lost or self.two_lorries or self.changed or self.clash) and self.copies <= explained


def verdict(sent: Sequence[Sent], letters: Iterable[Taken], outages: Outages = ()) -> Verdict:
    """Judges the work orders and the shippers' answers of all orders `sent`."""
    found = Verdict()
    tokens = {order.token: order for order in sent}
    by_role: dict[tuple[str, str], list[Taken]] = defaultdict(list)
    for letter in letters:
        to = letter.recipients[0]
        role = next((role for start, role in ROLES.items() if to.startswith(start)), "an alert")
        for token in tokens.keys() & set(PHONE.findall(letter.text)):
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
                found.times.append(_waited(order.at, min(letter.at for letter in got), outages))
    found.clash = [number for number, of in numbers.items() if len(of) > 1]
    return found


def _waited(begin: float, end: float, outages: Outages) -> float:
    return end - begin - sum(max(0.0, min(end, over) - max(begin, since)) for since, over in outages)


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
