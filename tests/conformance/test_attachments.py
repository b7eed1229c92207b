"""Papers of an order, on both databases: taken by content, size and count; large ones beside the database; swept."""

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from config.database import Database
from config.settings import AttachmentSettings
from consign.erasure import Subject, empty
from followup import attachments
from followup.attachments import NewPaper, NotTaken, PaperKind
from followup.papertypes import type_of
from followup.shelf import ContentLost, Shelf, digest_of, shelf_of
from intake import register, timeline
from tests.deskworld import Clock, DeskWorld

PDF = b"%PDF-1.7\n" + b"a scanned receipt" * 20
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100
LIMITS = AttachmentSettings(inline_bytes=200, largest_bytes=1000, most_per_order=3)


@pytest.fixture
def world(database: Database) -> DeskWorld:
    return DeskWorld(database, Clock())


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "papers")


def the_order(world: DeskWorld) -> int:
    with world.database.read() as session:
        found = register.by_number(session, world.order())
    assert found
    return found.id


def put(world: DeskWorld, shelf: Shelf | None, order_id: int, *papers: NewPaper) -> list[int]:
    return attachments.put(world.database, shelf, LIMITS, order_id, papers, "agent:li", world.clock())


def test_large_papers_lie_outside_and_come_back_unchanged(world: DeskWorld, shelf: Shelf) -> None:
    order_id = the_order(world)
    ids = put(world, shelf, order_id, NewPaper("../../回单 1.pdf", PDF, PaperKind.RECEIPT), NewPaper("x.exe", PNG))
    with world.database.read() as session:
        first, second = attachments.of_order(session, order_id)
        assert [first.id, second.id] == ids
        assert (first.name, first.content_type, first.size) == ("回单 1.pdf", "application/pdf", len(PDF))
        assert (second.name, second.content_type) == ("x.exe", "image/png")
        assert attachments.content(session, shelf, first.id) == PDF
        assert attachments.content(session, shelf, second.id) == PNG
        assert [event.kind for event in timeline.of_order(session, order_id)][-2:] == ["attached", "attached"]
    (file,) = shelf.folder.iterdir()
    assert file.name == digest_of(PDF)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(shelf.folder.stat().st_mode) == 0o700


def test_without_a_shelf_everything_stands_in_the_database(world: DeskWorld) -> None:
    (made,) = put(world, None, the_order(world), NewPaper("a.pdf", PDF))
    with world.database.read() as session:
        assert attachments.content(session, None, made) == PDF


def test_the_same_content_comes_once_and_not_beyond_the_count(world: DeskWorld, shelf: Shelf) -> None:
    order_id = the_order(world)
    (made,) = put(world, shelf, order_id, NewPaper("a.pdf", PDF))
    assert put(world, shelf, order_id, NewPaper("again.pdf", PDF)) == [made]
    put(world, shelf, order_id, NewPaper("1", PNG), NewPaper("2", PNG + b"2"))
    with pytest.raises(NotTaken) as refused:
        put(world, shelf, order_id, NewPaper("3", PNG + b"3"))
    assert (refused.value.code, refused.value.values) == ("attachment_too_many", {"count": 3})


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "attachment_empty"),
        (PDF * 4, "attachment_too_large"),
        (b"<svg onload=alert(1)>", "attachment_unknown_type"),
        (b"MZ\x90\x00", "attachment_unknown_type"),
    ],
)
def test_what_is_not_taken_changes_nothing(world: DeskWorld, shelf: Shelf, octets: bytes, code: str) -> None:
    order_id = the_order(world)
    with pytest.raises(NotTaken) as refused:
        put(world, shelf, order_id, NewPaper("good.pdf", PDF), NewPaper("photo.jpg", octets))
    assert refused.value.code == code
    with world.database.read() as session:
        assert attachments.of_order(session, order_id) == []
    assert not shelf.folder.exists()


def test_a_file_that_was_changed_or_lost_is_never_handed_out(world: DeskWorld, shelf: Shelf) -> None:
    (made,) = put(world, shelf, the_order(world), NewPaper("a.pdf", PDF))
    (file,) = shelf.folder.iterdir()
    file.write_bytes(PDF[:-1] + b"!")
    with world.database.read() as session:
        with pytest.raises(ContentLost, match="something else"):
            attachments.content(session, shelf, made)
        assert attachments.look_at_shelf(session, shelf, world.clock()).missing == ()
        file.unlink()
        with pytest.raises(ContentLost):
            attachments.content(session, shelf, made)
        assert attachments.look_at_shelf(session, shelf, world.clock()).missing == (made,)


def test_orphans_are_swept_when_they_are_old(world: DeskWorld, shelf: Shelf) -> None:
    put(world, shelf, the_order(world), NewPaper("a.pdf", PDF))
    orphan, half = shelf.put(PNG * 3), shelf.folder / ".new-half"
    half.write_bytes(b"half")
    (shelf.folder / "notes.txt").write_text("somebody else's")
    soon = world.clock()
    for name in shelf.folder.iterdir():
        os.utime(name, (soon.timestamp(), soon.timestamp()))
    assert attachments.sweep(world.database, shelf, soon + timedelta(minutes=59)) == 0
    assert attachments.sweep(world.database, shelf, soon + timedelta(minutes=61)) == 2
    assert {file.name for file in shelf.folder.iterdir()} == {digest_of(PDF), "notes.txt"}
    assert not (shelf.folder / orphan).exists()


def test_the_paper_of_an_erased_person_goes_too(world: DeskWorld, shelf: Shelf) -> None:
    order_id = the_order(world)
    (made,) = put(world, shelf, order_id, NewPaper("张三身份证.pdf", PDF))
    with world.database.write() as session:
        empty(session, Subject(orders=(order_id,)), "test", "test", world.clock())
    for file in shelf.folder.iterdir():
        os.utime(file, (0, 0))
    assert attachments.sweep(world.database, shelf, world.clock()) == 1
    with world.database.read() as session, pytest.raises(ContentLost, match="erased"):
        attachments.content(session, shelf, made)


@pytest.mark.parametrize(
    ("octets", "content_type"),
    [
        (b"%PDF-1.4", "application/pdf"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftypmp42", None),
        (b"II*\x00", "image/tiff"),
        (b"PK\x03\x04", None),
        (b" %PDF-1.4", None),
    ],
)
def test_type_by_content(octets: bytes, content_type: str | None) -> None:
    assert type_of(octets) == content_type


def test_where_the_shelf_stands(database: Database, tmp_path: Path) -> None:
    beside = shelf_of(database, AttachmentSettings())
    assert (beside.folder if beside else None) == (tmp_path / "consign.papers" if database.is_sqlite else None)
    named = shelf_of(database, AttachmentSettings(folder=tmp_path / "elsewhere"))
    assert named
    assert named.folder == tmp_path / "elsewhere"


def test_a_backup_brings_what_it_lacks_and_says_what_is_lost(tmp_path: Path) -> None:
    shelf, backup = Shelf(tmp_path / "papers"), Shelf(tmp_path / "backup" / "papers")
    assert shelf.copy_to(backup) == (0, [])
    first, second = shelf.put(PDF), shelf.put(PNG)
    assert shelf.copy_to(backup) == (2, [])
    (shelf.folder / first).write_bytes(b"%PDF-changed")
    third = shelf.put(PNG + b"3")
    (shelf.folder / third).write_bytes(b"")
    assert shelf.copy_to(backup) == (0, [third])
    assert (backup.get(first), backup.get(second)) == (PDF, PNG)
