"""What this installation is: consign.toml, `CONSIGN_*` environment and secret files, checked as a whole.

Order of precedence: environment, then the file, then the defaults here. Relative paths (and a relative SQLite URL) are
taken from the folder of the file. Every fault is reported at once, with file, line, key and mend (RELIABILITY G17).
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config.companysections import (
    EVENTS,
    NOTICES,
    AliasSettings,
    CompanySettings,
    DatabaseSettings,
    FurtherCompany,
    Notice,
    PolicySettings,
    RetentionSettings,
    WatchSettings,
    WebhookSettings,
)
from config.desksections import (
    WEEKLY_EXCEPTIONS,
    AttachmentSettings,
    ConsoleSettings,
    FollowupSettings,
    OidcSettings,
    ReportSettings,
)
from config.faults import ConfigurationError, Fault
from config.mailsections import (
    FurtherMailbox,
    LetterSettings,
    MailboxSettings,
    ReadingSettings,
    ServerSettings,
    SmtpSettings,
)
from config.section import MEGABYTE, Section, Tls, is_loopback
from config.settingsfile import faults_of, line_of, read_table

__all__ = [
    "EVENTS",
    "MEGABYTE",
    "NOTICES",
    "AliasSettings",
    "AttachmentSettings",
    "CompanySettings",
    "ConsoleSettings",
    "DatabaseSettings",
    "FollowupSettings",
    "FurtherCompany",
    "FurtherMailbox",
    "LetterSettings",
    "MailboxSettings",
    "Notice",
    "OidcSettings",
    "PolicySettings",
    "ReadingSettings",
    "ReportSettings",
    "RetentionSettings",
    "Section",
    "ServerSettings",
    "Settings",
    "SmtpSettings",
    "Tls",
    "WatchSettings",
    "WebhookSettings",
    "is_loopback",
    "line_of",
    "load_settings",
]


OIDC_NEEDS = ("authlib", "requests")  # what the extra `oidc` installs


class Settings(BaseSettings):
    """Everything that is set; see the sections. `CONSIGN_MAILBOX__HOST` sets mailbox.host, and so on."""

    model_config = SettingsConfigDict(env_prefix="CONSIGN_", env_nested_delimiter="__", extra="forbid", frozen=True)

    language: Literal["zh", "en"] = Field("zh", description="of letters and screens")
    timezone: str = Field("Asia/Shanghai", description="in which all rules run")
    rules: Path | None = Field(None, description="folder of the rule files; empty: the shipped sample company")
    token_secret: SecretStr = Field(
        SecretStr(""), description="key of the tokens in letters; empty: kept in a file beside the database"
    )
    company: CompanySettings = CompanySettings()
    mailbox: MailboxSettings | None = None
    smtp: SmtpSettings | None = None
    database: DatabaseSettings = DatabaseSettings()
    console: ConsoleSettings = ConsoleSettings()
    policy: PolicySettings = PolicySettings()
    followup: FollowupSettings = FollowupSettings()
    attachments: AttachmentSettings = AttachmentSettings()
    letters: LetterSettings = LetterSettings()
    reading: ReadingSettings = ReadingSettings()
    watch: WatchSettings = WatchSettings()
    aliases: AliasSettings = AliasSettings()
    retention: RetentionSettings = RetentionSettings()
    reports: tuple[ReportSettings, ...] = Field((WEEKLY_EXCEPTIONS,), description="see [[reports]]; [] for none")
    webhooks: tuple[WebhookSettings, ...] = Field((), description="see [[webhooks]]; each with a name of its own")
    mailboxes: tuple[FurtherMailbox, ...] = Field((), description="see [[mailboxes]]; each with a name of its own")
    companies: tuple[FurtherCompany, ...] = Field((), description="see [[companies]]; each with a key of its own")

    @field_validator("timezone")
    @classmethod
    def timezone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as unknown:
            raise ValueError(f"no such time zone: {name!r}; write it as Asia/Shanghai") from unknown
        return name

    @property
    def zone_info(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def every_mailbox(self) -> tuple[MailboxSettings, ...]:
        """The mailboxes that orders arrive in, [mailbox] first."""
        return (*((self.mailbox,) if self.mailbox else ()), *self.mailboxes)

    def of_company(self, further: FurtherCompany) -> "Settings":
        """The settings as they hold for a company of [[companies]]."""
        own = {"company": further, "rules": further.rules, "language": further.language or self.language}
        return self.model_copy(update=own | {"companies": ()})

    def own_addresses(self) -> frozenset[str]:
        """The addresses of every company here, lower case: what comes from them is ours and is never answered."""
        companies = (self.company, *self.companies)
        return frozenset(address.lower() for one in companies for address in (one.address, *one.aliases))

    def servers(self) -> dict[str, ServerSettings]:
        """Every mail server that is spoken to, by the key of its table."""
        found: dict[str, ServerSettings] = {"mailbox": self.mailbox} if self.mailbox else {}
        found |= {f"mailboxes.{place}": mailbox for place, mailbox in enumerate(self.mailboxes)}
        found |= {"smtp": self.smtp} if self.smtp else {}
        return found | {f"companies.{place}.smtp": one.smtp for place, one in enumerate(self.companies) if one.smtp}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # The file's table comes in as init values, so the environment must stand before it.
        return env_settings, init_settings


def load_settings(path: Path | None) -> Settings:
    """Settings from `path` (None: environment and defaults alone). Raises ConfigurationError with every fault."""
    table = read_table(path) if path else {}
    try:
        settings = Settings(**table)
    except ValidationError as invalid:
        raise ConfigurationError(faults_of(invalid, path)) from invalid
    faults = _secret_faults(settings, path) + _name_faults(settings, path)
    if faults:
        raise ConfigurationError(faults)
    return settings


def _name_faults(settings: Settings, path: Path | None) -> list[Fault]:
    """Names that stand twice or for nothing: a mailbox has its cursor by its name, a company its orders by its key."""
    text = path.read_text(encoding="utf-8-sig") if path else ""
    faults = []

    def say(key: str, reason: str, mend: str) -> None:
        faults.append(Fault(str(path or "environment"), line_of(text, key.split(".")), key, reason, mend))

    taken = {settings.mailbox.name} if settings.mailbox else set()
    keys = [one.key for one in settings.companies]
    for place, mailbox in enumerate(settings.mailboxes):
        if mailbox.name in taken:
            say(f"mailboxes.{place}.name", f"another mailbox is called {mailbox.name!r} already", "name it otherwise")
        if mailbox.company and mailbox.company not in keys:
            say(f"mailboxes.{place}.company", f"no company has the key {mailbox.company!r}", "add it to [[companies]]")
        taken.add(mailbox.name)
    addresses = [settings.company.address.lower()]
    for place, one in enumerate(settings.companies):
        if one.key in keys[:place]:
            say(f"companies.{place}.key", f"another company has the key {one.key!r} already", "give it another")
        if one.address.lower() in addresses:
            say(f"companies.{place}.address", f"another company has the address {one.address}", "give it its own")
        if one.key not in [mailbox.company for mailbox in settings.mailboxes]:
            say(
                f"companies.{place}.key",
                "no mailbox belongs to this company",
                f'a [[mailboxes]] with company = "{one.key}"',
            )
        addresses.append(one.address.lower())
    return faults


def _secret_faults(settings: Settings, path: Path | None) -> list[Fault]:
    servers = settings.servers()
    files = {f"{name}.password_file": server.password_file for name, server in servers.items()}
    files |= {f"{name}.ca_file": server.ca_file for name, server in servers.items()}
    if oidc := settings.console.oidc:
        files["console.oidc.client_secret_file"] = oidc.client_secret_file
    text = path.read_text(encoding="utf-8-sig") if path else ""
    where = str(path or "environment")
    faults = []
    for key, file in files.items():
        try:
            if file is not None:
                file.read_bytes()
        except OSError as unreadable:
            reason = f"{file}: {unreadable.strerror}"
            faults.append(Fault(where, line_of(text, key.split(".")), key, reason, "name a file that may be read"))
    if oidc and not all(map(find_spec, OIDC_NEEDS)):
        line = line_of(text, ["console", "oidc"])
        reason = "logging in at a provider needs packages that are not installed"
        faults.append(Fault(where, line, "console.oidc", reason, 'pip install "consign[oidc]", or remove the table'))
    return faults
