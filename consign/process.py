"""The process around a daemon: its signals, its memory, the main thread that watches the parts, its end."""

import contextlib
import ctypes
import gc
import os
import signal
import sys
import threading
from types import FrameType

import structlog

from config.faults import ConfigurationError
from consign.daemon import Daemon
from consign.state import oldest_poll

log = structlog.get_logger()
SWITCH = 0.001  # seconds until a thread that computes lets another one run: couriers and mailbox have little to say
M_ARENA_MAX, ARENAS = -8, 2  # mallopt(3)
PATIENCE = 120.0  # seconds beyond watch.dead_seconds: a mailbox may rightly wait for a minute and read for another


def run(daemon: Daemon) -> int:
    """Runs until told to stop; 0 after a clean stop, 1 when a part died."""

    def told_to_stop(_number: int, _frame: FrameType | None) -> None:
        if daemon.stop.is_set():
            os._exit(1)  # the second signal: at once
        daemon.stop.set()

    signal.signal(signal.SIGTERM, told_to_stop)
    signal.signal(signal.SIGINT, told_to_stop)
    signal.signal(signal.SIGHUP, lambda _number, _frame: daemon.reread.set())
    share_memory()
    gc.disable()  # next to nothing of what is made while starting becomes garbage
    try:
        daemon.start()
    except ConfigurationError:
        daemon.close()  # letters and mail were on their way already
        raise
    sys.setswitchinterval(SWITCH)
    if daemon.database.is_sqlite:  # on PostgreSQL several daemons may share the machine, and would choose the same core
        share_a_core()
    gc.freeze()  # rules, place names and code stay until the end: no collection need look through them
    gc.enable()
    daemon.supervisor.ready()
    while not daemon.stop.wait(1.0):
        watch_parts(daemon)
    daemon.supervisor.stopping()
    daemon.close()
    return 1 if daemon.fatal else 0


def share_memory() -> None:
    """Two arenas for all threads: glibc would give each its own, and what is free in one is of no use to the others."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # another C library does without
        mallopt(M_ARENA_MAX, ARENAS)


def share_a_core() -> None:
    """Of two cores, one for all threads of this process; children and mail servers have the other.

    The interpreter lets one thread compute at a time. Where its next one sits on the other core, lock and data travel
    with every turn, which costs a fifth of a burst (docs/performance.md). With more cores than two nothing is done:
    there SQLite and the network, which do not hold the lock, have room beside it.
    """
    cores = os.sched_getaffinity(0)
    if len(cores) != 2:
        return
    try:
        for thread in threading.enumerate():  # those that begin later inherit it
            with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                os.sched_setaffinity(thread.native_id or 0, {max(cores)})
    except PermissionError:  # a machine that forbids it does without
        log.info("cores_not_ours_to_choose")


def watch_parts(daemon: Daemon) -> None:
    """Ends a daemon of which a part has died or is silent; otherwise tells the machine's supervisor that it lives."""
    if daemon.stop.is_set():
        return
    why = daemon.fatal or daemon.crew.unwell(daemon.settings.watch.dead_seconds + PATIENCE)
    if not all(postroom.office.alive() for postroom in daemon.postrooms):
        why = "a courier has died"
    if why:
        log.error("giving_up", why=why)
        daemon.give_up(why)
        return
    poll = oldest_poll(daemon.mailrooms)
    daemon.supervisor.alive(f"last poll {poll:%H:%M:%S} UTC" if poll else "no poll yet")
