"""Octets to a Message: charsets and their wrong labels, senders, dates, quotations, bounces."""

import base64
from datetime import UTC, datetime

import pytest

from intake.charsets import decode, header_text
from intake.deliverynotes import failed_addresses
from intake.folding import clean, fold
from intake.message import Kind
from intake.reading import read
from intake.understanding import understand
from tests.intake.comparing import RULES

TEXT = "发货人：王建国，联系方式：13800138001，提货地址：上海市闵行区申富路128号"


@pytest.mark.parametrize(
    ("label", "encoding", "guessed"),
    [
        ("gb2312", "gbk", False),
        ("gb2312", "gb18030", False),
        ("gb2312", "utf-8", True),
        ("utf-8", "gbk", True),
        ("", "gbk", True),
        ("", "utf-8", False),
        ("iso-8859-1", "gbk", True),
        ("us-ascii", "utf-8", True),
        ("x-gbk", "gbk", False),
        ("unknown-8bit", "gbk", True),
        ("nonsense", "utf-8", True),
        ("hz-gb-2312", "hz", False),
        ("utf-16", "utf-16", False),
    ],
)
def test_text_is_decoded_by_the_fixed_ladder(label: str, encoding: str, guessed: bool) -> None:
    text, was_guessed = decode(TEXT.encode(encoding), label)
    assert text == TEXT
    assert was_guessed is guessed or label == ""


def test_latin_text_stays_latin() -> None:
    assert decode("Grüße aus Köln, café".encode("latin-1"), "iso-8859-1")[0] == "Grüße aus Köln, café"


def test_big5_is_read() -> None:
    assert decode("發貨人：陳怡君 提貨地址".encode("big5"), "big5") == ("發貨人：陳怡君 提貨地址", False)


def word(octets: bytes, charset: str = "utf-8") -> str:
    return f"=?{charset}?B?{base64.b64encode(octets).decode()}?="


def test_encoded_words_cut_inside_a_character_are_joined() -> None:
    octets = "关于松江的发货通知".encode()
    assert header_text(f"{word(octets[:7])}\r\n {word(octets[7:])}") == "关于松江的发货通知"


@pytest.mark.parametrize("charset", ["gb2312", "gbk", "x-gbk", "gb18030"])
def test_encoded_words_of_mislabelled_gbk_are_read(charset: str) -> None:
    assert header_text(word("朱喆 龚".encode("gbk"), charset)) == "朱喆 龚"


def test_raw_headers_without_encoding_are_read() -> None:
    message = read("From: 张三 <a@example.com>\r\nSubject: 发货通知\r\n\r\nx".encode("gbk"))
    assert message.subject == "发货通知"
    assert message.sender is not None
    assert message.sender.display == "张三"


@pytest.mark.parametrize(
    "sender",
    [
        "From: a@good.example.com <b@evil.example.com>",
        "From: a@good.example.com, b@evil.example.com",
        "From: alice@good.example.com)<bob@evil.example.com>",
        "From: a@good.example.com\r\nFrom: b@evil.example.com",
        "From: nobody",
        "X-Nothing: here",
    ],
)
def test_a_sender_that_can_be_read_differently_is_nobody(sender: str) -> None:
    assert read(f"{sender}\r\n\r\nx".encode()).sender is None


def test_control_characters_in_headers_are_taken_out() -> None:
    message = read(
        b"From: =?utf-8?q?A=0D=0ABcc=3A?= <a@example.com>\r\nSubject: =?utf-8?q?hi=0ABcc=3A_x=40evil.com?=\r\n\r\nx"
    )
    assert message.subject == "hi Bcc: x@evil.com"
    assert message.sender is not None
    assert "\n" not in message.sender.display


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("Fri, 20 Nov 2026 10:41:42 +0800 (CST)", datetime(2026, 11, 20, 2, 41, 42, tzinfo=UTC)),
        ("Fri, 20 Nov 2026 10:41:42 CST", datetime(2026, 11, 20, 2, 41, 42, tzinfo=UTC)),
        ("Fri, 20 Nov 2026 02:41:42 -0000", datetime(2026, 11, 20, 2, 41, 42, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_are_read_as_chinese_clients_write_them(date: str, moment: datetime | None) -> None:
    assert read(f"Date: {date}\r\n\r\nx".encode()).sent_at == moment


QUOTES = {
    "qq": "------------------ 原始邮件 ------------------\n发件人: \"A\" <a@example.com>;\n发送时间: "
    "2026年11月20日\n主题: x\n",
    "netease": "在 2026-11-24 10:00:00，\"A\" <a@example.com> 写道：\n",
    "netease two lines": "在 2026-11-24 10:00:00，\n\"A\" <a@example.com> 写道：\n",
    "netease master": "---- 回复的原邮件 ----\n发件人\tA<a@example.com>\n",
    "outlook": "发件人: A <a@example.com>\n发送时间: 2026年11月17日 15:20\n收件人: b@example.com\n主题: x\n",
    "outlook en": "________________________________\nFrom: A <a@example.com>\nSent: Tuesday\nTo: B\nSubject: x\n",
    "original": "-----Original Message-----\nFrom: A\nSent: Tuesday\nSubject: x\n",
    "gmail": "A <a@example.com> 于2026年11月21日周六 16:45写道：\n",
    "gmail en": "On Sat, Nov 21, 2026 at 4:45 PM A <a@example.com> wrote:\n",
    "foxmail": "发件人： A\n发送时间： 2026-11-24 10:01\n收件人： b\n主题： x\n",
    "traditional": "寄件者: A <a@example.com>\n日期: 2026年11月17日\n收件者: b\n主旨: x\n",
    "apple": "2026年11月21日 16:45，A <a@example.com> 写道：\n",
}  # fmt: skip


@pytest.mark.parametrize("client", QUOTES)
def test_quoted_text_of_every_client_is_no_order(client: str) -> None:
    form = (
        "发货人：王建国\n联系方式：13800138001\n件数：10件\n重量：5吨\n提货地址：上海市闵行区申富路128号\n"
        "发往：杭州\n收货人：李晓明\n联系方式：13900139002\n付费方式：到付\n"
    )
    octets = f"In-Reply-To: <x@example.com>\r\nSubject: Re: x\r\n\r\n好的，谢谢\n\n{QUOTES[client]}\n{form}".encode()
    result = understand(octets, RULES)
    assert result.kind is Kind.OTHER
    assert [block.role for block in result.message.blocks][:2] == ["own", "quoted"]


def test_a_chinese_bounce_names_the_address() -> None:
    text = "抱歉,您的邮件被退回来了……\n收件人邮件地址(nosuch@qq.example.com)不存在,邮件无法送达。"
    message = read(f"From: PostMaster@qq.example.com\r\nSubject: x\r\n\r\n{text}".encode())
    assert message.bounced == ("nosuch@qq.example.com",)


def test_a_delay_is_no_failure() -> None:
    from email.message import Message as Mime

    status = "Final-Recipient: rfc822; a@example.com\nAction: delayed"
    assert failed_addresses([status], [], Mime()) == ()
    assert failed_addresses([status.replace("delayed", "failed")], [], Mime()) == ("a@example.com",)


def test_folding_keeps_every_character_in_its_place() -> None:
    text = "發貨人：ＡＢＣ１２３ 乾㎏m³“”"
    assert len(fold(text)) == len(text)
    assert fold(text).startswith("发货人:abc123 ")


def test_what_is_not_seen_is_taken_out() -> None:
    assert clean("发\u200b货\u202e人\x00\ud800：张\ufeff伟") == "发货人：张伟"


def test_zero_width_characters_hide_no_label() -> None:
    text = (
        "发\u200b货人：王建国\n联系\u200d方式：138\u200b00138001\n件数：10件\n重量：5吨\n"
        "提货地址：上海市闵行区申富路128号\n发往：杭州\n收货人：李晓明\n联系方式：13900139002\n付费方式：到付"
    )
    order = understand(f"Subject: x\r\n\r\n{text}".encode(), RULES).orders[0]
    assert (order.form.shipper.name, order.form.shipper.phone) == ("王建国", "13800138001")
    assert order.problems == ()


def test_a_broken_encoded_word_in_an_address_breaks_nothing() -> None:
    message = read(b"From: a@example.com\r\nTo: =?utf-8?B?!?= =?utf-8?b?A?= <b@example.com>\r\nSubject: x\r\n\r\nx")
    assert message.sender is not None
    assert message.sender.address == "a@example.com"
