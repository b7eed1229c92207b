"""Field-level accuracy and speed of reading: `python -m bench.reading [FOLDER of .eml + .json] [--rounds N]`.

Prints, field by field, how many expected values were read right, and mails per second of one core (CPU time), for all
mails and for the plain ones (no table, no attachment).
"""

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from intake.understanding import as_json, understand
from tests.intake.comparing import RULES, differences

CORPUS = Path(__file__).parents[1] / "tests" / "data" / "corpus"


def fields(order: dict[str, Any], path: str = "") -> list[str]:
    """The dotted names of the fields that an expected order holds."""
    names = []
    for name, value in order.items():
        dotted = f"{path}{name}"
        inner = isinstance(value, dict) and "contains" not in value
        names += fields(value, f"{dotted}.") if inner else [dotted]
    return names


def accuracy(mails: list[Path]) -> tuple[int, Counter[str], Counter[str]]:
    """Mails read exactly; and for each field how often it was expected, and how often it was wrong."""
    exact, expected, wrong = 0, Counter[str](), Counter[str]()
    for mail in mails:
        wanted = json.loads(mail.with_suffix(".json").read_text(encoding="utf-8"))
        read = json.loads(json.dumps(as_json(understand(mail.read_bytes(), RULES))))
        found = differences(wanted, read)
        exact += not found
        expected["kind"] += 1
        wrong["kind"] += any(line.startswith(("kind", f"{len(wanted['orders'])} orders")) for line in found)
        for order in wanted["orders"]:
            expected.update(fields(order))
        wrong.update(line.split(":")[0].partition(".")[2] for line in found if line[0].isdigit() and "." in line)
        for line in found:
            sys.stdout.write(f"  {mail.stem}: {line}\n")
    return exact, expected, wrong


def speed(octets: list[bytes], rounds: int) -> float:
    """Mails per second of CPU, one process, everything loaded."""
    for mail in octets:
        understand(mail, RULES)
    start = time.process_time()
    for _ in range(rounds):
        for mail in octets:
            understand(mail, RULES)
    return rounds * len(octets) / (time.process_time() - start)


def main() -> int:
    """Prints the figures; 1 when a mail was not read exactly."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?", default=CORPUS)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    mails = sorted(options.folder.glob("*.eml"))
    exact, expected, wrong = accuracy(mails)
    for name, count in sorted(expected.items()):
        sys.stdout.write(f"{name:<24} {count - wrong[name]:>4} of {count}\n")
    right = sum(expected.values()) - sum(wrong.values())
    sys.stdout.write(f"{exact} of {len(mails)} mails exact; {right} of {sum(expected.values())} fields right\n")
    octets = [mail.read_bytes() for mail in mails]
    plain = [mail for mail in octets if b"<table" not in mail and b"filename" not in mail]
    sys.stdout.write(
        f"{speed(octets, options.rounds):.0f} mails/s a core, plain ones {speed(plain, options.rounds):.0f}\n"
    )
    return 0 if exact == len(mails) else 1


if __name__ == "__main__":
    sys.exit(main())
