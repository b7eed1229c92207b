"""The audit chain on both databases: whole, and the first place that does not hold where somebody meddled."""

import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import text

from config.database import Database
from consign import audit
from consign.erasure import Subject, empty
from intake import register
from intake.tables import Event
from intake.timeline import Entry, record
from tests.deskworld import NOON, Clock, DeskWorld

LOCKS = {
    "sqlite": ("DROP TRIGGER event_no_update", "DROP TRIGGER event_no_delete"),
    "postgresql": ("ALTER TABLE event DISABLE TRIGGER USER",),
}


def happen(database: Database, count: int) -> None:
    with database.write() as session:
        record(session, [Entry("noted", NOON, "agent:li", details={"words": f"第{n}句"}) for n in range(count)])


def meddle(database: Database, statement: str) -> None:
    """Somebody with all rights over the database changes what no program of ours can."""
    with database.engine.begin() as connection:
        for lock in LOCKS[database.engine.dialect.name]:
            connection.execute(text(lock))
        connection.execute(text(statement))


def broken(database: Database, known: bytes = b"") -> str:
    return audit.verify(database, NOON, known).broken


def test_what_happened_is_sealed_and_holds(database: Database) -> None:
    assert audit.verify(database, NOON).head == audit.Head(0, audit.GENESIS)
    happen(database, 7)
    assert audit.seal(database, limit=5) == 5
    assert audit.seal(database, limit=5) == 2
    assert audit.seal(database) == 0
    happen(database, 1)
    found = audit.verify(database, NOON)
    assert (found.sealed, found.unsealed, found.erased, found.broken) == (7, 1, 0, "")
    assert found.head.place == 7


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE event SET actor = 'agent:chen' WHERE id = 3", "place 3: event 3 (noted"),
        ("UPDATE event SET at = '2026-11-24 05:00:00' WHERE id = 2", "place 2: event 2"),
        ("""UPDATE event SET details = '{"words": "x"}' WHERE id = 4""", "place 4: the details of event 4"),
        ("UPDATE seal SET commitment = salt WHERE place = 5", "place 5"),
        ("DELETE FROM seal WHERE place = 2", "place 2 is missing"),
        ("UPDATE seal SET salt = NULL WHERE place = 6", "place 6: event 6 says more"),
    ],
)
def test_the_first_place_that_does_not_hold_is_named(database: Database, statement: str, words: str) -> None:
    happen(database, 7)
    audit.seal_all(database)
    meddle(database, statement)
    assert words in broken(database)


def test_an_event_that_was_taken_out_is_missed(database: Database) -> None:
    happen(database, 3)
    audit.seal_all(database)
    if file := database.file():
        with closing(sqlite3.connect(file)) as connection:  # whose foreign keys are off
            connection.executescript("DROP TRIGGER event_no_delete; DELETE FROM event WHERE id = 2")
    else:
        meddle(database, "ALTER TABLE seal DROP CONSTRAINT fk_seal_event_id")
        meddle(database, "DELETE FROM event WHERE id = 2")
    assert broken(database) == "place 2: event 2 is gone"


def test_a_digest_kept_elsewhere_proves_that_nothing_was_cut_off(database: Database) -> None:
    happen(database, 4)
    audit.seal_all(database)
    with database.read() as session:
        known = audit.head_of(session).digest
    happen(database, 2)
    audit.seal_all(database)
    assert broken(database, known) == ""
    meddle(database, "DELETE FROM seal WHERE place >= 4")
    assert broken(database) == ""
    assert "not in this chain" in broken(database, known)


def test_erasing_somebody_leaves_the_chain_whole(database: Database) -> None:
    world = DeskWorld(database, Clock())
    number = world.order()
    world.settle()
    with database.write() as session:
        order = register.by_number(session, number)
        assert order
        record(session, [Entry("noted", NOON, "agent:li", order.id, details={"words": "王建国 13800138001"})])
    audit.seal_all(database)
    before = audit.verify(database, NOON)
    with database.write() as session:
        empty(session, Subject(orders=(order.id,)), "test", "test", NOON)
    after = audit.verify(database, NOON)
    assert (after.broken, after.head, after.sealed) == ("", before.head, before.sealed)
    assert after.erased > 3
    with database.read() as session:
        assert "13800138001" not in json.dumps(list(audit.exported(session)))


def test_an_event_that_commits_late_is_sealed_behind_the_others(database: Database) -> None:
    """On PostgreSQL an id may be taken long before its event is there to be seen."""
    happen(database, 2)
    happen_with_id(database, 90)
    assert audit.seal_all(database) == 3
    happen_with_id(database, 50)
    assert audit.seal_all(database) == 1
    assert audit.verify(database, NOON).broken == ""


def test_one_that_commits_very_late_is_found_by_the_thorough_look_and_missed_before(database: Database) -> None:
    happen_with_id(database, 5 + audit.WINDOW)
    audit.seal_all(database)
    happen_with_id(database, 5)
    assert audit.seal_all(database) == 0
    late = NOON + audit.LONGEST_UNSEALED + timedelta(minutes=1)
    assert "event 5 has no seal" in audit.verify(database, late).broken
    assert audit.seal_all(database, thorough=True) == 1
    assert audit.verify(database, late).broken == ""


def happen_with_id(database: Database, event_id: int) -> None:
    with database.write() as session:
        session.add(Event(id=event_id, kind="noted", at=NOON, actor="x", details={}))


def test_somebody_else_can_verify_the_export_by_what_is_documented(database: Database) -> None:
    happen(database, 5)
    audit.seal_all(database)

    def compact(value: object) -> bytes:
        return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()

    with database.read() as session:
        lines = [json.loads(json.dumps(line)) for line in audit.exported(session)]
    before = hashlib.sha256(b"consign timeline").digest()
    for line in lines:
        commitment = hashlib.sha256(bytes.fromhex(line["salt"]) + compact(line["details"])).hexdigest()
        said = [line[name] for name in ("place", "event", "kind", "at", "actor", "order", "mail")]
        before = hashlib.sha256(before + compact([*said, commitment])).digest()
        assert (line["commitment"], line["digest"]) == (commitment, before.hex())
    assert len(lines) == 5
