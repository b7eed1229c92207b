"""A mail that comes while another is fetched and marked: the server tells of it then, and never again."""

import threading
from collections.abc import Iterator

import pytest

from intake.mailbox import Mailbox, Noticed
from tests.servers import DovecotServer

MAIL = b"From: a@b.example\r\nSubject: %d\r\n\r\nbody\r\n"


@pytest.fixture
def mailbox(dovecot: DovecotServer, user: str) -> Iterator[Mailbox]:
    reader = Mailbox(dovecot.mailbox(user, idle_renew_seconds=60))
    dovecot.deliver(MAIL % 1, user)
    reader.connect()
    yield reader
    reader.close()


@pytest.fixture
def patience() -> Iterator[threading.Event]:
    """Set after ten seconds: a wait that nothing ends."""
    over = threading.Event()
    timer = threading.Timer(10.0, over.set)
    timer.start()
    yield over
    timer.cancel()


def test_a_mail_that_comes_before_the_mark_is_noticed_at_once(
    mailbox: Mailbox, dovecot: DovecotServer, user: str, patience: threading.Event
) -> None:
    ((mark, mails),) = mailbox.new_since(None)
    dovecot.deliver(MAIL % 2, user)
    mailbox.mark_stored([mail.uid for mail in mails])  # its answer tells of the second mail
    assert mailbox.wait(patience) is Noticed.CHANGED
    ((mark, mails),) = mailbox.new_since(mark)
    assert [mail.octets.endswith(b"body\r\n") for mail in mails] == [True]
    assert b"Subject: 2" in mails[0].octets
    mailbox.mark_stored([mail.uid for mail in mails])
    over = threading.Event()
    over.set()
    assert mailbox.wait(over) is Noticed.STOPPED  # what was taken up is no news any more
