"""Order mails as people write them, damaged: cut, spliced, with bits turned (RELIABILITY section 6, row 36).

A part of what `python -m bench.hostile tests/data/corpus --forms --mutants 125` reads (5,000 of them). Whatever comes
out can be stored by any database and shown by any page.
"""

import base64
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.hostile import mutants
from intake.understanding import as_json, understand
from tests.intake.comparing import RULES

FOLDER = Path(__file__).parents[1] / "data" / "corpus"
MAILS = sorted(FOLDER.glob("*.eml"))
EACH = 6
MOST_ORDERS, LONGEST = 20, 1024 * 1024


def words(value: Any) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from (key, *words(inner))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from words(inner)


def sound(octets: bytes) -> None:
    read = understand(octets, RULES)
    told = as_json(read)
    assert len(read.orders) <= MOST_ORDERS
    for word in (*words(told), *words(read.model_dump(mode="json"))):
        assert "\0" not in word, "PostgreSQL refuses NUL in a text"
        assert len(word.encode()) <= LONGEST  # raises for lone surrogates
    assert json.loads(json.dumps(told, default=str))


def test_there_are_mails() -> None:
    assert len(MAILS) >= 40


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem[:3])
def test_a_damaged_order_is_read_or_left(mail: Path) -> None:
    octets = mail.read_bytes()
    other = MAILS[(MAILS.index(mail) * 7 + 3) % len(MAILS)].read_bytes()
    for data in mutants(octets, other, random.Random(mail.name), EACH):
        sound(data)


# A winmail.dat as Outlook sends it: the TNEF signature, a key, one attribute with its checksum.
WINMAIL = b"\x78\x9f\x3e\x22\x34\x12\x01\x06\x90\x08\x00\x04\x00\x00\x00\x00\x00\x01\x00\x01\x00\x01\x07\x90\x06\x00"
TNEF = (
    b"From: a@shipper.example\r\nSubject: =?utf-8?b?5Y+R6LSn?=\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\r\n'
    b'--b\r\nContent-Type: application/ms-tnef; name="winmail.dat"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
)


def winmail(content: bytes) -> bytes:
    return TNEF + base64.encodebytes(content) + b"\r\n--b--\r\n"


def test_a_winmail_dat_is_named_and_becomes_no_order() -> None:
    read = understand(winmail(WINMAIL), RULES)
    assert [(paper.name, paper.readable) for paper in read.message.attachments] == [("winmail.dat", False)]
    assert read.orders == ()


def test_neither_does_a_damaged_one() -> None:
    for data in mutants(WINMAIL * 40, WINMAIL, random.Random("tnef"), 60):
        sound(winmail(data))
    for data in mutants(winmail(WINMAIL * 40), WINMAIL, random.Random("mail"), 60):
        sound(data)
