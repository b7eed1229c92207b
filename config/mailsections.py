"""The tables of consign.toml about mail: the servers, how mail is read, how letters are sent."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from config.section import MEGABYTE, Section, Tls, is_loopback


class ServerSettings(Section):
    """What a mail server of either kind needs."""

    host: str = Field(description="name or address of the server")
    port: int = Field(gt=0, lt=65536, description="port of the server")
    tls: Tls = Field(
        "implicit", description="implicit: TLS from the first byte; starttls: upgraded, or refused; none: loopback only"
    )
    allow_plaintext: bool = Field(
        False, description='lets tls = "none" reach beyond loopback: passwords and orders travel readable'
    )
    username: str = Field("", description="login name; empty: no login")
    password: SecretStr = Field(SecretStr(""), description="password, or the authorisation code of 163, 126 and QQ")
    password_file: Path | None = Field(None, description="file that holds the password alone; better than `password`")
    token_command: tuple[str, ...] = Field(
        (),
        description="prints an OAuth2 access token; run at each connect, for XOAUTH2 in place of a password",
    )
    ca_file: Path | None = Field(None, description="certificates of an own authority, PEM; empty: the system's")
    connect_timeout: float = Field(10.0, gt=0, description="seconds")

    @model_validator(mode="after")
    def plain_text_stays_at_home(self) -> Self:
        if self.tls == "none" and not self.allow_plaintext and not is_loopback(self.host):
            raise ValueError(
                'tls = "none" is for loopback only; use "implicit" or "starttls", or set allow_plaintext = true'
            )
        return self

    @model_validator(mode="after")
    def a_token_belongs_to_somebody(self) -> Self:
        if self.token_command and not self.username:
            raise ValueError("token_command needs the username that the token is for")
        return self

    def secret(self) -> str:
        """The password, read anew from its file each time (it may have been changed). Raises OSError."""
        if self.password_file:
            return self.password_file.read_text(encoding="utf-8").strip()
        return self.password.get_secret_value()


class MailboxSettings(ServerSettings):
    """[mailbox]: the IMAP mailbox that the orders arrive in."""

    port: int = Field(993, gt=0, lt=65536, description="993 for implicit TLS, 143 for STARTTLS")
    name: str = Field(
        "orders", description="how this mailbox is called in the database and in messages; never change it later"
    )
    folder: str = Field("INBOX", description="folder that is read")
    move_to: str | None = Field(None, description="folder that stored mail is moved to; empty: mail stays where it is")
    idle: bool = Field(True, description="wait by IDLE where the server offers it")
    idle_renew_seconds: float = Field(
        60.0, gt=0, le=60, description="IDLE is renewed, and the folder searched, this often"
    )
    poll_seconds: float = Field(20.0, gt=0, le=300, description="without IDLE the folder is asked this often")
    read_timeout: float = Field(30.0, gt=0, description="seconds without an answer until the connection counts as dead")
    reconcile_seconds: float = Field(300.0, gt=0, description="the UIDs of the folder are compared in full this often")
    rescan_days: int = Field(14, ge=1, description="how far back a reset mailbox is read again")
    max_mail_bytes: int = Field(
        25 * MEGABYTE, gt=0, description="a larger mail is not fetched: its header and a task are kept"
    )


class FurtherMailbox(MailboxSettings):
    """[[mailboxes]]: a mailbox beside the first, watched for itself."""

    name: str = Field(
        description="how this mailbox is called in the database and in messages; never change it later", min_length=1
    )
    company: str = Field("", description="key of the company of [[companies]] whose mailbox it is; empty: [company]")


class SmtpSettings(ServerSettings):
    """[smtp]: the server that takes our letters."""

    port: int = Field(465, gt=0, lt=65536, description="465 for implicit TLS, 587 for STARTTLS")
    connections: int = Field(4, ge=1, le=50, description="kept connections at most, each with one letter at a time")
    letters_per_connection: int = Field(100, ge=1, description="letters until a connection is renewed")
    letters_per_hour: int = Field(0, ge=0, description="what the provider allows; 0: no limit")
    pipelining: bool = Field(True, description="send MAIL, RCPT and DATA in one go where the server offers it")
    read_timeout: float = Field(30.0, gt=0, description="seconds to wait for a reply before the final dot")
    dot_timeout: float = Field(
        600.0, gt=0, description="seconds to wait for the reply to the final dot (RFC 5321: 10 minutes)"
    )


class ReadingSettings(Section):
    """[reading]: the child processes that read mail (RELIABILITY G8)."""

    workers: int = Field(1, ge=1, le=16, description="child processes that read mail at the same time")
    wall_seconds: float = Field(20.0, gt=0, description="a mail that takes longer costs the process, and a try")
    cpu_seconds: int = Field(10, gt=0, description="… or that takes more processor time")
    memory_megabytes: int = Field(512, ge=128, description="… or more memory")
    attempts: int = Field(3, ge=1, description="then the mail is set aside as a task")


class LetterSettings(Section):
    """[letters]: how letters are sent and tried again (RELIABILITY G3-G7)."""

    lease_seconds: float = Field(
        60.0, gt=0, description="how long a sender owns a letter; a crashed one's letter goes out after this"
    )
    retry_seconds: tuple[Annotated[float, Field(ge=0)], ...] = Field(
        (15, 30, 60, 60, 60), min_length=1, description="pauses after temporary refusals; then doubled up to 15 min"
    )
    unknown_retry_seconds: float = Field(30.0, ge=0, description="pause after an unknown outcome (dot sent, no reply)")
    give_up_hours: float = Field(24.0, gt=0, description="temporary refusals are retried so long")
    alert_seconds: float = Field(120.0, gt=0, description="a work order not accepted by then is told to the supervisor")
    promise_seconds: float = Field(180.0, gt=0, description="the three minutes (SPEC 5)")
    archive_folder: str = Field(
        "", description="folder searched for a letter of unknown outcome before it is sent again"
    )
    public_url: str = Field(
        "",
        pattern="^(https?://[^ ]+)?$",
        description="address of the desk as customers reach it; with it the letter of the delivery asks for a score",
    )
    pdf: bool = Field(False, description="attach the printable work order")
