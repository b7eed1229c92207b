"""Who a daemon is, and whether one that left work in hand is gone for good.

A lease runs out by itself (RELIABILITY T3), after a minute. When the process that holds it is known to be dead, its
work is free at once: a daemon that is started again after a crash takes up what it had in hand without losing it.
"""

import os
import socket
from pathlib import Path

PROC = Path("/proc")


def name_of(pid: int, proc: Path = PROC) -> str:
    """host/boot/pid namespace/pid/start time: no two processes ever have the same; parts unknown here are empty."""
    boot = _text(proc / "sys/kernel/random/boot_id").strip()[:8]
    return "/".join((socket.gethostname(), boot, _namespace(proc), str(pid), _started(pid, proc)))


def own_name() -> str:
    return name_of(os.getpid())


def is_gone(name: str, proc: Path = PROC) -> bool:
    """True only when the process of that name can be seen from here not to run any more."""
    host, _, rest = name.partition("/")
    parts = rest.split("/")
    if host != socket.gethostname() or len(parts) != 4 or not all(parts):
        return False
    boot, namespace, pid, started = parts
    if boot != _text(proc / "sys/kernel/random/boot_id").strip()[:8]:
        return True  # the machine was started anew since
    return namespace == _namespace(proc) and started != _started(int(pid), proc)


def _namespace(proc: Path) -> str:
    """Containers number their processes each for itself: a number says something only within its namespace."""
    try:
        return os.readlink(proc / "self/ns/pid").strip("pid:[]")
    except OSError:
        return ""


def _started(pid: int, proc: Path) -> str:
    """Start time of a process in ticks since the boot; empty when there is no such process, or it is a zombie."""
    fields = _text(proc / str(pid) / "stat").rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 and fields[0] not in ("Z", "X") else ""


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
