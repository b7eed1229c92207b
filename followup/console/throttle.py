"""How often somebody may knock: counted in memory, for each process by itself."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

REMEMBERED = 10_000  # callers; beyond that the ones longest silent are forgotten


@dataclass(frozen=True)
class Limit:
    """At most `count` requests at once, refilled over `seconds`."""

    count: int
    seconds: float


class Throttle:
    """A bucket for each caller that fills up again as time passes."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.lock = threading.Lock()

    def wait(self, caller: str, at: float) -> float:
        """Counts a request of `caller` at the monotonic time `at`; 0 when it may pass, otherwise seconds to wait."""
        pace = self.limit.count / self.limit.seconds
        with self.lock:
            left, before = self.buckets.pop(caller, (float(self.limit.count), at))
            left = min(self.limit.count, left + max(0.0, at - before) * pace)
            passes = left >= 1
            self.buckets[caller] = (left - 1 if passes else left, at)
            while len(self.buckets) > REMEMBERED:
                self.buckets.popitem(last=False)
        return 0.0 if passes else (1 - left) / pace
