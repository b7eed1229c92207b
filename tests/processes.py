"""Servers of other programs as child processes: on loopback, in a folder of their own, stopped by process id.

They run unprivileged where they can (`nobody` when the tests run as root). A missing binary fails the test on a CI
machine and is reported as not run elsewhere: require().
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, Self

import pytest

LOOPBACK = "127.0.0.1"
STARTING = 20.0  # seconds until a server listens


def require(binary: str, package: str) -> str:
    """Path of a binary of a Debian package; without it the test fails on CI and is skipped, by name, elsewhere."""
    path = shutil.which(binary, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/sbin")
    if path is None:
        missing(binary, package)
    return path


def missing(part: str, package: str) -> NoReturn:
    """A real part is not here: the test fails on CI and is skipped, by name, elsewhere."""
    words = f"{part} is not installed (apt-get install {package})"
    if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
        pytest.fail(words)
    pytest.skip(words)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


class ServerProcess:
    """A server of another program: its folder, its process group, its end."""

    def __init__(self, name: str, *, privileged: bool = False) -> None:
        root = os.getuid() == 0
        self.account = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.getuid())
        self.drops = root and not privileged
        self.folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))  # short: it holds sockets; open: nobody must pass
        self.folder.chmod(0o755)
        if root:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        self.process: subprocess.Popen[bytes] | None = None

    def spawn(self, argv: Sequence[str], port: int) -> None:
        """Starts the program and returns when `port` answers. Raises RuntimeError with its words when it does not."""
        rights: dict[str, Any] = (
            {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []} if self.drops else {}
        )
        with open(self.folder / "output", "ab") as output:
            self.process = subprocess.Popen(
                argv, start_new_session=True, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **rights
            )
        end = time.monotonic() + STARTING
        while time.monotonic() < end:
            try:
                socket.create_connection((LOOPBACK, port), 1).close()
            except OSError:
                if self._ended_within(0.02):
                    break
            else:
                return
        words = self.words()
        self.stop()
        raise RuntimeError(f"{argv[0]} does not listen on {port}: {words}")

    def _ended_within(self, seconds: float) -> bool:
        assert self.process is not None
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def words(self) -> str:
        """What it logged, the end of it."""
        logs = [path for path in (self.folder / "output", *self.folder.glob("*.log")) if path.exists()]
        return "\n".join(path.read_text(errors="replace")[-2000:] for path in logs)

    def halt(self) -> None:
        """Ends the process and its children; the folder stays."""
        if self.process is None:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, sign)
            except ProcessLookupError:
                break
            if self._ended_within(10):
                break
        self.process.wait(10)
        self.process = None

    def stop(self) -> None:
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
