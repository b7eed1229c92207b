"""Every fault of a configuration is named at once, with file, line, key and mend."""

from pathlib import Path

import pytest

from config.faults import ConfigurationError, Fault
from config.settings import Settings, is_loopback, line_of, load_settings

GOOD = """
language = "zh"
rules = "rules"
[company]
name = "某某物流"
address = "orders@company.example"
[mailbox]
host = "imap.company.example"
username = "orders@company.example"
password_file = "mailbox.secret"
[smtp]
host = "127.0.0.1"
port = 2525
tls = "none"
[database]
url = "sqlite:///data/consign.db"
"""


def written(folder: Path, text: str) -> Path:
    (folder / "mailbox.secret").write_text("secret\n", encoding="utf-8")
    file = folder / "consign.toml"
    file.write_text(text, encoding="utf-8")
    return file


def faults_of(folder: Path, text: str) -> list[Fault]:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(written(folder, text))
    return caught.value.faults


def test_a_good_file_is_read_with_its_paths_from_its_own_folder(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, GOOD))
    assert settings.mailbox is not None
    assert settings.mailbox.secret() == "secret"
    assert settings.mailbox.port == 993
    assert settings.rules == tmp_path / "rules"
    assert settings.database.url == f"sqlite:///{tmp_path}/data/consign.db"


def test_without_a_database_the_file_lies_beside_the_configuration(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, 'language = "en"'))
    assert settings.database.url == f"sqlite:///{tmp_path}/consign.db"


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSIGN_MAILBOX__HOST", "other.example")
    monkeypatch.setenv("CONSIGN_LANGUAGE", "en")
    settings = load_settings(written(tmp_path, GOOD))
    assert settings.mailbox is not None
    assert (settings.mailbox.host, settings.language) == ("other.example", "en")


def test_the_password_never_shows(tmp_path: Path) -> None:
    text = GOOD.replace('password_file = "mailbox.secret"', 'password = "open sesame"')
    assert "open sesame" not in repr(load_settings(written(tmp_path, text)))


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ('language = "zh"', 'language = "fr"', 2, "language"),
        ('language = "zh"', 'langauge = "zh"', 2, "langauge"),
        ('host = "imap.company.example"', "", 7, "mailbox.host"),
        ("port = 2525", 'port = "many"', 13, "smtp.port"),
        ("port = 2525", "port = 70000", 13, "smtp.port"),
        ('tls = "none"', 'tls = "ssl"', 14, "smtp.tls"),
        ('name = "某某物流"', "nam = 1", 5, "company.nam"),
        ('language = "zh"', 'timezone = "Shanghai"', 2, "timezone"),
        ("[database]", "[datbase]", 15, "datbase"),
        ('password_file = "mailbox.secret"', 'password_file = "gone.secret"', 10, "mailbox.password_file"),
        ('tls = "none"', 'tls = "none"\nconnections = 0', 15, "smtp.connections"),
    ],
)
def test_a_fault_is_named_with_its_line_and_key(tmp_path: Path, old: str, new: str, line: int, key: str) -> None:
    assert old in GOOD
    (fault,) = faults_of(tmp_path, GOOD.replace(old, new))
    assert (fault.file, fault.line, fault.key) == (str(tmp_path / "consign.toml"), line, key)
    assert fault.message
    assert fault.mend


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    text = GOOD.replace('language = "zh"', 'language = "fr"').replace("port = 2525", "port = 0")
    assert [fault.key for fault in faults_of(tmp_path, text)] == ["language", "smtp.port"]


def test_plain_text_beyond_loopback_must_be_allowed_aloud(tmp_path: Path) -> None:
    text = GOOD.replace('host = "127.0.0.1"', 'host = "smtp.company.example"')
    (fault,) = faults_of(tmp_path, text)
    assert fault.key == "smtp"
    assert "allow_plaintext" in fault.message
    assert load_settings(written(tmp_path, text.replace('tls = "none"', 'tls = "none"\nallow_plaintext = true')))


def test_broken_toml_names_its_line(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, GOOD.replace('language = "zh"', "language = zh"))
    assert fault.line == 2


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        load_settings(tmp_path / "gone.toml")


def test_a_fault_in_the_environment_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSIGN_CONSOLE__PORT", "high")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(None)
    assert [(fault.file, fault.key) for fault in caught.value.faults] == [("environment", "CONSIGN_CONSOLE__PORT")]


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().language = "en"  # type: ignore[misc]  # it is frozen


@pytest.mark.parametrize(
    ("host", "home"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.0.0.1", False), ("a.example", False)],
)
def test_loopback(host: str, home: bool) -> None:
    assert is_loopback(host) is home


def test_the_line_of_a_dotted_key() -> None:
    text = '[aliases.payment]\n"提付" = "collect"\n[smtp]\nport = 1\n'
    assert line_of(text, ["aliases", "payment", "提付"]) == 2
    assert line_of(text, ["smtp", "host"]) == 3
    assert line_of(text, ["mailbox"]) is None


SECOND = """
[[mailboxes]]
name = "suzhou"
host = "imap.company.example"
username = "suzhou@company.example"
password_file = "suzhou.secret"
"""


def test_a_second_mailbox_has_its_own_files_and_name(tmp_path: Path) -> None:
    (tmp_path / "suzhou.secret").write_text("other\n", encoding="utf-8")
    settings = load_settings(written(tmp_path, GOOD + SECOND))
    assert [(mailbox.name, mailbox.secret()) for mailbox in settings.every_mailbox()] == [
        ("orders", "secret"),
        ("suzhou", "other"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ('name = "suzhou"', 'name = "orders"', 19, "mailboxes.0.name"),
        ('"suzhou.secret"', '"nowhere.secret"', 22, "mailboxes.0.password_file"),
        ('host = "imap.company.example"\nusername = "suz', 'username = "suz', 18, "mailboxes.0.host"),
    ],
)
def test_a_fault_of_a_second_mailbox_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, key: str
) -> None:
    (tmp_path / "suzhou.secret").write_text("other\n", encoding="utf-8")
    (fault,) = faults_of(tmp_path, GOOD + SECOND.replace(old, new))
    assert (fault.line, fault.key) == (line, key)


def test_the_line_in_the_second_of_two_tables() -> None:
    text = '[[mailboxes]]\nname = "a"\n[[mailboxes]]\nname = "b"\n'
    assert line_of(text, ["mailboxes", "1", "name"]) == 4
    assert line_of(text, ["mailboxes", "1", "host"]) == 3


SUZHOU = """
[[companies]]
key = "suzhou"
name = "苏州某某物流"
address = "orders@suzhou.example"
phone = "0512-60000000"
supervisor = "lead@suzhou.example"
home_city = "苏州市"
area_code = "0512"
rules = "suzhou"
[companies.smtp]
host = "smtp.suzhou.example"
username = "orders@suzhou.example"
password_file = "suzhou.secret"
"""
ITS_MAILBOX = SECOND + 'company = "suzhou"\n'


def test_a_further_company_has_its_own_files_and_server(tmp_path: Path) -> None:
    (tmp_path / "suzhou.secret").write_text("other\n", encoding="utf-8")
    settings = load_settings(written(tmp_path, GOOD + ITS_MAILBOX + SUZHOU))
    (further,) = settings.companies
    assert further.rules == tmp_path / "suzhou"
    assert further.smtp is not None
    assert further.smtp.secret() == "other"
    assert settings.own_addresses() == {"orders@company.example", "orders@suzhou.example"}
    assert list(settings.servers()) == ["mailbox", "mailboxes.0", "smtp", "companies.0.smtp"]
    theirs = settings.of_company(further)
    assert (theirs.company, theirs.rules, theirs.language) == (further, further.rules, "zh")


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ('company = "suzhou"', 'company = "wuxi"', 23, "mailboxes.0.company"),
        ('address = "orders@suzhou.example"', 'address = "Orders@Company.example"', 28, "companies.0.address"),
        ('key = "suzhou"\n', 'key = "Suzhou!"\n', 26, "companies.0.key"),
        ('phone = "0512-60000000"\n', "", 25, "companies.0.phone"),
        ('host = "smtp.suzhou.example"\n', "", 34, "companies.0.smtp.host"),
        (
            'username = "orders@suzhou.example"\npassword_file = "suzhou.secret"\n',
            'ca_file = "no.pem"\n',
            36,
            "companies.0.smtp.ca_file",
        ),
    ],
)
def test_a_fault_of_a_further_company_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, key: str
) -> None:
    (tmp_path / "suzhou.secret").write_text("other\n", encoding="utf-8")
    faults = faults_of(tmp_path, (GOOD + ITS_MAILBOX + SUZHOU).replace(old, new))
    assert (line, key) in [(fault.line, fault.key) for fault in faults]


def test_a_company_without_a_mailbox_would_hear_no_answer(tmp_path: Path) -> None:
    (tmp_path / "suzhou.secret").write_text("other\n", encoding="utf-8")
    (fault,) = faults_of(tmp_path, GOOD + SECOND + SUZHOU)
    assert (fault.key, fault.message) == ("companies.0.key", "no mailbox belongs to this company")


OIDC = """
[console.oidc]
issuer = "https://id.company.example"
client_id = "desk"
client_secret_file = "mailbox.secret"
"""


def test_a_login_provider_needs_packages_and_is_told_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    oidc = load_settings(written(tmp_path, OIDC)).console.oidc
    assert oidc is not None
    assert oidc.secret() == "secret"
    monkeypatch.setattr("config.settings.find_spec", lambda name: None)
    (fault,) = faults_of(tmp_path, OIDC)
    assert (fault.line, fault.key) == (2, "console.oidc")
    assert 'pip install "consign[oidc]"' in fault.mend


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://id.company.example", "http://id.company.example"),
        ('client_secret_file = "mailbox.secret"', ""),
        ('client_id = "desk"', 'client_id = "desk"\nroles_claim = "groups"'),
        ("mailbox.secret", "missing.secret"),
    ],
)
def test_a_login_provider_that_would_not_be_safe_is_a_fault(tmp_path: Path, before: str, after: str) -> None:
    assert faults_of(tmp_path, OIDC.replace(before, after))
