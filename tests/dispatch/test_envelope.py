"""The bytes of a letter: whatever a stranger wrote, there are exactly the meant headers and the one recipient."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP, default
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.draft import Draft, Paper, Purpose
from dispatch.envelope import UnfitLetter, compose, message_id, verify
from dispatch.plaintext import one_line, sound

AT = datetime(2026, 11, 24, 1, 12, 30, tzinfo=UTC)
SENDER, NAME, IDENTIFIER = "orders@consign.example", "沪杭第三方物流", "<wo-20261124-0001-r1.1-0a1b2c@consign.example>"
NAMES = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress"}
NAMES |= {"Content-Language", "MIME-Version", "Content-Type"}


def draft(**changes: Any) -> Draft:
    values: dict[str, Any] = {
        "purpose": Purpose.WORK_ORDER,
        "recipient": "dispatch-sh-west@consign.example",
        "subject": "[WO 20261124-0001] 今天15:00前提货（城区）闵行区莘庄镇 → 杭州 10 件 #jaot32qhdb",
        "text": "工单 20261124-0001\n收货人电话：13900139002\n",
        "html": "<p>工单 20261124-0001</p>\n",
    }
    return Draft(**(values | changes))


def octets_of(letter: Draft, **changes: Any) -> bytes:
    values: dict[str, Any] = {"sender": SENDER, "sender_name": NAME, "message_id": IDENTIFIER, "at": AT}
    return compose(letter, **(values | changes))


def parsed(octets: bytes) -> EmailMessage:
    return message_from_bytes(octets, policy=default)


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_work_order_as_bytes_says_what_the_draft_says() -> None:
    mail = parsed(octets_of(draft()))
    assert set(mail.keys()) == NAMES
    assert mail["Subject"] == draft().subject
    assert mail["From"].addresses[0].display_name == NAME
    assert [(each.display_name, each.addr_spec) for each in mail["To"].addresses] == [("", draft().recipient)]
    assert mail["Date"].datetime == AT
    assert mail["Message-ID"] == IDENTIFIER
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Content-Language"] == "zh-CN"
    assert mail.get_content_type() == "multipart/alternative"
    assert body(mail, "plain") == draft().text
    assert body(mail, "html") == draft().html


def test_an_answer_refers_to_what_it_answers_and_says_that_a_machine_answers() -> None:
    letter = draft(
        purpose=Purpose.INCOMPLETE,
        in_reply_to="<b@shipper.example>",
        references=("<a@shipper.example>",),
        language="en",
    )
    mail = parsed(octets_of(letter))
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["In-Reply-To"] == "<b@shipper.example>"
    assert mail["References"].split() == ["<a@shipper.example>", "<b@shipper.example>"]
    assert mail["Content-Language"] == "en"
    assert set(mail.keys()) == NAMES | {"In-Reply-To", "References"}


def test_every_line_ends_in_crlf_is_short_and_is_not_a_lone_dot() -> None:
    octets = octets_of(draft(text="一行\r\n.\r\n\n.\n末行" + "长" * 5000, subject="题" * 300))
    assert b"\n" not in octets.replace(b"\r\n", b"")
    assert b"\r" not in octets.replace(b"\r\n", b"")
    lines = octets.split(b"\r\n")
    assert max(map(len, lines)) <= 76
    assert b"." not in lines
    assert all(len(word) <= 75 for word in octets.partition(b"\r\n\r\n")[0].split() if word.startswith(b"=?"))


def test_the_order_number_stays_readable_in_the_raw_subject() -> None:
    assert b"Subject: [WO 20261124-0001]\r\n =?utf-8?B?" in octets_of(draft())


def test_the_same_letter_gives_the_same_bytes() -> None:
    assert octets_of(draft()) == octets_of(draft())


INJECTIONS = [
    "=?utf-8?q?X=0ABcc=3A_x=40evil.com?=",
    "=?utf-8?q?hi=0ABcc=3A_x=40evil.com?=",
    "=?utf-8?b?WApCY2M6IHhAZXZpbC5jb20=?=",
    "[WO 1] =?utf-8?q?X=0ABcc=3A_x=40evil.com?=",
    "=?utf-8?q?X?=\r\n =?utf-8?q?=0ABcc:_x@evil.com?=",
    "王\r\nBcc: x@evil.com",
    "王\nBcc: x@evil.com",
    "王\rBcc: x@evil.com",
    "王\vBcc: x@evil.com",
    "王\fBcc: x@evil.com",
    "王\x85Bcc: x@evil.com",
    "王\u2028Bcc: x@evil.com\u2029Bcc: y@evil.com",
    "王\x1cBcc: x\x1dBcc: y\x1eBcc: z",
    "王\x00Bcc: x@evil.com\x7f",
    "王\u202eBcc\u2066: x@evil.com",
    "plain ASCII\r\nBcc: x@evil.com",
    "\r\n\r\nbody of my own",
    "a" * 2000 + "\r\nBcc: x@evil.com",
    "half a pair \ud800 of surrogates",
    "",
    " ",
]


@pytest.mark.parametrize("words", INJECTIONS)
def test_no_words_in_subject_or_name_make_a_header(words: str) -> None:
    letter = draft(subject=words, text=words, html="")
    octets = octets_of(letter, sender_name=words)
    for policy in (default, SMTP):
        mail = message_from_bytes(octets, policy=policy)
        assert sorted(mail.keys()) == sorted(NAMES | {"Content-Transfer-Encoding"})
        assert [address.addr_spec for address in mail["To"].addresses] == [letter.recipient]
        assert [address.addr_spec for address in mail["From"].addresses] == [SENDER]
        assert not set("\r\n\v\f\x00\x85\u2028\u2029\u202e\u2066") & set(str(mail["Subject"]))
    assert b"evil" not in b"".join(line for line in octets.split(b"\r\n") if line.lower().startswith(b"bcc"))


def test_an_encoded_word_in_a_value_comes_out_literally() -> None:
    words = "=?utf-8?q?X=0ABcc=3A_x=40evil.com?="
    assert parsed(octets_of(draft(subject=words)))["Subject"] == words


BAD_ADDRESSES = [
    "a@b.c>\r\nRCPT TO:<x@y.z",
    "a@b.example, x@evil.com",
    "a@b.example;x@evil.com",
    "<a@b.example>",
    "Boss <a@b.example>",
    "a b@c.example",
    '"a\\"b"@c.example',
    "a@b@c.example",
    "a@b.example\n",
    "a@[127.0.0.1]",
    "a@b..example",
    ".a@b.example",
    "a..b@c.example",
    "=?utf-8?q?x?=@evil.com",
    "王@b.example",
    "a@例.example",
    "group: a@b.example;",
    "a\x00@b.example",
    "@b.example",
    "a@",
    "",
]


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_an_address_that_is_not_exactly_one_is_refused(address: str) -> None:
    with pytest.raises(UnfitLetter):
        octets_of(draft(recipient=address))
    with pytest.raises(UnfitLetter):
        octets_of(draft(), sender=address)


@pytest.mark.parametrize(
    "identifier",
    ["<=?utf-8?q?X=0ABcc=3A_x=40evil.com?=>", "<a@b>\r\nBcc: x@evil.com", "no brackets", "<a b@c>", "<王@b>"],
)
def test_an_odd_identifier_of_a_stranger_is_not_repeated(identifier: str) -> None:
    mail = parsed(octets_of(draft(in_reply_to=identifier, references=(identifier, "<good@x.example>"))))
    assert "In-Reply-To" not in mail
    assert mail["References"] == "<good@x.example>"
    with pytest.raises(UnfitLetter):
        octets_of(draft(), message_id=identifier)


def test_a_long_thread_is_cut_in_the_middle() -> None:
    thread = tuple(f"<{number}@x.example>" for number in range(40))
    references = parsed(octets_of(draft(references=thread, in_reply_to=thread[-1])))["References"].split()
    assert references == [thread[0], *thread[-9:]]


# What the parser makes of a header is judged without folding, as a mail program shows it.
@given(
    subject=st.text(max_size=200),
    name=st.text(max_size=60),
    text=st.text(max_size=2000),
    html=st.text(min_size=1, max_size=500),
)
@settings(max_examples=150, deadline=None)
def test_any_words_survive_the_way_through_the_mail(subject: str, name: str, text: str, html: str) -> None:
    letter = draft(subject=subject, text=text, html=html)
    raw = message_from_bytes(octets_of(letter, sender_name=name))
    assert str(make_header(decode_header(raw["Subject"]))) == one_line(subject)
    shown = str(make_header(decode_header(raw["From"].replace("\r\n", ""))))
    assert shown == (f"{one_line(name)} <{SENDER}>" if one_line(name) else SENDER)
    plain, rich = [
        cast(bytes, part.get_payload(decode=True)).decode() for part in raw.walk() if not part.is_multipart()
    ]
    assert plain == sound(text).replace("\n", "\r\n")
    assert rich == sound(html).replace("\n", "\r\n")


@given(st.text())
@settings(deadline=None)
def test_sound_text_keeps_all_that_can_be_read(text: str) -> None:
    assert sound(sound(text)) == sound(text)
    assert one_line(one_line(text)) == one_line(text)
    assert "\n" not in one_line(text)
    letters = [char for char in text if char.isalnum()]
    assert [char for char in sound(text) if char.isalnum()] == letters


def test_papers_are_attached_with_their_names() -> None:
    paper = Paper("工单 20261124-0001\r\nBcc: x.pdf", "application/pdf", b"%PDF-1.7\n" + bytes(range(256)) * 10)
    mail = parsed(octets_of(draft(papers=(paper,))))
    assert mail.get_content_type() == "multipart/mixed"
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "工单 20261124-0001 Bcc: x.pdf"
    assert attached.get_payload(decode=True) == paper.octets
    assert body(mail, "plain") == draft().text
    with pytest.raises(UnfitLetter):
        octets_of(draft(papers=(Paper("x", "application/pdf\r\nBcc: x", b""),)))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (b"To: dispatch", b"Bcc: x@evil.com\r\nTo: dispatch", "headers"),
        (b"To: dispatch-sh-west@consign.example", b"To: dispatch-sh-west@consign.example, x@evil.com", "recipient"),
        (b"<orders@consign.example>", b"<other@consign.example>", "sender"),
        (b"Subject: [WO 20261124-0001]", b"Subject: [WO 20261124-0002]", "subject"),
        (b"Date: ", b"Date:\n ", "CRLF"),
        (b"Date: ", b"X-Long: " + b"x" * 1000 + b"\r\nDate: ", "too long"),
        (b"\r\nContent-Transfer-Encoding", b"\nContent-Transfer-Encoding", "CRLF"),
        (b"5bel", b"\r\n.\r\n5bel", "end"),
    ],
)
def test_verify_sees_bytes_that_say_something_else(before: bytes, after: bytes, words: str) -> None:
    octets = octets_of(draft())
    assert before in octets
    verify(octets, draft(), sender=SENDER)
    with pytest.raises(UnfitLetter, match=words):
        verify(octets.replace(before, after, 1), draft(), sender=SENDER)


def test_message_ids_tell_what_they_are_and_cannot_be_guessed() -> None:
    first = message_id("wo", "20261124-0001-r1.1", "consign.example")
    assert first.startswith("<wo-20261124-0001-r1.1-")
    assert first.endswith("@consign.example>")
    assert first != message_id("wo", "20261124-0001-r1.1", "consign.example")
    assert message_id("re", "mail-7", "x.example", nonce="n") == "<re-mail-7-n@x.example>"
    with pytest.raises(UnfitLetter):
        message_id("wo", "1>\r\nBcc: x", "consign.example")
