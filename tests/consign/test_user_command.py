"""`consign user`: accounts are made, listed, switched off; passwords come in by standard input alone."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.database import open_database
from consign import schema
from consign.cli import main
from followup import people
from followup.passwords import matches
from followup.tables_desk import Agent

PASSWORD = "yellow lorries at dawn"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "consign.toml"
    file.write_text('language = "en"\n', encoding="utf-8")
    database = open_database(f"sqlite:///{tmp_path / 'consign.db'}")
    schema.upgrade(database)
    database.close()
    return file


def user(config: Path, *words: str, said: str = "") -> Result:
    return CliRunner().invoke(main, ["user", *words, "-c", str(config)], input=said)


def account(config: Path, name: str) -> Agent:
    database = open_database(f"sqlite:///{config.parent / 'consign.db'}")
    with database.read() as session:
        found = session.get(Agent, name)
    database.close()
    assert found
    return found


def test_an_account_is_made_and_listed_without_its_password(config: Path) -> None:
    assert user(config, "add", "Li", "--role", "supervisor", "--display", "李静", said=PASSWORD + "\n").exit_code == 0
    listed = user(config, "list", "--json")
    (row,) = json.loads(listed.stdout)
    assert (row["name"], row["role"], row["display"], row["disabled_at"]) == ("li", "supervisor", "李静", None)
    assert "argon2" not in listed.stdout
    assert matches(PASSWORD, account(config, "li").password)


@pytest.mark.parametrize(
    ("name", "password", "told"),
    [("li", "short\n", "at least 12"), ("li", "", "at least 12"), ("no name", PASSWORD + "\n", "small letters")],
)
def test_what_cannot_be_is_said_and_ends_with_2(config: Path, name: str, password: str, told: str) -> None:
    result = user(config, "add", name, said=password)
    assert result.exit_code == 2
    assert told in result.output


def test_an_account_is_made_once(config: Path) -> None:
    user(config, "add", "li", said=PASSWORD + "\n")
    assert user(config, "add", "li", said=PASSWORD + "\n").exit_code == 2


def test_password_disable_enable_and_link(config: Path) -> None:
    user(config, "add", "li", said=PASSWORD + "\n")
    assert user(config, "password", "li", said="a river of green tea\n").exit_code == 0
    assert matches("a river of green tea", account(config, "li").password)
    assert user(config, "disable", "li").exit_code == 0
    assert account(config, "li").disabled_at
    assert user(config, "enable", "li").exit_code == 0
    link = user(config, "link", "li").stdout.strip()
    assert link.startswith("http://127.0.0.1:8025/enter/")
    database = open_database(f"sqlite:///{config.parent / 'consign.db'}")
    code = link.rpartition("/")[2]
    now = account(config, "li").password_at
    assert people.enter_by_link(database, code, "", "", now)
    database.close()
    for act in ("disable", "enable", "link", "password"):
        assert user(config, act, "nobody", said=PASSWORD + "\n").exit_code == 2
