"""Several mailboxes in one installation: each watched for itself, so that one that is away holds up no other."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from config.settings import Settings, load_settings
from consign.cli import main
from consign.daemon import Daemon
from consign.mailroom import Mailroom
from consign.samples import sample_mails
from consign.servers import EmbeddedServers
from consign.state import oldest_poll, state
from intake.tables import InboundMail, Order
from tests.processes import free_port

PATIENCE = 300  # looks, a tenth of a second apart


@pytest.fixture
def servers() -> Iterator[list[EmbeddedServers]]:
    made = [EmbeddedServers(lambda *_: None) for _ in range(2)]
    for one in made:
        one.start()
    yield made
    for one in made:
        one.stop()


def written(folder: Path, first: int, second: int, servers: EmbeddedServers) -> Path:
    door = f'host = "127.0.0.1"\ntls = "none"\nusername = "{servers.username}"\npassword = "{servers.password}"'
    file = folder / "consign.toml"
    file.write_text(
        f"""
[mailbox]
{door}
port = {first}
[[mailboxes]]
name = "suzhou"
{door}
port = {second}
[smtp]
host = "127.0.0.1"
port = {servers.smtp_port}
tls = "none"
[console]
enabled = false
""",
        encoding="utf-8",
    )
    return file


@pytest.fixture
def running() -> Iterator[Callable[[Settings], Daemon]]:
    daemons = []

    def run(settings: Settings) -> Daemon:
        daemon = Daemon(settings)
        daemons.append(daemon)
        daemon.start()
        return daemon

    yield run
    for daemon in daemons:
        daemon.close()


def until(condition: Callable[[], bool], what: str) -> None:
    pause = threading.Event()
    for _ in range(PATIENCE):
        if condition():
            return
        pause.wait(0.1)
    raise AssertionError(what)


def orders_by_mailbox(daemon: Daemon) -> dict[str, int]:
    with daemon.database.read() as session:
        statement = select(InboundMail.mailbox).join(Order, Order.mail_id == InboundMail.id)
        found = list(session.scalars(statement))
    return {name: found.count(name) for name in set(found)}


def test_mail_of_every_mailbox_becomes_an_order(
    tmp_path: Path, servers: list[EmbeddedServers], running: Callable[[Settings], Daemon]
) -> None:
    first, second = servers
    settings = load_settings(written(tmp_path, first.imap_port, second.imap_port, first))
    mails = [sample.octets for sample in sample_mails(2, datetime.now(UTC))]
    first.deliver(mails[0])
    second.deliver(mails[1])
    daemon = running(settings)
    until(lambda: orders_by_mailbox(daemon) == {"orders": 1, "suzhou": 1}, "an order of each")
    until(lambda: oldest_poll(daemon.mailrooms) is not None, "each read to its end")
    told = state(daemon)
    assert {name: room["state"] for name, room in told["mailboxes"].items()} == {"orders": "ok", "suzhou": "ok"}
    assert {"mailbox orders", "mailbox suzhou"} <= told["parts"].keys()


def test_a_mailbox_that_is_away_holds_up_no_other(
    tmp_path: Path, servers: list[EmbeddedServers], running: Callable[[Settings], Daemon]
) -> None:
    first, second = servers
    daemon = running(load_settings(written(tmp_path, free_port(), second.imap_port, first)))
    second.deliver(next(iter(sample_mails(1, datetime.now(UTC)))).octets)
    until(lambda: orders_by_mailbox(daemon) == {"suzhou": 1}, "the order of the mailbox that is there")
    until(lambda: state(daemon)["mailboxes"]["orders"]["state"] != "ok", "what is wrong with the other")
    told = state(daemon)
    assert told["mailboxes"]["suzhou"]["state"] == "ok"
    assert told["mailbox"] == told["mailboxes"]["orders"]["state"]
    assert told["last_poll"] is None, "one mailbox has never been read"


def test_every_mailbox_is_tried_by_check(tmp_path: Path, servers: list[EmbeddedServers]) -> None:
    first, second = servers
    result = CliRunner().invoke(main, ["check", "-c", str(written(tmp_path, first.imap_port, free_port(), first))])
    assert result.exit_code == 1
    failed = [line for line in result.output.splitlines() if line.startswith("✗")]
    assert [line.partition(":")[0] for line in failed] == ["✗ mailbox suzhou"]
    result = CliRunner().invoke(main, ["check", "-c", str(written(tmp_path, first.imap_port, second.imap_port, first))])
    assert result.exit_code == 0, result.output


def test_a_right_to_watch_for_each_mailbox(tmp_path: Path, servers: list[EmbeddedServers]) -> None:
    """Two daemons on one database may each watch a mailbox that the other does not (G14)."""
    first, second = servers
    daemon = Daemon(load_settings(written(tmp_path, first.imap_port, second.imap_port, first)))
    rooms: list[Mailroom] = daemon.mailrooms
    assert len({room.single_watch.key for room in rooms}) == 2
    daemon.close()
