"""A letter is written once, leased to one sender, settled behind a fence; the promise is watched."""

from datetime import timedelta

from sqlalchemy import select

from config.database import Database
from config.settings import LetterSettings
from dispatch import letterbook
from dispatch.draft import Purpose
from dispatch.letterbook import Acceptance, LeasedLetter, LetterState, NewLetter
from dispatch.tables import Letter
from intake.tables import Event
from intake.timeline import Happening
from tests.builders import NOON, new_letter

LEASE = timedelta(seconds=60)
SETTINGS = LetterSettings()


def write(database: Database, *letters: NewLetter) -> None:
    with database.write() as session:
        letterbook.write(database, session, letters, NOON)


def lease(database: Database, sender: str = "a", seconds: float = 0, limit: int = 10) -> list[LeasedLetter]:
    with database.write() as session:
        return letterbook.lease_due(database, session, sender, NOON + timedelta(seconds=seconds), limit, LEASE)


def letter(database: Database) -> Letter:
    with database.read() as session:
        return session.scalars(select(Letter)).one()


def happened(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Event.kind).order_by(Event.id)))


def test_a_letter_is_written_once_whoever_plans_it(database: Database) -> None:
    write(database, new_letter(1))
    write(database, new_letter(1, message_id="<wo-other@consign.example>"), new_letter(2))
    assert happened(database) == [Happening.LETTER_WRITTEN] * 2


def test_work_orders_go_first_then_the_oldest(database: Database) -> None:
    write(database, new_letter(1, Purpose.ACKNOWLEDGEMENT), new_letter(2), new_letter(3))
    assert [leased.purpose for leased in lease(database)] == [
        Purpose.WORK_ORDER,
        Purpose.WORK_ORDER,
        Purpose.ACKNOWLEDGEMENT,
    ]


def test_a_leased_letter_is_nobody_elses_until_the_lease_runs_out(database: Database) -> None:
    write(database, new_letter(1))
    (first,) = lease(database, "a")
    assert lease(database, "b", seconds=59) == []
    (second,) = lease(database, "b", seconds=61)
    assert (first.attempt, second.attempt) == (1, 2)
    with database.write() as session:
        assert not letterbook.mark_sent(session, first, "250 ok", NOON)
        assert letterbook.mark_sent(session, second, "250 ok", NOON)
    assert happened(database).count(Happening.WORK_ORDER_SENT) == 1


def test_a_sender_who_waits_for_the_server_keeps_his_lease(database: Database) -> None:
    write(database, new_letter(1))
    (mine,) = lease(database, "a")
    with database.write() as session:
        letterbook.extend(session, [mine], NOON + timedelta(seconds=120))
    assert lease(database, "b", seconds=61) == []


def test_a_sent_letter_is_never_due_again(database: Database) -> None:
    write(database, new_letter(1))
    (mine,) = lease(database)
    with database.write() as session:
        letterbook.mark_sent(session, mine, "250 ok", NOON)
    assert lease(database, seconds=9999) == []
    assert (letter(database).state, letter(database).sent_at) == (LetterState.SENT, NOON)


def test_a_letter_refused_for_the_moment_comes_back_after_a_growing_pause(database: Database) -> None:
    write(database, new_letter(1))
    at, pauses = NOON, []
    for _ in range(8):
        with database.write() as session:
            (mine,) = letterbook.lease_due(database, session, "a", at, 1, LEASE)
            letterbook.mark_later(session, mine, "451 later", at, SETTINGS)
        due = letter(database).due_at
        pauses.append((due - at).total_seconds())
        at = due
    assert pauses == [15, 30, 60, 60, 60, 120, 240, 480]


def test_after_a_day_a_letter_is_given_up_and_a_person_is_told(database: Database) -> None:
    write(database, new_letter(1))
    late = NOON + timedelta(hours=24, seconds=1)
    with database.write() as session:
        (mine,) = letterbook.lease_due(database, session, "a", late, 1, LEASE)
        letterbook.mark_later(session, mine, "451 later", late, SETTINGS)
    assert letter(database).state == LetterState.REFUSED
    assert Happening.LETTER_REFUSED in happened(database)


def test_an_unknown_outcome_is_said_and_the_same_bytes_are_due_again(database: Database) -> None:
    write(database, new_letter(1))
    (mine,) = lease(database)
    with database.write() as session:
        letterbook.mark_unknown(session, mine, "no reply", NOON, timedelta(seconds=30))
    assert lease(database, seconds=29) == []
    (again,) = lease(database, seconds=31)
    assert again.octets == mine.octets
    assert Happening.LETTER_UNKNOWN in happened(database)


def test_a_letter_given_back_is_due_at_once_and_not_blamed(database: Database) -> None:
    write(database, new_letter(1))
    (mine,) = lease(database)
    with database.write() as session:
        letterbook.give_back(session, mine, NOON)
    assert [again.failures for again in lease(database)] == [0]


def test_the_promise_is_watched_at_two_minutes_and_at_three(database: Database) -> None:
    write(database, new_letter(1, clear_at=NOON, due_by=NOON + timedelta(seconds=180)))
    for seconds, said in ((119, 0), (120, 1), (121, 0), (179, 0), (180, 1), (999, 0)):
        with database.write() as session:
            assert letterbook.watch_promises(session, NOON + timedelta(seconds=seconds), SETTINGS) == said
    assert happened(database)[-2:] == [Happening.LETTER_LATE, Happening.PROMISE_BROKEN]


def test_a_letter_accepted_late_is_a_breach_on_the_record(database: Database) -> None:
    write(database, new_letter(1, clear_at=NOON, due_by=NOON + timedelta(seconds=180)))
    (mine,) = lease(database)
    with database.write() as session:
        letterbook.mark_sent(session, mine, "250 ok", NOON + timedelta(seconds=181))
    assert happened(database)[-2:] == [Happening.WORK_ORDER_SENT, Happening.PROMISE_BROKEN]


def test_a_letter_is_in_doubt_when_an_earlier_try_may_have_reached_the_server(database: Database) -> None:
    """Its sender died, its lease ran out, or no reply came: the archive is asked first, where there is one (G5)."""
    write(database, new_letter(1))
    (first,) = lease(database)
    assert not first.in_doubt
    with database.write() as session:
        assert letterbook.give_back(session, first, NOON)
    (second,) = lease(database)
    assert (second.in_doubt, second.message_id) == (False, letter(database).message_id), "it was not tried"
    with database.write() as session:
        letterbook.release_senders(session, ["a"])
    (third,) = lease(database)
    assert third.in_doubt
    (fourth,) = lease(database, "b", seconds=61)
    assert fourth.in_doubt
    with database.write() as session:
        assert letterbook.mark_unknown(session, fourth, "gone", NOON, timedelta(0))
    assert [found.in_doubt for found in lease(database, seconds=62)] == [True]


def test_a_clock_put_forward_breaks_no_promise(database: Database) -> None:
    """G13: accepted ten seconds after it was written, by a clock that was set two days ahead in between."""
    write(database, new_letter(1, due_by=NOON + timedelta(minutes=3)))
    (mine,) = lease(database)
    ahead, took = timedelta(days=2), timedelta(seconds=10)
    with database.write() as session:
        letterbook.mark_all_sent(session, [Acceptance(mine, "250 ok", NOON + ahead + took, gained=ahead)])
    assert letter(database).broken_at is None
    assert Happening.PROMISE_BROKEN not in happened(database)


def test_a_clock_put_forward_hides_no_breach(database: Database) -> None:
    write(database, new_letter(1, due_by=NOON + timedelta(minutes=3)))
    (mine,) = lease(database)
    ahead, took = timedelta(days=2), timedelta(minutes=4)
    with database.write() as session:
        letterbook.mark_all_sent(session, [Acceptance(mine, "250 ok", NOON + ahead + took, gained=ahead)])
    assert Happening.PROMISE_BROKEN in happened(database)


def test_a_letter_that_waits_while_the_clock_is_put_forward_is_late_when_it_is(database: Database) -> None:
    """G13: no alert before two minutes have really passed, nor a breach before three; then both."""
    write(database, new_letter(1, due_by=NOON + timedelta(minutes=3)))
    ahead = timedelta(days=2)
    for seconds, said in ((119, 0), (121, 1), (179, 0), (181, 1)):
        with database.write() as session:
            now = NOON + ahead + timedelta(seconds=seconds)
            assert letterbook.watch_promises(session, now, SETTINGS, gained=lambda _: ahead) == said
