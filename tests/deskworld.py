"""A desk with work on it: orders judged by the sample company, letters written, tasks opened; a clock that is told."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

import followup.tables_desk
from config.company import Company, load_company
from config.database import Base, Database, open_database
from config.settings import LetterSettings, Settings
from dispatch import letterbook
from dispatch.steps import Desk, plan_letters
from followup import people
from followup.people import Role
from followup.steps import plan_tasks
from intake import mailbook, register
from intake.fingerprint import content_key
from intake.judge import judge
from intake.mailbook import MailState
from intake.mailbox import Mark
from intake.message import ReadingRules
from intake.orderform import Cargo, Consignee, Origin, Payment, Problem, ProblemCode, ReadOrder, Shipper
from intake.register import NewOrder
from intake.tables import InboundMail
from intake.timeline import Entry, Happening, record
from intake.understanding import understand
from tests.builders import form, raw_mail

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
PASSWORD = "yellow lorries at dawn"
assert followup.tables_desk


ORDER_MAIL = """\
From: =?utf-8?b?5byg5pWP?= <zhang@shipper.example>
To: orders@consign.example
Subject: =?utf-8?b?5LiL5Y2V?=
Message-ID: <one@shipper.example>
Date: Tue, 24 Nov 2026 11:47:00 +0800
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

您好，麻烦安排提货：
发货人：张敏
联系方式：13611112222
货物状况：电子元件，12箱，0.8方，160公斤
提货地址：上海市静安区南京西路1266号恒隆广场
发往：杭州
收货人：陈晓东
联系方式：13733334444
付费方式：到付
谢谢！
""".replace("\n", "\r\n").encode()
LETTER_MAIL = """\
From: =?utf-8?b?6ZmI5aSn5piO?= <chen@somebody.example>
To: orders@consign.example
Subject: =?utf-8?b?5ZKo6K+i5LiA5LiL?=
Message-ID: <two@somebody.example>
Date: Tue, 24 Nov 2026 11:47:30 +0800
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

你们好，我这边有一批货想从嘉定发到宁波，大概三十箱，每周两次，能不能找人跟我谈一下长期合作？
我的电话 13955556666，陈大明
""".replace("\n", "\r\n").encode()


@cache
def sample_company() -> Company:
    return load_company(Settings())


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now


@dataclass
class DeskWorld:
    """One database with its people; every method does what the rooms do, at the time of the clock."""

    database: Database
    clock: Clock
    settings: Settings = field(default_factory=Settings)

    @property
    def company(self) -> Company:
        return sample_company()

    def add_people(self) -> None:
        with self.database.write() as session:
            for name, display, role in (
                ("li", "李静", Role.AGENT),
                ("chen", "陈勇", Role.AGENT),
                ("zhao", "赵敏", Role.SUPERVISOR),
                ("root", "管理员", Role.ADMIN),
            ):
                people.add(session, name, role, "", display, self.clock(), "test")

    def token(self, name: str) -> str:
        """A session of that person."""
        with self.database.write() as session:
            code = people.make_link(session, name, self.clock())
        return people.enter_by_link(self.database, code, "127.0.0.1", "test", self.clock())

    def order(self, *, mail_id: int | None = None, read: ReadOrder | None = None, **changes: Any) -> str:
        """Enters an order as if its mail had just come; returns its number."""
        now = self.clock()
        read = read or ReadOrder(form=form(**changes))
        verdict = judge(read, self.company, at=now, customer=None, sender_known=False)
        address = "wang@shipper.example"
        new = NewOrder(
            read=read,
            verdict=verdict,
            content_key=content_key(address, read.form),
            ordered_at=now,
            ordered_at_note="",
            arrived_at=now,
            clear_from=now,
            shipper_address=address,
            mail_id=mail_id,
        )
        with self.database.write() as session:
            day = now.astimezone(self.company.timezone).strftime("%Y%m%d")
            return register.enter(self.database, session, [new], day, now)[0]

    def mail(self, octets: bytes) -> int:
        """Keeps a mail as the mailbox would; it waits to be read."""
        with self.database.write() as session:
            uid = (session.scalar(select(func.max(InboundMail.uid))) or 100) + 1
            mail = raw_mail(uid, octets, self.clock())
            mailbook.keep(self.database, session, "orders", [mail], Mark(7, uid), self.clock())
            return session.scalars(select(InboundMail.id).where(InboundMail.uid == uid)).one()

    def mail_for_review(self, octets: bytes) -> int:
        """A mail that no rule fits."""
        mail_id, read = self.mail(octets), understand(octets, ReadingRules())
        with self.database.write() as session:
            mailbook.note_reading(session, mail_id, MailState.REVIEW, read, f"print-{mail_id}", self.clock())
            details = {"kind": read.kind.value, "topic": read.topic, "evidence": list(read.evidence)}
            record(session, [Entry(Happening.MAIL_FOR_REVIEW, self.clock(), mail_id=mail_id, details=details)])
        return mail_id

    def broken_mail(self, octets: bytes) -> int:
        """A mail at which reading failed."""
        mail_id = self.mail(octets)
        with self.database.write() as session:
            mailbook.set_aside(session, mail_id, Happening.MAIL_SET_ASIDE, "ValueError: broken", self.clock())
        return mail_id

    def order_by_mail(self, octets: bytes) -> str:
        """The first order of a mail, read by the readers' own functions."""
        mail_id, read = self.mail(octets), understand(octets, ReadingRules(home_city="上海市", area_code="021"))
        number = self.order(mail_id=mail_id, read=read.orders[0])
        with self.database.write() as session:
            mailbook.note_reading(session, mail_id, MailState.DECIDED, read, f"print-{mail_id}", self.clock())
        return number

    def settle(self, seconds: float = 4.0) -> None:
        """Letters are written and accepted `seconds` later, tasks are opened."""
        desk = Desk(self.company, b"secret", LetterSettings())
        while plan_letters(self.database, desk, self.clock, limit=100):
            pass
        with self.database.write() as session:
            lease = timedelta(seconds=60)
            letters = letterbook.lease_due(self.database, session, "test", self.clock(), 500, lease)
            at = self.clock() + timedelta(seconds=seconds)
            for letter in letters:
                letterbook.mark_sent(session, letter, "250 ok", at)
        while plan_tasks(self.database, self.company, self.clock, limit=100):
            pass


def open_world(folder: Path, clock: Clock | None = None) -> DeskWorld:
    database = open_database(f"sqlite:///{folder / 'desk.db'}")
    with database.engine.begin() as connection:
        Base.metadata.create_all(connection)
    world = DeskWorld(database, clock or Clock())
    world.add_people()
    return world


def incomplete() -> ReadOrder:
    """An order that lacks the consignee's phone and gives its weight in two ways."""
    consignee = Consignee(name="赵四海", company="宁波海通")
    problems = (
        Problem(field="consignee.phone", code=ProblemCode.MISSING, phrase="field_missing"),
        Problem(field="cargo.weight", code=ProblemCode.AMBIGUOUS, phrase="amounts_contradict", words="500公斤 / 5吨"),
    )
    cargo = Cargo(description="阀门", pieces=6, volume_m3=Decimal("1.5"))
    return ReadOrder(form=form(consignee=consignee, cargo=cargo, destination="宁波"), problems=problems)


def populate(world: DeskWorld) -> dict[str, str]:
    """A morning's work: an order of each kind, the oldest first. Returns their numbers by what they show."""
    numbers = {}
    world.clock.now = NOON - timedelta(hours=3)
    numbers["late"] = world.order(
        pickup_address="上海市徐汇区漕溪北路88号", shipper=Shipper(name="孙丽", phone="13700137003")
    )
    world.settle()
    world.clock.now = NOON - timedelta(minutes=55)
    numbers["now"] = world.order()
    numbers["heavy"] = world.order(
        shipper=Shipper(name="周强", phone="02162345678", company="上海精工机械有限公司"),
        cargo=Cargo(
            description="机床配件", pieces=4, weight_kg=Decimal("2400"), volume_m3=Decimal("5.2"), packaging="木箱"
        ),
        pickup_address="上海市松江区新桥镇莘砖公路668号",
        destination="南京",
        payment=Payment.ON_PICKUP,
    )
    world.settle()
    world.clock.now = NOON - timedelta(minutes=12)
    numbers["incomplete"] = world.order(read=incomplete())
    numbers["outside"] = world.order(pickup_address="新疆维吾尔自治区喀什市人民东路1号")
    world.settle()
    numbers["mail"] = world.order_by_mail(ORDER_MAIL)
    world.mail_for_review(LETTER_MAIL)
    world.broken_mail(b"From: someone@shipper.example\r\nSubject: =?gb2312?B?xPrlcg\r\n\r\n\xb7\xa2\xbb\xf5\xc8\xcb")
    world.settle()
    world.clock.now = NOON - timedelta(minutes=2)
    numbers["fresh"] = world.order(destination="苏州", payment=Payment.MONTHLY)
    world.settle()
    world.clock.now = NOON
    return numbers


def origin(words: str, line: int, start: int, part: str = "text") -> Origin:
    return Origin(part=part, line=line, start=start, end=start + len(words), words=words)
