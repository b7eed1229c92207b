"""What is shipped to run consign for real fits the program: units, container, compose, alert rules, locks."""

import json
import re
import subprocess
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from click import Command
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from config.database import open_database
from config.settings import Settings
from consign import schema
from consign.cli import COMMANDS, main
from consign.journal import News
from consign.metrics import Metrics
from tests.processes import require

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "config/deploy"
UNITS = ("consign.service", "consign-backup.service", "consign-backup.timer")


def unit(name: str) -> dict[str, list[str]]:
    """Option -> its values, in the sequence of the file."""
    options: dict[str, list[str]] = {}
    for line in (DEPLOY / name).read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            options.setdefault(key, []).append(value)
    return options


def load_yaml(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("Type", "notify"),
        ("WatchdogSec", "30"),
        ("DynamicUser", "yes"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("PrivateTmp", "yes"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("StateDirectory", "consign"),
        ("Restart", "always"),
        ("ExecReload", "/bin/kill -HUP $MAINPID"),
    ],
)
def test_the_unit_is_hardened_and_watched(option: str, value: str) -> None:
    assert unit("consign.service")[option] == [value]


def test_the_daemon_has_time_for_a_clean_stop() -> None:
    assert int(unit("consign.service")["TimeoutStopSec"][0]) > 10, "a stop takes up to 10 s (RELIABILITY G10)"
    assert float(unit("consign.service")["WatchdogSec"][0]) > 10, "the daemon speaks every second"


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_a_unit_calls_a_command_that_there_is(name: str) -> None:
    words = unit(name)["ExecStart"][0].split()
    assert words[0] == "/opt/consign/bin/consign"
    command = main.get_command(None, words[1])  # type: ignore[arg-type]  # no context is needed
    assert isinstance(command, Command)
    assert "-c" in {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize("file", ["consign.service", "consign-backup.service", "compose.yaml", "Containerfile"])
def test_every_variable_is_a_setting(file: str) -> None:
    text = (DEPLOY / file).read_text(encoding="utf-8")
    names = set(re.findall(r"\b(CONSIGN_[A-Z_]+)(?=[=:] ?[^\s?])", text)) - {"CONSIGN_CONFIG"}
    assert names
    for name in names:
        section, _, key = name.removeprefix("CONSIGN_").lower().partition("__")
        field = Settings.model_fields[section]
        if key:
            kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
            assert any(key in getattr(kind, "model_fields", {}) for kind in kinds), name


def test_systemd_takes_the_units_and_finds_little_exposed() -> None:
    binary = require("systemd-analyze", "systemd")
    paths = [str(DEPLOY / name) for name in UNITS]
    verified = subprocess.run([binary, "verify", *paths], capture_output=True, text=True, check=False, timeout=60)
    complaints = [line for line in verified.stderr.splitlines() if line and "is not executable" not in line]
    assert [line for line in complaints if "consign" in line] == []
    command = [binary, "security", "--offline=true", "--threshold=20", paths[0]]
    rated = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert rated.returncode == 0, f"exposure above 2.0 of 10\n{rated.stdout[-300:]}"


def test_the_compose_file_keeps_everything_at_home() -> None:
    services = load_yaml("compose.yaml")["services"]
    assert all(port.startswith("127.0.0.1:") for port in services["consign"]["ports"])
    assert "ports" not in services["db"]
    assert services["consign"]["read_only"] is True
    assert services["consign"]["cap_drop"] == ["ALL"]
    assert services["consign"]["environment"]["CONSIGN_DATABASE__URL"].startswith("postgresql+psycopg://")
    build = services["consign"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Containerfile"


def test_the_container_copies_what_there_is_and_installs_by_hash() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    for source in re.findall(r"^COPY (?!--from)(\S+) ", text, re.MULTILINE):
        assert (ROOT / source).exists(), source
    assert "--require-hashes -r /src/.ci/requirements.lock" in text
    assert re.search(r"^USER 10001$", text, re.MULTILINE), "never as root"


@pytest.fixture(scope="module")
def metric_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Every series that the page can show."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('metrics') / 'consign.db'}")
    schema.upgrade(database)
    now = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    metrics = Metrics(database, lambda: now, dict, lambda: ["mailbox_away"])
    metrics.count(News(1, "work_order_sent", now, None, None, {}, now))
    names = {family.name for family in metrics.registry.collect()}
    names |= {sample.name for family in metrics.registry.collect() for sample in family.samples}
    database.close()
    return names


def expressions() -> list[str]:
    rules = [rule["expr"] for group in load_yaml("prometheus-rules.yaml")["groups"] for rule in group["rules"]]
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text(encoding="utf-8"))
    return rules + [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


@pytest.mark.parametrize("expression", expressions())
def test_rules_and_dashboard_ask_for_what_there_is(expression: str, metric_names: set[str]) -> None:
    asked = set(re.findall(r"\bconsign_\w+", expression))
    assert asked <= metric_names
    assert asked or expression.startswith("up{")


def test_panels_have_numbers_of_their_own() -> None:
    panels = json.loads((DEPLOY / "grafana-dashboard.json").read_text(encoding="utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)


def locked(name: str) -> dict[str, str]:
    """Package -> version of a lock file; every one must have its hashes."""
    text = (ROOT / ".ci" / name).read_text(encoding="utf-8")
    found = dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE))
    assert len(re.findall(r"^ {4}--hash=", text, re.MULTILINE)) >= len(found)
    assert not re.search(r"^ *-(?:-index-url|-extra-index-url|-find-links|i|f)\b", text, re.MULTILINE)
    return {canonicalize_name(package): version for package, version in found.items()}


@pytest.mark.parametrize(("name", "extras"), [("requirements.lock", ()), ("requirements-dev.lock", ("dev",))])
def test_every_dependency_is_locked(name: str, extras: tuple[str, ...]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(one for extra in extras for one in project["optional-dependencies"][extra])]
    versions = locked(name)
    for requirement in map(Requirement, wanted):
        version = versions.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name}: run .ci/lock"
        assert requirement.specifier.contains(version), f"{requirement} is locked at {version}: run .ci/lock"


def data_files() -> list[Path]:
    """Every file of a room that is not Python, as the repository knows it."""
    rooms = ("config", "intake", "dispatch", "followup", "consign")
    listed = subprocess.run(["git", "ls-files", *rooms], cwd=ROOT, capture_output=True, text=True, check=True)
    return [Path(line) for line in listed.stdout.splitlines() if not line.endswith(".py")]


def test_all_data_goes_into_the_wheel() -> None:
    """What `package-data` does not match would be missing in an installed consign."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"][
        "package-data"
    ]
    packed = {
        file.relative_to(ROOT)
        for room, globs in patterns.items()
        for pattern in globs
        for file in (ROOT / room).glob(pattern)
        if file.is_file()
    }
    assert [str(file) for file in data_files() if file not in packed] == []


def test_every_command_has_its_help() -> None:
    for name in COMMANDS:
        command = main.get_command(None, name)  # type: ignore[arg-type]  # no context is needed
        assert command is not None
        assert command.get_short_help_str(), name
