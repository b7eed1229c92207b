"""Couriers against servers that talk nonsense, hang or break off at each place of the dialogue (RELIABILITY G5)."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from config.settings import SmtpSettings
from dispatch.smtp import Courier, Later, Never, Unknown
from tests.fakes import Script, ScriptedServer, Talk

LETTER = b"Subject: x\r\n\r\nbody\r\n"


def settings(port: int, **changes: Any) -> SmtpSettings:
    plain = {"host": "127.0.0.1", "port": port, "tls": "none", "read_timeout": 0.3, "dot_timeout": 0.3}
    return SmtpSettings.model_validate(plain | {"connect_timeout": 0.3} | changes)


def send(courier: Courier) -> str:
    return courier.send("a@consign.example", "b@fleet.example", LETTER, time.monotonic() + 20)


def server(
    *, greeting: str = "220 hello", offers: str = "250 PIPELINING", **answers: str | Callable[[Talk], object]
) -> Script:
    """Answers well, but for `answers`: mail, rcpt, data, dot, rset -> a reply, or what to do instead."""

    def answer(talk: Talk, name: str, usual: str) -> None:
        reply = answers.get(name, usual)
        if callable(reply):
            reply(talk)
        else:
            talk.say(reply)

    def play(talk: Talk) -> None:
        talk.say(greeting)
        while True:
            verb = talk.hear()[:4].upper()
            if verb == "EHLO":
                answer(talk, "ehlo", f"250-me\r\n{offers}")
            elif verb == "QUIT":
                talk.say("221 bye")
                return
            elif verb != "DATA":
                answer(talk, verb.lower(), "250 ok")
            else:
                answer(talk, "data", "354 go on")
                while "data" not in answers and talk.hear() != ".":
                    pass
                if "data" not in answers:
                    answer(talk, "dot", "250 kept")

    return play


def leave(talk: Talk) -> None:
    raise EOFError


def closing(talk: Talk) -> None:
    talk.say("421 closing")
    raise EOFError


def hang(talk: Talk) -> None:
    talk.hear_end()
    raise EOFError


def outcome(script: Script, **changes: Any) -> Exception:
    """How one letter to such a server fails; no second connection is made for it."""
    with ScriptedServer(script) as fake:
        courier = Courier(settings(fake.port, **changes))
        with pytest.raises((Later, Never, Unknown)) as caught:
            send(courier)
        courier.close()
        assert fake.connections == 1
    return caught.value


@pytest.mark.parametrize(
    "script",
    [
        server(greeting="554 5.3.2 no service here"),
        server(greeting="421 too many connections"),
        server(greeting="what?"),
        hang,
        leave,
        server(ehlo=closing),
        server(mail=leave),
        server(mail=hang),
        server(mail="421 closing"),
        server(mail="what?"),
    ],
    ids=["554", "421", "nonsense", "hang", "leave", "ehlo", "mail leave", "mail hang", "mail 421", "mail nonsense"],
)
def test_before_the_letter_was_noticed_the_server_is_to_blame(script: Script) -> None:
    failure = outcome(script)
    assert isinstance(failure, Later)
    assert failure.server


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("do", [leave, hang, "421 closing", "999 what", "what?", "450 not now"])
@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_before_the_dot_every_break_is_later(stage: str, do: Any, pipelining: bool) -> None:
    failure = outcome(server(**{stage: do}), pipelining=pipelining)
    assert isinstance(failure, Later)
    assert not failure.server


@pytest.mark.parametrize(
    "do",
    [leave, hang, "what?", "999 what", "354 go on", "x" * 9000, lambda talk: talk.raw(b"250-half a reply\r\n")],
    ids=["leave", "hang", "nonsense", "999", "354", "long line", "half"],
)
def test_after_the_dot_what_is_no_answer_is_unknown(do: Any) -> None:
    assert isinstance(outcome(server(dot=do)), Unknown)


@pytest.mark.parametrize(
    ("reply", "kind"), [("451 later", Later), ("421 closing", Later), ("552 full", Never), ("554 spam", Never)]
)
def test_after_the_dot_a_refusal_is_certain(reply: str, kind: type[Exception]) -> None:
    assert isinstance(outcome(server(dot=reply)), kind)


def test_text_is_never_sent_for_a_refused_letter() -> None:
    """A server that says 354 after refusing the recipient might take an empty letter (RFC 2920 3.1)."""
    heard: list[str] = []

    def data(talk: Talk) -> None:
        talk.say("354 go on")
        heard.append(talk.hear())

    with ScriptedServer(server(rcpt="550 no such user", data=data), server()) as fake:
        courier = Courier(settings(fake.port))
        with pytest.raises(Never):
            send(courier)
        assert send(courier).startswith("250")
        courier.close()
        assert fake.connections == 2
    assert heard == []


@pytest.mark.parametrize("words", ["421 4.4.2 timeout", "552 5.3.4 too large", "250 kept"])
def test_a_server_that_speaks_before_the_dot_gets_none(words: str) -> None:
    """Not a doubt but a certainty; and a 250 said too early must not be taken for the reply to the dot."""
    heard: list[str] = []

    def data(talk: Talk) -> None:
        talk.say("354 go on", words)
        while True:
            heard.append(talk.hear())

    failure = outcome(server(data=data))
    assert isinstance(failure, Later)
    assert words in str(failure)
    assert "." not in heard


def test_a_stray_reply_is_not_taken_for_the_next_letters() -> None:
    """A second 250 lies ready; the next letter's MAIL would take it, and its dot the reply to its DATA."""
    with ScriptedServer(server(dot=lambda talk: talk.say("250 kept", "250 again")), server()) as fake:
        courier = Courier(settings(fake.port))
        assert send(courier) == "250 kept"
        assert send(courier) == "250 kept"
        courier.close()
        assert fake.connections == 2


def test_a_server_that_does_not_know_rset_is_left() -> None:
    with ScriptedServer(server(rcpt="550 no", data="503 no", rset="500 what"), server()) as fake:
        courier = Courier(settings(fake.port, pipelining=False))
        with pytest.raises(Never):
            send(courier)
        assert send(courier) == "250 kept"
        courier.close()


def test_a_multi_line_reply_is_one_reply() -> None:
    with ScriptedServer(server(dot="250-first\r\n250 last")) as fake:
        courier = Courier(settings(fake.port))
        assert send(courier) == "250 first last"
        courier.close()


def test_a_deadline_that_passes_while_the_server_thinks_stops_the_dot() -> None:
    """The zombie: its lease ran out while it was waiting; another sender may have the letter (T3)."""
    heard: list[str] = []

    def slow(talk: Talk) -> None:
        talk.hear_end()  # until the courier has gone
        heard.append("gone")
        raise EOFError

    with ScriptedServer(server(data=slow)) as fake:
        courier = Courier(settings(fake.port, read_timeout=10))
        with pytest.raises(Later) as caught:
            courier.send("a@consign.example", "b@fleet.example", LETTER, time.monotonic() + 0.3)
        assert not caught.value.server
        courier.close()
    assert heard == ["gone"]
