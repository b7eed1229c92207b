"""What is too old is forgotten, and nothing else; over SQLite and PostgreSQL."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import undefer

from config.database import Database
from config.settings import RetentionSettings
from consign.retention import Forgotten, forget
from dispatch import letterbook
from dispatch.tables import Letter
from intake import mailbook, register
from intake.mailbox import Mark
from intake.tables import InboundMail, Order, Revision
from tests.builders import NOON, form, new_letter, new_order, raw_mail

KEPT = RetentionSettings(raw_mail_days=180, order_days=1095)


def fill(database: Database, ages: list[int]) -> None:
    """A mail with its order and its letter for each age in days, the newest arrived at NOON."""
    for number, age in enumerate(ages):
        at = NOON - timedelta(days=age)
        with database.write() as session:
            mailbook.keep(database, session, "orders", [raw_mail(number + 1, at=at)], Mark(7, number + 1), at)
            (mail_id,) = session.scalars(select(InboundMail.id).where(InboundMail.uid == number + 1))
            session.execute(update(InboundMail).values(state="decided", sender="wang@shipper.example"))
            order = new_order(at, mail_id=mail_id, content_key=f"key-{number}")
            register.enter(database, session, [order], f"2026{number:04d}", at)
            order_id = session.scalar(select(Order.id).where(Order.mail_id == mail_id))
            letterbook.write(database, session, [new_letter(number, order_id=order_id)], at)
            session.execute(update(Letter).values(state="sent"))


def test_raw_mail_goes_after_half_a_year_and_names_after_three_years(database: Database) -> None:
    fill(database, [2000, 200, 0])
    assert forget(database, KEPT, NOON, only_count=True) == Forgotten(raw_mails=2, letters=2, orders=1)
    assert forget(database, KEPT, NOON) == Forgotten(raw_mails=2, letters=2, orders=1, mails=1)
    assert forget(database, KEPT, NOON) == Forgotten(), "once is enough"
    with database.read() as session:
        mails = session.scalars(select(InboundMail).order_by(InboundMail.id).options(undefer(InboundMail.octets))).all()
        assert [bool(mail.octets) for mail in mails] == [False, False, True]
        assert [mail.sender for mail in mails] == ["", "wang@shipper.example", "wang@shipper.example"]
        revisions = session.scalars(select(Revision).order_by(Revision.id)).all()
        assert ["shipper" in revision.form for revision in revisions] == [False, True, True]
        old = revisions[0]
        assert old.form["cargo"] == form().model_dump(mode="json")["cargo"], "cargo is nobody's name"
        assert old.verdict["quote"]["charges"][0]["amount"] == "260.00", "money stays"
        orders = session.scalars(select(Order).order_by(Order.id)).all()
        assert [bool(order.shipper_address) for order in orders] == [False, True, True]
        assert all(order.number for order in orders)
        (record,) = register.records(session, [orders[0].id]).values()
        assert record.form.shipper.name is None, "what is left can still be read"
        letters = session.scalars(select(Letter).order_by(Letter.id).options(undefer(Letter.octets))).all()
        assert [bool(letter.octets) for letter in letters] == [False, False, True]


def test_a_mail_that_waits_to_be_read_is_never_emptied(database: Database) -> None:
    fill(database, [2000, 0])
    with database.write() as session:
        session.execute(update(InboundMail).values(state="stored"))
        session.execute(update(Letter).values(state="due"))
    assert forget(database, RetentionSettings(raw_mail_days=180, order_days=100_000), NOON) == Forgotten()


def test_a_clock_that_runs_ahead_makes_nothing_old(database: Database) -> None:
    fill(database, [0, 10])
    assert forget(database, KEPT, NOON + timedelta(days=5000)) == Forgotten()


def test_the_letters_of_a_shadow_are_forgotten_too(database: Database) -> None:
    fill(database, [200, 0])
    with database.write() as session:
        session.execute(update(Letter).values(state="held"))
    assert forget(database, KEPT, NOON) == Forgotten(raw_mails=1, letters=1)
