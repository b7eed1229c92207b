"""What a dispatcher or a station writes after the pickup: arrived, signed for, late; in doubt a person reads it."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from intake.replies import Said, read_reply, speaks_of_delay

AT = datetime(2026, 11, 25, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("words", "said", "at", "signer"),
    [
        ("已到货", Said.ARRIVED, "", ""),
        ("已到站 8:30", Said.ARRIVED, "25 08:30", ""),
        ("货到了", Said.ARRIVED, "", ""),
        ("货都到齐了，谢谢", Said.ARRIVED, "", ""),
        ("货已到杭州", Said.ARRIVED, "", ""),
        ("arrived at 8:30", Said.ARRIVED, "25 08:30", ""),
        ("已签收 签收人：李晓明", Said.SIGNED, "", "李晓明"),
        ("李晓明已签收 9:20", Said.SIGNED, "25 09:20", "李晓明"),
        ("昨天下午3点由王强签收", Said.SIGNED, "24 15:00", "王强"),
        ("delivered at 9:00", Said.SIGNED, "25 09:00", ""),
        ("还没到货", Said.NOT_YET, "", ""),
        ("没到货，明天10点到", Said.NOT_YET, "26 10:00", ""),
        ("延误至明天16点", Said.NOT_YET, "26 16:00", ""),
        ("预计明天上午10点到货", Said.NOT_YET, "26 10:00", ""),
        ("货已到杭州，9点到的", Said.UNCLEAR, "", ""),  # 9 o'clock may be either
        ("到货了吗", Said.UNCLEAR, "", ""),
        ("已签收了吗", Said.UNCLEAR, "", ""),
        ("还没签收", Said.UNCLEAR, "", ""),
        ("收货人拒签", Said.UNCLEAR, "", ""),
        ("等客户签收", Said.UNCLEAR, "", ""),
        ("已到货，少2件", Said.UNCLEAR, "", ""),
        ("部分到货了，其余未到", Said.NOT_YET, "", ""),
        ("已提货，已签收", Said.UNCLEAR, "", ""),
        ("司机已到", Said.UNCLEAR, "", ""),
        ("车已到达厂门口", Said.UNCLEAR, "", ""),
        ("提到货了", Said.UNCLEAR, "", ""),
        ("如果已到货请通知我", Said.UNCLEAR, "", ""),
    ],
)
def test_one_meaning_or_a_person(words: str, said: Said, at: str, signer: str) -> None:
    reply = read_reply([words], AT)
    assert reply.said is said
    if said is not Said.UNCLEAR:
        assert (f"{reply.at:%d %H:%M}" if reply.at else "") == at
        assert reply.signer == signer


@pytest.mark.parametrize(
    ("words", "is_delay"),
    [("延误至明天16点", True), ("预计周五到", True), ("还没到", True), ("16点到", False), ("9点到的", False)],
)
def test_a_bare_time_is_no_promise(words: str, is_delay: bool) -> None:
    assert speaks_of_delay(words) is is_delay
