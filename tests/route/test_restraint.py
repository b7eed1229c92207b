"""No machine is drawn into a loop, nobody is flooded in a stranger's name; letters that came back (rows 9 to 14)."""

from dataclasses import replace
from pathlib import Path

import pytest

from config.database import Base, open_database
from intake.mailbook import MailState
from intake.record import OrderState
from tests.route.talk import ORDER, Sent, Talk, of, purposes

DISPATCHER = "dispatch-sh-west@consign.example"
NO_PHONE = ORDER.replace("联系方式：13900139002\n", "")


# -- row 13: loops


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Return_Path": "<>"},
        {"Precedence": "auto_reply"},
        {"X_Autoreply": "yes"},
        {"subject": "自动回复：我正在休假"},
    ],
)
def test_attack_13_a_marked_machine_gets_no_answer(talk: Talk, headers: dict[str, str]) -> None:
    letter = of(talk.write(NO_PHONE), "incomplete")
    assert talk.answer(letter, "您的来信已收到，我正在休假，稍后回复您。", **headers) == []
    assert talk.order.round == 1
    assert talk.kinds() == ["complete_order"]


def test_attack_13_our_own_address_and_our_own_letters_are_never_orders(talk: Talk) -> None:
    letters = talk.write(ORDER)
    assert talk.write(ORDER.replace("杭州", "宁波"), sender="dingdan@consign.example") == []
    assert talk.deliver(of(letters, "work_order").letter.octets) == []  # a copy that came home
    assert len(talk.orders()) == 1
    assert talk.state is MailState.AUTOMATIC


def test_attack_13_a_work_order_that_is_passed_on_is_no_order(talk: Talk) -> None:
    work_order = of(talk.write(ORDER), "work_order")
    for sender in (DISPATCHER, "friend@carrier.example"):
        assert talk.write(work_order.text, sender=sender, subject=f"转发: {work_order.subject}") == []
        assert talk.write(work_order.text, sender=sender, subject="请看") == [] or sender != DISPATCHER
    assert len([order for order in talk.orders() if order.state is OrderState.ACCEPTED]) == 1


def test_attack_13_a_machine_without_any_mark_gets_two_answers_in_ten_minutes(talk: Talk) -> None:
    """It answers each of our letters with the form as it was: an order mended over and over."""
    letters = talk.write(NO_PHONE)
    answers = 0
    for turn in range(20):
        if not letters:
            break
        letters = talk.answer(of(letters, "incomplete"), f"收货人：李晓明{turn}\n联系方式：")
        answers += len(letters)
        talk.wait(seconds=5)
    assert answers == 2
    assert [said["why"] for said in talk.events("answer_withheld")] == ["two_in_ten_minutes"]


def test_attack_13_an_echo_that_strips_every_mark_is_silenced_too(talk: Talk) -> None:
    """The same order again and again, each under a Message-ID of its own: asked about twice, then not answered."""
    talk.write(ORDER)
    answers = 0
    for _ in range(8):
        answers += len([letter for letter in talk.write(ORDER) if letter.purpose == "confirm"])
        talk.wait(seconds=5)
    assert answers == 2


def test_ten_answers_a_day_beyond_real_orders(talk: Talk) -> None:
    letters = talk.write(ORDER)
    number = talk.order.number
    answers = 0
    for _ in range(30):
        answers += len(talk.write(f"查件 {number}，货到哪了？", subject="查件"))
        talk.wait(minutes=20)
    assert answers == 10
    assert purposes(talk.write(ORDER.replace("杭州", "宁波"))) == ["acknowledgement", "work_order"]  # real orders go on
    assert letters


def test_attack_13_two_desks_that_write_to_each_other_fall_silent(talk: Talk, tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'other.db'}")
    Base.metadata.create_all(database.engine)
    other = Talk(database, replace(talk.company, address="orders@other.example"))
    letters: list[Sent] = talk.write(NO_PHONE, sender="orders@other.example")
    mails = 0
    while letters:
        desk = other if letters[0].recipient == "orders@other.example" else talk
        mails += 1
        letters = desk.deliver(letters[0].letter.octets)
    assert mails == 1
    database.close()


def test_a_list_goes_to_a_person_and_is_never_answered(talk: Talk) -> None:
    assert talk.write(ORDER, List_Id="<freight.lists.example>") == []
    assert talk.kinds() == ["review_mail"]


def test_an_address_that_nobody_reads_is_not_answered(talk: Talk) -> None:
    assert purposes(talk.write(ORDER, sender="no-reply@shipper.example")) == ["work_order"]


# -- row 14: backscatter


def test_attack_14_strangers_get_no_answer_where_that_is_policy(talk: Talk) -> None:
    policy = talk.company.policy.model_copy(update={"answer_unknown": False, "unknown_senders": "confirm"})
    closed = Talk(talk.database, replace(talk.company, policy=policy))
    letters = [
        letter
        for n in range(20)
        for letter in closed.write(ORDER.replace("10件", f"{n + 1}件"), sender=f"x{n}@spoofed.example")
    ]
    assert letters == []
    assert len(closed.orders()) == 20
    assert closed.kinds() == ["confirm_with_customer"] * 20


# -- row 11 and issue row 9: letters that came back


def qq_bounce(letter: Sent, *, with_original: bool = True) -> bytes:
    original = letter.letter.octets.split(b"\r\n\r\n")[0].decode()
    attached = f"--b\r\nContent-Type: message/rfc822\r\n\r\n{original}\r\n\r\n(正文略)\r\n" if with_original else ""
    return (
        "From: PostMaster <postmaster@qq.example.com>\r\nTo: orders@consign.example\r\n"
        "Subject: =?utf-8?b?57O757uf6YCA5L+hL1N5c3RlbXMgYm91bmNl?=\r\nMessage-ID: <q1@qq.example.com>\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"抱歉，您的邮件被退回来了……\r\n收件人邮件地址（{letter.recipient}）不存在，邮件无法送达。\r\n{attached}--b--\r\n"
    ).encode()


def dsn(letter: Sent, message_id: str = "") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: orders@consign.example\r\nSubject: Undelivered Mail\r\n"
        "Message-ID: <d1@mx.example>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you ...\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {letter.recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {message_id or letter.letter.message_id}\r\n--b--\r\n"
    ).encode()


def netease_bounce(letter: Sent) -> bytes:
    return (
        "From: Postmaster@163.example.com\r\nTo: orders@consign.example\r\nSubject: =?utf-8?b?57O757uf6YCA5L+h?=\r\n"
        "Message-ID: <n1@163.example.com>\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 8bit\r\n\r\n"
        f"<p>您的邮件被退回</p><p>以下收件人未能成功送达：{letter.recipient}</p><p>原因：550 User not found</p>"
        f"<p>Message-ID: &lt;{letter.letter.message_id.strip('<>')}&gt;</p>\r\n"
    ).encode()


@pytest.mark.parametrize("bounce", [dsn, qq_bounce, netease_bounce])
def test_a_dispatchers_bounce_goes_to_the_deputy_at_once(talk: Talk, bounce: object) -> None:
    work_order = of(talk.write(ORDER), "work_order")
    letters = talk.deliver(bounce(work_order))  # type: ignore[operator]  # parametrized as object
    assert of(letters, "work_order").recipient == "dispatch-sh-north@consign.example"
    assert of(letters, "alert").recipient == talk.company.supervisor
    assert "phone_dispatcher" in talk.kinds()
    assert talk.state is MailState.BOUNCE


def test_a_shippers_bounce_questions_the_address(talk: Talk) -> None:
    acknowledgement = of(talk.write(ORDER), "acknowledgement")
    assert talk.deliver(dsn(acknowledgement)) == []
    assert talk.kinds() == ["fix_address", "verify_pickup"]
    assert talk.task("fix_address").phone == "13800138001"


@pytest.mark.parametrize("message_id", ["<x@mx.example>", "<wo-20261124-0001-r1.1-aaaaaaaaaa000000@consign.example>"])
def test_attack_11_a_forged_bounce_marks_nothing(talk: Talk, message_id: str) -> None:
    work_order = of(talk.write(ORDER), "work_order")
    assert talk.deliver(dsn(work_order, message_id)) == []
    assert talk.kinds() == ["review_mail", "verify_pickup"]
    assert talk.state is MailState.REVIEW


def test_a_bounce_is_told_but_once(talk: Talk) -> None:
    work_order = of(talk.write(ORDER), "work_order")
    talk.deliver(dsn(work_order))
    talk.wait(minutes=1)
    assert talk.deliver(dsn(work_order).replace(b"<d1@", b"<d2@")) == []
