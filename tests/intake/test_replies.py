"""What dispatchers write back, in the words that they use."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from intake.replies import DispatchReply, Said, read_reply

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 24, 14, 50, tzinfo=ZONE)


def read(text: str, at: datetime = AT) -> DispatchReply:
    return read_reply(text.split("\n"), at)


def clock(reply: DispatchReply) -> str:
    return reply.at.astimezone(ZONE).strftime("%d %H:%M") if reply.at else ""


SAID = [
    ("已收到", Said.ACKNOWLEDGED, ""),
    ("收到，马上安排", Said.ACKNOWLEDGED, ""),
    ("好的", Said.ACKNOWLEDGED, ""),
    ("ok", Said.ACKNOWLEDGED, ""),
    ("Received, thanks.", Said.ACKNOWLEDGED, ""),
    ("已接单", Said.ACKNOWLEDGED, ""),
    ("收到，安排司机下午5点去", Said.ACKNOWLEDGED, "24 17:00"),
    ("已提货", Said.PICKED_UP, ""),
    ("已提货，14:20装车完毕。", Said.PICKED_UP, "24 14:20"),
    ("已提货 １４：２０", Said.PICKED_UP, "24 14:20"),
    ("货已装车，两点半走的", Said.PICKED_UP, "24 14:30"),
    ("2点20提货完成", Said.PICKED_UP, "24 14:20"),
    ("已收到。已经提到货了", Said.PICKED_UP, ""),
    ("提走了", Said.PICKED_UP, ""),
    ("昨天下午5点已提货", Said.PICKED_UP, "23 17:00"),
    ("Picked up at 2:20 pm, driver Zhang Wei 13912345678", Said.PICKED_UP, "24 14:20"),
    ("Goods collected 14:20", Said.PICKED_UP, "24 14:20"),
    ("未提货，司机堵车，16点到", Said.NOT_YET, "24 16:00"),
    ("还没提，预计16：30", Said.NOT_YET, "24 16:30"),
    ("没提到货，客户说下午4点半再去", Said.NOT_YET, "24 16:30"),
    ("未提货 明早9点", Said.NOT_YET, "25 09:00"),
    ("未提货 明天上午九点半", Said.NOT_YET, "25 09:30"),
    ("尚未提货", Said.NOT_YET, ""),
    ("还没去提，半小时后到", Said.NOT_YET, "24 15:20"),
    ("未提货，货没备好，4点再去", Said.NOT_YET, "24 16:00"),
    ("16点到", Said.NOT_YET, "24 16:00"),
    ("预计17:00提货", Said.NOT_YET, "24 17:00"),
    ("11月25日 9点提货", Said.NOT_YET, "25 09:00"),
    ("Not yet, will pick up at 4pm", Said.NOT_YET, "24 16:00"),
    ("haven't picked up, expected 16:00", Said.NOT_YET, "24 16:00"),
    ("on the way, in 30 minutes", Said.NOT_YET, "24 15:20"),
    ("无法安排", Said.CANNOT, ""),
    ("今天没车，安排不了", Said.CANNOT, ""),
    ("Cannot arrange, no truck today", Said.CANNOT, ""),
    ("地址不对", Said.WRONG_ADDRESS, ""),
    ("已收到，但是地址有误，找不到地方", Said.WRONG_ADDRESS, ""),
    ("wrong address", Said.WRONG_ADDRESS, ""),
    ("货没备好", Said.PROBLEM, ""),
    ("到了，电话没人接", Said.PROBLEM, ""),
    ("发货人拒绝装车", Said.PROBLEM, ""),
    ("Goods not ready", Said.PROBLEM, ""),
    ("提货了吗？", Said.UNCLEAR, ""),
    ("已提8件，还有2件未提", Said.UNCLEAR, ""),
    ("已提货，但有2件破损", Said.UNCLEAR, ""),
    ("如果已提货请告知", Said.UNCLEAR, ""),
    ("今天天气不错", Said.UNCLEAR, ""),
    ("", Said.UNCLEAR, ""),
]


@pytest.mark.parametrize(("text", "said", "at"), SAID)
def test_what_is_said(text: str, said: Said, at: str) -> None:
    reply = read(text)
    assert (reply.said, clock(reply)) == (said, at)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("已提货 14:20 司机 王师傅 13800138000", ("王师傅", "13800138000", "")),
        ("已提货，司机王师傅 138-0013-8000，沪A·12345", ("王师傅", "13800138000", "沪A12345")),
        ("已提货 司机：张建国 电话 13912345678 车牌浙A88D99", ("张建国", "13912345678", "浙A88D99")),
        ("李师傅去提的，已提货", ("李师傅", "", "")),
        ("Picked up. Driver: Zhang Wei, 13912345678", ("Zhang Wei", "13912345678", "")),
        ("未提货，司机堵车，16点到\n杨调度\n闵行车队 13400001111", ("", "", "")),
        ("未提货，司机马上到", ("", "", "")),
        ("已提货 新能源车粤BD12345", ("", "", "粤BD12345")),
    ],
)
def test_who_fetches(text: str, who: tuple[str, str, str]) -> None:
    reply = read(text)
    assert (reply.driver, reply.phone, reply.vehicle) == who


def test_a_clock_time_is_meant_before_for_what_was_done_and_after_for_what_is_promised() -> None:
    morning = AT.replace(hour=9, minute=0)
    assert clock(read("已提货 8点半", morning)) == "24 08:30"
    assert clock(read("未提货 8点半", morning)) == "24 20:30"
    assert clock(read("已提货 23:50", AT.replace(hour=0, minute=10))) == "23 23:50"


def test_the_words_are_kept_but_not_without_end() -> None:
    assert len(read("已收到" * 5000).words) == 500
