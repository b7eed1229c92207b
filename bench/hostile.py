"""Reads every mail of a folder and its mutants: `python -m bench.hostile DIR [--mutants N] [--seed S]
[--reading CORPUS]`.

Nothing may crash, take longer than 10 s, or become an order. Mutants are copies cut, spliced and with bits
turned, made from
a fixed seed. With --forms the folder may hold orders, and only crashes and hangs count.
"""

import argparse
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from intake.message import Kind, ReadingRules
from intake.understanding import understand

RULES = ReadingRules(home_city="上海市", area_code="021")
SLOW = 10.0


def mutants(octets: bytes, other: bytes, rng: random.Random, count: int) -> Iterator[bytes]:
    """Copies of a mail, cut, spliced with another, with bits turned, lines doubled or dropped."""
    for _ in range(count):
        data = bytearray(octets)
        kind = rng.randrange(5)
        if kind == 0 and data:
            data = data[: rng.randrange(len(data))]
        elif kind == 1:
            data = data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]
        elif kind == 2:
            for _ in range(rng.randrange(1, 60)):
                if data:
                    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        elif kind == 3:
            lines = data.split(b"\n")
            rng.shuffle(lines) if rng.random() < 0.3 else lines.insert(
                rng.randrange(len(lines)), rng.choice(lines) * 20
            )
            data = bytearray(b"\n".join(lines))
        else:
            at = rng.randrange(len(data) + 1)
            data[at:at] = rng.randbytes(rng.randrange(1, 400))
        yield bytes(data)


def main() -> int:
    """Prints the figures; 1 when anything crashed, hung or became an order."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mutants", type=int, default=0)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--forms", action="store_true")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    files = sorted(options.folder.rglob("*.eml"))
    mails = [file.read_bytes() for file in files]
    kinds: Counter[str] = Counter()
    bad, slowest, began = 0, (0.0, ""), time.perf_counter()
    for file, octets in zip(files, mails, strict=True):
        for n, data in enumerate((octets, *mutants(octets, rng.choice(mails), rng, options.mutants))):
            start = time.process_time()
            try:
                read = understand(data, RULES)
                kinds[read.kind.value] += 1
                wrong = not options.forms and (read.kind is Kind.ORDER or bool(read.orders))
                if wrong:
                    bad += 1
                    sys.stdout.write(f"ORDER {file} mutant {n}: {read.evidence}\n")
            except Exception:  # noqa: BLE001 (every crash is what is looked for)
                bad += 1
                sys.stdout.write(f"CRASH {file} mutant {n}\n{traceback.format_exc(limit=-4)}\n")
            took = time.process_time() - start
            slowest = max(slowest, (took, f"{file} mutant {n}"))
            if took > SLOW:
                bad += 1
                sys.stdout.write(f"SLOW {took:.1f} s {file} mutant {n}\n")
    total = sum(kinds.values())
    seconds = time.perf_counter() - began
    sys.stdout.write(
        f"{total} mails in {seconds:.0f} s, {bad} bad; slowest {slowest[0]:.2f} s {slowest[1]}\n{dict(kinds)}\n"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
