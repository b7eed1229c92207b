"""Forty ways to break a configuration that worked (row 36): each refused, with file, line, key and mend."""

import re
from pathlib import Path
from string import Template

import pytest

from config.faults import ConfigurationError
from config.settings import load_settings
from tests.faults.box import USERNAME
from tests.faults.installation import SHORT
from tests.faults.scene import Scene

VALUES = {"imap_port": "993", "smtp_port": "25", "imap_user": USERNAME, "imap_password": "x", "folder": "INBOX"}
GOOD = Template(SHORT.read_text(encoding="utf-8")).substitute(VALUES, database="sqlite:///consign.db")
# What is found in the file -> what stands there instead.
MUTATIONS: list[tuple[str, str]] = [
    ('language = "zh"', 'language = "xx"'),
    ('language = "zh"', "language = 1"),
    ('language = "zh"', 'langauge = "zh"'),
    ('language = "zh"', 'timezone = "Asia/Shangai"'),
    ('language = "zh"', 'timezone = ""'),
    ('language = "zh"', "shadow = true"),
    ('language = "zh"', "language ="),
    ('language = "zh"', 'language = "zh'),
    ("[company]", "[compnay]"),
    ("[company]", "[company"),
    ('address = "orders@example.test"', 'address = "orders"'),
    ('address = "orders@example.test"', "address = [1]"),
    ('supervisor = "lead@example.test"', 'supervisor = "lead@example.test\\r\\nBcc: x@y.example"'),
    ('supervisor = "lead@example.test"', 'supervisor = "@"'),
    ("[mailbox]", "[mailbox]\n[mailbox]"),
    ("port = 993", "port = 0"),
    ("port = 993", "port = 65536"),
    ("port = 993", 'port = "imap"'),
    ("port = 993", "port = 1e400"),
    ('tls = "none"\nusername', 'tls = "maybe"\nusername'),
    ('host = "127.0.0.1"\nport = 993', 'host = ""\nport = 993'),
    ('host = "127.0.0.1"\nport = 993', 'host = "imap.example.test"\nport = 993'),
    ('host = "127.0.0.1"\nport = 993', "port = 993"),
    ('password = "x"', 'password_file = "gone.secret"'),
    ("read_timeout = 5\nconnect_timeout = 3\nidle", "read_timeout = -1\nconnect_timeout = 3\nidle"),
    ("read_timeout = 5\nconnect_timeout = 3\nidle", "read_timeout = nan\nconnect_timeout = 3\nidle"),
    ("idle_renew_seconds = 10", 'idle_renew_seconds = "soon"'),
    ("idle_renew_seconds = 10", "idle_renew_seconds = 10\nca_file = 'gone.pem'"),
    ("[smtp]", "[smpt]"),
    ("port = 25", "port = 25\nconnections = 0"),
    ("port = 25", "port = 25\nhelo = 'x'"),
    ('url = "sqlite:///consign.db"', 'url = "mysql://localhost/consign"'),
    ('url = "sqlite:///consign.db"', 'url = "consign.db"'),
    ("enabled = false", 'enabled = "no, never"'),
    ("enabled = false", "enabled = false\nport = 99999"),
    ("lease_seconds = 3", "lease_seconds = 0"),
    ("lease_seconds = 3", "lease_seconds = inf"),
    ("retry_seconds = [1, 1, 2, 2]", "retry_seconds = []"),
    ("retry_seconds = [1, 1, 2, 2]", 'retry_seconds = ["a"]'),
    ("unknown_retry_seconds = 1", "unknown_retry_seconds = -5"),
    ("acknowledge_minutes = 1440", "acknowledge_minutes = 0"),
]


def test_there_are_enough_of_them_and_the_file_was_good(tmp_path: Path) -> None:
    assert len(MUTATIONS) >= 40
    file = tmp_path / "consign.toml"
    file.write_text(GOOD, encoding="utf-8")
    load_settings(file)


@pytest.mark.parametrize("number", range(len(MUTATIONS)))
def test_each_is_refused_with_its_place(number: int, tmp_path: Path) -> None:
    old, new = MUTATIONS[number]
    assert old in GOOD
    file = tmp_path / "consign.toml"
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_settings(file)
    for fault in refused.value.faults:
        assert fault.file == str(file), "a fault of another file"
        assert fault.line
        assert fault.message
        assert fault.mend


@pytest.fixture
def broken(scene: Scene) -> Path:
    file = scene.installation.folder / "consign.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('language = "zh"', 'timezone = "Asia/Shangai"'), "utf-8")
    return file


def test_the_daemon_ends_with_2_and_says_where(scene: Scene, broken: Path) -> None:
    scene.installation.start()
    assert scene.installation.ended(30) == 2
    assert re.search(rf"{re.escape(str(broken))}.?:?.?2", scene.installation.tail()), scene.installation.tail()
