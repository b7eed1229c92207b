"""Reports by mail on schedule (SPEC 8): each is put into a letter once for its day, week or month.

Asked by the clock of the daemon. The letter and the row that says so are one transaction; of two daemons the one whose
row comes second writes nothing. After an outage the last occasion is made up for, those before it are not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.database import Database, blames_database
from config.desksections import ReportSettings
from dispatch import envelope, letterbook
from dispatch.letterbook import NewLetter
from dispatch.scribe import Desk
from followup.reports.catalogue import REPORTS
from followup.reports.letter import report_letter
from followup.reports.report import FIRST, Filters
from followup.reports.schedule import Occasion, last_occasion, subject_period
from followup.reports.speaking import speaker
from followup.tables_journey import ReportMailing
from intake.tables import Order
from intake.timeline import Entry, Happening, record

log = structlog.get_logger()


@dataclass(frozen=True)
class Due:
    """A report that is to be mailed to somebody, for an occasion."""

    report: ReportSettings
    company: str  # whose figures: key, or FIRST; "": of all companies here
    recipient: str
    occasion: Occasion

    @property
    def name(self) -> str:
        """Which mailing it is: the same report may go to several people, at several times."""
        return "/".join(filter(None, (self.report.name, self.report.when, self.company, self.recipient))).lower()


def mail_reports(
    database: Database,
    desk: Desk,
    schedule: Sequence[ReportSettings],
    clock: Callable[[], datetime],
    *,
    held: bool = False,
) -> int:
    """Writes the letters of the reports whose time has come; returns how many. `held`: shadow mode, to look at only."""
    now = clock()
    with database.read() as session:
        waiting = [due for due in _occasions(desk, schedule, now) if _is_new(session, due)]
    return sum(_try(database, desk, due, now, held=held) for due in waiting)


def _try(database: Database, desk: Desk, due: Due, now: datetime, *, held: bool) -> bool:
    """One that cannot be made is said in the log and tried again; nothing else waits for it."""
    try:
        return _mail(database, desk, due, now, held=held)
    except Exception as error:  # whatever it was: calls are opened and handed up all the same
        if blames_database(error):
            raise
        log.error("report_not_mailed", report=due.report.name, period=due.occasion.key, error=type(error).__name__)
        return False


def _occasions(desk: Desk, schedule: Sequence[ReportSettings], now: datetime) -> list[Due]:
    """Whom a report goes to: those who are named get it about all companies here, otherwise each supervisor his own."""
    first = desk.company
    found = []
    for report in schedule:
        at = last_occasion(report.when, now, first.timezone)
        if report.to:
            found += [Due(report, "", recipient, at) for recipient in report.to]
        else:
            several = (first, *first.others)
            found += [
                Due(report, (one.key or FIRST) if first.others else "", one.supervisor, at)
                for one in several
                if one.supervisor
            ]
    return found


def _is_new(session: Session, due: Due) -> bool:
    """Not mailed yet; and what was to be mailed before the first order came is not made up for."""
    if session.get(ReportMailing, (due.name, due.occasion.key)) is not None:
        return False
    began_at = session.scalar(select(Order.opened_at).order_by(Order.opened_at).limit(1))
    return began_at is not None and began_at < due.occasion.at


def _mail(database: Database, desk: Desk, due: Due, now: datetime, *, held: bool) -> bool:
    """Reckons and words the report before it takes the pen: a large one would keep the others waiting."""
    letter = _letter(database, desk, due, now)
    with database.write() as session:
        row = {"name": due.name, "period": due.occasion.key, "at": now}
        statement = database.insert(ReportMailing).values(row).on_conflict_do_nothing()
        if session.scalar(statement.returning(ReportMailing.name)) is None:
            return False
        letterbook.write(database, session, [letter], now, held=held)
        details = {"name": due.report.name, "period": due.occasion.key, "recipient": due.recipient}
        record(session, [Entry(Happening.REPORT_MAILED, now, details=details)])
    return True


def _letter(database: Database, desk: Desk, due: Due, now: datetime) -> NewLetter:
    company, name = desk.of("" if due.company == FIRST else due.company).company, due.report.name
    period = subject_period(due.occasion, due.report.of, now, company.timezone)
    with database.read() as session:
        found = REPORTS[name].figures(session, company, period, Filters(company=due.company))
        words = speaker(session, desk.company, due.report.language or company.language)
    draft = report_letter(found, words, company.name, due.recipient, due.report.form)
    message_id = envelope.message_id("report", f"{name}-{due.occasion.key}", company.address.rpartition("@")[2])
    octets = envelope.compose(draft, sender=company.address, sender_name=company.name, message_id=message_id, at=now)
    key = f"report/{due.name}/{due.occasion.key}"
    return NewLetter(key, draft.purpose, draft.recipient, draft.subject, message_id, octets, company=company.key)
