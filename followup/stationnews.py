"""What a station's file tells is written to the orders that it names: each sound row once, however often it is read.

A row that cannot be (an unknown order, a move out of sequence) is a fault with its line; the others are written all the
same, as a whole file must not wait for one number that somebody mistyped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from sqlalchemy.orm import Session

from config.company import Company
from config.database import Database
from config.faults import Fault
from config.phrases import catalogue
from followup import receipts
from followup.journey import Journey
from followup.receipts import ENDED, ReceiptState
from followup.stages import WordRefused
from followup.stationfile import StationLine
from followup.telling import is_known, tell
from intake import register


@dataclass
class News:
    """What came of a file."""

    written: int = 0
    known: int = 0  # rows that the book had already
    faults: list[Fault] = field(default_factory=list)


def write_news(
    database: Database,
    company: Company,
    lines: Sequence[StationLine],
    file: str,
    actor: str,
    now: datetime,
    *,
    dry_run: bool = False,
) -> News:
    """Writes the lines, those of one order in one transaction, as the file has them. `dry_run`: nothing stays."""
    news = News()
    numbers = {line.number: place for place, line in reversed(list(enumerate(lines)))}  # by first mention
    for number, group in groupby(sorted(lines, key=lambda line: numbers[line.number]), key=lambda line: line.number):
        with database.write() as session:
            trial = session.begin_nested()
            _of_order(database, session, company, number, list(group), file, actor, now, news)
            trial.rollback() if dry_run else trial.commit()
    news.faults.sort(key=lambda fault: fault.line or 0)
    return news


def _of_order(
    database: Database,
    session: Session,
    company: Company,
    number: str,
    lines: Sequence[StationLine],
    file: str,
    actor: str,
    now: datetime,
    news: News,
) -> None:
    order = register.by_number(session, number)
    for line in lines:
        try:
            if order is None:
                raise WordRefused("move_order_unknown", {"number": number})
            way = Journey(database, session, company, order, actor, now)
            if _known(way, line):
                news.known += 1
                continue
            with session.begin_nested():
                _write(way, line)
            news.written += 1
        except WordRefused as refused:
            session.expire_all()
            news.faults.append(_fault(refused, file, line.line))


def _known(way: Journey, line: StationLine) -> bool:
    if line.told is not None:
        return is_known(way, line.told)
    receipt = receipts.receipt_of(way.session, way.order.id)
    past = (ReceiptState.SENT, *receipts.WITH_US, *ENDED)
    return receipt is not None and receipt.state in past


def _write(way: Journey, line: StationLine) -> None:
    if line.told is not None:
        tell(way, line.told)
    elif line.step is not None:
        way.receipt(line.step, receipts.Told(line.at or way.now, copies=line.copies))


def _fault(refused: WordRefused, file: str, line: int) -> Fault:
    message = f"{refused.words('zh')} / {refused.words('en')}"
    return Fault(file, line, "what", message, catalogue()[refused.code]["mend"])
