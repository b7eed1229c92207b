"""确认 and what only looks like it."""

import pytest

from intake.consent import own_text, says_yes
from intake.message import Block, Message


@pytest.mark.parametrize(
    "text",
    [
        "确认",
        "同意",
        "OK",
        "ok!",
        "好的，确认",
        "确认。",
        "您好，同意，谢谢！",
        "我们同意以上费用",
        "没问题",
        "可以",
        "確認",
        "收到，确认",
        "确认，请安排",
        "同意按此执行",
        "确认发货",
        "Confirmed, thanks",
        "We agree",
        "Yes, please proceed",
        "确认 20261124-0001",
        "ＯＫ",
        "提货费同意",
        "确认\n\n王建国",
        "👌 可以",
    ],
)
def test_a_yes(text: str) -> None:
    assert says_yes(text.split("\n"), ["王建国"])


@pytest.mark.parametrize(
    "text",
    [
        "不同意",
        "不确认",
        "不可以",
        "确认吗？",
        "同意，但是提货时间改到明天",
        "确认一下价格",
        "请先别发",
        "太贵了",
        "同意减半",
        "收到",
        "",
        "请确认",
        "可以便宜点吗",
        "确认收货人电话是13900139002",
        "OK but cheaper",
        "not agreed",
        "No",
        "暂不同意",
        "再考虑一下，稍后确认",
        "确认" + "，" * 80,
    ],
)
def test_no_yes(text: str) -> None:
    assert not says_yes(text.split("\n"))


def test_only_own_words_count() -> None:
    quoted = Block(part="text", role="quoted", lines=("> 回复“确认”即可", "确认"))
    own = Block(part="text", role="own", lines=("价格太高", "发自我的 iPhone", "确认"))
    message = Message(sender=None, blocks=(own, quoted))
    assert own_text(message) == ["价格太高"]
