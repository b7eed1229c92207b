"""The machine misbehaves: disk, database file, clock, signals, a second daemon (rows 5, 27-29, 32, 33, 35)."""

import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tests.faults.box import until
from tests.faults.installation import Installation
from tests.faults.scene import Scene

ORDERS = 4
ROOT = os.geteuid() == 0


def test_a_locked_database_loses_nothing_and_ends_nothing(scene: Scene) -> None:
    scene.order()
    installation = scene.installation
    installation.start()
    installation.until(scene.answered, 60, "the first order")
    with closing(sqlite3.connect(installation.database, timeout=10, isolation_level=None)) as locker:
        locker.execute("BEGIN IMMEDIATE")
        scene.order(ORDERS)
        installation.until(lambda: "database is locked" in installation.tail(200), 30, "the lock is felt")
        locker.execute("ROLLBACK")
    scene.finish()
    scene.check_rows()
    assert scene.verdict().sound(), scene.verdict()


def test_a_damaged_database_is_refused_in_words(scene: Scene) -> None:
    scene.order()
    installation = scene.installation
    installation.start()
    scene.finish()
    octets = bytearray(installation.database.read_bytes())
    for page in range(1, len(octets) // 4096):
        octets[page * 4096 : page * 4096 + 200] = os.urandom(200)
    installation.database.write_bytes(octets)
    for rest in installation.folder.glob("consign.db-*"):
        rest.unlink()
    installation.start()
    assert installation.ended(30) == 2
    assert "the database is damaged" in installation.tail()
    assert "restore" in installation.tail()


def test_a_backup_put_back_loses_nothing(scene: Scene) -> None:
    """G12: the mailbox is read again from where the copy stood; what is known is known, what is new is an order."""
    scene.order(2)
    installation = scene.installation
    installation.start()
    installation.until(lambda: scene.answered() and scene.settled(), 60, "the first orders")
    made = installation.command("backup", str(installation.folder / "backups"))
    assert made.returncode == 0, made.stderr
    scene.order(2)
    scene.finish()
    (copy,) = (installation.folder / "backups").glob("*.db")
    for old in installation.folder.glob("consign.db*"):
        old.unlink()
    shutil.copyfile(copy, installation.database)
    installation.start()
    scene.finish()
    scene.check_rows()
    assert not scene.verdict().lost


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if not ROOT:
        pytest.skip("mounting needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)], check=True)
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_is_waited_out(scene: Scene, small_disk: Path) -> None:
    """G11: mail stays on the server, and comes in by itself once there is room."""
    installation = Installation(small_disk, scene.box.port, scene.sink.port, scene.folder)
    installation.log = small_disk.parent / "daemon.log"
    scene.installation = installation
    scene.order()
    installation.start()
    installation.until(lambda: scene.answered() and scene.settled(), 60, "the first order")
    ballast = small_disk / "ballast"
    with ballast.open("wb", 0) as filling:
        try:
            while True:
                filling.write(b"\0" * 4096)
        except OSError:
            assert shutil.disk_usage(small_disk).free == 0
    scene.order(ORDERS)
    installation.until(lambda: "disk_nearly_full" in installation.tail(200), 60, "the full disk is felt")
    assert installation.running
    ballast.unlink()
    scene.finish()
    scene.check_rows()
    assert scene.verdict().sound(), scene.verdict()


@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize(
    "fault", ["fdatasync:error=EIO:when=9+", "pwrite64:error=EIO:when=40+", "pwrite64:error=ENOSPC:when=60+3"]
)
def test_a_disk_that_fails(fault: str, scene: Scene) -> None:
    """Row 29: it stops or recovers, and the database is sound; after a failed sync it never goes on (G11)."""
    scene.order(ORDERS)
    installation = scene.installation
    wrapper = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "signal=none", "-e", f"inject={fault}")
    installation.start(wrapper=(*wrapper, "-P", str(installation.database), "-P", f"{installation.database}-wal"))
    until(lambda: not installation.running or scene.answered(), 120, "it stops, or all is answered")
    if fault.startswith("fdatasync"):
        assert installation.ended(30) not in (0, None), "it went on after a failed sync"
    installation.kill()
    assert installation.ask("PRAGMA integrity_check") in ([("ok",)], [])
    installation.start()
    scene.finish()
    scene.check_rows()
    assert scene.verdict().sound(2 * ORDERS), scene.verdict()


@pytest.mark.usefixtures("faketime")
@pytest.mark.parametrize("jump", ["+2d", "-3h"])
def test_a_clock_that_jumps(jump: str, scene: Scene) -> None:
    """G13: leases, pauses and tasks hold; the jump is said."""
    asked = subprocess.run(
        ["faketime", "-m", "-f", "+0", "sh", "-c", "echo $LD_PRELOAD"], capture_output=True, text=True
    )
    hands = scene.installation.folder / "clock"
    hands.write_text("+0")
    scene.order(2)
    scene.installation.start(
        {
            "LD_PRELOAD": asked.stdout.strip(),
            "FAKETIME_TIMESTAMP_FILE": str(hands),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
    )
    scene.installation.until(lambda: scene.answered() and scene.settled(), 60, "the first orders")
    hands.write_text(jump)
    scene.order(2)
    scene.installation.until(lambda: "clock_jumped" in scene.installation.tail(200), 30, "the jump is said")
    scene.finish()
    scene.check_rows()
    assert scene.verdict().sound(), scene.verdict()


def test_killed_in_the_middle_of_fifty_orders_it_loses_none(scene: Scene) -> None:
    scene.installation.start()
    scene.order(50)
    until(lambda: len(scene.sink.delivered()) > 20, 60, "letters go out")
    scene.installation.kill()
    assert scene.verdict().lost, "it was killed too late: nothing was left to do"
    scene.installation.start()
    scene.finish()
    scene.check_rows()
    assert scene.verdict().sound(8), scene.verdict()


def test_two_daemons_on_one_file_one_of_them_killed(scene: Scene) -> None:
    second = Installation(scene.installation.folder, scene.box.port, scene.sink.port, scene.folder)
    scene.installation.start()
    second.start()
    try:
        scene.order(3 * ORDERS)
        until(lambda: len(scene.sink.delivered()) > 2, 60, "letters go out")
        second.kill()
        scene.finish()
    finally:
        second.kill()
    scene.check_rows()
    assert scene.verdict().sound(4), scene.verdict()


def test_stopped_in_the_middle_and_started_again(scene: Scene) -> None:
    """G10: TERM ends it within 10 s, without a copy."""
    scene.order(3 * ORDERS)
    for count in (1, 5, 10):
        scene.installation.start()
        scene.installation.until(partial(scene.has_delivered, count), 60, f"{count} letters")
        assert scene.installation.stop() == 0, scene.installation.tail()
    scene.installation.start()
    scene.finish()
    scene.check_rows()
    assert scene.verdict().sound(), scene.verdict()


def test_the_second_signal_ends_it_at_once(scene: Scene) -> None:
    scene.sink.faults = []
    scene.installation.start()
    scene.installation.until(scene.installation.has_started, 60, "started")
    scene.installation.signal(signal.SIGTERM)
    scene.installation.signal(signal.SIGTERM)
    assert scene.installation.ended(10) in (0, 1)


def test_a_database_that_a_newer_version_made_is_refused(scene: Scene) -> None:
    """Row 41: an older program does not know what the new columns mean."""
    installation = scene.installation
    installation.start()
    installation.until(installation.has_started, 60, "started")
    assert installation.stop() == 0
    with closing(sqlite3.connect(installation.database, isolation_level=None)) as later:
        later.execute("UPDATE alembic_version SET version_num = '9999'")
    installation.start()
    assert installation.ended(30) == 2
    assert "9999" in installation.tail()


@pytest.mark.usefixtures("prlimit")
@pytest.mark.parametrize("limit", ["--nofile=40:40", "--as=400000000:400000000"])
def test_a_machine_that_gives_too_little(limit: str, scene: Scene) -> None:
    """Row 38: too few file handles, too little memory: it may fail, it loses nothing."""
    scene.order(ORDERS)
    installation = scene.installation
    installation.start(wrapper=("prlimit", limit))
    until(
        lambda: not installation.running or scene.answered() or installation.log.stat().st_size > 20_000, 60, "trouble"
    )
    installation.kill()
    installation.start()
    scene.finish()
    scene.check_rows()
    assert scene.verdict().sound(4), scene.verdict()
