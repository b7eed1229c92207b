"""`consign run` as a supervisor of the machine runs it: ready, alive, reloaded by HUP, measured, stopped."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config.company import write_starter_rules
from consign.samples import sample_mails
from consign.servers import EmbeddedServers
from tests.processes import free_port

PATIENCE = 60.0  # seconds until a step counts as failed


class Running:
    """The process, what its supervisor hears, what it logs."""

    def __init__(self, folder: Path, servers: EmbeddedServers) -> None:
        self.folder, self.metrics_port = folder, free_port()
        (folder / "mailbox.secret").write_text(servers.password, encoding="utf-8")
        write_starter_rules(folder)
        (folder / "consign.toml").write_text(self._configuration(servers), encoding="utf-8")
        self.supervisor = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.supervisor.bind(str(folder / "notify"))
        self.supervisor.settimeout(PATIENCE)
        self.log = folder / "log"
        command = [sys.executable, "-m", "consign.cli", "run", "-c", str(folder / "consign.toml")]
        with self.log.open("wb") as log:
            environment = {**os.environ, "NOTIFY_SOCKET": str(folder / "notify")}
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)

    def _configuration(self, servers: EmbeddedServers) -> str:
        return f"""
rules = "."
[mailbox]
host = "127.0.0.1"
port = {servers.imap_port}
tls = "none"
username = "{servers.username}"
password_file = "mailbox.secret"
[smtp]
host = "127.0.0.1"
port = {servers.smtp_port}
tls = "none"
[console]
enabled = false
[watch]
metrics_port = {self.metrics_port}
"""

    def hear(self, word: str) -> str:
        """The next message to the supervisor that has `word`."""
        while True:
            told = self.supervisor.recv(4096).decode()
            if word in told:
                return told

    def lines(self) -> list[dict[str, Any]]:
        text = self.log.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Asks again with each sign of life (one a second)."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, f"{what}\n{self.log.read_text(encoding='utf-8')[-2000:]}"
            self.hear("WATCHDOG=1")

    def metric(self, name: str) -> float | None:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=10) as page:
            for line in page.read().decode().splitlines():
                if line.startswith(name + " "):
                    return float(line.split()[1])
        return None

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self.supervisor.close()


@pytest.fixture
def servers() -> Iterator[EmbeddedServers]:
    with EmbeddedServers(lambda _recipient, _octets: None) as running:
        yield running


@pytest.fixture
def running(tmp_path: Path, servers: EmbeddedServers) -> Iterator[Running]:
    process = Running(tmp_path, servers)
    yield process
    process.close()


def test_a_daemon_under_its_supervisor(running: Running, servers: EmbeddedServers) -> None:
    assert "READY=1" in running.hear("READY=1")
    (sample,) = sample_mails(1, datetime.now(UTC))
    servers.deliver(sample.octets)
    running.until(lambda: running.metric("consign_work_order_seconds_count") == 1, "no work order was counted")
    sent = next(line for line in running.lines() if line["event"] == "work_order_sent")
    assert sent["order"].endswith("-0001")
    assert sent["seconds"] >= 0
    written = running.log.read_text(encoding="utf-8")
    assert "shipper0@" not in written, "no address of a customer in the log"

    dispatchers = running.folder / "dispatchers.csv"
    octets = dispatchers.read_bytes()
    dispatchers.write_bytes(octets.replace(b"@", b"%", 1))
    running.process.send_signal(signal.SIGHUP)
    running.until(lambda: any(line["event"] == "rules_read" for line in running.lines()), "HUP was not heard")
    told = next(line for line in running.lines() if line["event"] == "rules_read")
    assert told["faults"] == 1
    assert any(line["event"] == "rules_kept" and "dispatchers.csv" in line["fault"] for line in running.lines())

    running.process.send_signal(signal.SIGTERM)
    assert "STOPPING=1" in running.hear("STOPPING=1")
    assert running.process.wait(15) == 0
    assert running.lines()[-1]["event"] == "stopped"
