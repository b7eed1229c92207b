"""Couriers against real servers: aiosmtpd with faults on order, smtp-sink, Postfix before Dovecot."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from config.settings import SmtpSettings
from dispatch.smtp import Courier, CourierPool, Later, Never, Unknown, probe
from intake.mailbox import Mailbox
from tests.fakes import Certificates, Fault, SmtpRecorder
from tests.servers import DovecotServer, PostfixServer, SmtpSink

FROM, TO = "orders@consign.example", "dispatch@fleet.example"
LETTER = b"Message-ID: <wo-1@consign.example>\r\nSubject: x\r\n\r\n.one dot\r\n..two\r\n.\r\nend\r\n"


def settings(port: int, **changes: Any) -> SmtpSettings:
    plain = {"host": "127.0.0.1", "port": port, "tls": "none", "read_timeout": 5, "dot_timeout": 5}
    return SmtpSettings.model_validate(plain | changes)


def soon() -> float:
    return time.monotonic() + 20


@pytest.fixture
def courier(recorder: SmtpRecorder) -> Iterator[Courier]:
    sender = Courier(settings(recorder.port))
    yield sender
    sender.close()


def send(courier: Courier, octets: bytes = LETTER, recipient: str = TO) -> str:
    return courier.send(FROM, recipient, octets, soon())


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_letter_arrives_in_its_very_bytes(pipelining: bool, recorder: SmtpRecorder) -> None:
    sender = Courier(settings(recorder.port, pipelining=pipelining))
    reply = send(sender)
    sender.close()
    assert reply == "250 2.0.0 kept as 1"
    (letter,) = recorder.letters
    assert (letter.mail_from, letter.recipients, letter.octets) == (FROM, (TO,), LETTER)


def test_a_letter_that_begins_with_a_dot_and_lacks_the_last_line_end(courier: Courier, recorder: SmtpRecorder) -> None:
    send(courier, b".x\r\n\r\n.")
    assert recorder.letters[0].octets == b".x\r\n\r\n.\r\n"


def test_one_connection_carries_many_letters(courier: Courier, recorder: SmtpRecorder) -> None:
    for _ in range(5):
        send(courier)
    assert {letter.connection for letter in recorder.letters} == {recorder.connections}


def test_a_connection_is_renewed_after_so_many_letters(recorder: SmtpRecorder) -> None:
    sender = Courier(settings(recorder.port, letters_per_connection=2))
    for _ in range(4):
        send(sender)
    sender.close()
    assert [letter.connection for letter in recorder.letters] == [1, 1, 2, 2]


@pytest.mark.parametrize("stage", ["mail", "rcpt", "dot"])
def test_a_refusal_for_the_moment_is_later_and_the_letter_goes_out_next_time(
    stage: str, courier: Courier, recorder: SmtpRecorder
) -> None:
    recorder.faults.append(Fault(stage, "451 4.7.1 greylisted"))
    with pytest.raises(Later) as caught:
        send(courier)
    assert (caught.value.code, caught.value.server) == (451, False)
    assert "greylisted" in str(caught.value)
    assert recorder.letters == []
    send(courier)
    assert len(recorder.letters) == 1


@pytest.mark.parametrize("stage", ["mail", "rcpt", "dot"])
def test_a_refusal_for_good_is_never_and_the_connection_serves_the_next(
    stage: str, courier: Courier, recorder: SmtpRecorder
) -> None:
    recorder.faults.append(Fault(stage, "550 5.1.1 no such user"))
    with pytest.raises(Never) as caught:
        send(courier)
    assert caught.value.code == 550
    send(courier, recipient="other@fleet.example")
    assert [letter.recipients for letter in recorder.letters] == [("other@fleet.example",)]


def test_a_refused_transaction_is_reset_before_the_next_on_the_same_connection(recorder: SmtpRecorder) -> None:
    sender = Courier(settings(recorder.port, pipelining=False))
    recorder.faults.append(Fault("rcpt", "550 5.1.1 no such user"))
    with pytest.raises(Never):
        send(sender)
    send(sender)
    sender.close()
    assert recorder.connections == 1
    assert len(recorder.letters) == 1


def test_a_refusal_of_our_login_blames_no_letter(courier: Courier, recorder: SmtpRecorder) -> None:
    recorder.faults.append(Fault("mail", "530 5.7.0 Authentication required"))
    with pytest.raises(Later) as caught:
        send(courier)
    assert caught.value.server


def test_a_new_connection_told_421_means_the_server_is_away(courier: Courier, recorder: SmtpRecorder) -> None:
    recorder.faults.append(Fault("mail", "421 4.3.2 closing"))
    with pytest.raises(Later) as caught:
        send(courier)
    assert (caught.value.code, caught.value.server) == (421, True)
    send(courier)
    assert recorder.connections == 2


@pytest.mark.parametrize("do", ["421 4.4.2 idle too long", "drop"])
def test_a_kept_connection_that_died_is_replaced_at_once(do: str, courier: Courier, recorder: SmtpRecorder) -> None:
    send(courier)
    recorder.faults.append(Fault("mail", do))
    send(courier)
    assert [letter.connection for letter in recorder.letters] == [1, 2]


@pytest.mark.parametrize(("do", "kept"), [("drop_kept", 1), ("drop", 0)])
def test_no_reply_to_the_dot_is_unknown(do: str, kept: int, courier: Courier, recorder: SmtpRecorder) -> None:
    recorder.faults.append(Fault("dot", do))
    with pytest.raises(Unknown):
        send(courier)
    assert len(recorder.letters) == kept
    send(courier)
    assert {letter.octets for letter in recorder.letters} == {LETTER}


def test_a_reply_to_the_dot_that_comes_too_late_is_unknown(recorder: SmtpRecorder) -> None:
    recorder.faults.append(Fault("dot", "hold"))
    sender = Courier(settings(recorder.port, dot_timeout=0.2))
    with pytest.raises(Unknown, match="timed out"):
        send(sender)
    recorder.release.set()
    send(sender)  # the late reply must not be taken for this one's
    sender.close()
    assert [letter.connection for letter in recorder.letters] == [1, 2]


def test_the_reply_to_the_dot_is_waited_for_beyond_the_deadline(courier: Courier, recorder: SmtpRecorder) -> None:
    """The deadline guards the dot, not its reply (RFC 5321 4.5.3.2.6)."""
    recorder.faults.append(Fault("dot", "hold"))

    def answer() -> None:
        recorder.wait_for(1)
        recorder.release.set()

    waiter = threading.Thread(target=answer)
    waiter.start()
    assert courier.send(FROM, TO, LETTER, time.monotonic() + 0.5).startswith("250")
    waiter.join()


def test_past_the_deadline_no_dot_is_sent(courier: Courier, recorder: SmtpRecorder) -> None:
    with pytest.raises(Later):
        courier.send(FROM, TO, LETTER, time.monotonic() - 1)
    send(courier)
    assert len(recorder.letters) == 1


@pytest.mark.parametrize("octets", [b"a\r\n\n.\n", b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\r\r\nb\r\n"])
def test_a_letter_that_could_be_read_as_two_is_refused(octets: bytes, courier: Courier, recorder: SmtpRecorder) -> None:
    with pytest.raises(Never):
        send(courier, octets)
    assert recorder.connections == 0


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example>\r\nRCPT TO:<x@y.example",
        "a b@c.example",
        "a@b.example,c@d.example",
        "nobody",
        "",
        "a@b@c.example",
        "a@" + "x" * 300,
        "a@\u200b.example",
    ],
)
def test_what_is_not_one_address_is_not_written_to(address: str, courier: Courier, recorder: SmtpRecorder) -> None:
    with pytest.raises(Never):
        send(courier, recipient=address)
    assert recorder.connections == 0


def test_addresses_beyond_ascii(recorder: SmtpRecorder) -> None:
    sender = Courier(settings(recorder.port))
    send(sender, recipient="diao@物流.example")
    send(sender, recipient="调度@物流.example")
    sender.close()
    mails = [line for line in recorder.commands if line.startswith("MAIL")]
    assert ["SMTPUTF8" in line for line in mails] == [False, True]
    assert [letter.recipients for letter in recorder.letters] == [
        ("diao@xn--qzwx3i.example",),
        ("调度@xn--qzwx3i.example",),
    ]


def test_an_address_that_the_server_cannot_take_is_never() -> None:
    with SmtpRecorder(smtputf8=False) as recorder:
        sender = Courier(settings(recorder.port))
        with pytest.raises(Never, match="SMTPUTF8"):
            send(sender, recipient="调度@fleet.example")
        send(sender)
        sender.close()


def test_a_letter_larger_than_the_server_takes_is_never() -> None:
    with SmtpRecorder(size_limit=1000) as recorder:
        sender = Courier(settings(recorder.port))
        with pytest.raises(Never, match="1000"):
            send(sender, LETTER + b"x" * 2000)
        send(sender)
        sender.close()
        assert len(recorder.letters) == 1


def test_eight_bit_letters_say_so(courier: Courier, recorder: SmtpRecorder) -> None:
    send(courier, "\r\n货\r\n".encode())
    send(courier)
    mails = [line for line in recorder.commands if line.startswith("MAIL")]
    assert ["BODY=8BITMIME" in line for line in mails] == [True, False]


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(Later) as caught:
        send(Courier(settings(1)))
    assert caught.value.server


def test_the_hour_is_shared_by_all_couriers_of_a_pool(recorder: SmtpRecorder) -> None:
    pool = CourierPool(settings(recorder.port, letters_per_hour=2))
    first, second = pool.courier(), pool.courier()
    send(first)
    send(second)
    with pytest.raises(Later, match="2 letters an hour") as caught:
        send(first)
    assert caught.value.server
    first.close()
    second.close()


def test_idle_connections_are_closed(recorder: SmtpRecorder, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = CourierPool(settings(recorder.port))
    courier = pool.courier()
    send(courier)
    pool.close_idle()
    send(courier)
    assert recorder.connections == 1  # not idle for long
    monkeypatch.setattr("dispatch.smtp.IDLE_SECONDS", 0.0)
    pool.close_idle()
    monkeypatch.undo()
    send(courier)
    assert recorder.connections == 2
    courier.close()


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # aiosmtpd; loopback
def test_a_login() -> None:
    with SmtpRecorder(login=("consign", "secret")) as recorder:
        sender = Courier(settings(recorder.port, username="consign", password="secret"))
        send(sender)
        send(sender)
        sender.close()
        assert (recorder.logins, len(recorder.letters)) == (1, 2)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # aiosmtpd; loopback
def test_a_refused_login_is_not_stormed() -> None:
    with SmtpRecorder(login=("consign", "secret")) as recorder:
        pool = CourierPool(settings(recorder.port, username="consign", password="wrong"))
        sender, other = pool.courier(), pool.courier()
        with pytest.raises(Later) as caught:
            send(sender)
        assert (caught.value.code, caught.value.server) == (535, True)
        assert recorder.logins == 1  # not once for each mechanism
        tried = recorder.connections
        for courier in (sender, other):
            with pytest.raises(Later, match="refused lately"):
                send(courier)
        assert recorder.connections == tried


def test_a_login_that_is_not_offered_is_not_sent(recorder: SmtpRecorder) -> None:
    with pytest.raises(Later, match="no login that we know") as caught:
        send(Courier(settings(recorder.port, username="consign", password="secret")))
    assert caught.value.server


def test_a_dead_address_is_passed_over(recorder: SmtpRecorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """RELIABILITY row 43: the name has several addresses, the first does not answer."""
    ask = socket.getaddrinfo

    def dead_one_first(host: str, port: int, *rest: Any, **more: Any) -> list[Any]:
        return ask("127.0.0.1", 1, *rest, **more) + ask("127.0.0.1", port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", dead_one_first)
    sender = Courier(settings(recorder.port))
    assert send(sender).startswith("250")
    sender.close()


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_tls_with_an_own_authority(tls: str, certificates: Certificates) -> None:
    with SmtpRecorder(tls=certificates.server_context(), implicit_tls=tls == "implicit") as recorder:
        sender = Courier(settings(recorder.port, tls=tls, ca_file=certificates.ca_file))
        send(sender)
        send(sender)  # the kept one: session tickets are not taken for words
        sender.close()
        assert recorder.letters[0].connection == recorder.letters[1].connection


@pytest.mark.parametrize("which", ["expired", "wrong_name", "unknown_issuer"])
@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # the server's side of a broken handshake
def test_certificates_that_prove_nothing_are_refused(which: str, tls: str, certificates: Certificates) -> None:
    context: ssl.SSLContext = certificates.server_context(which)
    with SmtpRecorder(tls=context, implicit_tls=tls == "implicit") as recorder:
        sender = Courier(settings(recorder.port, tls=tls, ca_file=certificates.ca_file))
        with pytest.raises(Later, match=r"(?i)certificate|verify") as caught:
            send(sender)
        assert caught.value.server
        assert recorder.commands == []


def test_starttls_that_is_not_offered_is_refused(recorder: SmtpRecorder) -> None:
    with pytest.raises(Later, match="STARTTLS"):
        send(Courier(settings(recorder.port, tls="starttls")))
    assert recorder.commands == []


def test_check_tells_what_the_server_can_do(recorder: SmtpRecorder) -> None:
    facts = "\n".join(probe(settings(recorder.port)))
    assert "PIPELINING" in facts
    assert "SIZE" in facts
    assert recorder.commands == []


# -- Debian's servers


def test_smtp_sink_takes_pipelined_letters() -> None:
    with SmtpSink() as sink:
        sender = Courier(settings(sink.port))
        assert [send(sender)[:3] for _ in range(20)] == ["250"] * 20
        sender.close()


def test_smtp_sink_that_closes_after_the_dot() -> None:
    with SmtpSink("-q", ".") as sink, pytest.raises(Unknown):
        send(Courier(settings(sink.port)))


def test_postfix_queues_for_good_and_dovecot_delivers() -> None:
    with DovecotServer() as dovecot, PostfixServer(f"lmtp:inet:127.0.0.1:{dovecot.lmtp_port}") as postfix:
        sender = Courier(settings(postfix.port))
        reply = sender.send(FROM, "dispatch@fleet.example", LETTER, soon())
        sender.close()
        assert "queued as" in reply
        mailbox = Mailbox(dovecot.mailbox("dispatch@fleet.example"))
        mailbox.connect()
        while not (found := list(mailbox.new_since(None))):
            mailbox.wait(threading.Event())
        mailbox.close()
        assert found[0][1][0].octets.endswith(LETTER.partition(b"\r\n\r\n")[2])
