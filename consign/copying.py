"""Moves a whole database to another one, row by row, and proves that it arrived: SQLite to PostgreSQL, or back.

Everything happens in one transaction of the target: a copy that fails, or whose counts or checksums differ, leaves it
empty. The source is only read, in one snapshot; it must not change meanwhile, so the daemons are stopped before.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Integer,
    Table,
    TableClause,
    bindparam,
    column,
    func,
    insert,
    select,
    table,
    text,
    update,
)

from config.database import Database
from consign import schema
from intake.tables import Event, InboundMail

BATCH = 1000  # rows read and written at a time
MODULUS = 2**256
Row = dict[str, Any]


class CopyRefused(Exception):
    """The copy was not begun, or was undone: nothing has changed in either database."""


@dataclass(frozen=True)
class Copied:
    """One table that arrived: how many rows, and the checksum that both sides have."""

    table: str
    rows: int
    checksum: str


def copy_database(source: Database, target: Database, tell: Callable[[Copied], None] = lambda _: None) -> list[Copied]:
    """Copies every table, verifies each by count and checksum, sets the sequences. Raises CopyRefused.

    `target` is empty, or holds the schema without rows.
    """
    if schema.version(source) != schema.HEAD:
        raise CopyRefused(
            f"the source is at schema {schema.version(source)}, not {schema.HEAD}: start `consign run` once"
        )
    schema.upgrade(target)
    with _snapshot(source) as reading, target.engine.begin() as writing:
        _refuse_full(writing)
        copied = []
        for one in schema.METADATA.sorted_tables:
            copied.append(_copy_table(one, reading, writing))
            tell(copied[-1])
        if not target.is_sqlite:
            _set_sequences(writing)
        _refuse_changed(source, reading)
    return copied


def _snapshot(source: Database) -> Connection:
    """A connection whose one transaction sees the database as it is now, whatever is written meanwhile."""
    connection = source.engine.connect()
    if source.is_sqlite:
        return connection.execution_options(consign_reads=True)
    return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _refuse_full(writing: Connection) -> None:
    full = [
        one.name for one in schema.METADATA.sorted_tables if writing.execute(select(1).select_from(one).limit(1)).all()
    ]
    if full:
        raise CopyRefused(f"the target is not empty: it has rows in {', '.join(full)}")


def _refuse_changed(source: Database, reading: Connection) -> None:
    newest = select(func.max(Event.id), func.count()).select_from(Event)
    mails = select(func.max(InboundMail.id), func.count()).select_from(InboundMail)
    with source.read() as session:
        now = [tuple(session.execute(statement).one()) for statement in (newest, mails)]
    then = [tuple(reading.execute(statement).one()) for statement in (newest, mails)]
    if now != then:
        raise CopyRefused("the source has changed while it was copied: stop every daemon and copy again")


def _copy_table(one: Table, reading: Connection, writing: Connection) -> Copied:
    plain = _plain(one)
    own = [key.parent.name for key in one.foreign_keys if key.column.table is one]
    there = _Checksum(one.columns)
    for rows in _batches(plain, reading):
        there.add(rows)
        writing.execute(insert(plain), [row | dict.fromkeys(own) for row in rows] if own else rows)
    for name in own:  # rows that point at others of their table come last, for those may have come later
        _point_back(one, plain, name, reading, writing)
    here = _Checksum(one.columns)
    for rows in _batches(plain, writing):
        here.add(rows)
    if (here.count, here.total) != (there.count, there.total):
        raise CopyRefused(f"{one.name}: {there.count} rows read, {here.count} arrived, or not as they were")
    return Copied(one.name, here.count, here.words)


def _plain(one: Table) -> TableClause:
    """The table without defaults, and with JSON columns in which NULL stays NULL."""
    return table(
        one.name,
        *(column(c.name, JSON(none_as_null=True) if isinstance(c.type, JSON) else c.type) for c in one.columns),
    )


def _batches(plain: TableClause, connection: Connection) -> Iterator[list[Row]]:
    result = connection.execute(select(plain).execution_options(stream_results=True, yield_per=BATCH))
    for rows in result.mappings().partitions(BATCH):
        yield [dict(row) for row in rows]


def _point_back(one: Table, plain: TableClause, name: str, reading: Connection, writing: Connection) -> None:
    (key,) = one.primary_key.columns
    points = select(plain.c[key.name], plain.c[name]).where(plain.c[name].is_not(None))
    statement = update(plain).where(plain.c[key.name] == bindparam("b_key")).values({name: bindparam("b_value")})
    for rows in reading.execute(points).partitions(BATCH):
        writing.execute(statement, [{"b_key": row[0], "b_value": row[1]} for row in rows])


def _set_sequences(writing: Connection) -> None:
    """The next id of each table is above the highest that was copied."""
    for one in schema.METADATA.sorted_tables:
        keys = [c for c in one.primary_key.columns if isinstance(c.type, Integer) and c.autoincrement is not False]
        if len(one.primary_key.columns) != 1 or not keys:
            continue
        highest = writing.scalar(select(func.max(keys[0])))
        sequence = writing.scalar(select(func.pg_get_serial_sequence(one.name, keys[0].name)))
        if highest is not None and sequence is not None:
            writing.execute(
                text("SELECT setval(CAST(:name AS regclass), :value)"), {"name": sequence, "value": highest}
            )


class _Checksum:
    """Of all rows of a table, in whatever sequence they come: databases sort text each in its own way."""

    def __init__(self, columns: Sequence[Column[Any]] | Any) -> None:
        self.names = [c.name for c in columns]
        self.count = self.total = 0

    def add(self, rows: Sequence[Row]) -> None:
        for row in rows:
            words = json.dumps([_told(row[name]) for name in self.names], ensure_ascii=True, sort_keys=True)
            self.total = (self.total + int.from_bytes(hashlib.sha256(words.encode()).digest())) % MODULUS
            self.count += 1

    @property
    def words(self) -> str:
        return f"{self.total:064x}"[:16]


def _told(value: Any) -> Any:
    """A value in a form that is the same whichever database it came from."""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(value).hexdigest()
    return value
