"""The mailbox logs in by an access token of the administrator's command (XOAUTH2)."""

import sys
from base64 import b64decode, b64encode

import pytest

from config.settings import MailboxSettings
from intake import imap_link
from intake.mailbox import MailboxUnreachable
from tests.fakes import Script, ScriptedServer, Talk

REASON = b64encode(b'{"status":"400","schemes":"bearer"}').decode()


def settings(port: int, script: str = "print('the-token')") -> MailboxSettings:
    command = (sys.executable, "-c", script)
    values = {"host": "127.0.0.1", "port": port, "tls": "none", "username": "orders@x.example"}
    return MailboxSettings.model_validate(values | {"token_command": command, "read_timeout": 5})


def gate(*, taken: bool) -> Script:
    """An IMAP server that takes the token, or refuses it as Microsoft and Google do: with a challenge first."""

    def play(talk: Talk) -> None:
        talk.say("* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] hello")
        while True:
            tag, _, line = talk.hear().partition(" ")
            if line.upper().startswith("AUTHENTICATE XOAUTH2"):
                talk.say("+ ")
                assert b64decode(talk.hear()) == b"user=orders@x.example\x01auth=Bearer the-token\x01\x01"
                if not taken:
                    talk.say(f"+ {REASON}")
                    talk.hear("^$")
                    talk.say(f"{tag} NO AUTHENTICATE failed.")
                    continue
            elif line.upper().startswith("CAPABILITY"):
                talk.say("* CAPABILITY IMAP4rev1 AUTH=XOAUTH2")
            talk.say(f"{tag} OK done")

    return play


def test_the_token_opens_the_mailbox() -> None:
    with ScriptedServer(gate(taken=True)) as server:
        client = imap_link.open_link(settings(server.port))
        assert client.noop()
        imap_link.cut(client)


def test_a_refused_token_is_a_refused_login() -> None:
    with ScriptedServer(gate(taken=False)) as server:
        with pytest.raises(MailboxUnreachable) as refused:
            imap_link.open_link(settings(server.port))
        assert refused.value.kind == "login"
        assert "AUTHENTICATE failed" in refused.value.detail
        assert "the-token" not in str(refused.value)


def test_a_failed_command_is_a_refused_login_that_names_it() -> None:
    with ScriptedServer(gate(taken=True)) as server:
        with pytest.raises(MailboxUnreachable) as refused:
            imap_link.open_link(settings(server.port, "import sys; sys.exit('invalid_grant')"))
        assert refused.value.kind == "login"
        assert "token_command" in refused.value.detail
        assert "invalid_grant" in refused.value.detail
