"""Real servers for the fault tests: one Dovecot for all, and for each test a folder, a sink and an installation."""

import random
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.faults.box import Box, open_box
from tests.faults.installation import Installation
from tests.faults.scene import Loop, Scene
from tests.faults.sink import Sink
from tests.processes import require


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


@pytest.fixture(scope="session")
def box() -> Iterator[Box]:
    require("dovecot", "dovecot-imapd")
    with open_box() as made:
        yield made


@pytest.fixture
def strace() -> None:
    """Injects faults of the disk, and sees what is written to it."""
    require("strace", "strace")


@pytest.fixture
def faketime() -> None:
    """Puts the clock of a process elsewhere."""
    require("faketime", "faketime")


@pytest.fixture
def prlimit() -> None:
    """Takes memory or file handles away."""
    require("prlimit", "util-linux")


@pytest.fixture
def sink(loop: Loop) -> Iterator[Sink]:
    made = Sink(random.Random(1))
    loop.run(made.start())
    yield made
    loop.run(made.stop())


@pytest.fixture
def scene(box: Box, sink: Sink, tmp_path: Path) -> Iterator[Scene]:
    folder = f"T{uuid4().hex[:12]}"
    box.make_folder(folder)
    installation = Installation(tmp_path, box.port, sink.port, folder)
    yield Scene(box, sink, installation, folder)
    installation.kill()
