"""A person is forgotten on request, wherever the database speaks of him; over SQLite and PostgreSQL.

The tests walk the whole schema: a column that nobody has thought of is a failure.
"""

import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, LargeBinary, String, Table, delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from config.company import Company, load_company
from config.database import Base, Database, Money, UtcDateTime
from config.settings import AttachmentSettings, RetentionSettings, Settings
from consign import holds
from consign.disclosure import note_copy, write_copy
from consign.erasure import Subject, belonging, empty, erase_all
from consign.personal import BLANKS, GONE, IMPERSONAL
from consign.retention import Forgotten, forget
from consign.subjects import everything_of, find_person, holdings_of
from consign.tables import Erasing
from followup import attachments
from followup.shelf import Shelf, digest_of
from followup.tables import Task
from followup.tables_cases import Attachment
from intake import customerbook
from intake.customers import CustomerTerms
from intake.tables import Customer, CustomerAddress, Event, InboundMail
from tests.builders import NOON
from tests.route.talk import ORDER, SHIPPER, Talk, of

TABLES = Base.metadata.sorted_tables
PLANTED = ("13800138001", "13900139002", "王建国", "李晓明", "南京西路", "wang@shipper.example")
WANG = CustomerTerms(key="wang", name="王记五金", addresses=(SHIPPER,), phone="13800138001", contact="王建国")


def wordy(table: Table) -> list[Column[Any]]:
    """Columns that can hold words."""
    return [column for column in table.columns if isinstance(column.type, String | JSON | LargeBinary)]


def all_words(database: Database, of_tables: list[Table] = TABLES) -> Iterator[tuple[str, str]]:
    """Every word of the database with its table and column."""
    with database.read() as session:
        for table in of_tables:
            columns = wordy(table)
            for row in session.execute(select(*columns)) if columns else ():
                for column, value in zip(columns, row, strict=True):
                    octets = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
                    yield f"{table.name}.{column.name}", octets.decode("utf-8", "replace")


def found_in(database: Database, *words: str) -> set[str]:
    return {place for place, said in all_words(database) if any(word in said for word in words)}


def test_every_column_that_can_hold_words_is_thought_of() -> None:
    forgotten = [
        f"{table.name}.{column.name}"
        for table in TABLES
        for column in wordy(table)
        if table.name not in GONE
        and column.name not in BLANKS.get(table.name, {})
        and column.name not in IMPERSONAL.get(table.name, ())
        and IMPERSONAL.get(table.name) != ("*",)
        and not column.foreign_keys
    ]
    assert forgotten == [], "say in consign/personal.py whether it may name a person"


def test_nothing_is_named_that_is_not_there() -> None:
    named = {name: {*BLANKS.get(name, {}), *IMPERSONAL.get(name, ())} - {"*"} for name in {*BLANKS, *IMPERSONAL}}
    tables = Base.metadata.tables
    assert {*named, *GONE} <= set(tables)
    assert [name for name, columns in named.items() if columns - set(tables[name].columns.keys())] == []


def test_every_table_that_names_people_hangs_on_an_order_a_mail_or_a_customer() -> None:
    everybody = Subject((1,), (1,), (1,))
    alone = [name for name in {*BLANKS, *GONE} if belonging(Base.metadata.tables[name], everybody) is None]
    assert alone == []


# -- a row of every table, with a planted word in every column that may name a person

MARK = "PLANTED-13800138001"
NOW = NOON + timedelta(days=1)


def planted(column: Column[Any], table: str, id_: int) -> Any:
    """A value for a column of a synthetic row: the mark, wherever a person may be named."""
    kind = column.type
    personal = column.name in BLANKS.get(table, {}) or table in GONE
    mark = f"{MARK}-{id_}"
    if isinstance(kind, LargeBinary):
        return (mark if personal else f"code-{id_}").encode()
    if isinstance(kind, JSON):
        if table == "revision" and column.name == "verdict":
            return {"checks": [{"reasons": [{"code": "x", "values": {"words": mark}}]}], "pickup_place": mark}
        return {"shipper": {"name": mark}, "destination": mark, "words": mark} if personal else {}
    if isinstance(kind, String):
        return mark if personal else f"code-{id_}"
    if isinstance(kind, UtcDateTime):
        return NOON
    if isinstance(kind, Money):
        return Decimal(1)
    return True if isinstance(kind, Boolean) else id_


def plant_everywhere(database: Database, id_: int = 1) -> None:
    """A row with this id in every table that hangs on an order, a mail or a customer."""
    with database.write() as session:
        for table in TABLES:
            if belonging(table, Subject((1,), (1,), (1,))) is None:
                continue
            row = {
                column.name: id_ if column.foreign_keys else planted(column, table.name, id_)
                for column in table.columns
                if column.name != "copy_of"
            }
            session.execute(insert(table).values(row))


def test_a_word_planted_in_every_table_is_found_nowhere_afterwards(database: Database) -> None:
    plant_everywhere(database)
    before = found_in(database, MARK)
    assert {f"{table}.{column}" for table, columns in BLANKS.items() for column in columns} <= before
    assert {place.partition(".")[0] for place in before} >= GONE
    advance_event_ids(database)
    with database.write() as session:
        empty(session, Subject((1,), (1,), (1,)), "request", "agent:root", NOON)
    assert found_in(database, MARK) == set()


def test_what_belongs_to_others_stays_as_it_is(database: Database) -> None:
    plant_everywhere(database, 1)
    before = sorted(all_words(database))
    plant_everywhere(database, 2)
    advance_event_ids(database)
    with database.write() as session:
        empty(session, Subject((2,), (2,), (2,)), "request", "agent:root", NOON)
    after = list(all_words(database))
    assert sorted(said for said in after if said in before) == before
    assert found_in(database, f"{MARK}-2") == set()


def advance_event_ids(database: Database) -> None:
    """PostgreSQL counts by a sequence, which knows nothing of ids that were given by hand."""
    if not database.is_sqlite:
        with database.write() as session:
            session.execute(text("SELECT setval(pg_get_serial_sequence('event', 'id'), 100)"))


# -- a whole conversation


@pytest.fixture(scope="module")
def company() -> Company:
    return load_company(Settings())


@pytest.fixture
def talk(database: Database, company: Company) -> Talk:
    """A customer who has ordered, mended, asked and complained, and a stranger who orders too."""
    desk = Talk(database, company)
    with database.write() as session:
        customerbook.keep(database, session, [WANG])
    letters = desk.write(ORDER)
    desk.answer(of(letters, "work_order"), "已提货 14:20 司机王建国 13800138001")
    desk.write(f"查件 {desk.order.number}，王建国问货到哪了？", subject=f"查件 {desk.order.number}")
    desk.write(f"订单 {desk.order.number} 李晓明投诉：货物破损！", subject=f"投诉 {desk.order.number}")
    desk.write(f"取消 {desk.order.number} 王建国", sender="x@evil.example", subject=f"取消 {desk.order.number}")
    desk.write("王建国 13800138001 想谈长期合作")
    other = ORDER.replace("王建国", "周强").replace("13800138001", "13700137003").replace("李晓明", "钱多")
    other = other.replace("13900139002", "13600136006").replace("南京西路1266号", "漕溪北路88号")
    desk.write(other, sender="zhou@other.example")
    return desk


def finish(database: Database) -> None:
    """Nothing is left to do."""
    with database.write() as session:
        session.execute(update(Task).values(state="closed", outcome="filed", closed_at=NOON))


def erase(database: Database, who: str) -> None:
    with database.read() as session:
        person = find_person(session, who)
        assert person is not None
        found = holdings_of(session, person)
    assert found.at_work == found.held == ()
    erase_all(database, found.over, "request", "agent:root", NOON)


@pytest.mark.parametrize("who", ["wang", "王记五金", "Wang@Shipper.Example"])
def test_a_customer_is_forgotten_and_the_order_stays(talk: Talk, who: str) -> None:
    database, number = talk.database, talk.orders()[0].number
    finish(database)
    assert len(found_in(database, *PLANTED)) > 15
    with database.read() as session:
        before = [(event.kind, event.at) for event in session.scalars(select(Event).order_by(Event.id))]
    erase(database, who)
    assert found_in(database, *PLANTED, "王记") == set()
    first, second = talk.orders()
    assert (first.number, first.state, first.form.destination) == (number, "accepted", "杭州")
    assert first.verdict.quote is not None
    assert first.form.cargo.weight_kg == 500
    assert second.form.shipper.name == "周强", "nobody else is forgotten"
    assert found_in(database, "zhou@other.example")
    with database.read() as session:
        after = [(event.kind, event.at) for event in session.scalars(select(Event).order_by(Event.id))]
        assert after[: len(before)] == before, "the timeline keeps its events"
        assert {kind for kind, _ in after[len(before) :]} == {"erased"}
        assert session.scalars(select(Erasing)).all() == []
        assert session.scalars(select(CustomerAddress)).all() == []
        assert [each.name for each in customerbook.all_customers(session)] == [""]


def octets_on_disk(database: Database) -> bytes:
    """The SQLite file with its journal, as somebody finds them who takes the disk."""
    file = database.file()
    assert file
    return b"".join(each.read_bytes() for each in sorted(file.parent.glob(f"{file.name}*")))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_is_forgotten_stands_in_no_free_page_and_no_journal(talk: Talk) -> None:
    finish(talk.database)
    written = {word: (word.encode(), json.dumps(word)[1:-1].encode()) for word in (*PLANTED, "王记五金")}

    def found() -> set[str]:
        octets = octets_on_disk(talk.database)
        return {word for word, forms in written.items() if any(form in octets for form in forms)}

    assert found() == set(written)
    erase(talk.database, "wang")
    assert found() == set()
    assert b"zhou@other.example" in octets_on_disk(talk.database)


def test_what_is_at_work_is_left_and_named(talk: Talk) -> None:
    with talk.database.read() as session:
        person = find_person(session, "wang")
        assert person is not None
        found = holdings_of(session, person)
    assert talk.orders()[0].number in found.at_work
    assert found.over.orders == found.over.customers == ()
    erase_all(talk.database, found.over, "request", "agent:root", NOON)
    assert talk.orders()[0].form.shipper.name == "王建国"


def test_a_phone_number_names_whoever_is_called_there(talk: Talk) -> None:
    finish(talk.database)
    erase(talk.database, "+86 139-0013-9002")
    assert talk.orders()[0].form.consignee.name is None
    assert found_in(talk.database, "李晓明") == set()
    with talk.database.read() as session:
        assert session.scalars(select(Customer.key)).all() == ["wang"], "the customer himself was not meant"


@pytest.mark.parametrize("who", ["nobody", "139", "王", ""])
def test_who_is_nobody_is_nobody(talk: Talk, who: str) -> None:
    with talk.database.read() as session:
        assert find_person(session, who) is None


def test_a_hold_stops_request_and_age(talk: Talk) -> None:
    database, number = talk.database, talk.orders()[0].number
    finish(database)
    for who in ("wang", number):
        with database.write() as session:
            person = find_person(session, who)
            assert person is not None
            holds.hold(session, person, "claim 17", "agent:root", NOON)
        with database.read() as session:
            found = holdings_of(session, person)
            assert [hold.about for hold in holds.standing(session)] == [who]
        assert number in found.held
        assert found.over == Subject()
        old = RetentionSettings(raw_mail_days=1, order_days=2, quarantine_days=1, session_days=1)
        with database.write() as session:
            session.execute(update(InboundMail).values(arrived_at=NOON + timedelta(days=400)))
        forget(database, old, NOON + timedelta(days=400))
        assert talk.orders()[0].form.shipper.name == "王建国"
        assert talk.orders()[1].form.shipper.name is None
        with database.read() as session:
            tied = select(InboundMail.sender).where(InboundMail.sender == SHIPPER, InboundMail.octets.is_not(None))
            assert session.scalars(tied).all()
        with database.write() as session:
            assert holds.lift(session, person, "agent:root", NOON)
            assert not holds.lift(session, person, "agent:root", NOON)
    with database.read() as session:
        kinds = session.scalars(select(Event.kind).where(Event.kind.startswith("hold"))).all()
    assert sorted(kinds) == ["hold_lifted", "hold_lifted", "hold_set", "hold_set"]


def test_an_address_cannot_be_held(talk: Talk) -> None:
    with talk.database.write() as session:
        person = find_person(session, "zhou@other.example")
        assert person is not None
        with pytest.raises(holds.NotHeld):
            holds.hold(session, person, "x", "agent:root", NOON)


def test_persons_of_old_orders_are_found_nowhere(talk: Talk) -> None:
    finish(talk.database)
    with talk.database.write() as session:
        session.execute(update(InboundMail).values(arrived_at=NOON + timedelta(days=4000)))
    forgotten = forget(talk.database, RetentionSettings(), NOON + timedelta(days=4000))
    assert forgotten.orders == 2
    assert {place.partition(".")[0] for place in found_in(talk.database, *PLANTED)} <= {"customer", "customer_address"}
    assert forget(talk.database, RetentionSettings(), NOON + timedelta(days=4000)) == Forgotten()


def touch_events(database: Database, statement: Any, *, with_key: bool) -> None:
    with database.write() as session:
        if with_key:
            session.execute(insert(Erasing).values(id=1))
        session.execute(statement)


def test_the_timeline_is_changed_by_nobody_not_even_with_the_key(database: Database) -> None:
    plant_everywhere(database)
    changes: list[dict[str, Any]] = [{"kind": "x"}, {"actor": "x"}, {"order_id": None}, {"mail_id": None}, {"at": NOW}]
    for change in changes:
        with pytest.raises(DatabaseError, match="append-only"):
            touch_events(database, update(Event).values(change), with_key=True)


def test_without_the_key_not_even_details_are_emptied(database: Database) -> None:
    plant_everywhere(database)
    with pytest.raises(DatabaseError, match="append-only"):
        touch_events(database, update(Event).values(details={}), with_key=False)
    with pytest.raises(DatabaseError, match="append-only"):
        touch_events(database, delete(Event), with_key=True)
    touch_events(database, update(Event).values(details={}), with_key=True)
    with database.read() as session:
        assert session.scalars(select(Event.details)).all() == [{}]


def test_papers_on_the_shelf_are_handed_out_and_then_named_by_no_row(talk: Talk, tmp_path: Path) -> None:
    database, order_id = talk.database, talk.orders()[0].id
    shelf, scan = Shelf(tmp_path / "papers"), b"%PDF-1.4 " + b"13800138001" * 100
    small = AttachmentSettings(inline_bytes=10)
    attachments.put(database, shelf, small, order_id, [attachments.NewPaper("王建国.pdf", scan)], "agent:li", NOON)
    finish(database)
    with database.read() as session:
        person = find_person(session, "wang")
        assert person is not None
        write_copy(session, everything_of(session, person), tmp_path / "his.zip", shelf)
    with zipfile.ZipFile(tmp_path / "his.zip") as archive:
        assert scan in [archive.read(name) for name in archive.namelist() if name.startswith("attachments/")]
    erase(database, "wang")
    with database.read() as session:
        assert digest_of(scan) not in session.scalars(select(Attachment.digest)).all(), "the sweep takes the file"
    assert found_in(database, *PLANTED) == set()


def test_a_copy_for_the_person_holds_all_that_would_be_erased(talk: Talk, tmp_path: Path) -> None:
    file = tmp_path / "wang.zip"
    with talk.database.read() as session:
        person = find_person(session, "wang")
        assert person is not None
        subject = everything_of(session, person)
        counts = write_copy(session, subject, file)
        with pytest.raises(FileExistsError):
            write_copy(session, subject, file)
    with talk.database.write() as session:
        note_copy(session, subject, counts, "agent:root", NOON)
    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as archive:
        told = json.loads(archive.read("data.json"))
        mails = [name for name in archive.namelist() if name.startswith("mails/")]
    said = json.dumps(told, ensure_ascii=False)
    assert all(word in said for word in PLANTED)
    assert "周强" not in said
    assert "zhou@other.example" not in said
    assert len(mails) == counts["inbound_mail"] >= 5
    assert {"orders", "revision", "event", "letter", "task", "shipment", "customer"} <= set(told)
    with talk.database.read() as session:
        exported = session.scalars(select(Event).where(Event.kind == "exported")).one()
    assert (exported.actor, exported.details["rows"]) == ("agent:root", sum(counts.values()))
