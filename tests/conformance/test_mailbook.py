"""Mail is kept once, read by one, and ends in a state that a person can see."""

from datetime import timedelta

from config.database import Database
from intake import mailbook
from intake.mailbook import MailState
from intake.message import Kind, Message, Understanding
from intake.rawmail import Mark
from intake.tables import InboundMail
from intake.timeline import Happening
from tests.builders import NOON, raw_mail

READ = Understanding(message=Message(sender=None), kind=Kind.OTHER)


def keep(database: Database, *uids: int, uidvalidity: int = 7) -> int:
    with database.write() as session:
        mails = [raw_mail(uid, uidvalidity=uidvalidity) for uid in uids]
        return mailbook.keep(database, session, "orders", mails, Mark(uidvalidity, max(uids)), NOON)


def test_a_mail_is_kept_once_and_the_cursor_moves_with_it(database: Database) -> None:
    assert keep(database, 1, 2) == 2
    assert keep(database, 2, 3) == 1
    with database.read() as session:
        assert mailbook.mark_of(session, "orders") == Mark(7, 3)
        assert mailbook.known_uids(session, "orders", 7, [1, 2, 3, 4]) == {1, 2, 3}


def test_a_new_uidvalidity_voids_the_old_uids(database: Database) -> None:
    keep(database, 5)
    assert keep(database, 5, uidvalidity=8) == 1
    with database.read() as session:
        assert mailbook.mark_of(session, "orders") == Mark(8, 5)


def test_nothing_is_kept_when_the_transaction_fails(database: Database) -> None:
    class Broken(Exception):
        pass

    try:
        with database.write() as session:
            mailbook.keep(database, session, "orders", [raw_mail(1)], Mark(7, 1), NOON)
            raise Broken
    except Broken:
        pass
    with database.read() as session:
        assert mailbook.mark_of(session, "orders") is None


def claim(database: Database, reader: str, minutes: float = 0, limit: int = 10) -> list[int]:
    with database.write() as session:
        waiting = mailbook.claim_waiting(database, session, reader, NOON + timedelta(minutes=minutes), limit)
    return [mail.id for mail in waiting]


def test_a_mail_is_read_by_one_reader_until_his_lease_runs_out(database: Database) -> None:
    keep(database, 1, 2, 3)
    first = claim(database, "a", limit=2)
    assert len(first) == 2
    assert len(claim(database, "b")) == 1
    assert claim(database, "b") == []
    assert sorted(claim(database, "b", minutes=1.1)) == sorted([*first, max(first) + 1])
    with database.read() as session:
        assert mailbook.still_ours(session, "a", first) == set()
        assert mailbook.still_ours(session, "b", first) == set(first)


def test_the_attempt_is_counted_before_the_try(database: Database) -> None:
    keep(database, 1)
    for attempt in (1, 2, 3):
        with database.write() as session:
            waiting = mailbook.claim_waiting(database, session, "a", NOON + timedelta(minutes=2 * attempt), 1)
        assert [mail.attempts for mail in waiting] == [attempt]


def test_fresh_mail_goes_before_mail_that_failed(database: Database) -> None:
    keep(database, 1)
    (failed,) = claim(database, "a")
    with database.write() as session:
        mailbook.release(session, [failed])
    keep(database, 2)
    assert claim(database, "a", limit=1) == [failed + 1]


def test_a_mail_set_aside_keeps_its_octets_and_can_be_read_again(database: Database) -> None:
    keep(database, 1)
    (mail_id,) = claim(database, "a")
    with database.write() as session:
        mailbook.set_aside(session, mail_id, Happening.MAIL_SET_ASIDE, "Traceback …\nValueError: x", NOON)
    with database.read() as session:
        mail = mailbook.mail(session, mail_id)
        assert mail is not None
        assert (mail.state, mail.octets) == (MailState.QUARANTINED, raw_mail(1).octets)
    with database.write() as session:
        assert mailbook.requeue(session, mail_id, "agent:li", NOON)
    assert claim(database, "a") == [mail_id]


def test_a_mail_that_became_an_order_is_not_read_again(database: Database) -> None:
    keep(database, 1)
    (mail_id,) = claim(database, "a")
    with database.write() as session:
        mailbook.note_reading(session, mail_id, MailState.DECIDED, READ, "print", NOON)
        assert not mailbook.requeue(session, mail_id, "agent:li", NOON)


def test_a_copy_is_linked_to_what_came_first(database: Database) -> None:
    keep(database, 1, 2)
    first, second = claim(database, "a")
    with database.write() as session:
        mailbook.note_reading(session, first, MailState.DECIDED, READ, "print", NOON)
        assert mailbook.earlier_prints(session, ["print", "other"]) == {"print": first}
        mailbook.note_copy(session, second, first, READ, NOON)
    with database.read() as session:
        copy = session.get(InboundMail, second)
        assert copy is not None
        assert (copy.state, copy.copy_of) == (MailState.COPY, first)
