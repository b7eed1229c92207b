"""`consign init`: asks for what a first consign.toml needs, tries each answer on the spot, writes it all."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from config.phrases import phrase
from config.settings import MailboxSettings, SmtpSettings
from consign.commands.common import err, out
from consign.installing import Plan, Values, write
from consign.providers import Login, Provider, provider_of, providers

ADDRESS = re.compile(r"[^@\s\"\\]+@[^@\s\"\\]+\.[^@\s\"\\]+")
TLS_PORTS = {
    "imap": {"implicit": 993, "starttls": 143, "none": 143},
    "smtp": {"implicit": 465, "starttls": 587, "none": 25},
}
LOGIN_QUESTIONS: dict[Login, str] = {"code": "init_code", "password": "init_password", "token": "init_token"}
OWN = "own"
LOGIN_KEYS = ("username", "token_command")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--test/--no-test", default=True, help="log in to the servers on the spot")
def init(folder: Path, test: bool) -> None:
    """Asks for company, mailbox and mail server, tries them, writes consign.toml and starter rules into FOLDER."""
    if (folder / "consign.toml").exists():
        err.print(_said("init_exists", file=str(folder / "consign.toml")), markup=False)
        raise SystemExit(2)
    plan = Plan()
    address = _ask_company(plan)
    provider = _ask_provider(address)
    _ask_servers(plan, provider, address)
    login: Login = provider.login if provider else "password"
    _ask_login(plan, login)
    if test:
        _try_until_well(plan, "mailbox", login)
        _try_until_well(plan, "smtp", login)
    plan.database = {"url": _ask("init_database", "sqlite:///consign.db")}
    try:
        _, files = write(plan, folder)
    except FileExistsError as there:
        err.print(_said("init_exists", file=str(there.filename)), markup=False)
        raise SystemExit(2) from there
    for file in files:
        out.print(str(file), markup=False)
    out.print(_said("init_next"), markup=False)


def _said(code: str, **values: str) -> str:
    """Chinese first, English beside: the language of the person is not known yet."""
    return f"{phrase(code, 'zh', **values)} | {phrase(code, 'en', **values)}"


def _ask(code: str, default: str | None = None, **options: Any) -> str:
    text: str = click.prompt(_said(code), default=default, **options)
    return text.strip()


def _ask_address(code: str, default: str | None = None) -> str:
    while True:
        text = _ask(code, default)
        if ADDRESS.fullmatch(text):
            return text
        err.print(_said("init_not_an_address", text=text), markup=False)


def _ask_company(plan: Plan) -> str:
    name = _ask("init_company")
    address = _ask_address("init_address")
    plan.company = {
        "name": name,
        "address": address,
        "phone": _ask("init_phone"),
        "supervisor": _ask_address("init_supervisor"),
        "home_city": _ask("init_home_city", "上海市"),
    }
    return address


def _ask_provider(address: str) -> Provider | None:
    """The provider of the address, found by its domain or named; None for servers of one's own."""
    key = provider_of(address)
    if key is None:
        for name, one in providers().items():
            out.print(f"  {name}: {one.name}", markup=False)
        key = _ask("init_provider", OWN, type=click.Choice([*providers(), OWN]), show_choices=False)
    if key == OWN:
        return None
    provider = providers()[key]
    out.print(_said("init_provider_known", name=provider.name), markup=False)
    out.print(f"  {provider.note[0]} | {provider.note[1]}", markup=False)
    return provider


def _ask_servers(plan: Plan, provider: Provider | None, address: str) -> None:
    if provider is None:
        domain = address.rpartition("@")[2]
        username = _ask("init_username", address)
        plan.mailbox = _ask_door("imap", f"imap.{domain}") | {"username": username}
        plan.smtp = _ask_door("smtp", f"smtp.{domain}") | {"username": username}
        return
    plan.mailbox = provider.imap.model_dump() | {"username": address}
    plan.smtp = provider.smtp.model_dump() | {"username": address}
    if provider.letters_per_hour:
        plan.smtp["letters_per_hour"] = provider.letters_per_hour


def _ask_door(kind: str, default: str) -> Values:
    host = _ask(f"init_{kind}_host", default)
    tls = _ask("init_tls", "implicit", type=click.Choice(["implicit", "starttls", "none"]))
    port = int(click.prompt(_said("init_port"), default=TLS_PORTS[kind][tls], type=click.IntRange(1, 65535)))
    return {"host": host, "port": port, "tls": tls}


def _ask_login(plan: Plan, login: Login) -> None:
    """The secret, typed unseen; for OAuth2 the command that prints a token."""
    if login == "token":
        command = shlex.split(_ask(LOGIN_QUESTIONS[login]))
        plan.mailbox["token_command"] = plan.smtp["token_command"] = command
    else:
        plan.secret = _ask(LOGIN_QUESTIONS[login], hide_input=True)


def _try_until_well(plan: Plan, name: str, login: Login) -> None:
    """Logs in to one server; what fails is said with its mend, and asked again."""
    while True:
        section: Values = getattr(plan, name)
        try:
            facts = TRIES[name](plan.with_secret(section))
        except ValidationError as invalid:
            trouble = "; ".join(str(error["msg"]) for error in invalid.errors())
        except Exception as error:  # noqa: BLE001 (whatever it is, the person may change the answer)
            trouble = str(error) or type(error).__name__
        else:
            for fact in facts:
                out.print(f"  {fact}", markup=False)
            return
        err.print(f"{name}: {trouble}", markup=False)
        match _ask(
            "init_change", "password", type=click.Choice(["password", "server", "open", "skip"]), show_choices=False
        ):
            case "skip":
                return
            case "open":  # a relay that takes letters from this machine without a login
                setattr(plan, name, {key: value for key, value in section.items() if key not in LOGIN_KEYS})
            case "server":
                kind = "imap" if name == "mailbox" else "smtp"
                setattr(plan, name, section | _ask_door(kind, str(section["host"])))
            case _:
                _ask_login(plan, login)


def _try_mailbox(values: Values) -> list[str]:
    from intake.mailbox import test_login

    return test_login(MailboxSettings.model_validate(values))


def _try_smtp(values: Values) -> list[str]:
    from dispatch.smtp import probe

    return probe(SmtpSettings.model_validate(values))


TRIES: dict[str, Callable[[Values], list[str]]] = {"mailbox": _try_mailbox, "smtp": _try_smtp}
