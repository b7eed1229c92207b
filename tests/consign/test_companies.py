"""Two companies in one installation: each order is judged, written about and sent by the company of its mailbox."""

import email
import email.policy
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from config.company import write_starter_rules
from config.settings import load_settings
from consign.daemon import Daemon
from consign.samples import sample_mails
from consign.servers import EmbeddedServers
from dispatch.tables import Letter
from followup.tables import Task
from intake.tables import InboundMail, Order
from tests.fakes import ReceivedLetter, SmtpRecorder

PATIENCE = 600  # looks, a tenth of a second apart
SUZHOU = "orders@suzhou.example"


class Installation:
    """A daemon for two companies, each with a mailbox and a mail server of its own."""

    def __init__(self, folder: Path, servers: ExitStack) -> None:
        self.mailboxes = [servers.enter_context(EmbeddedServers(lambda *_: None)) for _ in range(2)]
        self.posts = [servers.enter_context(SmtpRecorder()) for _ in range(2)]
        (folder / "suzhou").mkdir()
        write_starter_rules(folder / "suzhou")
        for name in ("dispatchers.csv", "areas.csv"):
            sheet = folder / "suzhou" / name
            text = sheet.read_text(encoding="utf-8").replace("dispatch-", "suzhou-")
            sheet.write_text(re.sub(r"\b(sh|hz)-(\w+)(?=,)", r"sz-\1-\2", text), encoding="utf-8")
        self.file = folder / "consign.toml"
        self.file.write_text(self._configuration(), encoding="utf-8")
        self.daemon = Daemon(load_settings(self.file))
        self.daemon.start()

    def _configuration(self) -> str:
        first, second = self.mailboxes
        door = f'host = "127.0.0.1"\ntls = "none"\nusername = "{first.username}"\npassword = "{first.password}"'
        return f"""
[mailbox]
{door}
port = {first.imap_port}
[[mailboxes]]
name = "suzhou"
company = "suzhou"
{door}
port = {second.imap_port}
[smtp]
host = "127.0.0.1"
tls = "none"
port = {self.posts[0].port}
[[companies]]
key = "suzhou"
name = "苏州某某物流"
address = "{SUZHOU}"
phone = "0512-60000000"
supervisor = "lead@suzhou.example"
home_city = "上海市"
area_code = "0512"
rules = "suzhou"
[companies.smtp]
host = "127.0.0.1"
tls = "none"
port = {self.posts[1].port}
[console]
enabled = false
"""

    def until(self, condition: Callable[[], bool], what: str) -> None:
        pause = threading.Event()
        for _ in range(PATIENCE):
            if condition():
                return
            pause.wait(0.1)
        raise AssertionError(what)

    def rows(self, statement: Any) -> list[Any]:
        with self.daemon.database.read() as session:
            return list(session.execute(statement).all())

    def orders(self) -> dict[str, str]:
        """Number -> key of the company."""
        return {row.number: row.company for row in self.rows(select(Order.number, Order.company))}

    def letters(self, company: int, count: int) -> list[ReceivedLetter]:
        return self.posts[company].wait_for(count)


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with ExitStack() as servers:
        made = Installation(tmp_path, servers)
        yield made
        made.daemon.close()


def order_mail() -> bytes:
    return next(iter(sample_mails(1, datetime.now(UTC)))).octets


def senders(letters: list[ReceivedLetter]) -> set[str]:
    return {email.message_from_bytes(letter.octets, policy=email.policy.default)["From"] for letter in letters}


def test_a_mail_to_both_is_an_order_of_each(installation: Installation) -> None:
    octets = order_mail()
    for mailbox in installation.mailboxes:
        mailbox.deliver(octets)
    installation.until(lambda: sorted(installation.orders().values()) == ["", "suzhou"], "an order of each")
    first, second = (installation.letters(company, 2) for company in (0, 1))
    assert {"苏州某某物流" in sender and SUZHOU in sender for sender in senders(second)} == {True}
    assert {SUZHOU in sender for sender in senders(first)} == {False}
    assert {letter.mail_from for letter in second} == {SUZHOU}
    assert {letter.mail_from for letter in first} == {"orders@consign.example"}
    assert sum(letter.recipients[0].startswith("suzhou-") for letter in second) == 1
    assert sum(letter.recipients[0].startswith("dispatch-") for letter in first) == 1
    assert sorted(installation.rows(select(Letter.company))) == [("",), ("",), ("suzhou",), ("suzhou",)]
    installation.until(lambda: len(installation.rows(select(Task.id))) == 2, "a call for each")


def test_an_answer_in_the_other_companys_mailbox_is_left_to_a_person(installation: Installation) -> None:
    """It bears a token of ours, and still: what company A promised is not changed by what company B is written."""
    installation.mailboxes[1].deliver(order_mail())
    answered = next(letter for letter in installation.letters(1, 2) if not letter.recipients[0].startswith("suzhou-"))
    sent = email.message_from_bytes(answered.octets, policy=email.policy.default)
    reply = email.message.EmailMessage(policy=email.policy.SMTP)
    reply["From"], reply["To"], reply["Subject"] = answered.recipients[0], SUZHOU, f"回复：{sent['Subject']}"
    reply["In-Reply-To"], reply["Message-ID"] = sent["Message-ID"], "<answer@customer.example>"
    reply.set_content("取消这票\n", cte="base64")
    installation.mailboxes[0].deliver(reply.as_bytes())
    state = select(InboundMail.state).where(InboundMail.message_id == "<answer@customer.example>")
    installation.until(lambda: installation.rows(state) == [("review",)], "a person's")
    assert installation.rows(select(Order.state)) == [("accepted",)]
    reply.replace_header("Message-ID", "<again@customer.example>")
    installation.mailboxes[1].deliver(reply.as_bytes())
    installation.until(lambda: installation.rows(select(Order.state)) == [("cancelled",)], "in its own it counts")
