"""Mails that other projects keep to break readers, and their mutants: no crash, no order."""

import random
import time
from pathlib import Path

import pytest

from bench.hostile import mutants
from intake.message import Kind
from intake.understanding import as_json, understand
from tests.intake.comparing import RULES

FOLDER = Path(__file__).parents[1] / "data" / "hostile"
MAILS = sorted(FOLDER.rglob("*.eml"))


def test_there_are_hostile_mails() -> None:
    assert len(MAILS) > 100


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: f"{mail.parent.name}-{mail.stem[-50:]}")
def test_hostile_mail_becomes_no_order(mail: Path) -> None:
    octets = mail.read_bytes()
    other = MAILS[(MAILS.index(mail) * 7 + 3) % len(MAILS)].read_bytes()
    for data in (octets, *mutants(octets, other, random.Random(mail.name), 3)):
        read = understand(data, RULES)
        assert read.kind is not Kind.ORDER, read.evidence
        assert read.orders == ()
        as_json(read)


TRAPS = {
    "nested": b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(1500)),
    "many headers": b"".join(b"X-%d: a\r\n" % n for n in range(30000)) + b"\r\nbody",
    "long header": b"Subject: " + b"a" * 3_000_000 + b"\r\n\r\nbody",
    "many parts": b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 20000 + b"--b--",
    "deep html": b"Content-Type: text/html\r\n\r\n" + b"<div>" * 100_000,
    "deep tables": b"Content-Type: text/html\r\n\r\n" + b"<table><tr><td>" * 20_000,
    "wide span": b'Content-Type: text/html\r\n\r\n<table><tr><td colspan="999999999" '
    b'rowspan="999999999">x</td></tr></table>',
    "nul and surrogates": b"Subject: \x00\x01\r\n\r\n\xed\xa0\x80\x00\xff\xfe",
    "bad charset": b"Content-Type: text/plain; charset=\"../../etc\"\r\n\r\n\xb7\xa2\xbb\xf5\xc8\xcb",
    "bad date": b"Date: Mon, 99 Foo 99999 99:99:99 +9999\r\n\r\nx",
    "many addresses": b"To: " + b"a@example.com, " * 20000 + b"\r\n\r\nx",
    "encoded words": b"Subject: " + b"=?utf-8?b?" * 50_000 + b"\r\n\r\nx",
    "only a boundary": b"Content-Type: multipart/mixed\r\n\r\n--\r\n--",
    "empty": b"",
}  # fmt: skip


@pytest.mark.parametrize("name", TRAPS)
def test_trap_is_read_without_an_order(name: str) -> None:
    read = understand(TRAPS[name], RULES)
    assert read.kind is Kind.OTHER
    assert read.orders == ()


def test_limits_are_marked() -> None:
    assert "truncated" in understand(TRAPS["many headers"], RULES).message.marks
    assert {"too_deep", "too_many_parts"} & set(understand(TRAPS["nested"], RULES).message.marks)
    assert "many_recipients" in understand(TRAPS["many addresses"], RULES).message.marks
    assert len(understand(TRAPS["many addresses"], RULES).message.recipients) == 50


LONG = {
    "digits": "9", "numerals": "一", "commas": "9,", "dashes": "9-", "sizes": "1*", "labels": "发货人",
    "colons": "收货人:", "blanks": "x  ",
    "quotes": ">", "brackets": "(", "phones": "138 ", "addresses": "省市路", "payments": "到付",
    "cancel": "订单", "tabs": "a\t", "at": "a@", "wrote": "在 2026 ",
    "attachments": "见附件", "exclamations": "!", "styles": "<style ", "comments": "<!--", "closings": "</style",
    "from": "发件人:", "changes": "数量改为", "underscores": "_", "letters": "from ", "dots": "1.1",
}  # fmt: skip


def in_every_place(words: str) -> bytes:
    """A mail that says it as text, as HTML, and has a picture beside it."""
    head = b'Subject: x\r\nIn-Reply-To: <a@b>\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    kinds = (b"text/plain", b"text/html", b"image/png")
    parts = [b"--b\r\nContent-Type: " + kind + b"; charset=utf-8\r\n\r\n" + words.encode() + b"\r\n" for kind in kinds]
    return head + b"".join(parts) + b"--b--\r\n"


@pytest.mark.parametrize("name", LONG)
def test_cost_grows_with_the_length_and_not_with_its_square(name: str) -> None:
    """Twice the text, about twice the CPU; the floor keeps small numbers from mattering."""

    def cost(times: int) -> float:
        octets = in_every_place(LONG[name] * times)
        start = time.process_time()
        read = understand(octets, RULES)
        assert read.message.blocks
        return time.process_time() - start

    cost(10)
    few, many = min(cost(4000), cost(4000)), min(cost(8000), cost(8000))
    assert many < 3 * few + 0.5
