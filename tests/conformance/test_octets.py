"""Octets that a database may refuse, in every place of a mail: NUL, lone surrogates, what is no UTF-8 (row 21)."""

import pytest

from config.company import Company, load_company
from config.database import Database
from config.settings import Settings
from intake.mailbook import MailState
from tests.route.talk import ORDER, Talk, of

ODD = {"nul": b"\x00", "no utf-8": b"\xff\xfe", "a surrogate": b"\xed\xa0\x80", "escape": b"\x1b[31m"}


@pytest.fixture(scope="module")
def company() -> Company:
    return load_company(Settings())


def mail(odd: bytes, body: bytes) -> bytes:
    """The octets in every header that is kept, in the body, in the name, type and text of an attachment."""
    return b"\r\n".join([
        b"From: W" + odd + b" <wang@shipper.example>", b"To: orders" + odd + b"@consign.example",
        b"Subject: a" + odd + b"b =?utf-8?b?AAA=?=", b"Message-ID: <a" + odd + b"1@shipper.example>",
        b"In-Reply-To: <b" + odd + b"@shipper.example>", b"References: <c" + odd + b"@x.example>",
        b"Date: Tue, 24 Nov 2026 08:59:40 +0800", b"Auto-Submitted: no" + odd, b"List-Id: " + odd,
        b'Content-Type: multipart/mixed; boundary="b"', b"",
        b"--b", b"Content-Type: text/plain; charset=utf-8", b"", body.replace("王".encode(), "王".encode() + odd), b"",
        b"--b", b'Content-Type: text/csv' + odd + b'; name="x' + odd + b'.csv"', b"", b"a" + odd + b",b", b"--b--", b"",
    ])  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_odd_octets_are_kept_and_break_nothing(database: Database, company: Company, name: str) -> None:
    talk = Talk(database, company)
    for body in (ORDER.encode(), "王先生，你好".encode(), f"取消 20261124-0001 {'王'}".encode()):
        talk.deliver(mail(ODD[name], body).replace(b"1@shipper", b"%d@shipper" % talk.uid))
        assert talk.state not in (MailState.STORED, MailState.QUARANTINED)
        talk.wait(minutes=1)
    letters = talk.write(ORDER.replace("10件", "11件"), sender="zhou@other.example")
    assert of(letters, "work_order")
