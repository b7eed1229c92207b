"""`consign init`: known providers, answers tried on real servers, files that no other account can read."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.settings import load_settings
from consign.cli import main
from consign.providers import provider_of, providers
from consign.servers import EmbeddedServers
from tests.fakes import SmtpRecorder

COMPANY = ['某某"物流"', "orders@company.example", "021-60000000", "lead@company.example", "上海市"]

# aiosmtpd; loopback
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


@dataclass(frozen=True)
class Doors:
    """A mailbox and a mail server that know one account."""

    username: str
    password: str
    imap_port: int
    smtp_port: int


@pytest.fixture(scope="module")
def servers() -> Iterator[Doors]:
    with EmbeddedServers(lambda _recipient, _octets: None) as mailbox:
        account = mailbox.username, mailbox.password
        with SmtpRecorder(login=account) as smtp:
            yield Doors(*account, mailbox.imap_port, smtp.port)


def answered(folder: Path, *answers: str, options: tuple[str, ...] = ()) -> Result:
    return CliRunner().invoke(main, ["init", str(folder), *options], input="\n".join(answers) + "\n")


def own_servers(servers: Doors, password: str) -> list[str]:
    imap = ["127.0.0.1", "none", str(servers.imap_port)]
    smtp = ["127.0.0.1", "none", str(servers.smtp_port)]
    return ["own", servers.username, *imap, *smtp, password]


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("a@163.com", "netease-163"),
        ("a@126.com", "netease-126"),
        ("a@yeah.net", "netease-yeah"),
        ("a@vip.QQ.com", "qq"),
        ("a@foxmail.com", "qq"),
        ("a@aliyun.com", "aliyun"),
        ("a@hotmail.com", "outlook"),
        ("a@gmail.com", "gmail"),
        ("a@not-163.com", None),
        ("a@company.example", None),
    ],
)
def test_a_provider_is_known_by_the_domain(address: str, key: str | None) -> None:
    assert provider_of(address) == key


def test_every_provider_can_be_used_as_it_stands() -> None:
    domains = [domain for one in providers().values() for domain in one.domains]
    assert len(domains) == len(set(domains)), "a domain belongs to one provider"
    for key, one in providers().items():
        assert one.imap.tls != "none", key
        assert one.smtp.tls != "none", key
        assert all(one.note), key
    assert {key for key, one in providers().items() if one.id} == {
        "netease-163",
        "netease-126",
        "netease-yeah",
        "netease-qiye",
    }


def test_a_known_provider_asks_for_the_code_alone(tmp_path: Path) -> None:
    company = ["某某物流", "orders@163.com", "021-60000000", "lead@company.example", ""]
    result = answered(tmp_path, *company, "SECRETCODE", "", options=("--no-test",))
    assert result.exit_code == 0, result.output
    assert "授权密码" in result.output
    assert "SECRETCODE" not in result.output
    settings = load_settings(tmp_path / "consign.toml")
    assert settings.mailbox is not None
    assert settings.smtp is not None
    assert (settings.mailbox.host, settings.mailbox.username) == ("imap.163.com", "orders@163.com")
    assert (settings.smtp.host, settings.smtp.port, settings.smtp.tls) == ("smtp.163.com", 465, "implicit")
    assert settings.mailbox.secret() == settings.smtp.secret() == "SECRETCODE"
    assert settings.rules == tmp_path


def test_own_servers_are_tried_and_kept(tmp_path: Path, servers: Doors) -> None:
    result = answered(tmp_path, *COMPANY, *own_servers(servers, servers.password), "")
    assert result.exit_code == 0, result.output
    assert "INBOX" in result.output, "the facts of the mailbox are shown"
    file = tmp_path / "consign.toml"
    assert load_settings(file).company.name == '某某"物流"'
    secret = tmp_path / "mailbox.secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert servers.password not in file.read_text(encoding="utf-8")
    assert {"areas.csv", "lanes.csv", "cargo.csv", "dispatchers.csv"} <= {one.name for one in tmp_path.iterdir()}


def test_a_wrong_password_is_said_and_asked_again(tmp_path: Path, servers: Doors) -> None:
    result = answered(tmp_path, *COMPANY, *own_servers(servers, "wrong"), "password", servers.password, "")
    assert result.exit_code == 0, result.output
    assert "mailbox: login" in result.output
    assert (tmp_path / "mailbox.secret").read_text(encoding="utf-8").strip() == servers.password


def test_a_wrong_server_is_said_and_asked_again(tmp_path: Path, servers: Doors) -> None:
    wrong = own_servers(servers, servers.password)
    wrong[4] = "1"  # nobody listens there
    right = ["server", "127.0.0.1", "none", str(servers.imap_port)]
    result = answered(tmp_path, *COMPANY, *wrong, *right, "")
    assert result.exit_code == 0, result.output
    assert "mailbox: refused" in result.output


def test_what_is_there_is_never_touched(tmp_path: Path) -> None:
    file = tmp_path / "consign.toml"
    file.write_text("# mine\n", encoding="utf-8")
    result = answered(tmp_path)
    assert result.exit_code == 2
    assert file.read_text(encoding="utf-8") == "# mine\n"


def test_an_address_that_is_none_is_asked_again(tmp_path: Path) -> None:
    company = ["某某物流", "orders", "orders@163.com", "021-1", "lead@company.example", ""]
    result = answered(tmp_path, *company, "CODE", "", options=("--no-test",))
    assert result.exit_code == 0, result.output
    assert "不是邮箱地址" in result.output


def test_a_token_command_takes_the_place_of_a_password(tmp_path: Path) -> None:
    company = ["某某物流", "orders@outlook.com", "021-1", "lead@company.example", ""]
    result = answered(tmp_path, *company, "oama access 'orders@outlook.com'", "", options=("--no-test",))
    assert result.exit_code == 0, result.output
    settings = load_settings(tmp_path / "consign.toml")
    assert settings.mailbox is not None
    assert settings.mailbox.token_command == ("oama", "access", "orders@outlook.com")
    assert not (tmp_path / "mailbox.secret").exists()


def test_a_relay_without_a_login_is_said_to_be_open(tmp_path: Path, servers: Doors) -> None:
    """The mail server of the house often takes letters from its own machines without asking who they are."""
    with SmtpRecorder() as relay:
        imap = ["127.0.0.1", "none", str(servers.imap_port)]
        doors = ["own", servers.username, *imap, "127.0.0.1", "none", str(relay.port), servers.password]
        result = answered(tmp_path, *COMPANY, *doors, "open", "")
        assert result.exit_code == 0, result.output
    settings = load_settings(tmp_path / "consign.toml")
    assert settings.smtp is not None
    assert (settings.smtp.username, settings.smtp.password_file) == ("", None)
    assert settings.mailbox is not None
    assert settings.mailbox.secret() == servers.password
