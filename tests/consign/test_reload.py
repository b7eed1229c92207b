"""HUP has the rule files read again, whole or not at all."""

import os
from datetime import UTC, datetime
from pathlib import Path

from config.company import RulesWatch, load_company, write_starter_rules
from config.settings import Settings

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def test_a_file_of_the_same_date_is_read_again_after_forget(tmp_path: Path) -> None:
    """Editors and rsync can keep the date of a file: only asking aloud helps then."""
    write_starter_rules(tmp_path)
    settings = Settings(rules=tmp_path)
    watch = RulesWatch(settings, load_company(settings))
    watch.reload(NOON)
    file = tmp_path / "dispatchers.csv"
    before = file.stat()
    octets = file.read_bytes()
    changed = octets.replace(b"@", b"%", 1)
    assert len(changed) == len(octets)
    file.write_bytes(changed)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert watch.reload(NOON) == [], "nothing to see by its date and size"
    watch.forget()
    faults = watch.reload(NOON)
    assert [Path(fault.file).name for fault in faults] == ["dispatchers.csv"]
    file.write_bytes(octets)
    watch.forget()
    assert watch.reload(NOON) == []
    assert watch.faults == []
