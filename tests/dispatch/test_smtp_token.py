"""The post office logs in by an access token of the administrator's command (XOAUTH2)."""

import sys
from base64 import b64decode, b64encode

import pytest

from config.settings import SmtpSettings
from dispatch.smtp_greeting import LoginRefused
from dispatch.smtp_link import open_link
from tests.fakes import Script, ScriptedServer, Talk

REASON = b64encode(b'{"status":"401","schemes":"bearer"}').decode()


def settings(port: int, script: str = "print('the-token')") -> SmtpSettings:
    command = (sys.executable, "-c", script)
    values = {"host": "127.0.0.1", "port": port, "tls": "none", "username": "orders@x.example"}
    return SmtpSettings.model_validate(values | {"token_command": command, "read_timeout": 5})


def gate(*, taken: bool) -> Script:
    """A mail server that takes the token, or refuses it as Microsoft and Google do: with a challenge first."""

    def play(talk: Talk) -> None:
        talk.say("220 mail.example ESMTP")
        talk.hear("EHLO")
        talk.say("250-mail.example", "250 AUTH XOAUTH2")
        words = talk.hear("AUTH XOAUTH2 ").split()[2]
        assert b64decode(words) == b"user=orders@x.example\x01auth=Bearer the-token\x01\x01"
        if taken:
            talk.say("235 2.7.0 accepted")
        else:
            talk.say(f"334 {REASON}")
            talk.hear("^$")
            talk.say("535 5.7.3 Authentication unsuccessful")
        talk.hear_end()

    return play


def test_the_token_opens_the_connection() -> None:
    with ScriptedServer(gate(taken=True)) as server:
        link = open_link(settings(server.port))
        assert "AUTH" in link.offers()
        link.smtp.close()


def test_a_refused_token_is_a_refused_login() -> None:
    with ScriptedServer(gate(taken=False)) as server, pytest.raises(LoginRefused, match="Authentication unsuccessful"):
        open_link(settings(server.port))


def test_a_failed_command_is_a_refused_login_that_names_it() -> None:
    def greet(talk: Talk) -> None:
        talk.say("220 mail.example ESMTP")
        talk.hear("EHLO")
        talk.say("250-mail.example", "250 AUTH XOAUTH2")
        talk.hear_end()

    with ScriptedServer(greet) as server, pytest.raises(LoginRefused, match="invalid_grant"):
        open_link(settings(server.port, "import sys; sys.exit('invalid_grant')"))
