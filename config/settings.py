"""What this installation is: consign.toml, `CONSIGN_*` environment and secret files, checked as a whole.

Order of precedence: environment, then the file, then the defaults here. Relative paths (and a relative SQLite URL) are
taken from the folder of the file. Every fault is reported at once, with file, line, key and mend (RELIABILITY G17).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config.faults import ConfigurationError, Fault
from config.sections import (
    EVENTS,
    MEGABYTE,
    AliasSettings,
    CompanySettings,
    ConsoleSettings,
    DatabaseSettings,
    LetterSettings,
    MailboxSettings,
    PolicySettings,
    ReadingSettings,
    RetentionSettings,
    Section,
    ServerSettings,
    SmtpSettings,
    Tls,
    WatchSettings,
    WebhookSettings,
    is_loopback,
)
from config.settingsfile import faults_of, line_of, read_table

__all__ = [
    "EVENTS",
    "MEGABYTE",
    "AliasSettings",
    "CompanySettings",
    "ConsoleSettings",
    "DatabaseSettings",
    "LetterSettings",
    "MailboxSettings",
    "PolicySettings",
    "ReadingSettings",
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
    letters: LetterSettings = LetterSettings()
    reading: ReadingSettings = ReadingSettings()
    watch: WatchSettings = WatchSettings()
    aliases: AliasSettings = AliasSettings()
    retention: RetentionSettings = RetentionSettings()
    webhooks: tuple[WebhookSettings, ...] = Field((), description="see [[webhooks]]; each with a name of its own")

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
    faults = _secret_faults(settings, path)
    if faults:
        raise ConfigurationError(faults)
    return settings


def _secret_faults(settings: Settings, path: Path | None) -> list[Fault]:
    faults = []
    servers: Mapping[str, ServerSettings | None] = {"mailbox": settings.mailbox, "smtp": settings.smtp}
    text = path.read_text(encoding="utf-8-sig") if path else ""
    for name, server in servers.items():
        if server is None:
            continue
        for key, file in (("password_file", server.password_file), ("ca_file", server.ca_file)):
            if file is None:
                continue
            try:
                file.read_bytes()
            except OSError as unreadable:
                reason = f"{file}: {unreadable.strerror}"
                line = line_of(text, [name, key])
                faults.append(
                    Fault(str(path or "environment"), line, f"{name}.{key}", reason, "name a file that may be read")
                )
    return faults
