"""How the database of a daemon is: since when it is away, when it can no longer be trusted (RELIABILITY G11, G12)."""

import time
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from config.database import CorruptDatabase, Database

log = structlog.get_logger()
# What SQLite says when a sync failed or a page is damaged: who goes on with such a disk loses more (G11, G12).
UNTRUSTED = ("SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC", "SQLITE_CORRUPT", "SQLITE_NOTADB")


class DatabaseWatch:
    """Hears from every part what the database did to it; `give_up` is told when the daemon must end."""

    def __init__(self, database: Database, give_up: Callable[[str], None]) -> None:
        self.database, self.give_up = database, give_up
        self.away: tuple[float, str] | None = None  # since when (monotonic), and what it says

    def answered(self) -> None:
        self.away = None

    def trouble(self, where: str, error: SQLAlchemyError) -> None:
        """A statement of the part `where` failed."""
        cause = getattr(error, "orig", None) or error
        name = getattr(cause, "sqlite_errorname", "")
        log.warning("database_trouble", where=where, error=str(cause)[:200], code=name)
        if self.away is None:
            self.away = time.monotonic(), str(cause)[:200]
        if name.startswith(UNTRUSTED):
            self.give_up(f"the database cannot be trusted: {cause}")

    def check_the_rest(self) -> None:
        """A large database was only looked into before the start; damage that shows now ends the daemon (G12)."""
        try:
            self.database.check()
        except SQLAlchemyError as error:
            self.trouble("check", error)
        except CorruptDatabase as damaged:
            log.error("database_damaged", damage=str(damaged))
            self.give_up(f"the database is damaged: {damaged}")

    def silence(self) -> dict[str, Any]:
        """Since when it is away, as the watchman reads it."""
        since, words = self.away or (None, "")
        return {"database_silent": None if since is None else time.monotonic() - since, "database_words": words}
