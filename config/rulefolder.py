"""The folder of rule files: reading it, naming its state by a hash, writing a first one (SPEC 4, G17)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from config import sheet
from config.faults import Fault

OWN = ("areas.csv", "lanes.csv", "cargo.csv", "dispatchers.csv")  # what only the company itself can know
OTHER = ("cutoffs.csv", "limits.csv", "calendar.csv", "surcharges.csv")  # a folder without them has a default
RULE_FILES = OWN + OTHER
STARTER = ("consign.toml", *RULE_FILES)
# Where a company has no surcharges.csv: sample prices must never be charged by one that did not write them.
NO_SURCHARGES = "code,when,over,place,from,until,amount,per,minimum,remark\n"
MAP = "areas.geojson"  # polygons, where a company draws its areas; never required
Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class RuleText:
    """A rule file as read: how faults name it, and its text."""

    file: str
    text: str


def shipped(name: str) -> str:
    """The text of a file of the sample company."""
    return resources.files("config").joinpath("defaults", name).read_text(encoding="utf-8")


def read_rules(folder: Path | None) -> tuple[dict[str, RuleText], list[Fault]]:
    """The rule files of a folder (None: the sample company), and what cannot be read. A missing one is a fault."""
    if folder is None:
        return {name: RuleText(name, shipped(name)) for name in RULE_FILES}, []
    if not folder.is_dir():
        return {}, [sheet.fault(str(folder), None, "rules", "rules_no_folder")]
    texts: dict[str, RuleText] = {}
    faults: list[Fault] = []
    for name in (*RULE_FILES, MAP):
        path = folder / name
        try:
            texts[name] = RuleText(str(path), sheet.decode(path.read_bytes()))
        except FileNotFoundError:
            if name == MAP:
                continue
            if name in OWN:
                faults.append(sheet.fault(str(path), None, "rules", "rules_file_missing", name=name))
            else:
                texts[name] = RuleText(name, NO_SURCHARGES if name == "surcharges.csv" else shipped(name))
        except OSError as unreadable:
            reason = unreadable.strerror or str(unreadable)
            faults.append(sheet.fault(str(path), None, "rules", "rules_unreadable", reason=reason))
        except UnicodeDecodeError as wrong:
            line = wrong.object[: wrong.start].count(b"\n") + 1
            faults.append(sheet.fault(str(path), line, "", "rules_not_text"))
    return texts, faults


def rules_version(texts: Mapping[str, RuleText], decisive: Mapping[str, Any]) -> str:
    """The first 12 hex digits of the SHA-256 over the rule files and those settings by which orders are judged."""
    digest = hashlib.sha256()
    for name in sorted(texts):
        octets = texts[name].text.encode()
        digest.update(f"{name} {len(octets)}\n".encode() + octets)
    digest.update(json.dumps(decisive, sort_keys=True, ensure_ascii=False).encode())
    return digest.hexdigest()[:12]


def stamp(folder: Path | None) -> Stamp:
    """Name, time of change (ns) and size of each rule file: equal stamps, nothing to reload."""
    if folder is None:
        return ()
    found = []
    for name in (*RULE_FILES, MAP):
        try:
            status = (folder / name).stat()
        except OSError:  # a file that has gone is a change too; load_company says what is missing
            continue
        found.append((name, status.st_mtime_ns, status.st_size))
    return tuple(found)


def write_starter_rules(folder: Path) -> list[Path]:
    """Writes the commented sample rules, with a consign.toml that uses them, into a folder; returns what was written.

    A file that is there is never touched. Raises OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in STARTER if not (folder / name).exists()]
    for path in paths:
        # With a byte-order mark spreadsheets see that it is UTF-8.
        path.write_text(shipped(path.name), encoding="utf-8-sig" if path.suffix == ".csv" else "utf-8")
    return paths
