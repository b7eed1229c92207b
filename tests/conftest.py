"""Fixtures that several rooms' tests share: real mail servers on loopback."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import Certificates, SmtpRecorder
from tests.servers import DovecotServer


@pytest.fixture(scope="session")
def dovecot() -> Iterator[DovecotServer]:
    """One Dovecot for all tests that need nothing special; each test takes a user of its own (see `user`)."""
    with DovecotServer() as server:
        yield server


@pytest.fixture
def user(request: pytest.FixtureRequest) -> str:
    """A mailbox that no other test uses."""
    name = "".join(character if character.isalnum() else "-" for character in request.node.nodeid.lower())
    return name[-60:].strip("-")


@pytest.fixture
def recorder() -> Iterator[SmtpRecorder]:
    """An SMTP server that keeps all letters; give it faults by `recorder.faults.append(Fault(…))`."""
    with SmtpRecorder() as server:
        yield server


@pytest.fixture(scope="session")
def certificates() -> Iterator[Certificates]:
    """In a folder that an unprivileged server may read, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="certificates-"))
    folder.chmod(0o755)
    yield Certificates(folder)
    shutil.rmtree(folder)
