"""Scanned receipts, photos, papers of an order: taken by content, size and count, kept whole, given back unchanged.

Nothing is re-encoded: a scan is evidence, and its bytes are what was signed for. So it is never shown inside a page
either, only handed out as a download that no browser may run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session, undefer

from config.database import Database
from config.settings import AttachmentSettings
from followup.papertypes import ENDINGS, type_of
from followup.shelf import ContentLost, Shelf, digest_of
from followup.tables_cases import Attachment
from intake.folding import clean
from intake.tables import Order
from intake.timeline import Entry, Happening, record

LONGEST_NAME = 100


class PaperKind(StrEnum):
    """What a paper is. The value is stored: never change one."""

    RECEIPT = "receipt"  # 回单, signed
    PHOTO = "photo"  # of damaged goods, of a seal
    PAPER = "paper"  # manifest, change letter, identity of a signer, …


class NotTaken(Exception):
    """A file is refused; `code` names the text that says why (attachment_…), `values` fill it."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


@dataclass(frozen=True)
class NewPaper:
    """A file as somebody brings it; `name` is a label only, never a path."""

    name: str
    octets: bytes
    kind: PaperKind = PaperKind.PAPER
    case_id: int | None = None


def put(
    database: Database,
    shelf: Shelf | None,
    limits: AttachmentSettings,
    order_id: int,
    papers: Sequence[NewPaper],
    actor: str,
    now: datetime,
) -> list[int]:
    """Puts files to an order, all or none; returns their ids. The same content comes to an order but once.

    Raises NotTaken, OSError when the disk does not take a file.
    """
    types = [_checked(paper, limits) for paper in papers]
    outside = [shelf is not None and len(paper.octets) > limits.inline_bytes for paper in papers]
    for paper, out in zip(papers, outside, strict=True):
        if out and shelf:
            shelf.put(paper.octets)  # before the transaction: a row never names a file that is not there
    with database.write() as session:
        if not database.is_sqlite:  # of two uploads at once the second counts what the first has brought
            session.execute(select(Order.id).where(Order.id == order_id).with_for_update())
        known = {row.digest: row.id for row in of_order(session, order_id)}
        new = {digest_of(paper.octets) for paper in papers} - known.keys()
        if len(known) + len(new) > limits.most_per_order:
            raise NotTaken("attachment_too_many", count=limits.most_per_order)
        for paper, content_type, out in zip(papers, types, outside, strict=True):
            digest = digest_of(paper.octets)
            if digest not in known:
                known[digest] = _write(session, order_id, paper, content_type, digest, out, actor, now)
            if out and shelf:
                shelf.put(paper.octets)  # it may have been swept away as an orphan just before its row was written
        return [known[digest_of(paper.octets)] for paper in papers]


def _checked(paper: NewPaper, limits: AttachmentSettings) -> str:
    if not paper.octets:
        raise NotTaken("attachment_empty", name=label(paper.name))
    if len(paper.octets) > limits.largest_bytes:
        raise NotTaken("attachment_too_large", name=label(paper.name), megabytes=limits.largest_bytes // 1024**2)
    found = type_of(paper.octets)
    if found is None:
        raise NotTaken("attachment_unknown_type", name=label(paper.name))
    return found


def _write(
    session: Session,
    order_id: int,
    paper: NewPaper,
    content_type: str,
    digest: str,
    outside: bool,
    actor: str,
    now: datetime,
) -> int:
    row = {
        "order_id": order_id,
        "exception_id": paper.case_id,
        "kind": paper.kind.value,
        "name": label(paper.name),
        "content_type": content_type,
        "size": len(paper.octets),
        "digest": digest,
        "added_at": now,
        "added_by": actor,
        "octets": None if outside else paper.octets,
    }
    made: int = session.execute(insert(Attachment).values(row).returning(Attachment.id)).scalar_one()
    details = {"attachment": made, "kind": paper.kind.value, "name": row["name"], "digest": digest}
    record(session, [Entry(Happening.ATTACHED, now, actor, order_id, details=details)])
    return made


def label(name: str) -> str:
    """A name that can be shown and stands for nothing on a disk."""
    last = clean(name).replace("\\", "/").rpartition("/")[2].strip()
    return last[:LONGEST_NAME] or "-"


def attachment(session: Session, attachment_id: int) -> Attachment | None:
    return session.get(Attachment, attachment_id)


def of_order(session: Session, order_id: int) -> list[Attachment]:
    """All papers of an order, oldest first; without their content."""
    return list(session.scalars(select(Attachment).where(Attachment.order_id == order_id).order_by(Attachment.id)))


def of_case(session: Session, case_id: int) -> list[Attachment]:
    """The papers that belong to a case, oldest first; without their content."""
    return list(session.scalars(select(Attachment).where(Attachment.exception_id == case_id).order_by(Attachment.id)))


def content(session: Session, shelf: Shelf | None, attachment_id: int) -> bytes:
    """The bytes as they were brought. Raises ContentLost where they are gone or not the same."""
    found = session.get(Attachment, attachment_id, options=[undefer(Attachment.octets)])
    if found is None:
        raise ContentLost(f"attachment {attachment_id}: not there")
    if found.octets is not None:
        if digest_of(found.octets) != found.digest:
            raise ContentLost(f"attachment {attachment_id}: the database holds something else")
        return found.octets
    if shelf is None or not found.name:
        raise ContentLost(f"attachment {attachment_id}: its content was erased, or its folder is not set")
    return shelf.get(found.digest)


def file_name(found: Attachment, number: str) -> str:
    """Under which name a download is saved: of ASCII, by order, kind and id; the label is not trusted for it."""
    return f"{number}-{found.kind}-{found.id}.{ENDINGS[found.content_type]}"


# -- keeping house


@dataclass(frozen=True)
class ShelfState:
    """What a look at the shelf found: rows whose file is missing, files that no row names."""

    outside: int
    missing: tuple[int, ...]
    orphans: tuple[str, ...]


def look_at_shelf(session: Session, shelf: Shelf, now: datetime) -> ShelfState:
    """Compares the rows with the files. A paper of a person who was erased has no name: its file counts as orphan."""
    rows = session.execute(
        select(Attachment.id, Attachment.digest, Attachment.size).where(
            Attachment.octets.is_(None), Attachment.name != ""
        )
    ).all()
    named = {row.digest for row in rows}
    missing = tuple(row.id for row in rows if not shelf.has(row.digest, row.size))
    return ShelfState(len(rows), missing, tuple(name for name in shelf.old_names(now) if name not in named))


def sweep(database: Database, shelf: Shelf, now: datetime) -> int:
    """Removes files that no row names: of a crash before the commit, or of people who were erased; returns how many."""
    with database.read() as session:
        orphans = look_at_shelf(session, shelf, now).orphans
    removed = 0
    for name in orphans:
        with database.write() as session:  # nobody can name it meanwhile; see put()
            if not database.is_sqlite:
                session.execute(text("LOCK TABLE attachment IN EXCLUSIVE MODE"))
            named = session.scalar(
                select(func.count()).where(
                    Attachment.digest == name, Attachment.octets.is_(None), Attachment.name != ""
                )
            )
            if not named:
                shelf.remove(name)
                removed += 1
    return removed
