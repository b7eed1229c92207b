"""The door to the database; the only lines that differ between SQLite and PostgreSQL stand here.

SQLite: WAL with synchronous=FULL (NORMAL loses acknowledged work on power loss) and BEGIN IMMEDIATE for every writing
transaction (the default loses updates silently). PostgreSQL: synchronous_commit is checked at start (RELIABILITY G18).
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    Row,
    String,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DatabaseError, DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql import Select
from sqlalchemy.types import TypeDecorator

from config.pen import Pen

# How long a PostgreSQL server out of reach is waited for: a link that was cut is given up within half a minute.
PATIENT_LINK: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
LONGEST_TURN = 5.0  # seconds that a thread waits for the others to have written
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """Aware times only, stored as UTC. Raises ValueError for a naive time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """Exact amounts of CNY, stored as whole fen. Raises ValueError for a part of a fen."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        fen = value.scaleb(2)
        if fen != fen.to_integral_value():
            raise ValueError(f"an amount has two decimals at most: {value}")
        return int(fen)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-2)


class JsonText(str):
    """A document that is JSON already: columns of JSON take it as it stands, instead of making it from its parts."""


def _as_json(value: Any) -> str:
    return value if isinstance(value, JsonText) else json.dumps(value)


# Text that is looked for by its beginning: compared sign by sign, whatever the language of the server.
BYTEWISE = String().with_variant(String(collation="C"), "postgresql")


class Base(DeclarativeBase):
    """All tables of all rooms; each table is written by the room that defines it alone."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: UtcDateTime, Decimal: Money, dict[str, Any]: JSON}


def insert_all(session: Session, statement: Any, rows: Sequence[Mapping[str, Any]]) -> Sequence[Row[Any]]:
    """Inserts many rows with the same keys by few statements; what RETURNING brings is in no promised order.

    Not by the ORM: that makes a statement of its own for each row whose empty columns are others than those before it.
    """
    result = session.connection().execute(statement, rows)
    return result.all() if result.returns_rows else ()


class CorruptDatabase(Exception):
    """The database file is damaged. Restore the last backup; the mailbox is read again, so nothing is lost (G12)."""


def blames_database(error: BaseException) -> bool:
    """Whether an error speaks of the database itself (away, locked, full, damaged), not of what was to be written."""
    ours = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
    return isinstance(error, DBAPIError) and not isinstance(error, ours)


class Database:
    """One database; `write()` and `read()` are its only transactions. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._pen = Pen()
        self._built: dict[Callable[[Database], Any], Any] = {}
        self.checked = False  # looked through to the end

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction that may write; commits at the end, rolls back on any error. No remote call inside."""
        with self._turn(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """SQLite lets one write at a time and has the others look again after pauses that grow: the threads of this
        process queue here instead, and follow each other at once. Who waits too long is told so by SQLite."""
        mine = self.is_sqlite and self._pen.take(LONGEST_TURN)
        try:
            yield
        finally:
            if mine:
                self._pen.lay_down()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent look; on SQLite it holds up no writer."""
        with self.engine.connect().execution_options(consign_reads=True) as connection, Session(connection) as session:
            yield session

    def skip_locked(self, statement: Select[Any]) -> Select[Any]:
        """Rows that another daemon has in hand are passed over; SQLite has but one writer and needs nothing."""
        return statement if self.is_sqlite else statement.with_for_update(skip_locked=True)

    def insert(self, table: type[Base]) -> Any:
        """An INSERT that knows ON CONFLICT, in the words of this database."""
        return sqlite_insert(table) if self.is_sqlite else postgresql_insert(table)

    def built(self, statement: Callable[["Database"], Any]) -> Any:
        """The statement that the function makes for this database, made once: making costs more than asking."""
        if statement not in self._built:
            self._built[statement] = statement(self)
        return self._built[statement]

    def file(self) -> Path | None:
        """The SQLite file, None for PostgreSQL or an in-memory database."""
        name = self.engine.url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    def wipe_journal(self) -> None:
        """SQLite: brings what was written into the file and empties the WAL, which holds pages as they were before.

        Waits for those who read, a few seconds at most; what they still hold up is written over with time.
        """
        if not self.is_sqlite:
            return
        link = self.engine.raw_connection()  # no transaction: inside one nothing is brought into the file
        try:
            with self._turn():
                link.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            link.close()

    def check(self, patience: float = float("inf")) -> None:
        """Raises CorruptDatabase when SQLite finds damage, RuntimeError when PostgreSQL would lose commits.

        A large file takes minutes to be looked through: after `patience` seconds it counts as sound so far, and
        `checked` stays False.
        """
        if self.is_sqlite:
            try:
                found = self._damage(patience)
            except (DatabaseError, sqlite3.DatabaseError) as error:  # the latter: at the pragmas of a new connection
                if "malformed" not in str(error) and "not a database" not in str(error):
                    raise
                found = [str(getattr(error, "orig", error))]
            if list(found) != ["ok"]:
                raise CorruptDatabase("; ".join(map(str, found)))
            return
        self.checked = True
        with self.read() as session:
            if session.execute(text("SHOW synchronous_commit")).scalar() == "off":
                raise RuntimeError(
                    "PostgreSQL runs with synchronous_commit = off: set it on, or committed orders can be lost"
                )

    def _damage(self, patience: float) -> list[str]:
        """What quick_check says: "ok", or the damage."""
        end = time.monotonic() + patience
        with self.read() as session:
            driver: Any = session.connection().connection.driver_connection
            driver.set_progress_handler(lambda: time.monotonic() > end, 10_000)
            try:
                found = list(session.execute(text("PRAGMA quick_check(5)")).scalars())
                self.checked = True
            except DBAPIError as error:
                if "interrupted" not in str(error):
                    raise
                found = ["ok"]
            finally:
                driver.set_progress_handler(None, 0)
        return found

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str, *, lock_seconds: float = 5.0) -> Database:
    """Opens (SQLite: creates, mode 0600) the database at `url`. Raises sqlalchemy.exc errors out of reach."""
    parsed = make_url(url)
    # Parameters hidden: names and addresses of customers stay out of errors, and so out of the log.
    common: dict[str, Any] = {"hide_parameters": True, "json_serializer": _as_json}
    if parsed.get_backend_name() != "sqlite":
        pool = {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 20}
        return Database(create_engine(parsed, connect_args=dict(PATIENT_LINK), **pool, **common))
    if parsed.database and parsed.database != ":memory:":
        file = Path(parsed.database)
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.touch(mode=0o600)
    engine = create_engine(parsed, connect_args={"timeout": lock_seconds}, **common)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Database(engine)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not open transactions of its own
    for pragma in (
        "journal_mode=wal",
        "synchronous=full",
        "foreign_keys=on",
        "temp_store=memory",
        "journal_size_limit=67108864",
        "wal_autocheckpoint=4000",  # pages: a fourth of the syncs and of the writing that checkpoints cost in a burst
        # What is deleted is written over, always: what an erasing connection alone would do comes too late for copies
        # that pages left behind when they were split. It costs 1 % more writing.
        "secure_delete=on",
        "cache_size=-8192",  # 8 MB a connection: the indexes that every batch touches stay in memory
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    reads = connection.get_execution_options().get("consign_reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
