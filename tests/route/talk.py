"""A conversation in the hands of a test: shippers and dispatchers write; the desk reads, decides, writes back.

The steps of all rooms run on a real database with the sample company; time is what the test says. How mails travel is
another matter: tests/route/test_talk_servers.py lets them pass through real servers.
"""

import email
import email.policy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from sqlalchemy import select

from config.company import Company
from config.database import Database
from config.settings import LetterSettings
from dispatch import letterbook
from dispatch.steps import Desk, plan_letters
from dispatch.tables import Letter
from followup.silence import chase_silent
from followup.steps import plan_tasks
from followup.tables import Shipment, Task
from intake import mailbook, register
from intake.authenticity import evidence
from intake.decision import Decision
from intake.fingerprint import fingerprint
from intake.mailbook import MailState
from intake.mailbox import Mark
from intake.message import ReadingRules, Understanding
from intake.readmail import ReadMail, Seal
from intake.record import OrderRecord
from intake.tables import Event, InboundMail
from intake.timeline import Entry, record
from intake.understanding import understand
from tests.builders import raw_mail

MORNING = datetime.fromisoformat("2026-11-24T09:00:00+08:00")
SECRET = b"secret of the tests"
SHIPPER = "wang@shipper.example"
ORDER = """您好，请安排提货：
发货人：王建国
联系方式：13800138001
货物状况：五金配件，10件，2方，500公斤
提货地址：上海市静安区南京西路1266号
发往：杭州
收货人：李晓明
联系方式：13900139002
付费方式：到付
"""


@dataclass(frozen=True)
class Sent:
    """A letter of ours as its receiver has it."""

    letter: Letter

    @property
    def mail(self) -> EmailMessage:
        return email.message_from_bytes(self.letter.octets, policy=email.policy.default)

    @property
    def text(self) -> str:
        body = self.mail.get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    @property
    def subject(self) -> str:
        return str(self.mail["Subject"])

    @property
    def recipient(self) -> str:
        return self.letter.recipient

    @property
    def purpose(self) -> str:
        return self.letter.purpose


@dataclass
class Talk:
    """One desk. Each call of `write` or `answer` is a mail that arrives now; the desk then does all that follows."""

    database: Database
    company: Company
    now: datetime = MORNING
    headers: dict[str, str] = field(default_factory=dict)  # that our own border puts above every mail
    uid: int = 0
    seen: int = 0
    settings: LetterSettings = field(default_factory=LetterSettings)

    @property
    def seal(self) -> Seal:
        return Seal(SECRET, frozenset({"dingdan@consign.example"}))

    @property
    def desk(self) -> Desk:
        return Desk(self.company, SECRET, self.settings, self.seal.addresses)

    def clock(self) -> datetime:
        return self.now

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    # -- mails

    def write(
        self, text: str, *, sender: str = SHIPPER, subject: str = "发货", name: str = "", **headers: str
    ) -> list[Sent]:
        """A mail of its own; returns the letters that followed."""
        return self.deliver(self.octets(text, sender=sender, subject=subject, name=name, **headers))

    def octets(self, text: str, *, sender: str, subject: str, name: str = "", **headers: str) -> bytes:
        """A mail that is sent now."""
        mail = EmailMessage(policy=email.policy.SMTP)
        mail["From"] = f"{name} <{sender}>" if name else sender
        mail["To"] = self.company.address
        mail["Subject"] = subject
        mail["Date"] = format_datetime(self.now - timedelta(seconds=20))
        self.uid += 1
        mail["Message-ID"] = headers.pop("message_id", f"<m{self.uid}.{sender}>")
        for header, value in headers.items():
            mail[header.replace("_", "-")] = value
        mail.set_content(text, cte="base64")
        return mail.as_bytes()

    def answer(self, letter: Sent, text: str, **changes: Any) -> list[Sent]:
        """An answer to a letter of ours; returns the letters that followed."""
        return self.deliver(self.answer_octets(letter, text, **changes))

    def answer_octets(
        self, letter: Sent, text: str, *, sender: str = "", references: bool = True, subject: str = "", **headers: str
    ) -> bytes:
        """An answer as QQ writes it: own words above, the letter quoted below."""
        quoted = letter.text.replace("\n", "\n> ")
        head = f'------------------ 原始邮件 ------------------\n发件人: "三方物流";\n主题: {letter.subject}\n'
        if references:
            headers |= {"In_Reply_To": letter.letter.message_id, "References": letter.letter.message_id}
        return self.octets(
            f"{text}\n\n{head}\n> {quoted}\n",
            sender=sender or letter.recipient,
            subject=subject or f"回复：{letter.subject}",
            **headers,
        )

    def deliver(self, octets: bytes) -> list[Sent]:
        """A mail arrives, and all that follows."""
        self.post(octets)
        return self.turn()

    def post(self, octets: bytes) -> None:
        """A mail as it arrives, below what our border writes above it."""
        above = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items()).encode()
        self.uid += 1
        mail = raw_mail(self.uid, above + octets, self.now)
        with self.database.write() as session:
            mailbook.keep(self.database, session, "orders", [mail], Mark(7, self.uid), self.now)

    def happen(self, kind: str, **details: Any) -> list[Sent]:
        """Something happens to the only order, and all that follows."""
        with self.database.write() as session:
            record(session, [Entry(kind, self.now, "agent:li", self.order.id, details=details)])
        return self.turn()

    def turn(self) -> list[Sent]:
        """Every room acts until nothing is left to do; all letters are accepted by their servers at once."""
        self.judge()
        while plan_letters(self.database, self.desk, self.clock) or plan_tasks(self.database, self.company, self.clock):
            self._send()
        return self.new_letters()

    def judge(self, reader: str = "test", limit: int = 50) -> None:
        """Reads and decides the mails that wait, as one daemon does."""
        policy = self.company.policy
        with self.database.write() as session:
            mails = mailbook.claim_waiting(self.database, session, reader, self.now, limit)
        items = []
        for mail in mails:
            read = understand(mail.octets, self._rules)
            domain = read.message.sender.domain if read.message.sender else ""
            found = evidence(mail.octets, domain, policy.trusted_authserv_id, policy.border_host)
            items.append(ReadMail(mail, read, fingerprint(mail.octets), found))
        with self.database.write() as session:
            Decision(self.database, self.company, self.now, self.seal).decide(session, items)

    @property
    def _rules(self) -> ReadingRules:
        return ReadingRules(
            home_city=self.company.home_city,
            area_code="021",
            own_addresses=tuple(self.seal.addresses | {self.company.address}),
            dispatchers=tuple(dispatcher.email for dispatcher in self.company.dispatchers),
        )

    def _send(self) -> None:
        with self.database.write() as session:
            leased = letterbook.lease_due(self.database, session, "test", self.now, 100, timedelta(seconds=60))
            for letter in leased:
                assert letterbook.mark_sent(session, letter, "250 ok", self.now)

    def chase(self) -> list[Sent]:
        """The timer that looks after silent dispatchers, and all that follows."""
        chase_silent(self.database, self.company, self.clock)
        return self.turn()

    def read(self, octets: bytes) -> Understanding:
        """What the reader makes of a mail."""
        return understand(octets, self._rules)

    # -- what came of it

    def new_letters(self) -> list[Sent]:
        with self.database.read() as session:
            letters = list(session.scalars(select(Letter).where(Letter.id > self.seen).order_by(Letter.id)))
            for letter in letters:
                assert letter.octets  # loaded while the session lives
        self.seen = max([self.seen, *(letter.id for letter in letters)])
        return [Sent(letter) for letter in letters]

    def orders(self) -> list[OrderRecord]:
        with self.database.read() as session:
            return register.latest(session, 100)[::-1]

    @property
    def order(self) -> OrderRecord:
        (only,) = self.orders()
        return only

    def tasks(self, state: str = "open") -> list[Task]:
        with self.database.read() as session:
            return list(session.scalars(select(Task).where(Task.state == state).order_by(Task.id)))

    def kinds(self, state: str = "open") -> list[str]:
        return sorted(task.kind for task in self.tasks(state))

    def task(self, kind: str) -> Task:
        (only,) = [task for task in self.tasks() if task.kind == kind]
        return only

    @property
    def shipment(self) -> Shipment:
        with self.database.read() as session:
            return session.scalars(select(Shipment)).one()

    @property
    def last_mail(self) -> InboundMail:
        with self.database.read() as session:
            return session.scalars(select(InboundMail).order_by(InboundMail.id.desc()).limit(1)).one()

    @property
    def state(self) -> MailState:
        """The final state of the last mail."""
        return MailState(self.last_mail.state)

    def all_letters(self) -> list[Letter]:
        with self.database.read() as session:
            return list(session.scalars(select(Letter).order_by(Letter.id)))

    def shipments_picked_up(self) -> int:
        with self.database.read() as session:
            return len(session.scalars(select(Shipment).where(Shipment.picked_up_at.is_not(None))).all())

    def events_of_mail(self, mail_id: int) -> list[str]:
        """The kinds of what happened to a mail."""
        with self.database.read() as session:
            return list(session.scalars(select(Event.kind).where(Event.mail_id == mail_id).order_by(Event.id)))

    def events(self, kind: str) -> list[dict[str, Any]]:
        with self.database.read() as session:
            return list(session.scalars(select(Event.details).where(Event.kind == kind).order_by(Event.id)))


def of(letters: list[Sent], purpose: str) -> Sent:
    """The one letter of this purpose."""
    (only,) = [letter for letter in letters if letter.purpose == purpose]
    return only


def purposes(letters: list[Sent]) -> list[str]:
    return sorted(letter.purpose for letter in letters)
