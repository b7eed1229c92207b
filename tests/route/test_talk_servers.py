"""Whole conversations through real servers: shipper, consign and dispatcher each with a mailbox of their own.

Postfix takes every mail and hands it to Dovecot; the daemon waits by IDLE, reads in child processes, sends over SMTP.
Nothing is stubbed, the clock is the machine's.
"""

import email
import email.policy
import smtplib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

import pytest
from sqlalchemy import select

from config.settings import Settings
from consign.daemon import Daemon
from followup.tables import Shipment, Task
from intake.mailbox import Mailbox, Mark
from intake.record import OrderRecord, OrderState
from intake.register import latest
from tests.postfix import PostfixServer
from tests.servers import DovecotServer

CONSIGN = "orders@consign.example"
SHIPPER = "wang@shipper.example"
DISPATCHER = "dispatch-sh-west@consign.example"
PATIENCE = 40.0  # seconds until a letter that does not come is a failure
ORDER = """您好，请安排提货：
发货人：王建国
联系方式：13800138001
货物状况：五金配件，10件，2方，500公斤
提货地址：{pickup}
发往：杭州
收货人：李晓明
付费方式：到付
"""
CITY = "上海市静安区南京西路1266号"
FAR = "江苏省昆山市玉山镇前进中路100号"


@dataclass
class Person:
    """Somebody with a mail client: writes through Postfix, reads his own mailbox on Dovecot."""

    address: str
    dovecot: DovecotServer
    postfix: PostfixServer
    mark: Mark | None = None
    unread: list[EmailMessage] = field(default_factory=list)

    def write(self, text: str, subject: str, **headers: str) -> None:
        mail = EmailMessage(policy=email.policy.SMTP)
        mail["From"], mail["To"], mail["Subject"] = self.address, CONSIGN, subject
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail["Message-ID"] = make_msgid(domain=self.address.partition("@")[2])
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text, cte="base64")
        with smtplib.SMTP("127.0.0.1", self.postfix.port, timeout=20) as smtp:
            smtp.send_message(mail, self.address, [CONSIGN])

    def answer(self, letter: EmailMessage, text: str) -> None:
        """As QQ answers: own words above, the letter quoted below."""
        body = letter.get_body(("plain",))
        assert body is not None
        quoted = "\n".join(f"> {line}" for line in str(body.get_content()).splitlines())
        head = f"------------------ 原始邮件 ------------------\n发件人: {CONSIGN};\n主题: {letter['Subject']}\n"
        identifier = str(letter["Message-ID"])
        references = f"{letter['References'] or ''} {identifier}".strip()
        subject = f"回复：{letter['Subject']}"
        self.write(f"{text}\n\n{head}\n{quoted}\n", subject, In_Reply_To=identifier, References=references)

    def next_letter(self) -> EmailMessage:
        """The next mail in his mailbox; waits for it by IDLE."""
        given_up = threading.Event()
        patience = threading.Timer(PATIENCE, given_up.set)
        patience.start()
        mailbox = Mailbox(self.dovecot.mailbox(self.address, idle_renew_seconds=3))
        try:
            mailbox.connect()
            while not self.unread and not given_up.is_set():
                for self.mark, mails in mailbox.new_since(self.mark):  # noqa: B020
                    self.unread += [
                        email.message_from_bytes(mail.octets, policy=email.policy.default) for mail in mails
                    ]
                if not self.unread:
                    mailbox.wait(given_up)
        finally:
            patience.cancel()
            mailbox.close()
        assert self.unread, f"no letter to {self.address}"
        return self.unread.pop(0)


@dataclass
class Desk:
    daemon: Daemon
    shipper: Person
    dispatcher: Person
    stranger: Person

    @property
    def order(self) -> OrderRecord:
        with self.daemon.database.read() as session:
            return latest(session, 1)[0]

    @property
    def shipment(self) -> Shipment:
        with self.daemon.database.read() as session:
            return session.scalars(select(Shipment)).one()

    def open_tasks(self) -> list[str]:
        with self.daemon.database.read() as session:
            return sorted(session.scalars(select(Task.kind).where(Task.state == "open")))

    def until(self, what: str, *wanted: str) -> None:
        """Waits until the open tasks are the wanted ones."""
        calm = threading.Event()
        for _ in range(int(PATIENCE / 0.1)):
            if self.open_tasks() == sorted(wanted):
                return
            calm.wait(0.1)
        raise AssertionError(f"{what}: open tasks are {self.open_tasks()}")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with DovecotServer() as dovecot, PostfixServer(f"lmtp:inet:127.0.0.1:{dovecot.lmtp_port}") as postfix:
        settings = Settings.model_validate(
            {
                "token_secret": "secret of the tests",
                "mailbox": dovecot.mailbox(CONSIGN).model_dump(),
                "smtp": {"host": "127.0.0.1", "port": postfix.port, "tls": "none", "connections": 2},
                "database": {"url": f"sqlite:///{tmp_path / 'consign.db'}"},
                "console": {"enabled": False},
            }
        )
        daemon = Daemon(settings)
        daemon.start()
        people = (Person(address, dovecot, postfix) for address in (SHIPPER, DISPATCHER, "evil@other.example"))
        yield Desk(daemon, *people)
        daemon.close()


def subject(letter: EmailMessage) -> str:
    return str(letter["Subject"])


def test_an_order_is_mended_changed_picked_up_and_asked_about(desk: Desk) -> None:
    shipper, dispatcher = desk.shipper, desk.dispatcher
    shipper.write(ORDER.format(pickup=CITY), "发货")
    asked = shipper.next_letter()
    assert "收货人电话" in subject(asked)
    shipper.answer(asked, "收货人电话：13900139002")
    accepted, work_order = shipper.next_letter(), dispatcher.next_letter()
    number = desk.order.number
    assert subject(work_order).startswith(f"[WO {number}]")
    assert accepted["In-Reply-To"]
    assert accepted["Auto-Submitted"] == "auto-replied"
    dispatcher.answer(work_order, "已收到")
    shipper.answer(accepted, "不好意思，数量改为12件，其它不变")
    revised = dispatcher.next_letter()
    assert subject(revised).startswith(f"[WO {number} r2]")
    assert "已受理" in subject(shipper.next_letter())
    desk.until("the call for the new revision", "verify_pickup")
    dispatcher.answer(revised, "已提货 司机 王师傅 13900001234 沪A12345")
    desk.until("the pickup closes the call and opens those of the way", "check_arrival", "coordinate_destination")
    assert "提走" in subject(shipper.next_letter())
    assert (desk.shipment.driver, desk.shipment.driver_phone) == ("王师傅", "13900001234")
    assert desk.shipment.acknowledged_at is not None
    shipper.write(f"查件 {number}，货到哪了？", "查件")
    told = shipper.next_letter()
    body = told.get_body(("plain",))
    assert body is not None
    assert "提走" in str(body.get_content())


def test_a_surcharge_is_agreed_to_a_forger_ignored_and_the_order_cancelled(desk: Desk) -> None:
    shipper = desk.shipper
    shipper.write(ORDER.format(pickup=FAR).replace("李晓明\n", "李晓明 13900139002\n"), "发货")
    asked = shipper.next_letter()
    assert "请确认" in subject(asked)
    desk.stranger.answer(asked, "确认")
    desk.until("a forger's yes is a task", "confirm_with_customer", "review_mail")
    assert desk.order.state is OrderState.AWAITING_CONFIRMATION
    shipper.answer(asked, "确认")
    accepted = shipper.next_letter()
    assert "已受理" in subject(accepted)
    assert desk.order.state.value == "accepted"
    shipper.answer(accepted, "这单取消，不发了")
    assert "已取消" in subject(shipper.next_letter())
    assert desk.order.state.value == "cancelled"
    assert desk.dispatcher.unread == []  # Kunshan is another dispatcher's
    north = Person("dispatch-sh-north@consign.example", shipper.dovecot, shipper.postfix)
    assert subject(north.next_letter()).startswith(f"[WO {desk.order.number}]")
    assert "停止" in subject(north.next_letter())


def test_a_complaint_is_answered_and_a_machine_gets_nothing(desk: Desk) -> None:
    shipper = desk.shipper
    shipper.write("我正在休假，有事请联系同事。", "自动回复：发货", Auto_Submitted="auto-replied")
    shipper.write("投诉！上周的货破损了，外包装全湿，请尽快处理", "投诉")
    desk.until("a complaint has its clock", "handle_complaint")
    body = shipper.next_letter().get_body(("plain",))  # the first letter: the machine got none
    assert body is not None
    assert "抱歉" in str(body.get_content())
