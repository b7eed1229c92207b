"""A mail that may be what kills the daemon is read alone, and given up in the end; over SQLite and PostgreSQL (G8)."""

from datetime import datetime, timedelta
from typing import Any, NoReturn

import pytest
from sqlalchemy import select

from config.company import load_company
from config.database import Database
from config.settings import Settings
from intake import mailbook
from intake.mailbook import HOPELESS, SUSPECT
from intake.mailbox import Mark
from intake.steps import judge_waiting
from intake.tables import Event, InboundMail
from intake.timeline import Happening
from tests.builders import NOON, raw_mail


class Died(BaseException):
    """What ends the daemon."""


class Deadly:
    """Readers that take the daemon with them."""

    def understand(self, mails: list[bytes], company: str = "") -> NoReturn:
        raise Died


def keep(database: Database, *uids: int) -> None:
    with database.write() as session:
        mailbook.keep(database, session, "orders", [raw_mail(uid) for uid in uids], Mark(7, uids[-1]), NOON)


def claim(database: Database, at: datetime) -> list[int]:
    with database.write() as session:
        return [mail.id for mail in mailbook.claim_waiting(database, session, "reader", at, 10)]


def test_from_the_third_death_on_each_is_read_alone(database: Database) -> None:
    """… when its turn comes: fresh mail goes on in between."""
    keep(database, 1, 2, 3)
    for minute in range(SUSPECT):
        assert claim(database, NOON + timedelta(minutes=2 * minute)) == [1, 2, 3]
    keep(database, 4, 5)
    later = NOON + timedelta(minutes=2 * SUSPECT)
    assert [claim(database, later) for _ in range(5)] == [[1], [4, 5], [2], [3], []]


def test_who_kills_every_daemon_is_set_aside_unread(database: Database) -> None:
    keep(database, 1)
    company: Any = load_company(Settings())
    now = NOON

    def clock() -> datetime:
        return now

    for _ in range(HOPELESS):
        with pytest.raises(Died):
            judge_waiting(database, company, Deadly(), clock, reader="reader")
        now += timedelta(minutes=2)
    assert judge_waiting(database, company, Deadly(), clock, reader="reader") == 1
    with database.read() as session:
        assert session.scalar(select(InboundMail.state)) == "quarantined"
        assert session.scalars(select(Event.kind)).all() == [Happening.MAIL_SET_ASIDE]
