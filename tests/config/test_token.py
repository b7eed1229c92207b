"""The token command: its token, and every way in which it can give none."""

import sys

import pytest
from pydantic import ValidationError

from config.settings import MailboxSettings
from config.token import TokenRefused, access_token, xoauth2


def command(script: str) -> tuple[str, ...]:
    return (sys.executable, "-c", script)


def test_the_token_is_what_the_command_prints() -> None:
    assert access_token(command("print('ya29.a0-b_C~d+e/f==')")) == "ya29.a0-b_C~d+e/f=="


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("import sys; sys.exit('refresh token expired')", "exit status 1: refresh token expired"),
        ("print('')", "not an access token (0 characters)"),
        ('print(\'{"access_token": "abc"}\')', "not an access token"),
        ("print('abc\\r\\nA1 LOGOUT')", "not an access token"),
        ("print('令牌')", "not an access token"),
    ],
)
def test_anything_else_is_refused_with_its_reason(script: str, words: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        access_token(command(script))
    assert words in str(refused.value)
    assert "access_token" not in str(refused.value), "what was printed may be a secret"


def test_a_command_that_is_not_there() -> None:
    with pytest.raises(TokenRefused, match="token_command /no/such/program: No such file"):
        access_token(("/no/such/program",))


def test_a_command_that_hangs() -> None:
    with pytest.raises(TokenRefused, match=r"no answer within 0\.2 s"):
        access_token(command("input = __import__('threading').Event().wait()"), patience=0.2)


def test_the_words_of_xoauth2() -> None:
    assert xoauth2("orders@x.example", "T") == "user=orders@x.example\x01auth=Bearer T\x01\x01"


def test_a_token_needs_its_username() -> None:
    values = {"host": "imap.x.example", "token_command": ["print-token"]}
    with pytest.raises(ValidationError, match="needs the username"):
        MailboxSettings.model_validate(values)
    assert MailboxSettings.model_validate(values | {"username": "orders@x.example"}).token_command == ("print-token",)
