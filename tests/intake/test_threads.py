"""What a mail says of the thread that it stands in."""

import pytest

from intake.message import Block, Message
from intake.threads import base_subject, clues
from intake.tokens import Audience, letter_token, nonce

SECRET = b"secret"
NUMBER, OTHER = "20261124-0001", "20261124-0002"


def identifier(number: str = NUMBER, audience: Audience = Audience.SHIPPER, secret: bytes = SECRET) -> str:
    return f"<{audience.value}-{number}-r1.1-{nonce(secret, number, 1, audience)}@consign.example>"


def message(own: str = "", quoted: str = "", **values: object) -> Message:
    blocks = (
        Block(part="text", role="own", lines=tuple(own.split("\n"))),
        Block(part="text", role="quoted", lines=tuple(quoted.split("\n"))),
    )
    return Message(sender=None, blocks=blocks, **values)


def test_our_letters_are_told_from_other_mails_and_the_answered_one_stands_first() -> None:
    first, second = identifier(), identifier(OTHER)
    seen = clues(message(in_reply_to=(second,), references=("<a@b.example>", first, second)), SECRET)
    assert [letter.number for letter in seen.letters] == [OTHER, NUMBER]
    assert seen.identifiers == ("<a@b.example>",)
    assert all(letter.genuine for letter in seen.letters)


def test_a_forged_reference_is_seen_to_be_forged() -> None:
    (letter,) = clues(message(in_reply_to=(identifier(secret=b"guess"),)), SECRET).letters
    assert not letter.genuine


@pytest.mark.parametrize(
    ("subject", "numbers"),
    [
        (f"回复：[{NUMBER}] 请确认后发货：与较早的一单相同 {OTHER}", (NUMBER,)),
        (f"Re: [WO {NUMBER} r2] 【修改】 #abcdefghij", (NUMBER,)),
        (f"取消订单 {NUMBER}", (NUMBER,)),
        (f"{NUMBER} 和 {OTHER}", (NUMBER, OTHER)),
        ("电话 021-20261124-0001234567890", ()),
        ("发货 2026-11-24", ()),
    ],
)
def test_order_numbers_of_a_subject(subject: str, numbers: tuple[str, ...]) -> None:
    assert clues(message(subject=subject), SECRET).in_subject == numbers


def test_own_words_and_quotations_are_kept_apart() -> None:
    seen = clues(message(f"{NUMBER} 取消", f"> 订单 {OTHER}\n> {NUMBER}"), SECRET)
    assert (seen.in_words, seen.quoted_numbers) == ((NUMBER,), (OTHER,))


def test_a_token_is_found_in_the_subject_and_in_a_quotation() -> None:
    token = letter_token(SECRET, NUMBER, 1)
    assert clues(message(subject=f"Re: [WO {NUMBER}] #{token}"), SECRET).tokens == {token}
    assert clues(message(quoted=f"> 主题: [WO {NUMBER}] #{token}"), SECRET).tokens == {token}


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("回复：发货委托", "发货委托"),
        ("Re: 回复: RE： 发货  委托", "发货 委托"),
        ("[外部邮件] 答复: 发货", "发货"),
        ("转发：", ""),
        ("re", "re"),
        ("", ""),
    ],
)
def test_the_base_of_a_subject(subject: str, base: str) -> None:
    assert base_subject(subject) == base


def test_nothing_said_is_no_clue() -> None:
    assert not clues(message("请安排提货", subject="下单"), SECRET).any
