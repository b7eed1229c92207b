"""What a disk may hold when the power fails: rebuilt from the writes and syncs that strace saw, at any moment of a run.

A write survives for certain only when its file was synced after it; of those after the last sync none, or any of them,
may have reached the disk, the last one torn at a 512-byte border. Renames and removals count as durable at once.
"""

import random
import re
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

CALLS = "pwrite64,write,ftruncate,fsync,fdatasync,unlink,unlinkat,sendto"
LINE = re.compile(r"(\d+) +(\w+)\((.*)\) += (\d+)")
UNFINISHED = " <unfinished ...>"
RESUMED = re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*)")
ESCAPED = re.compile(r"\\x([0-9a-f]{2})")
SECTOR = 512
DOT = b".\r\n"


def wrapper(trace: Path) -> tuple[str, ...]:
    """The command before a command whose writes shall be recorded in `trace`."""
    return ("strace", "-f", "-y", "-xx", "-s", "1000000", "-e", "signal=none", "-e", f"trace={CALLS}", "-o", str(trace))


@dataclass(frozen=True)
class Act:
    """One call: "write" (at an offset), "cut" (to a length), "sync", "remove", or "say" (octets to a socket)."""

    kind: str
    file: str
    at: int = 0
    octets: bytes = b""


def acts(trace: Path, folder: Path) -> Iterator[Act]:
    """What the program did with the files of `folder`, and what it said over sockets, in the order it did them."""
    for call, arguments, result in _calls(trace):
        descriptor, _, rest = arguments.partition(">")
        name = _octets(descriptor.partition("<")[2]).decode("utf-8", "replace").removesuffix(" (deleted)")
        inside = name.startswith(f"{folder}/")
        if call == "pwrite64" and inside:
            yield Act("write", name, int(rest.rpartition(",")[2]), _quoted(rest)[:result])
        elif call == "ftruncate" and inside:
            yield Act("cut", name, int(rest.rpartition(",")[2]))
        elif call in ("fsync", "fdatasync") and inside:
            yield Act("sync", name)
        elif call == "sendto" and not inside:
            yield Act("say", name, octets=_quoted(rest))
        elif call.startswith("unlink"):
            yield Act("remove", _quoted(arguments).decode("utf-8", "replace"))


def _calls(trace: Path) -> Iterator[tuple[str, str, int]]:
    begun: dict[str, str] = {}
    with trace.open(encoding="latin-1") as lines:
        for line in lines:
            line = line.rstrip("\n")
            if line.endswith(UNFINISHED):
                begun[line.partition(" ")[0]] = line.removesuffix(UNFINISHED)
                continue
            if resumed := RESUMED.match(line):
                line = begun.pop(resumed[1], "") + resumed[2]
            if match := LINE.match(line):
                yield match[2], match[3], int(match[4])


def _octets(text: str) -> bytes:
    return bytes(int(code, 16) for code in ESCAPED.findall(text)) if "\\x" in text else text.encode("latin-1")


def _quoted(text: str) -> bytes:
    return _octets(text.partition('"')[2].rpartition('"')[0])


@dataclass
class Disk:
    """The files of a folder: what is durable for certain, and what was written since the last sync of each."""

    durable: dict[str, bytearray] = field(default_factory=lambda: defaultdict(bytearray))
    loose: dict[str, list[Act]] = field(default_factory=lambda: defaultdict(list))

    def do(self, act: Act) -> None:
        if act.kind in ("write", "cut"):
            self.loose[act.file].append(act)
        elif act.kind == "sync":
            for written in self.loose.pop(act.file, []):
                _apply(self.durable[act.file], written)
        elif act.kind == "remove":
            self.durable.pop(act.file, None)
            self.loose.pop(act.file, None)

    def after_power_loss(self, folder: Path, chance: random.Random | None) -> None:
        """Writes into `folder` what may be left: without `chance` the synced alone, with it some of the rest, torn."""
        for name in set(self.durable) | set(self.loose):
            if name.endswith("-shm"):  # mapped memory, made anew by SQLite
                continue
            octets = bytearray(self.durable.get(name, b""))
            if chance:
                for written in [act for act in self.loose.get(name, []) if chance.random() < 0.5]:
                    _apply(octets, _torn(written, chance) if chance.random() < 0.3 else written)
            (folder / Path(name).name).write_bytes(octets)


def _torn(act: Act, chance: random.Random) -> Act:
    sectors = len(act.octets) // SECTOR
    return Act(act.kind, act.file, act.at, act.octets[: SECTOR * chance.randint(1, sectors)]) if sectors > 1 else act


def _apply(octets: bytearray, act: Act) -> None:
    octets.extend(b"\0" * (act.at - len(octets)))
    if act.kind == "cut":
        del octets[act.at :]
    else:
        octets[act.at : act.at + len(act.octets)] = act.octets


def moments(acts: list[Act], cuts: int) -> set[int]:
    """Right after the first dots, and as many more at random."""
    dots = [place + 1 for place, act in enumerate(acts) if act.kind == "say" and act.octets == DOT]
    return {*dots[:cuts], *random.Random(1).sample(range(1, len(acts) + 1), min(cuts, len(acts)))}


def losses(acts: list[Act], folder: Path, query: str, cuts: int) -> Iterator[str]:
    """Every disk that a power cut may leave and that is damaged, or lacks something that a dot was sent for.

    Two disks at each of the moments: nothing of what was not synced has arrived, or some of it.
    """
    disk, said, wanted = Disk(), 0, moments(acts, cuts)
    for place, act in enumerate(acts, 1):
        disk.do(act)
        said += act.kind == "say" and act.octets == DOT
        if place not in wanted:
            continue
        for chance in (None, random.Random(place)):
            folder.mkdir()
            disk.after_power_loss(folder, chance)
            if fault := _look(folder / "consign.db", query, said):
                yield f"after {place} of {len(acts)} acts: {fault}"
            shutil.rmtree(folder)


def _look(database: Path, query: str, said: int) -> str:
    if not database.exists():
        return f"{said} dots sent, no database" if said else ""
    with closing(sqlite3.connect(database)) as connection:
        try:
            sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
            if sound != "ok":
                return f"damaged: {sound}"
            kept = int(connection.execute(query).fetchone()[0]) if said else 0
        except sqlite3.DatabaseError as error:
            return f"{type(error).__name__}: {error}"
    return f"{said} dots sent, {kept} on the disk" if kept < said else ""
