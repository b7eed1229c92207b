"""Mail providers that the set-up knows by the domain of an address: servers, kind of login, what to switch on first."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal

from config.settings import Section, Tls

Login = Literal["code", "password", "token"]


class Door(Section):
    """One server of a provider."""

    host: str
    port: int
    tls: Tls


class Provider(Section):
    """What is publicly known of a provider; see config/defaults/providers.toml."""

    name: str
    domains: tuple[str, ...]
    imap: Door
    smtp: Door
    login: Login
    id: bool  # wants to hear our name before it opens a folder
    idle: bool | None = None  # offers IDLE; None: not known, the server is asked
    letters_per_hour: int = 0
    note: tuple[str, str]  # zh, en: what to do in the web mail first


@cache
def providers() -> Mapping[str, Provider]:
    """All that are known, by key."""
    text = resources.files("config").joinpath("defaults", "providers.toml").read_text(encoding="utf-8")
    return {key: Provider.model_validate(values) for key, values in tomllib.loads(text).items()}


def provider_of(address: str) -> str | None:
    """Key of the provider that the domain of the address belongs to; None for a domain of one's own."""
    domain = address.rpartition("@")[2].lower()
    return next((key for key, provider in providers().items() if domain in provider.domains), None)
