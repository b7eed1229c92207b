"""The mailbox against servers that lie, break off, hang or cannot be trusted (RELIABILITY rows 16-19, 23, 44)."""

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest

from config.settings import MailboxSettings
from intake.mailbox import Mailbox, MailboxUnreachable, Mark, Noticed
from tests.fakes import Certificates, Script, ScriptedServer, Talk

CAPABILITY = "IMAP4rev1 IDLE"
BODY = b"Subject: x\r\n\r\nhello\r\n"
Answer = Callable[[Talk, str, str], None]  # talk, tag, command: says all but the tagged OK


def settings(port: int, **changes: Any) -> MailboxSettings:
    plain = {"host": "127.0.0.1", "port": port, "tls": "none", "username": "u", "password": "p", "read_timeout": 5}
    return MailboxSettings.model_validate(plain | changes)


def server(answers: dict[str, Answer], *, mails: int = 1, validity: int = 7) -> Script:
    """An IMAP server with `mails` mails of BODY; `answers` replaces its answer to a command, by its first words."""

    def fetch(talk: Talk, tag: str, line: str) -> None:
        for uid in (int(one) for one in re.search(r"FETCH ([\d,]+)", line)[1].split(",")):  # type: ignore[index]  # a None fails the test
            if "RFC822.SIZE" in line:
                talk.say(f'* {uid} FETCH (UID {uid} RFC822.SIZE {len(BODY)} INTERNALDATE "24-Nov-2026 08:00:00 +0800")')
            else:
                talk.raw(b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (uid, uid, len(BODY), BODY))

    def play(talk: Talk) -> None:
        talk.say(f"* OK [CAPABILITY {CAPABILITY}] hello")
        while True:
            tag, _, line = talk.hear().partition(" ")
            name = next((name for name in answers if line.upper().startswith(name)), "")
            if name:
                answers[name](talk, tag, line)
            elif line.upper().startswith("CAPABILITY"):
                talk.say(f"* CAPABILITY {CAPABILITY}")
            elif line.upper().startswith("SELECT"):
                talk.say(f"* {mails} EXISTS", f"* OK [UIDVALIDITY {validity}] x", "* OK [PERMANENTFLAGS (\\*)] x")
            elif line.upper().startswith("UID SEARCH"):
                talk.say("* SEARCH " + " ".join(str(uid + 1) for uid in range(mails)))
            elif line.upper().startswith("UID FETCH"):
                fetch(talk, tag, line)
            elif line.upper().startswith("LOGOUT"):
                talk.say("* BYE bye", f"{tag} OK bye")
                return
            talk.say(f"{tag} OK done")

    return play


def leave(talk: Talk) -> None:
    raise EOFError


def idling(then: Callable[[Talk], None]) -> dict[str, Answer]:
    """Answers IDLE with the go-ahead, then with `then`, then waits for DONE."""

    def idle(talk: Talk, tag: str, line: str) -> None:
        talk.say("+ idling")
        then(talk)
        talk.hear("DONE")

    return {"IDLE": idle}


def connected(server_: ScriptedServer, **changes: Any) -> Mailbox:
    mailbox = Mailbox(settings(server_.port, **changes))
    mailbox.connect()
    return mailbox


def failure(mailbox: Mailbox, act: Callable[[], Any]) -> MailboxUnreachable:
    with pytest.raises(MailboxUnreachable) as caught:
        act()
    mailbox.close()
    return caught.value


# -- waiting


def test_an_end_of_the_link_while_waiting_is_noticed_at_once() -> None:
    """imapclient's idle_check() returns nothing here, for ever."""
    with ScriptedServer(server(idling(leave))) as fake:
        mailbox = connected(fake)
        assert failure(mailbox, lambda: mailbox.wait(threading.Event())).kind == "refused"


def test_a_goodbye_while_waiting_ends_the_link() -> None:
    with ScriptedServer(server(idling(lambda talk: talk.say("* BYE shutting down")))) as fake:
        mailbox = connected(fake)
        assert failure(mailbox, lambda: mailbox.wait(threading.Event())).kind == "refused"


def test_news_in_the_same_segment_as_the_go_ahead_counts() -> None:
    def idle(talk: Talk, tag: str, line: str) -> None:
        talk.raw(b"+ idling\r\n* 5 EXISTS\r\n")
        talk.hear("DONE")

    with ScriptedServer(server({"IDLE": idle})) as fake:
        mailbox = connected(fake)
        assert mailbox.wait(threading.Event()) is Noticed.CHANGED
        mailbox.close()


def test_news_before_the_go_ahead_counts() -> None:
    def idle(talk: Talk, tag: str, line: str) -> None:
        talk.say("* 5 EXISTS", "+ idling")
        talk.hear("DONE")

    with ScriptedServer(server({"IDLE": idle})) as fake:
        mailbox = connected(fake)
        assert mailbox.wait(threading.Event()) is Noticed.CHANGED
        mailbox.close()


def test_a_line_cut_across_two_segments_is_read_whole() -> None:
    """imapclient's idle_check() raises here."""

    def idle(talk: Talk, tag: str, line: str) -> None:
        talk.raw(b"+ idling\r\n* 5 EXI")
        talk.hear("DONE")  # the client has seen the first half and ends IDLE
        talk.raw(b"STS\r\n")

    with ScriptedServer(server({"IDLE": idle})) as fake:
        mailbox = connected(fake)
        assert mailbox.wait(threading.Event()) is Noticed.CHANGED
        mailbox.close()


def test_a_link_that_is_silent_after_idle_times_out() -> None:
    """Half-open: nothing comes, nothing fails, until DONE is not answered."""

    def silent(talk: Talk, tag: str, line: str) -> None:
        talk.say("+ idling")
        talk.hear_end()
        raise EOFError

    with ScriptedServer(server({"IDLE": silent})) as fake:
        mailbox = connected(fake, idle_renew_seconds=0.1, read_timeout=0.3)
        assert failure(mailbox, lambda: mailbox.wait(threading.Event())).kind == "timeout"


def test_a_server_that_offers_idle_and_refuses_it_is_polled() -> None:
    def idle(talk: Talk, tag: str, line: str) -> None:
        talk.say(f"{tag} NO not now")
        tag = talk.hear("NOOP").split()[0]
        talk.say("* 9 EXISTS", f"{tag} OK done")
        raise EOFError

    with ScriptedServer(server({"IDLE": idle})) as fake:
        mailbox = connected(fake, poll_seconds=0.05)
        assert mailbox.wait(threading.Event()) is Noticed.CHANGED
        mailbox.close()


# -- fetching


def fetch_answer(*bodies: bytes) -> Answer:
    """FETCH of sizes as usual; each FETCH of a body gives the next of `bodies`, the last for ever."""
    left = list(bodies)

    def fetch(talk: Talk, tag: str, line: str) -> None:
        if "RFC822.SIZE" in line:
            talk.say(f"* 1 FETCH (UID 1 RFC822.SIZE {len(BODY)})")
            return
        body = left.pop(0) if len(left) > 1 else left[0]
        talk.raw(b"* 1 FETCH (UID 1 BODY[] {%d}\r\n%s)\r\n" % (len(body), body))

    return fetch


def octets(mailbox: Mailbox) -> list[bytes]:
    return [item.octets for _, mails in mailbox.new_since(None) for item in mails]


@pytest.mark.parametrize(
    ("bodies", "kept"),
    [
        ((BODY[:10], BODY), BODY),  # truncated once: fetched again
        ((BODY + b"!",), BODY + b"!"),  # the server counts wrongly, twice alike
        ((b"a", b"bbb", b"cc"), b"bbb"),  # never alike: the most there is
    ],
    ids=["truncated", "miscounted", "unsteady"],
)
def test_a_mail_of_the_wrong_size_is_fetched_again(bodies: tuple[bytes, ...], kept: bytes) -> None:
    with ScriptedServer(server({"UID FETCH": fetch_answer(*bodies)})) as fake:
        mailbox = connected(fake)
        assert octets(mailbox) == [kept]
        mailbox.close()


def test_a_literal_that_breaks_off_stores_nothing() -> None:
    def broken(talk: Talk, tag: str, line: str) -> None:
        if "RFC822.SIZE" in line:
            talk.say(f"* 1 FETCH (UID 1 RFC822.SIZE {len(BODY)})")
            return
        talk.raw(b"* 1 FETCH (UID 1 BODY[] {%d}\r\n%s" % (len(BODY), BODY[:8]))
        raise EOFError

    with ScriptedServer(server({"UID FETCH": broken}), server({})) as fake:
        mailbox = connected(fake)
        assert failure(mailbox, lambda: octets(mailbox)).kind == "refused"
        mailbox.connect()
        assert octets(mailbox) == [BODY]
        mailbox.close()


def test_a_mail_that_always_ends_the_link_holds_up_the_others_for_a_while_only() -> None:
    asked: list[str] = []

    def fetch(talk: Talk, tag: str, line: str) -> None:
        uids = [int(one) for one in re.search(r"FETCH ([\d,]+)", line)[1].split(",")]  # type: ignore[index]  # a None fails the test
        if "RFC822.SIZE" in line:
            talk.say(*(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(BODY)})" for uid in uids))
        elif 2 in uids:
            asked.append(line)
            raise EOFError
        else:
            for uid in uids:
                talk.raw(b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (uid, uid, len(BODY), BODY))

    with ScriptedServer(server({"UID FETCH": fetch}, mails=3)) as fake:
        mailbox = Mailbox(settings(fake.port))
        got: dict[int, tuple[bytes, bool]] = {}
        for _ in range(30):
            mailbox.connect()
            try:
                for _mark, mails in mailbox.new_since(None):
                    got |= {item.uid: (item.octets, item.truncated) for item in mails}
                break
            except MailboxUnreachable:
                mailbox.close()
        mailbox.close()
    assert got == {1: (BODY, False), 2: (b"", True), 3: (BODY, False)}
    assert sum("HEADER" in line for line in asked) == 10  # its header was asked for before it was given up


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 1 BODY[] {314572800}\r\n",  # a literal bomb: nothing of it is read
        b"* 1 FETCH (UID 1 BODY " + b"(" * 20_000 + b")" * 20_000 + b")\r\n",
        b"* 1 FETCH (UID one BODY[] nonsense))\r\n",
        b"* 1 FETCH (UID 1 BODY[] " + b"x" * 1_100_000 + b")\r\n",
        b"* 1 FETCH (UID\r\n",
        b"garbage\r\n",
    ],
    ids=["literal", "brackets", "words", "line", "odd", "garbage"],
)
def test_nonsense_ends_the_link_and_nothing_else(answer: bytes) -> None:
    def fetch(talk: Talk, tag: str, line: str) -> None:
        talk.raw(answer)

    with ScriptedServer(server({"UID FETCH": fetch}), server({})) as fake:
        mailbox = connected(fake)
        assert failure(mailbox, lambda: octets(mailbox)).kind in ("refused", "protocol")
        mailbox.connect()
        assert octets(mailbox) == [BODY]
        mailbox.close()


def test_a_fetch_that_hangs_times_out() -> None:
    def hang(talk: Talk, tag: str, line: str) -> None:
        talk.hear_end()
        raise EOFError

    with ScriptedServer(server({"UID FETCH": hang})) as fake:
        mailbox = connected(fake, read_timeout=0.2)
        assert failure(mailbox, lambda: octets(mailbox)).kind == "timeout"


def test_mails_that_all_vanished_move_the_mark_on() -> None:
    def nothing(talk: Talk, tag: str, line: str) -> None:
        return

    with ScriptedServer(server({"UID FETCH": nothing}, mails=3)) as fake:
        mailbox = connected(fake)
        assert list(mailbox.new_since(None)) == [(Mark(7, 3), [])]
        mailbox.close()


# -- connecting


def test_a_server_that_greets_nobody_times_out() -> None:
    with ScriptedServer(lambda talk: talk.hear_end()) as fake:
        mailbox = Mailbox(settings(fake.port, connect_timeout=0.2))
        assert failure(mailbox, mailbox.connect).kind == "timeout"


def test_our_name_is_told_after_the_login_where_it_is_asked_for() -> None:
    """163 and its sisters answer SELECT with "Unsafe Login" otherwise."""
    told: list[str] = []

    def play(talk: Talk) -> None:
        talk.say("* OK hello")
        while True:
            tag, _, line = talk.hear().partition(" ")
            told.append(line.split(" ")[0].upper())
            if line == "CAPABILITY":
                talk.say("* CAPABILITY IMAP4rev1 ID")
            elif line.startswith("ID "):
                assert "consign" in line
                talk.say('* ID ("name" "Coremail")')
            elif line.startswith("SELECT"):
                if "ID" not in told:
                    talk.say(f"{tag} NO SELECT Unsafe Login. Please contact kefu@188.com for help")
                    continue
                talk.say("* 0 EXISTS", "* OK [UIDVALIDITY 1] x")
            talk.say(f"{tag} OK done")

    with ScriptedServer(play) as fake:
        connected(fake).close()
    assert told.index("LOGIN") < told.index("ID") < told.index("SELECT")


def test_a_folder_without_uidvalidity_is_refused() -> None:
    def select(talk: Talk, tag: str, line: str) -> None:
        talk.say("* 3 EXISTS")

    with ScriptedServer(server({"SELECT": select})) as fake:
        mailbox = Mailbox(settings(fake.port))
        assert failure(mailbox, mailbox.connect).kind == "protocol"


def test_starttls_that_was_stripped_is_refused_before_the_password() -> None:
    heard: list[str] = []

    def play(talk: Talk) -> None:
        talk.say("* OK hello")
        while True:
            tag, _, line = talk.hear().partition(" ")
            heard.append(line)
            if line == "CAPABILITY":
                talk.say("* CAPABILITY IMAP4rev1 AUTH=PLAIN")
            talk.say(f"{tag} OK done")

    with ScriptedServer(play) as fake:
        mailbox = Mailbox(settings(fake.port, tls="starttls"))
        assert failure(mailbox, mailbox.connect).kind == "tls"
    assert not [line for line in heard if "LOGIN" in line.upper()]


@pytest.mark.parametrize("which", ["expired", "wrong_name", "unknown_issuer"])
@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_certificates_that_prove_nothing_are_refused(which: str, tls: str, certificates: Certificates) -> None:
    heard: list[str] = []

    def play(talk: Talk) -> None:
        if tls == "starttls":
            talk.say("* OK hello")
            tag = talk.hear("CAPABILITY").split()[0]
            talk.say("* CAPABILITY IMAP4rev1 STARTTLS", f"{tag} OK done")
            tag = talk.hear("STARTTLS").split()[0]
            talk.say(f"{tag} OK begin")
        try:
            talk.secure(certificates.server_context(which))
        except OSError:
            return  # the client broke it off: as it should
        heard.append(talk.hear())

    with ScriptedServer(play) as fake:
        mailbox = Mailbox(settings(fake.port, tls=tls, ca_file=certificates.ca_file))
        assert failure(mailbox, mailbox.connect).kind == "tls"
    assert heard == []
