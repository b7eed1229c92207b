"""The shelf: large papers and photos as files beside the database, each under the SHA-256 of its content.

A file is whole and on the disk before the row that names it commits: written under another name, synced, renamed, the
folder synced. What no row names is swept away later; content that is no longer what its name says is never handed out.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile

from config.database import Database
from config.settings import AttachmentSettings

DIGEST = 64  # characters of a SHA-256
YOUNG = timedelta(hours=1)  # a file that is younger may belong to a transaction that is still open


class ContentLost(Exception):
    """The file is not there, or holds something else than it did. Restore it from a backup of the folder."""


def digest_of(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


def shelf_of(database: Database, settings: AttachmentSettings) -> "Shelf | None":
    """Where large papers lie: the folder that is set, otherwise one beside the SQLite file; None: in the database.

    PostgreSQL is shared by machines that share no disk, unless the administrator says so by naming a folder.
    """
    if settings.folder:
        return Shelf(settings.folder)
    file = database.file()
    return Shelf(file.with_suffix(".papers")) if file else None


class Shelf:
    """One folder of files; made when the first one comes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, octets: bytes) -> str:
        """Keeps the content; returns its digest. It is on the disk when this returns. Raises OSError."""
        digest = digest_of(octets)
        place = self.folder / digest
        if place.exists():
            return digest
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self.folder, prefix=".new-", delete=False) as file:  # mode 0600
            try:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, place)
            except OSError:
                with suppress(OSError):
                    os.unlink(file.name)
                raise
        _sync_folder(self.folder)
        _sync_folder(self.folder.parent)
        return digest

    def get(self, digest: str) -> bytes:
        """The content under `digest`. Raises ContentLost."""
        try:
            octets = (self.folder / digest).read_bytes()
        except OSError as error:
            raise ContentLost(f"{digest}: {error.strerror}") from error
        if digest_of(octets) != digest:
            raise ContentLost(f"{digest}: the file holds something else")
        return octets

    def has(self, digest: str, size: int) -> bool:
        """Whether the file is there in its full size."""
        try:
            return (self.folder / digest).stat().st_size == size
        except OSError:
            return False

    def copy_to(self, other: "Shelf") -> tuple[int, list[str]]:
        """Brings what the other shelf lacks; returns how many files, and those that could not be copied as they were.

        A file never changes, so a shelf of backups serves for every copy of the database that was made beside it.
        """
        copied, lost = 0, []
        names = sorted(entry.name for entry in os.scandir(self.folder)) if self.folder.is_dir() else []
        for name in names:
            if len(name) != DIGEST or (other.folder / name).exists():
                continue
            try:
                other.put(self.get(name))
                copied += 1
            except ContentLost:
                lost.append(name)
        return copied, lost

    def old_names(self, now: datetime) -> Iterator[str]:
        """Every file that no open transaction can be about to name: digests, and what a crash left half written."""
        if not self.folder.is_dir():
            return
        for entry in os.scandir(self.folder):
            known = len(entry.name) == DIGEST or entry.name.startswith(".new-")
            try:
                written = datetime.fromtimestamp(entry.stat().st_mtime, UTC)
            except FileNotFoundError:  # swept by another daemon in this moment
                continue
            if known and entry.is_file(follow_symlinks=False) and written < now - YOUNG:
                yield entry.name

    def remove(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
