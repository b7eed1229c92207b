"""A Message-ID of ours says what it is, and nobody else can write one."""

import pytest

from intake.tokens import Audience, letter_token, looks_like_ours, nonce, read_identifier

SECRET = b"a secret of this installation"


def identifier(audience: Audience, secret: bytes = SECRET) -> str:
    return f"<{audience.value}-20261124-0001-r2.3-{nonce(secret, '20261124-0001', 2, audience)}@consign.example>"


@pytest.mark.parametrize("audience", Audience)
def test_a_letter_of_ours_is_known_by_its_message_id(audience: Audience) -> None:
    letter = read_identifier(identifier(audience), SECRET)
    assert letter is not None
    assert (letter.audience, letter.genuine) == (audience, True)
    assert (letter.number, letter.revision, letter.round) == ("20261124-0001", 2, 3)


def test_a_letter_that_answered_a_mail_names_the_mail() -> None:
    token = nonce(SECRET, "mail-17", 0, Audience.SHIPPER)
    letter = read_identifier(f"<re-mail-17-{token}@consign.example>", SECRET)
    assert letter is not None
    assert (letter.mail_id, letter.number, letter.genuine) == (17, "", True)


@pytest.mark.parametrize(
    "forged",
    [
        identifier(Audience.DISPATCHER, b"another secret"),
        identifier(Audience.DISPATCHER).replace("-0001-", "-0002-"),
        identifier(Audience.DISPATCHER).replace("-r2.", "-r1."),
        identifier(Audience.SHIPPER).replace("<re-", "<wo-"),  # a shipper makes no dispatcher of himself
    ],
    ids=["another secret", "another order", "another revision", "another audience"],
)
def test_what_was_changed_is_not_genuine(forged: str) -> None:
    letter = read_identifier(forged, SECRET)
    assert letter is not None
    assert not letter.genuine


def test_without_a_secret_nothing_is_genuine() -> None:
    letter = read_identifier(identifier(Audience.DISPATCHER, b""), b"")
    assert letter is not None
    assert not letter.genuine


def test_strangers_and_rewritten_identifiers() -> None:
    assert read_identifier("<CAxx1@mail.gmail.example.com>", SECRET) is None
    assert read_identifier("<wo-20261124-0001.1@3pl.example.com>", SECRET) is None
    assert looks_like_ours("<wo-20261124-0001.1@3pl.example.com>")
    assert not looks_like_ours("<CAxx1@mail.gmail.example.com>")


def test_each_revision_and_audience_has_a_token_of_its_own() -> None:
    tokens = {letter_token(SECRET, "20261124-0001", revision, audience) for revision in (1, 2) for audience in Audience}
    assert len(tokens) == 6
    assert all(len(token) == 10 and token.isalnum() for token in tokens)
