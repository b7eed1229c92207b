"""The mail of a simulation: what people send comes into the mailbox, what the rooms write reaches them."""

import email
import email.policy
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parsedate_to_datetime
from random import Random

from config.database import Database
from consign.simulation.clockwork import Clockwork
from dispatch import letterbook
from dispatch.draft import Purpose
from dispatch.letterbook import LeasedLetter
from intake import mailbook
from intake.rawmail import Mark, RawMail

NAME, VALIDITY = "orders", 7
SENDER = "simulation"
LEASE = timedelta(hours=6)  # the played servers answer late, never not at all
SLOW_SHARE, SLOW_SECONDS = 0.01, (60.0, 260.0)  # of letters that a server keeps waiting
_NUMBER = re.compile(r"\[(?:WO )?(\d{8}-\d{4,9})")


@dataclass(frozen=True)
class Received:
    """A letter of ours as its receiver opens it."""

    purpose: Purpose
    recipient: str
    subject: str
    message_id: str
    text: str
    written_at: datetime  # as its Date says
    at: datetime  # when its server took it

    @property
    def number(self) -> str:
        """The order that its subject names."""
        found = _NUMBER.search(self.subject)
        return found[1] if found else ""


class Mailing:
    """The mailbox and the mail servers."""

    def __init__(
        self,
        database: Database,
        clock: Clockwork,
        rng: Random,
        to_people: Callable[[Received], None],
    ) -> None:
        self.database, self.clock, self.rng = database, clock, rng
        self.to_people = to_people
        self.uid = 0

    def write(self, sender: str, to: str, subject: str, text: str, answers: str = "") -> str:
        """Somebody sends a mail now; it arrives at once. Returns its Message-ID."""
        self.uid += 1
        mail = EmailMessage(policy=email.policy.SMTP)
        mail["From"], mail["To"], mail["Subject"] = sender, to, subject
        mail["Date"] = format_datetime(self.clock.now)
        mail["Message-ID"] = f"<s{self.uid}.{sender}>"
        if answers:
            mail["In-Reply-To"] = mail["References"] = answers
        mail.set_content(text, cte="base64")
        octets = mail.as_bytes()
        raw = RawMail(NAME, VALIDITY, self.uid, octets, self.clock.now, len(octets), truncated=False)
        with self.database.write() as session:
            mailbook.keep(self.database, session, NAME, [raw], Mark(VALIDITY, self.uid), self.clock.now)
        return str(mail["Message-ID"])

    def post(self) -> int:
        """The letters that are due go to their servers; each is taken after a few seconds, some after minutes."""
        with self.database.write() as session:
            leased = letterbook.lease_due(self.database, session, SENDER, self.clock.now, 200, LEASE)
        for letter in leased:
            self.clock.at(self.clock.now + timedelta(seconds=self._delay()), self._acceptance(letter))
        return len(leased)

    def close(self) -> None:
        """What is on its way at the end is free for whoever goes on with this database."""
        with self.database.write() as session:
            letterbook.release_senders(session, [SENDER])

    def _delay(self) -> float:
        if self.rng.random() < SLOW_SHARE:
            return self.rng.uniform(*SLOW_SECONDS)
        return min(self.rng.lognormvariate(0.6, 0.6), 30.0)

    def _acceptance(self, letter: LeasedLetter) -> Callable[[], None]:
        def accept() -> None:
            with self.database.write() as session:
                if not letterbook.mark_sent(session, letter, "250 2.0.0 ok", self.clock.now):
                    return
            self.to_people(self._opened(letter))

        return accept

    def _opened(self, letter: LeasedLetter) -> Received:
        mail = email.message_from_bytes(letter.octets, policy=email.policy.default)
        body = mail.get_body(("plain",))
        message_id, subject = str(mail["Message-ID"]), str(mail["Subject"])
        text = str(body.get_content()) if body else ""
        written = parsedate_to_datetime(str(mail["Date"]))
        return Received(letter.purpose, letter.recipient, subject, message_id, text, written, self.clock.now)
