"""The name server fails, is slow, lies (row 43): it is waited for, the next address is tried, nothing is lost."""

import os
import re
from pathlib import Path

import pytest

from tests.faults.scene import Scene
from tests.faults.sink import SmtpFault

ORDERS = 3
STUB = Path(__file__).with_name("resolver")


class NameServer:
    """What the daemon is told of the two servers' names from now on."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.says("well")

    def says(self, word: str) -> None:
        self.file.write_text(word, encoding="ascii")

    @property
    def environment(self) -> dict[str, str]:
        paths = [str(STUB), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {"CHAOS_RESOLVER": str(self.file), "PYTHONPATH": os.pathsep.join(paths)}


@pytest.fixture
def names(scene: Scene, tmp_path: Path) -> NameServer:
    """Both servers are known by names."""
    file = scene.installation.folder / "consign.toml"
    text = file.read_text(encoding="utf-8")
    named = re.sub(r'host = "127.0.0.1"', 'host = "mail.resolver.test"\nallow_plaintext = true', text)
    assert named.count("resolver.test") == 2
    file.write_text(named, encoding="utf-8")
    return NameServer(tmp_path / "names")


@pytest.mark.parametrize("word", ["fail", "wrong"])
def test_a_name_that_leads_nowhere_is_asked_for_again(word: str, scene: Scene, names: NameServer) -> None:
    names.says(word)
    scene.order(ORDERS)
    scene.installation.start(names.environment)
    scene.installation.until(lambda: "mailbox_away" in scene.installation.tail(200), 30, "the mailbox is out of reach")
    names.says("well")
    scene.finish()
    scene.check_rows()
    assert scene.verdict().sound(), scene.verdict()


@pytest.mark.parametrize("word", ["dead", "slow 2"])
def test_the_next_address_is_tried_and_a_slow_answer_waited_for(word: str, scene: Scene, names: NameServer) -> None:
    names.says(word)
    scene.order(ORDERS)
    scene.installation.start(names.environment)
    scene.finish()
    scene.check_rows()
    assert scene.verdict().sound(), scene.verdict()


def test_it_fails_between_two_letters(scene: Scene, names: NameServer) -> None:
    """The kept connection dies and the name cannot be asked for: letters wait, none is blamed."""
    scene.installation.start(names.environment)
    scene.order(ORDERS)
    scene.installation.until(lambda: scene.answered() and scene.settled(), 60, "the first orders")
    names.says("fail")
    scene.sink.faults = [SmtpFault("mail", "421 4.3.2 closing", times=4)]
    scene.order(ORDERS)
    scene.installation.until(lambda: "mail_server_away" in scene.installation.tail(200), 30, "the name is asked for")
    names.says("well")
    scene.finish()
    scene.check_rows()
    assert scene.verdict().sound(), scene.verdict()
    assert scene.installation.count("letter WHERE failures > 0") == 0
