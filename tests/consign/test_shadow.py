"""A shadow reads, decides and words everything, changes no flag and sends nothing."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from imapclient import IMAPClient
from sqlalchemy import select

from config.database import open_database
from config.faults import ConfigurationError
from config.settings import load_settings
from consign import schema
from consign.cli import main
from consign.daemon import Daemon
from consign.samples import sample_mails
from consign.servers import EmbeddedServers
from dispatch import letterbook
from dispatch.tables import Letter
from intake.tables import InboundMail
from tests.builders import new_letter

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


class Post:
    """What the mail server was given; it must stay empty."""

    def __init__(self) -> None:
        self.letters: list[str] = []

    def take(self, recipient: str, _octets: bytes) -> None:
        self.letters.append(recipient)


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def servers(post: Post) -> Iterator[EmbeddedServers]:
    with EmbeddedServers(post.take) as running:
        yield running


def written(folder: Path, servers: EmbeddedServers) -> Path:
    file = folder / "consign.toml"
    file.write_text(
        f"""
[mailbox]
host = "127.0.0.1"
port = {servers.imap_port}
tls = "none"
username = "{servers.username}"
password = "{servers.password}"
[smtp]
host = "127.0.0.1"
port = {servers.smtp_port}
tls = "none"
[console]
enabled = false
[policy]
shadow = true
""",
        encoding="utf-8",
    )
    return file


def flags(servers: EmbeddedServers) -> dict[int, set[bytes]]:
    with IMAPClient("127.0.0.1", servers.imap_port, ssl=False) as client:
        client.login(servers.username, servers.password)
        client.select_folder("INBOX", readonly=True)
        found = client.fetch(client.search(), ["FLAGS"])
    return {uid: set(data[b"FLAGS"]) - {b"\\Recent"} for uid, data in found.items()}


def until_idle(daemon: Daemon, mails: int) -> None:
    """Waits until every mail is judged and every hand-over acted on."""
    pause = threading.Event()
    for _ in range(300):
        with daemon.database.read() as session:
            judged = session.scalars(select(InboundMail.id).where(InboundMail.state != "stored")).all()
            letters = session.scalars(select(Letter.id)).all()
        if len(judged) == mails and len(letters) >= mails:
            return
        pause.wait(0.1)
    raise AssertionError("the shadow did not finish")


def test_a_shadow_decides_everything_and_sends_nothing(tmp_path: Path, servers: EmbeddedServers, post: Post) -> None:
    mails = [sample.octets for sample in sample_mails(4, datetime.now(UTC))]
    for octets in mails:
        servers.deliver(octets)
    before = flags(servers)
    file = written(tmp_path, servers)
    daemon = Daemon(load_settings(file))
    daemon.start()
    try:
        until_idle(daemon, len(mails))
    finally:
        daemon.close()
    assert post.letters == []
    assert flags(servers) == before
    result = CliRunner().invoke(main, ["shadow", "--json", "-c", str(file), "--since", "2020-01-01"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert len(told["orders"]) == 4
    assert {order["state"] for order in told["orders"]} >= {"accepted"}
    assert sum(len(order["letters"]) for order in told["orders"]) >= 4
    assert any(letter["purpose"] == "work_order" for order in told["orders"] for letter in order["letters"])
    folder = tmp_path / "kept"
    result = CliRunner().invoke(main, ["shadow", "-c", str(file), "--since", "2020-01-01", "--letters", str(folder)])
    assert result.exit_code == 0, result.output
    assert len(list(folder.glob("*-work_order.eml"))) >= 1
    assert all(file.read_bytes().startswith(b"From:") or b"\r\nFrom:" in file.read_bytes() for file in folder.iterdir())


def test_a_shadow_refuses_a_database_with_letters_to_send(tmp_path: Path, servers: EmbeddedServers) -> None:
    settings = load_settings(written(tmp_path, servers))
    database = open_database(settings.database.url)
    schema.upgrade(database)
    with database.write() as session:
        letterbook.write(database, session, [new_letter(1)], NOON)
    daemon = Daemon(settings)
    with pytest.raises(ConfigurationError, match=r"policy\.shadow"):
        daemon.start()
    daemon.close()
    database.close()


def test_a_held_letter_is_never_leased(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'consign.db'}")
    schema.upgrade(database)
    with database.write() as session:
        letterbook.write(database, session, [new_letter(1)], NOON, held=True)
    with database.write() as session:
        late = NOON + timedelta(days=1)
        assert letterbook.lease_due(database, session, "us", late, 10, timedelta(seconds=60)) == []
        assert letterbook.oldest_unsent(session) is None
    database.close()
