"""All that the database holds of somebody, as a file to hand to him: the rows as JSON, mails and letters whole.

It is found by the very links by which it would be erased, so that nothing is told of that would be kept.
"""

import json
import os
import zipfile
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.database import Base
from consign.erasure import Subject, belonging
from consign.personal import GONE
from followup.shelf import ContentLost, Shelf
from intake.timeline import Entry, Happening, record

FOLDERS = {"inbound_mail": ("mails", "eml"), "letter": ("letters", "eml"), "attachment": ("attachments", "bin")}


def write_copy(session: Session, subject: Subject, file: Path, shelf: Shelf | None = None) -> dict[str, int]:
    """Writes the archive, mode 0600; returns how many rows of which table. Raises FileExistsError, OSError.

    `shelf`: where large papers lie; one that is lost there is told of as such.
    """
    counts: dict[str, int] = {}
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        told: dict[str, list[dict[str, Any]]] = {}
        for table, row in _rows(session, subject):
            octets = row.pop("octets", None) or (_from_shelf(row, shelf) if table == "attachment" else None)
            if octets:
                folder, ending = FOLDERS[table]
                archive.writestr(f"{folder}/{row['id']}.{ending}", octets)
            told.setdefault(table, []).append(row)
            counts[table] = counts.get(table, 0) + 1
        archive.writestr("data.json", json.dumps(told, ensure_ascii=False, indent=1, default=_plain))
    return counts


def _from_shelf(row: dict[str, Any], shelf: Shelf | None) -> bytes | None:
    try:
        return shelf.get(row["digest"]) if shelf else None
    except ContentLost as lost:
        row["content"] = str(lost)
        return None


def note_copy(session: Session, subject: Subject, counts: dict[str, int], actor: str, now: datetime) -> None:
    """The timeline says who took a copy, of what, when."""
    details = {"what": "person", "rows": sum(counts.values())}
    entries = [Entry(Happening.EXPORTED, now, actor, order_id=each, details=details) for each in subject.orders]
    record(session, entries or [Entry(Happening.EXPORTED, now, actor, details=details)])


def _rows(session: Session, subject: Subject) -> Iterator[tuple[str, dict[str, Any]]]:
    for table in Base.metadata.sorted_tables:
        rows = belonging(table, subject)
        if rows is None or table.name in GONE - {"customer_address"}:
            continue
        for row in session.execute(select(table).where(rows).order_by(*table.primary_key.columns)).mappings():
            yield table.name, dict(row)


def _plain(value: Any) -> str:
    return (
        value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, Decimal) else repr(value)
    )
