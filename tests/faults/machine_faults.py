"""The machine misbehaves: disk, database file, clock (rows 27-30, 32, 33), and everything for a long time (row 40)."""

import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.faults import powerloss
from tests.faults.footprint import Footprint, footprint
from tests.faults.mail_faults import press, random_break, under_way
from tests.faults.scenario import scenario
from tests.faults.sink import SmtpFault
from tests.faults.trial import Trial

CALLS = ("pwrite64", "fdatasync", "ftruncate", "openat")
HANDS = ("+2d", "-3h", "+0", "+1s", "-1s", "@1970-01-02 00:00:00", "+0")  # with @ it goes on from there


def _locked(trial: Trial, seconds: float) -> None:
    under_way(trial)
    trial.pass_time(1.5)
    database = trial.installation.database
    with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as locker:
        locker.execute("BEGIN IMMEDIATE")
        trial.note("locked")
        began = time.time()
        trial.pass_time(seconds)
        locker.execute("ROLLBACK")
        trial.outages.append((began, time.time()))
    press(trial)


@scenario(27)
def db_locked(trial: Trial) -> None:
    _locked(trial, 8)


@scenario(27)
def db_locked_two_minutes(trial: Trial) -> None:
    _locked(trial, 120)


def _small_disk(trial: Trial, options: str) -> Path:
    disk = trial.root / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], check=True)
    trial.ends.append(lambda: _unmount(disk))
    trial.move_to(disk)
    return disk


def _unmount(disk: Path) -> None:
    subprocess.run(["umount", "-l", str(disk)], check=True)


def _full(trial: Trial, options: str, fill: Callable[[Path], None], seconds: float) -> None:
    disk = _small_disk(trial, options)
    under_way(trial)
    trial.pass_time(1.5)
    ballast = disk / "ballast"
    ballast.mkdir()
    fill(ballast)
    trial.note("disk full")
    began = time.time()
    trial.pass_time(seconds)
    shutil.rmtree(ballast)
    trial.outages.append((began, time.time()))
    press(trial)


def _fill_bytes(ballast: Path) -> None:
    with (ballast / "bytes").open("wb", 0) as filling:
        try:
            while True:
                filling.write(b"\0" * 4096)
        except OSError:
            return


def _fill_inodes(ballast: Path) -> None:
    for number in range(1_000_000):
        try:
            (ballast / str(number)).touch()
        except OSError:
            return


@scenario(28, needs=("root",))
def disk_full(trial: Trial) -> None:
    _full(trial, "size=24m", _fill_bytes, 8)


@scenario(28, needs=("root",), long=True)
def disk_full_ten_minutes(trial: Trial) -> None:
    _full(trial, "size=24m", _fill_bytes, 600)


@scenario(28, needs=("root",))
def no_inodes(trial: Trial) -> None:
    _full(trial, "size=64m,nr_inodes=400", _fill_inodes, 8)


@scenario(28, needs=("root",))
def disk_read_only(trial: Trial) -> None:
    """The disk turns read-only, as after an error of its controller, and writable again."""
    disk = _small_disk(trial, "size=64m")
    under_way(trial)
    trial.pass_time(1.5)
    trial.installation.kill()  # tmpfs turns read-only only when nobody writes
    trial.keep = False
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    trial.note("read-only")
    began = time.time()
    trial.installation.start()
    trial.pass_time(8)
    trial.installation.kill()
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    trial.outages.append((began, time.time()))
    trial.keep = True
    press(trial)


@scenario(29, needs=("strace",))
def disk_fails_at_the_nth_write(trial: Trial) -> None:
    """EIO and ENOSPC at the Nth write, sync, cut or opening of the file: it stops or recovers, the file is sound."""
    trial.keep, trial.orders = False, 2 * (trial.trials or 20)
    trial.rate = 2.0
    place = trial.installation.database
    for number in range(trial.trials or 20):
        call, error = trial.chance.choice(CALLS), trial.chance.choice(("EIO", "ENOSPC"))
        fault = f"{call}:error={error}:when={number + 1 if number < 200 else trial.chance.randrange(1, 200)}"
        watched = [word for end in ("", "-wal", "-shm") for word in ("-P", f"{place}{end}")]
        wrapper = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "signal=none", "-e", f"inject={fault}", *watched)
        trial.installation.start(wrapper=wrapper)
        trial.orders = max(trial.orders, len(trial.sent) + 2)
        trial.pass_time(5.0)
        trial.installation.kill()
        trial.kills += 1
        trial.note(fault)
        assert trial.installation.ask("PRAGMA integrity_check") in ([("ok",)], []), fault
    trial.orders, trial.keep = len(trial.sent) + 1, True


@scenario(30, needs=("strace",))
def power_loss(trial: Trial) -> None:
    """Disks as power cuts leave them, after each final dot and at as many other moments: none lacks a letter."""
    trial.keep, trace = False, trial.root / "trace"
    trial.installation.start(wrapper=powerloss.wrapper(trace))
    trial.until(lambda: not trial.pressing and trial.finished(), 300, "all orders answered")
    trial.installation.end_wrapped()
    acts, cuts = list(powerloss.acts(trace, trial.installation.folder)), trial.trials or 250
    found = list(powerloss.losses(acts, trial.root / "cut", "SELECT count(*) FROM letter WHERE attempt > 0", cuts))
    trial.faults += ["power cut"] * 2 * len(powerloss.moments(acts, cuts))
    trial.say(f"{len(trial.faults)} disks of {len(acts)} acts")
    assert found == []
    trial.keep, trial.orders = True, trial.orders + 1


@scenario(32)
def pages_damaged(trial: Trial) -> None:
    """Bytes turned in pages of the database: refused in words; the backup comes back, the mailbox is read again."""
    under_way(trial)
    trial.until(lambda: trial.answered() and trial.settled(), 60, "the first orders")
    trial.keep = False
    for number in range(trial.trials or 3):
        made = trial.installation.command("backup", str(trial.root / f"backup{number}"))
        assert made.returncode == 0, made.stderr
        trial.order()
        trial.until(lambda: trial.answered() and trial.settled(), 60, "an order after the backup")
        assert trial.installation.stop() == 0
        _damage(trial)
        trial.installation.start()
        assert trial.installation.ended(60) == 2, trial.installation.tail()
        assert "the database is damaged" in trial.installation.tail()
        (copy,) = (trial.root / f"backup{number}").glob("*.db")
        for old in trial.installation.folder.glob("consign.db*"):
            old.unlink()
        shutil.copyfile(copy, trial.installation.database)
        trial.note("damaged")
        trial.forgotten += 1
        trial.installation.start()
        trial.until(trial.installation.has_started, 60, "started from the backup")
    trial.keep = True


def _damage(trial: Trial) -> None:
    octets = bytearray(trial.installation.database.read_bytes())
    pages = len(octets) // 4096
    for page in trial.chance.sample(range(1, pages), min(20, pages - 1)):
        octets[page * 4096 : page * 4096 + 200] = trial.chance.randbytes(200)
    trial.installation.database.write_bytes(octets)
    for rest in trial.installation.folder.glob("consign.db-*"):
        rest.unlink()


@scenario(33, needs=("faketime",))
def clock_jump(trial: Trial) -> None:
    """Two days ahead, three hours back, a second to and fro, back to 1970."""
    hands = trial.root / "clock"
    hands.write_text("+0")
    command = ["faketime", "-m", "-f", "+0", "sh", "-c", "echo $LD_PRELOAD"]
    preload = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    trial.environment = {
        "LD_PRELOAD": preload,
        "FAKETIME_TIMESTAMP_FILE": str(hands),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    under_way(trial)
    for jump in HANDS:
        hands.write_text(jump)
        trial.note(jump)
        trial.orders += 3
        trial.pass_time(4)
    press(trial)


SOAK_MINUTES = 15.0
FLAT = 1.05  # memory, handles and threads at the end against those of the first third


@scenario(40, long=True)
def soak(trial: Trial) -> None:
    """Orders and faults drawn at random, for a quarter of an hour or longer: one daemon that never ends by itself."""
    under_way(trial)
    minutes = trial.minutes or SOAK_MINUTES
    end, prints = time.monotonic() + 60 * minutes, list[Footprint]()
    trial.rate = 1.0
    while time.monotonic() < end:
        trial.orders = len(trial.sent) + 5
        _one_fault(trial)
        trial.pass_time(trial.chance.uniform(2, 6))
        prints.append(footprint(trial.installation))
        if len(prints) % 20 == 0:
            trial.say(f"{len(trial.sent)} orders, {len(trial.faults)} faults, {prints[-1]}")
    trial.orders = len(trial.sent)
    assert trial.restarts == 0, trial.installation.tail()
    trial.calm()
    trial.until(trial.finished, 180, "every order answered")
    _check_flat(prints)


def _one_fault(trial: Trial) -> None:
    chance = trial.chance
    match chance.randrange(6):
        case 0:
            trial.strike(trial.imap, [random_break(chance)], patience=10)
        case 1:
            trial.outage(trial.smtp, chance.choice(("down", "black_hole")), chance.uniform(1, 6))
        case 2:
            trial.outage(trial.imap, chance.choice(("down", "black_hole")), chance.uniform(1, 6))
        case 3:
            does = chance.choice(("451 4.3.0 later", "421 4.3.2 closing", "drop_kept", "drop_lost", "late:2"))
            trial.sink.faults = [SmtpFault("dot", does, times=len(trial.sink.letters) and 2)]
            trial.note(does)
        case 4:
            trial.imap.latency = trial.smtp.latency = chance.choice((0.0, 0.1, 0.2))
            trial.note("latency")
        case 5:
            trial.pause(trial.installation, chance.uniform(0.5, 3))


def _check_flat(prints: list[Footprint]) -> None:
    third = len(prints) // 3
    before, after = prints[third : 2 * third], prints[-third:]
    for what in ("memory", "handles", "threads"):
        early, late = (max(getattr(each, what) for each in part) for part in (before, after))
        assert late <= early * FLAT + 2, f"{what} grew from {early} to {late}"
