"""The steps of intake, its table of contents: collect() keeps what the mailbox shows, judge_waiting() judges it.

mailbox -> collect -> inbound_mail -> judge_waiting -> orders, revisions, events
"""

import traceback
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import structlog

from config.company import Company
from config.crashpoints import crash_point
from config.database import Database, blames_database
from intake import mailbook
from intake.authenticity import evidence
from intake.collecting import collect
from intake.decision import Decision
from intake.fingerprint import fingerprint
from intake.mailbook import WaitingMail
from intake.message import Understanding
from intake.readers import Failure
from intake.readmail import NO_SEAL, ReadMail, Seal
from intake.timeline import Happening

__all__ = ["Readers", "collect", "judge_waiting"]

log = structlog.get_logger()
Clock = Callable[[], datetime]


class Readers(Protocol):
    """Reads mails in child processes; one bad mail yields a Failure and holds up no other (G8)."""

    def understand(self, mails: list[bytes], company: str = "") -> list[Understanding | Failure]: ...


def judge_waiting(
    database: Database,
    company: Company,
    readers: Readers,
    clock: Clock,
    *,
    reader: str,
    limit: int = 50,
    tries: int = 3,
    seal: Seal = NO_SEAL,
) -> int:
    """Reads and judges the mails that wait, by turns; what fails is set aside alone. Returns how many.

    `company` is the first of the installation; each mail is judged by the one whose mailbox it came by.
    `seal` proves which mails answer a letter of ours; without its secret every change is confirmed by a person.
    """
    with database.write() as session:
        mails = mailbook.claim_waiting(database, session, reader, clock(), limit)
    if not mails:
        return 0
    crash_point("claimed")
    if mails[0].attempts > mailbook.HOPELESS:
        return _set_hopeless_aside(database, mails[0], clock())
    for key in dict.fromkeys(mail.company for mail in mails):
        its = [mail for mail in mails if mail.company == key]
        good = _read_all(database, company.of(key), readers, its, clock, tries)
        _decide_all(database, company.of(key), good, clock, reader, seal)
    return len(mails)


def _read_all(
    database: Database, company: Company, readers: Readers, mails: list[WaitingMail], clock: Clock, tries: int
) -> list[ReadMail]:
    """The mails of one company that could be read; the others wait for another try, or for a person."""
    results = readers.understand([mail.octets for mail in mails], company.key)
    crash_point("read")
    good = []
    for mail, result in zip(mails, results, strict=True):
        if isinstance(result, Failure):
            _reading_failed(database, mail, result, clock(), tries)
        else:
            good.append(_read_mail(company, mail, result))
    return good


def _set_hopeless_aside(database: Database, mail: WaitingMail, now: datetime) -> int:
    """Every daemon that had this mail in hand died of something: a person looks at it, the others go on (G8)."""
    log.error("mail_hopeless", mail=mail.id, attempts=mail.attempts)
    with database.write() as session:
        trouble = f"the daemon ended {mail.attempts - 1} times while it read this mail"
        mailbook.set_aside(session, mail.id, Happening.MAIL_SET_ASIDE, trouble, now)
    return 1


def _read_mail(company: Company, mail: WaitingMail, read: Understanding) -> ReadMail:
    policy, sender = company.policy, read.message.sender
    domain = sender.domain if sender else ""
    found = evidence(mail.octets, domain, policy.trusted_authserv_id, policy.border_host)
    return ReadMail(mail, read, fingerprint(mail.octets, company.key), found)


def _reading_failed(database: Database, mail: WaitingMail, failure: Failure, now: datetime, tries: int) -> None:
    log.warning("mail_not_read", mail=mail.id, attempt=mail.attempts, kind=failure.kind)
    with database.write() as session:
        if mail.attempts < tries:
            mailbook.release(session, [mail.id])
        else:
            trouble = failure.traceback or failure.kind
            mailbook.set_aside(session, mail.id, Happening.MAIL_SET_ASIDE, trouble, now)


def _decide_all(
    database: Database, company: Company, read: list[ReadMail], clock: Clock, reader: str, seal: Seal
) -> None:
    """One transaction for the whole batch; when that fails, one for each mail, so that a bad one falls out alone."""
    if not read:
        return
    try:
        with database.write() as session:
            ours = mailbook.still_ours(session, reader, [item.mail.id for item in read])
            decision = Decision(database, company, clock(), seal)
            decision.decide(session, [item for item in read if item.mail.id in ours])
            crash_point("decide_begun")
        crash_point("decided")
    except Exception as error:  # whatever it was: the mails are kept, and the guilty one is named
        if blames_database(error):
            raise  # away or locked: no mail is to blame, all are tried again
        if len(read) > 1:
            for item in read:
                _decide_all(database, company, [item], clock, reader, seal)
            return
        log.error("mail_not_decided", mail=read[0].mail.id, error=repr(error))
        with database.write() as session:
            trouble = "".join(traceback.format_exception(error))
            mailbook.set_aside(session, read[0].mail.id, Happening.MAIL_SET_ASIDE, trouble, clock())
