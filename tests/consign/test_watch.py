import json
import socket
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.clockwatch import ClockWatch
from config.settings import FurtherMailbox, MailboxSettings, Settings, SmtpSettings
from consign.watch import HealthPage, Supervisor, certificates, refused_tokens, valid_until

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall_seconds", "monotonic_seconds", "jump"),
    [(2, 2, 0.0), (7, 2, 0.0), (8, 2, 6.0), (-10800 + 2, 2, -10800.0), (2 * 86400, 0, 172800.0), (-4, 1, 0.0)],
)
def test_a_clock_that_jumps_is_noticed(wall_seconds: float, monotonic_seconds: float, jump: float) -> None:
    watch = ClockWatch(NOON, 100.0)
    assert watch.look(NOON + timedelta(seconds=wall_seconds), 100.0 + monotonic_seconds) == jump


def test_a_jump_is_an_alarm_for_a_minute() -> None:
    watch = ClockWatch(NOON, 0.0)
    watch.look(NOON + timedelta(hours=1), 1.0)
    assert watch.fresh(60.9) == 3599.0
    assert watch.fresh(61.1) is None
    assert watch.look(NOON + timedelta(hours=1, seconds=1), 2.0) == 0.0, "a jump is told once"


def test_what_a_jump_adds_is_known_of_every_time_before_it() -> None:
    """A letter that was written before the jump is not as late as the wall clock says (G13)."""
    watch, jump = ClockWatch(NOON, 0.0), timedelta(days=2)
    watch.look(NOON + timedelta(seconds=1), 1.0)
    watch.look(NOON + jump + timedelta(seconds=2), 2.0)
    assert watch.gained(NOON) == watch.gained(NOON + timedelta(seconds=1.9)) == jump
    assert watch.gained(NOON + jump + timedelta(seconds=1)) == timedelta(0), "written after the jump"
    watch.look(NOON - timedelta(hours=3), 3.0)
    assert watch.gained(NOON) == jump, "of a time that was shown twice nothing is known"


def test_the_supervisor_of_the_machine_hears_every_word(tmp_path: Path) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(path))
        supervisor = Supervisor({"NOTIFY_SOCKET": str(path)})
        supervisor.ready()
        supervisor.alive("all is well")
        supervisor.stopping()
        assert [heard.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1\nSTATUS=all is well", b"STOPPING=1"]


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "/nobody/listens"}])
def test_without_a_supervisor_the_daemon_goes_on(environment: dict[str, str]) -> None:
    Supervisor(environment).ready()


@pytest.mark.parametrize(("well", "status"), [(True, 200), (False, 503)])
def test_the_health_page(well: bool, status: int) -> None:
    told: dict[str, Any] = {"well": well, "last_poll": NOON}
    page = HealthPage(0, lambda: told)
    page.start()
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{page.port}/health") as answer:
            found, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        found, body = error.code, error.read()
        error.close()
    finally:
        page.stop()
    assert found == status
    assert json.loads(body) == {"well": well, "last_poll": "2026-11-24 04:00:00+00:00"}


def test_no_certificate_without_tls_and_none_of_a_server_that_is_away() -> None:
    mailbox = MailboxSettings(host="127.0.0.1", port=1, tls="none")
    assert valid_until(mailbox, "imap") is None
    settings = Settings(mailbox=mailbox, smtp=SmtpSettings(host="127.0.0.1", port=1, tls="implicit", connect_timeout=1))
    assert certificates(settings) == {}


def test_a_token_that_cannot_be_renewed_is_known_before_the_connection_ends(tmp_path: Path) -> None:
    """OAuth2: asked for at intervals, one command once, and told by the servers that it is for."""
    runs = tmp_path / "runs"
    script = f"open({str(runs)!r}, 'a').write('x'); import sys; sys.exit('consent expired')"
    failing = (sys.executable, "-c", script)
    door: dict[str, Any] = {"host": "127.0.0.1", "tls": "none", "username": "orders@x.example"}
    settings = Settings(
        mailbox=MailboxSettings(**door, token_command=failing),
        smtp=SmtpSettings(**door, token_command=failing),
        mailboxes=(FurtherMailbox(**door, name="b", token_command=(sys.executable, "-c", "print('T')")),),
    )
    refused = refused_tokens(settings)
    assert refused.keys() == {"mailbox", "smtp"}
    assert "consent expired" in refused["mailbox"]
    assert runs.read_text() == "x"
    assert refused_tokens(Settings()) == {}
