"""When two mails are the same mail (G2)."""

import pytest

from intake.fingerprint import content_key, fingerprint
from tests.builders import form

MAIL = (
    b"Received: from a\r\nMessage-ID: <1@a>\r\nFrom: a@a\r\nDate: Tue, 24 Nov 2026 10:00:00 +0800\r\n"
    b"Subject: =?utf-8?B?5Y+R6LSn?=\r\n\r\nbody\r\n"
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Received: from a\r\n", b"Received: from b\r\nReceived: from c\r\n"),
        (b"\r\n", b"\n"),
        (b"body\r\n", b"body\r\n\r\n"),
        (b"Message-ID: <1@a>", b"message-id:\r\n  <1@a>"),
        (b"From: a@a\r\nDate", b"X-Spam: no\r\nFrom: a@a\r\nDate"),
    ],
)
def test_another_delivery_of_the_same_mail_is_the_same(old: bytes, new: bytes) -> None:
    assert old in MAIL
    assert fingerprint(MAIL.replace(old, new)) == fingerprint(MAIL)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<1@a>", b"<2@a>"),
        (b"a@a\r\n", b"b@a\r\n"),
        (b"10:00:00", b"10:00:01"),
        (b"body", b"other"),
        (b"5Y+R", b"5Y+S"),
    ],
)
def test_another_mail_is_not(old: bytes, new: bytes) -> None:
    assert old in MAIL
    assert fingerprint(MAIL.replace(old, new)) != fingerprint(MAIL)


def test_the_content_key_sees_what_is_said_and_by_whom() -> None:
    assert content_key("a@a", form()) == content_key("a@a", form())
    assert content_key("a@a", form()) != content_key("b@a", form())
    assert content_key("a@a", form()) != content_key("a@a", form(destination="宁波"))
