"""The servers of the demo: real ones, on loopback, gone when they stop."""

import smtplib
import socket
import threading

import pytest
from imapclient import IMAPClient

from consign.servers import EmbeddedServers

LETTER = b"Subject: x\r\n\r\nbody\r\n"


def test_what_is_delivered_lies_in_the_order_mailbox() -> None:
    with EmbeddedServers(lambda recipient, octets: None) as servers:
        servers.deliver(LETTER)
        servers.deliver(LETTER)
        with IMAPClient("127.0.0.1", servers.imap_port, ssl=False, timeout=10) as client:
            client.login(servers.username, servers.password)
            assert client.select_folder("INBOX")[b"EXISTS"] == 2
            assert client.fetch(client.search(), ["BODY.PEEK[]"])[101][b"BODY[]"] == LETTER


def test_every_recipient_is_told_of() -> None:
    taken: list[tuple[str, bytes]] = []
    with (
        EmbeddedServers(lambda recipient, octets: taken.append((recipient, octets))) as servers,
        smtplib.SMTP("127.0.0.1", servers.smtp_port, timeout=10) as client,
    ):
        client.sendmail("a@consign.example", ["b@fleet.example", "c@fleet.example"], LETTER)
    assert taken == [("b@fleet.example", LETTER), ("c@fleet.example", LETTER)]


def test_a_letter_that_could_not_be_put_away_is_not_taken() -> None:
    def full(recipient: str, octets: bytes) -> None:
        raise OSError(28, "No space left on device")

    with EmbeddedServers(full) as servers, smtplib.SMTP("127.0.0.1", servers.smtp_port, timeout=10) as client:
        with pytest.raises(smtplib.SMTPDataError) as caught:
            client.sendmail("a@consign.example", ["b@fleet.example"], LETTER)
        assert caught.value.smtp_code == 451


def test_nothing_listens_after_the_stop() -> None:
    servers = EmbeddedServers(lambda recipient, octets: None)
    servers.start()
    ports = (servers.imap_port, servers.smtp_port)
    servers.stop()
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 1)
    assert "embedded-servers" not in [thread.name for thread in threading.enumerate()]
