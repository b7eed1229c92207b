"""A whole desk on real parts: IMAP and SMTP servers on loopback, child processes that read, the sample company."""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from config.company import Company, load_company
from config.database import Base, Database, open_database
from config.settings import MailboxSettings, Settings, SmtpSettings
from consign import schema
from consign.rounds import reading_rules
from consign.servers import EmbeddedServers
from dispatch.postoffice import PostOffice
from dispatch.smtp import CourierPool
from dispatch.steps import Desk, plan_letters, watch_promises
from followup.steps import plan_tasks, raise_overdue
from followup.tables import Task
from intake.mailbox import Mailbox
from intake.readers import ReaderPool
from intake.record import OrderRecord
from intake.register import latest
from intake.steps import collect, judge_waiting
from tests.route.talk import Talk


@dataclass(frozen=True)
class Sent:
    """A letter as the mail server got it."""

    recipient: str
    octets: bytes

    @property
    def mail(self) -> EmailMessage:
        return email.message_from_bytes(self.octets, policy=email.policy.default)

    @property
    def subject(self) -> str:
        return str(self.mail["Subject"])

    @property
    def text(self) -> str:
        body = self.mail.get_body(("plain",))
        assert body is not None
        return str(body.get_content())


@dataclass
class WholeDesk:
    """The main job in the hands of a test: mails go in, letters and tasks come out, the clock is the test's own."""

    servers: EmbeddedServers
    database: Database
    company: Company
    readers: ReaderPool
    mailbox: Mailbox
    office: PostOffice
    desk: Desk
    sent: list[Sent]
    offset: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def deliver(self, *mails: bytes) -> None:
        for octets in mails:
            self.servers.deliver(octets)

    def run(self) -> None:
        """Every step until nothing is left to do."""
        self.mailbox.connect()
        collect(self.database, self.mailbox, self.now)
        while self.step():
            self.office.drain()
        self.mailbox.close()

    def step(self) -> int:
        done = judge_waiting(self.database, self.company, self.readers, self.now, reader="test")
        done += plan_letters(self.database, self.desk, self.now)
        self.office.drain()
        done += plan_tasks(self.database, self.company, self.now)
        done += watch_promises(self.database, self.now, self.desk.settings)
        return done + raise_overdue(self.database, self.company, self.now)

    def orders(self) -> list[OrderRecord]:
        with self.database.read() as session:
            return latest(session, 100)[::-1]

    def tasks(self, state: str = "open") -> list[Task]:
        with self.database.read() as session:
            return list(session.scalars(select(Task).where(Task.state == state).order_by(Task.id)))

    def letters_to(self, recipient: str) -> list[Sent]:
        return [letter for letter in self.sent if letter.recipient.startswith(recipient)]


@pytest.fixture(scope="session")
def company() -> Company:
    return load_company(Settings())


@pytest.fixture(scope="session")
def readers(company: Company) -> Iterator[ReaderPool]:
    settings = Settings()
    pool = ReaderPool(reading_rules(company, settings), settings.reading)
    yield pool
    pool.close()


@pytest.fixture
def desk(tmp_path: Path, company: Company, readers: ReaderPool) -> Iterator[WholeDesk]:
    settings = Settings()
    database = open_database(f"sqlite:///{tmp_path / 'consign.db'}")
    schema.upgrade(database)
    sent: list[Sent] = []
    with EmbeddedServers(lambda recipient, octets: sent.append(Sent(recipient, octets))) as servers:
        mailbox = Mailbox(
            MailboxSettings(
                host="127.0.0.1",
                port=servers.imap_port,
                tls="none",
                username=servers.username,
                password=servers.password,
            )
        )
        smtp = SmtpSettings(host="127.0.0.1", port=servers.smtp_port, tls="none")
        whole = WholeDesk(
            servers,
            database,
            company,
            readers,
            mailbox,
            None,  # type: ignore[arg-type]  # never asked for here
            Desk(company, b"secret of the tests", settings.letters),
            sent,
        )
        whole.office = PostOffice(
            database,
            CourierPool(smtp).courier,
            whole.now,
            settings.letters,
            envelope_from=company.address,
            name="test",
            couriers=2,
        )
        yield whole
        whole.office.close()
        mailbox.close()
    database.close()


@pytest.fixture
def talk(tmp_path: Path, company: Company) -> Iterator[Talk]:
    """A conversation that has not begun, on a database of its own."""
    database = open_database(f"sqlite:///{tmp_path / 'consign.db'}")
    Base.metadata.create_all(database.engine)
    yield Talk(database, company)
    database.close()
