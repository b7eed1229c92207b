"""The mailbox against real servers: Dovecot, and pymap inside this process."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from imapclient import IMAPClient

from config.settings import MailboxSettings
from intake import imap_fetch, imap_search
from intake.mailbox import Mailbox, MailboxUnreachable, Mark, Noticed, RawMail, test_login
from tests.fakes import Certificates
from tests.servers import PASSWORD, DovecotServer, EmbeddedServers


def mail(number: int, size: int = 0) -> bytes:
    return f"Subject: order {number}\r\n\r\nbody {number}\r\n".encode() + b"x" * size + b"\r\n"


def subjects(batches: list[tuple[Mark, list[RawMail]]]) -> list[str]:
    return [item.octets.split(b"\r\n")[0].decode() for _, mails in batches for item in mails]


@pytest.fixture
def open_mailbox() -> Iterator[Any]:
    opened: list[Mailbox] = []

    def open_(settings: MailboxSettings, **options: Any) -> Mailbox:
        opened.append(Mailbox(settings, **options))
        opened[-1].connect()
        return opened[-1]

    yield open_
    for mailbox in opened:
        mailbox.close()


@pytest.fixture
def client(dovecot: DovecotServer, user: str) -> Iterator[IMAPClient]:
    """A second client of the same mailbox: a person's phone."""
    with IMAPClient("127.0.0.1", dovecot.imap_port, ssl=False, timeout=10) as phone:
        phone.login(user, PASSWORD)
        yield phone


def test_new_mail_comes_oldest_first_with_its_mark(dovecot: DovecotServer, user: str, open_mailbox: Any) -> None:
    mailbox = open_mailbox(dovecot.mailbox(user))
    for number in range(3):
        dovecot.deliver(mail(number), user)
    batches = list(mailbox.new_since(None))
    assert subjects(batches)[0].startswith("Return-Path")  # LMTP's trace header stands above ours
    mark, mails = batches[-1]
    assert [item.uid for item in mails] == [1, 2, 3]
    assert mark == Mark(mailbox.uidvalidity, 3)
    assert all(len(item.octets) == item.size and not item.truncated for item in mails)
    assert abs(mails[0].internal_date - datetime.now(UTC)) < timedelta(minutes=5)
    assert mails[0].internal_date.tzinfo is UTC
    assert list(mailbox.new_since(mark)) == []  # `4:*` names mail 3 again: it must not count


def test_nothing_is_marked_as_seen_and_stored_mail_gets_our_keyword(
    dovecot: DovecotServer, user: str, open_mailbox: Any, client: IMAPClient
) -> None:
    dovecot.deliver(mail(1), user)
    mailbox = open_mailbox(dovecot.mailbox(user))
    list(mailbox.new_since(None))
    client.select_folder("INBOX")
    assert b"\\Seen" not in client.get_flags([1])[1]
    mailbox.mark_stored([1])
    client.noop()
    assert set(client.get_flags([1])[1]) - {b"\\Recent"} == {b"$ConsignStored"}


def test_a_mail_read_by_a_phone_is_still_new_to_us(
    dovecot: DovecotServer, user: str, open_mailbox: Any, client: IMAPClient
) -> None:
    dovecot.deliver(mail(1), user)
    client.select_folder("INBOX")
    client.add_flags([1], [b"\\Seen"])
    assert len(subjects(list(open_mailbox(dovecot.mailbox(user)).new_since(None)))) == 1


@pytest.mark.parametrize("capability", ["", "IMAP4rev1 UIDPLUS"], ids=["MOVE", "COPY"])
def test_stored_mail_is_moved_where_wanted(capability: str) -> None:
    with DovecotServer(capability=capability) as server:
        settings = server.mailbox("orders", move_to="已存")
        with IMAPClient("127.0.0.1", server.imap_port, ssl=False, timeout=10) as phone:
            phone.login("orders", PASSWORD)
            phone.create_folder("已存")
        server.deliver(mail(1))
        mailbox = Mailbox(settings)
        mailbox.connect()
        list(mailbox.new_since(None))
        mailbox.mark_stored([1])
        mailbox.mark_stored([1])  # again, as after a crash: harmless
        left = mailbox.reconcile(date(2020, 1, 1))
        mailbox.close()
        with IMAPClient("127.0.0.1", server.imap_port, ssl=False, timeout=10) as phone:
            phone.login("orders", PASSWORD)
            assert phone.select_folder("已存")[b"EXISTS"] >= 1
            if capability:  # copied and marked, never expunged
                assert left == [1]
                phone.select_folder("INBOX")
                assert b"\\Deleted" in phone.get_flags([1])[1]
            else:
                assert left == []


def test_marking_may_fail_without_harm(dovecot: DovecotServer, user: str, open_mailbox: Any) -> None:
    dovecot.deliver(mail(1), user)
    mailbox = open_mailbox(dovecot.mailbox(user, move_to="no such folder"))
    ((mark, mails),) = mailbox.new_since(None)
    mailbox.mark_stored([item.uid for item in mails])
    dovecot.deliver(mail(2), user)
    assert len(list(mailbox.new_since(mark))) == 1


def test_a_large_mail_comes_as_its_header_only(dovecot: DovecotServer, user: str, open_mailbox: Any) -> None:
    dovecot.deliver(mail(1, size=50_000), user)
    dovecot.deliver(mail(2), user)
    mailbox = open_mailbox(dovecot.mailbox(user, max_mail_bytes=20_000))
    mails = [item for _, batch in mailbox.new_since(None) for item in batch]
    assert [item.truncated for item in mails] == [True, False]
    assert b"Subject: order 1" in mails[0].octets
    assert b"body 1" not in mails[0].octets
    assert mails[0].size > 50_000


def test_a_new_uidvalidity_brings_the_mails_of_the_last_days_again() -> None:
    with DovecotServer() as server:
        for number in range(3):
            server.deliver(mail(number))
        with IMAPClient("127.0.0.1", server.imap_port, ssl=False, timeout=10) as phone:
            phone.login("orders", PASSWORD)
            phone.append("INBOX", mail(99), msg_time=datetime.now(UTC) - timedelta(days=60))
        mailbox = Mailbox(server.mailbox())
        mailbox.connect()
        ((before, mails),) = mailbox.new_since(None)
        assert len(mails) == 3  # not the one that is older than rescan_days
        mailbox.close()
        server.renumber()
        mailbox.connect()
        ((after, again),) = mailbox.new_since(before)
        mailbox.close()
        assert after.uidvalidity != before.uidvalidity
        assert sorted(item.octets for item in again) == sorted(item.octets for item in mails)


def test_a_mail_that_appears_below_the_mark_is_found_by_comparing_all(
    dovecot: DovecotServer, user: str, open_mailbox: Any
) -> None:
    for number in range(4):
        dovecot.deliver(mail(number), user)
    mailbox = open_mailbox(dovecot.mailbox(user))
    validity = mailbox.uidvalidity
    stored = {1, 3}
    found = list(mailbox.new_since(Mark(validity, 3), known=lambda uids: stored & set(uids)))
    assert [item.uid for _, mails in found for item in mails] == [2, 4]
    assert found[-1][0] == Mark(validity, 4)
    # Not again until reconcile_seconds have passed: only what is above the mark.
    assert list(mailbox.new_since(Mark(validity, 4), known=lambda uids: set())) == []


def test_batches_are_bounded_by_count_and_by_bytes() -> None:
    now = datetime.now(UTC)
    small = [imap_fetch.Listed(uid, 1_000, now, True) for uid in range(120)]
    assert [len(batch) for batch in imap_fetch.batches(small)] == [50, 50, 20]
    heavy = [imap_fetch.Listed(uid, 3 * 1024 * 1024, now, True) for uid in range(5)]
    assert [len(batch) for batch in imap_fetch.batches(heavy)] == [2, 2, 1]
    assert [len(batch) for batch in imap_fetch.batches(small[:5], alone=[2])] == [2, 1, 2]


def test_at_most_limit_mails_come_at_once(dovecot: DovecotServer, user: str, open_mailbox: Any) -> None:
    for number in range(5):
        dovecot.deliver(mail(number), user)
    mailbox = open_mailbox(dovecot.mailbox(user))
    ((mark, mails),) = mailbox.new_since(None, limit=2)
    assert (mark.uid, len(mails)) == (2, 2)


def test_a_full_folder_is_searched_in_spans(
    dovecot: DovecotServer, user: str, open_mailbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        dovecot.deliver(mail(number), user)
    monkeypatch.setattr(imap_search, "SPAN", 3)
    mailbox = open_mailbox(dovecot.mailbox(user))
    assert mailbox.reconcile(date(2020, 1, 1)) == [1, 2, 3, 4, 5, 6, 7]
    assert [item.uid for _, mails in mailbox.new_since(Mark(mailbox.uidvalidity, 2)) for item in mails] == [
        3,
        4,
        5,
        6,
        7,
    ]


def test_a_mail_that_vanishes_meanwhile_is_passed_over(
    dovecot: DovecotServer, user: str, open_mailbox: Any, client: IMAPClient
) -> None:
    for number in range(3):
        dovecot.deliver(mail(number), user)
    mailbox = open_mailbox(dovecot.mailbox(user))
    client.select_folder("INBOX")
    client.delete_messages([2])
    client.expunge()
    assert [item.uid for _, mails in mailbox.new_since(None) for item in mails] == [1, 3]


@pytest.mark.parametrize("settings", [{}, {"idle": False, "poll_seconds": 0.2}], ids=["idle", "poll"])
def test_waiting_ends_when_mail_comes(
    settings: dict[str, Any], dovecot: DovecotServer, user: str, open_mailbox: Any
) -> None:
    mailbox = open_mailbox(dovecot.mailbox(user, **settings))
    list(mailbox.new_since(None))
    courier = threading.Thread(target=dovecot.deliver, args=(mail(1), user))
    courier.start()
    stop = threading.Event()
    found: list[Any] = []
    while not found:  # a poll may come before the mail
        assert mailbox.wait(stop) in (Noticed.CHANGED, Noticed.DUE)
        found = list(mailbox.new_since(None))
    courier.join()
    assert len(found) == 1


@pytest.mark.parametrize("settings", [{}, {"idle": False}], ids=["idle", "poll"])
def test_waiting_ends_on_a_stop(settings: dict[str, Any], dovecot: DovecotServer, user: str, open_mailbox: Any) -> None:
    mailbox = open_mailbox(dovecot.mailbox(user, **settings))
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    assert mailbox.wait(stop) is Noticed.STOPPED
    assert list(mailbox.new_since(None)) == []  # and the connection is good for more


def test_idle_is_renewed(dovecot: DovecotServer, user: str, open_mailbox: Any) -> None:
    mailbox = open_mailbox(dovecot.mailbox(user, idle_renew_seconds=0.1))
    assert mailbox.wait(threading.Event()) is Noticed.DUE


def test_a_wait_that_hangs_can_be_interrupted(dovecot: DovecotServer, user: str, open_mailbox: Any) -> None:
    mailbox = open_mailbox(dovecot.mailbox(user))
    threading.Timer(0.1, mailbox.interrupt).start()
    with pytest.raises(MailboxUnreachable):
        mailbox.wait(threading.Event())


def test_a_bare_server_without_idle_move_and_keywords() -> None:
    """RELIABILITY row 25."""
    with DovecotServer(capability="IMAP4rev1") as server:
        mailbox = Mailbox(server.mailbox(poll_seconds=0.1))
        mailbox.connect()
        server.deliver(mail(1))
        assert mailbox.wait(threading.Event()) in (Noticed.CHANGED, Noticed.DUE)
        ((_, mails),) = mailbox.new_since(None)
        assert len(mails) == 1
        mailbox.close()
        facts = test_login(server.mailbox(poll_seconds=0.1), "en")
        assert "new mail is asked for every 0.1 s" in facts


def test_pymap_has_no_keywords_and_numbers_from_101() -> None:
    with EmbeddedServers(lambda recipient, octets: None) as servers:
        settings = MailboxSettings.model_validate(
            {
                "host": "127.0.0.1",
                "port": servers.imap_port,
                "tls": "none",
                "username": servers.username,
                "password": servers.password,
            }
        )
        mailbox = Mailbox(settings)
        mailbox.connect()
        servers.deliver(mail(1))
        ((mark, mails),) = mailbox.new_since(None)
        assert mails[0].octets == mail(1)
        mailbox.mark_stored([mails[0].uid])
        threading.Timer(0.1, servers.deliver, args=(mail(2),)).start()
        assert mailbox.wait(threading.Event()) is Noticed.CHANGED
        assert subjects(list(mailbox.new_since(mark))) == ["Subject: order 2"]
        mailbox.close()


def test_a_letter_is_found_in_another_folder_by_its_message_id(
    dovecot: DovecotServer, user: str, open_mailbox: Any, client: IMAPClient
) -> None:
    client.create_folder("归档")
    client.append("归档", b"Message-ID: <wo-1@consign.example>\r\n\r\nx\r\n")
    dovecot.deliver(mail(1), user)
    mailbox = open_mailbox(dovecot.mailbox(user))
    assert mailbox.holds("归档", "<wo-1@consign.example>")
    assert not mailbox.holds("归档", "<wo-2@consign.example>")
    assert len(list(mailbox.new_since(None))) == 1  # back in the order folder


@pytest.mark.parametrize(
    ("change", "kind"),
    [({"password": "wrong"}, "login"), ({"folder": "nowhere"}, "folder"), ({"port": 1}, "refused")],
    ids=["login", "folder", "refused"],
)
def test_what_cannot_be_reached_says_why(change: dict[str, Any], kind: str, dovecot: DovecotServer, user: str) -> None:
    mailbox = Mailbox(dovecot.mailbox(user, **change))
    with pytest.raises(MailboxUnreachable) as caught:
        mailbox.connect()
    assert caught.value.kind == kind
    assert caught.value.detail in caught.value.said("en")
    with pytest.raises(MailboxUnreachable):
        list(mailbox.new_since(None))


def test_check_tells_what_an_administrator_wants_to_know(dovecot: DovecotServer, user: str) -> None:
    dovecot.deliver(mail(1), user)
    facts = "\n".join(test_login(dovecot.mailbox(user)))
    assert "IDLE 等新邮件" in facts
    assert "有 1 封邮件" in facts
    assert "$ConsignStored" in facts


@pytest.fixture(scope="module")
def tls_dovecot(certificates: Certificates) -> Iterator[DovecotServer]:
    with DovecotServer(tls=certificates.files("good")) as server:
        yield server


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_tls_with_an_own_authority(tls: str, tls_dovecot: DovecotServer, certificates: Certificates) -> None:
    port = tls_dovecot.imaps_port if tls == "implicit" else tls_dovecot.imap_port
    mailbox = Mailbox(tls_dovecot.mailbox("tls-" + tls, tls=tls, port=port, ca_file=certificates.ca_file))
    mailbox.connect()
    assert list(mailbox.new_since(None)) == []
    courier = threading.Timer(0.1, tls_dovecot.deliver, args=(mail(1), "tls-" + tls))
    courier.start()
    while not (found := list(mailbox.new_since(None))):  # TLS has traffic of its own, which ends a wait too
        assert mailbox.wait(threading.Event()) in (Noticed.CHANGED, Noticed.DUE)
    courier.join()
    mailbox.close()
    assert len(found) == 1


def test_an_authority_nobody_named_is_not_believed(tls_dovecot: DovecotServer) -> None:
    with pytest.raises(MailboxUnreachable) as caught:
        Mailbox(tls_dovecot.mailbox("x", tls="implicit", port=tls_dovecot.imaps_port)).connect()
    assert caught.value.kind == "tls"
