"""Orders are found by the beginning of a number or phone on a server of any language."""

import pytest
from sqlalchemy import text

from config.database import Database

LOOKED_FOR = {("orders", "number"), ("search_word", "word")}


def test_what_is_looked_for_by_its_beginning_is_compared_sign_by_sign(database: Database) -> None:
    if database.is_sqlite:
        with database.read() as session:  # SQLite compares so unless told otherwise
            tables = session.scalars(text("SELECT sql FROM sqlite_master WHERE type = 'table'")).all()
        assert not any("COLLATE" in (sql or "") for sql in tables)
        return
    statement = text(
        "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "JOIN pg_collation o ON o.oid = a.attcollation WHERE o.collname = 'C' AND c.relkind = 'r' "
        "AND c.relname IN ('orders', 'search_word')"
    )
    with database.read() as session:
        assert {(row[0], row[1]) for row in session.execute(statement)} == LOOKED_FOR


@pytest.mark.parametrize("word", ["#13800001111", "20261124-0001", "提货"])
def test_a_range_by_the_beginning_finds_the_word(database: Database, word: str) -> None:
    with database.write() as session:
        if not database.is_sqlite:
            session.execute(text("SET LOCAL session_replication_role = replica"))  # a word without its order will do
        else:
            session.execute(text("PRAGMA defer_foreign_keys = ON"))
        session.execute(text("INSERT INTO search_word (word, order_id) VALUES (:word, 1)"), {"word": word})
        begin = word[:3] if word.isascii() else word[0]
        asked = {"begin": begin, "end": begin + "\U0010ffff"}
        found = session.scalars(text("SELECT word FROM search_word WHERE word >= :begin AND word < :end"), asked).all()
        assert list(found) == [word]
        session.execute(text("DELETE FROM search_word"))
