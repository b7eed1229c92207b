"""Empties what the database says of people, wherever it says it (RELIABILITY §8). The rows themselves stay.

Which rows belong to an order, a mail or a customer follows from the foreign keys, so that a new table is covered as
soon as its columns stand in consign.personal.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from config.database import Base, Database
from consign.personal import BLANKS, GONE, Rewrite
from consign.tables import Erasing
from intake.timeline import Entry, Happening, record

BATCH = 200  # orders, or mails, in one transaction: nobody waits long for whoever forgets
ROOTS = ("orders", "inbound_mail", "customer")
TABLES: Mapping[str, Table] = Base.metadata.tables


@dataclass(frozen=True)
class Subject:
    """What is said of somebody: the ids of his orders and mails, and of himself where he is a customer."""

    orders: tuple[int, ...] = ()
    mails: tuple[int, ...] = ()
    customers: tuple[int, ...] = ()

    def ids(self, root: str) -> tuple[int, ...]:
        return dict(zip(ROOTS, (self.orders, self.mails, self.customers), strict=True))[root]

    def batches(self) -> Iterable["Subject"]:
        """The same in parts of which each fits one transaction; the customers come last, when nothing names them."""
        for start in range(0, len(self.orders), BATCH):
            yield Subject(orders=self.orders[start : start + BATCH])
        for start in range(0, len(self.mails), BATCH):
            yield Subject(mails=self.mails[start : start + BATCH])
        if self.customers:
            yield Subject(customers=self.customers)


def erase_all(database: Database, subject: Subject, why: str, actor: str, now: datetime) -> None:
    """Empties all that is said of the subject, a transaction a batch; called again it goes on where it was stopped."""
    for part in subject.batches():
        with database.write() as session:
            empty(session, part, why, actor, now)
    database.wipe_journal()


def empty(session: Session, subject: Subject, why: str, actor: str, now: datetime) -> None:
    """Empties what the subject's rows, and all that hang on them, say of people; the timeline says that it was done."""
    session.execute(insert(Erasing).values(id=1))
    for table in Base.metadata.sorted_tables[::-1]:
        rows = belonging(table, subject)
        if rows is None:
            continue
        if table.name in GONE:
            session.execute(delete(table).where(rows))
        elif table.name in BLANKS:
            _blank(session, table, rows, BLANKS[table.name])
    session.execute(delete(Erasing))
    details = {"why": why}
    entries = [Entry(Happening.ERASED, now, actor, order_id=each, details=details) for each in subject.orders]
    entries += [Entry(Happening.ERASED, now, actor, mail_id=each, details=details) for each in subject.mails]
    entries += [
        Entry(Happening.ERASED, now, actor, details={**details, "customer": each}) for each in subject.customers
    ]
    record(session, entries)


def belonging(table: Table, subject: Subject) -> ColumnElement[bool] | None:
    """Which rows of a table speak of the subject; None when no row can.

    A row that always has an order belongs to it alone: of two orders of one mail each keeps its own revisions.
    """
    if table.name in ROOTS:
        ids = subject.ids(table.name)
        return _key(table).in_(ids) if ids else None
    links = [(key.parent, key.column.table) for key in table.foreign_keys]
    owners = [(column, target) for column, target in links if target.name in ROOTS and not column.nullable]
    parts = []
    for column, target in owners or links:
        rows = belonging(target, subject) if target is not table else None
        if rows is not None:
            parts.append(column.in_(select(_key(target)).where(rows)))
    return or_(*parts) if parts else None


def _key(table: Table) -> Column[Any]:
    (column, *_) = table.primary_key.columns
    return column


def _blank(session: Session, table: Table, rows: ColumnElement[bool], blanks: Mapping[str, Any]) -> None:
    rewrites = {name: blank for name, blank in blanks.items() if isinstance(blank, Rewrite)}
    if rewrites:
        _rewrite(session, table, rows, rewrites)
    plain = {name: blank for name, blank in blanks.items() if name not in rewrites}
    if plain:
        session.execute(update(table).where(rows).values(plain))


def _rewrite(session: Session, table: Table, rows: ColumnElement[bool], rewrites: Mapping[str, Rewrite]) -> None:
    """Row by row; a table with a key of two columns is told apart by both."""
    keys = list(table.primary_key.columns)
    found = session.execute(select(*keys, *(table.c[name] for name in rewrites)).where(rows)).all()
    if not found:
        return
    anew = [_anew(row, len(keys), rewrites) for row in found]
    this_row = [key == bindparam(f"key_{place}") for place, key in enumerate(keys)]
    values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in rewrites}
    session.connection().execute(update(table).where(*this_row).values(values), anew)


def _anew(row: Sequence[Any], keys: int, rewrites: Mapping[str, Rewrite]) -> dict[str, Any]:
    values = {f"key_{place}": value for place, value in enumerate(row[:keys])}
    for (name, rewrite), old in zip(rewrites.items(), row[keys:], strict=True):
        values[f"new_{name}"] = rewrite.anew(old, row[0])
    return values
