"""Whether there is room on the disk to take in more mail (RELIABILITY G11)."""

import shutil
from pathlib import Path

MEGABYTE = 1024 * 1024


def free_megabytes(file: Path | None) -> float | None:
    """Free space beside the database file; None when the database is elsewhere."""
    return None if file is None else shutil.disk_usage(file.parent).free / MEGABYTE


def room_left(file: Path | None, least: int) -> bool:
    """True while more than `least` megabytes are free, or a tenth of the disk where that is less."""
    if file is None:
        return True
    usage = shutil.disk_usage(file.parent)
    return usage.free > min(least * MEGABYTE, usage.total // 10)
