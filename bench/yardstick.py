"""How fast this machine computes just now: python -m bench.yardstick

A rented machine is twice as fast in one hour as in the next, and one build of Python by a quarter faster than another:
figures of different hours compare only by what the same piece of work took in each.
"""

import json
import re
import sys
import time

LINES = [f"{n}号 {n * n}件 {n % 7}吨" for n in range(200)]


def milliseconds() -> float:
    """CPU time of a fixed piece of Python, the least of five: text, dictionaries, JSON, as an order is made of."""
    return min(_once() for _ in range(5))


def _once() -> float:
    began = time.process_time()
    for _ in range(120):
        found: dict[str, int] = {}
        for line in LINES:
            for word in re.findall(r"\d+", line):
                found[word] = found.get(word, 0) + len(line)
        json.loads(json.dumps(found))
    return 1000 * (time.process_time() - began)


if __name__ == "__main__":
    print(f"Python {sys.version.split()[0]}: {milliseconds():.0f} ms")
