"""The tables of consign.toml as values: every key with its meaning, its limits and what holds when it is not set.

A part of config.settings, which is where the other rooms ask for them.
"""

from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

Tls = Literal["implicit", "starttls", "none"]
MEGABYTE = 1024 * 1024
CLOCK = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
# One address, nothing round it: it stands in envelopes and headers (RELIABILITY §6 rows 2, 3).
ADDRESS = r"""^[^\s<>()\[\]\\,;:"@\x00-\x1f\x7f]{1,64}@[^\s<>()\[\]\\,;:"@\x00-\x1f\x7f]{1,253}$"""
Address = Annotated[str, Field(pattern=ADDRESS)]


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Section(BaseModel):
    """A table of consign.toml; a key that is not known is a fault, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


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


class CompanySettings(Section):
    """[company]: who writes the letters."""

    name: str = Field("沪杭第三方物流", description="of the company, under every letter")
    address: Address = Field("orders@consign.example", description="sender of all letters, and where answers come in")
    aliases: tuple[Address, ...] = Field(
        (), description="further addresses of the order mailbox: mail from them is our own"
    )
    phone: str = Field("021-60000000", description="of the customer service, in every letter")
    supervisor: Address | Literal[""] = Field(
        "lead@consign.example", description="who is told when a promise is about to break"
    )
    home_city: str = Field("上海市", description="settles addresses that name no city")
    area_code: str = Field("021", description="completes landline numbers without one")


class FurtherCompany(CompanySettings):
    """[[companies]]: a company beside the first, with a mailbox, rules and dispatchers of its own."""

    key: str = Field(pattern="^[a-z0-9-]{1,20}$", description="how it is called in the database; never change it later")
    name: str = Field(description="of the company, under every letter")
    address: str = Field(description="sender of all its letters, and where answers come in")
    phone: str = Field(description="of its customer service, in every letter")
    supervisor: str = Field(description="who is told when a promise of this company is about to break")
    home_city: str = Field(description="settles addresses that name no city")
    area_code: str = Field(description="completes landline numbers without one")
    rules: Path = Field(description="folder of its rule files")
    language: Literal["zh", "en"] | None = Field(None, description="of its letters; empty: as set for all")
    smtp: SmtpSettings | None = Field(None, description="see [companies.smtp]; empty: its letters go by [smtp]")


class DatabaseSettings(Section):
    """[database]: one SQLite file, or PostgreSQL for any number of daemons and consoles."""

    url: str = Field(
        "sqlite:///consign.db",
        pattern=r"^(sqlite:///|postgresql\+psycopg://).",
        description="sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME",
    )
    lock_seconds: float = Field(5.0, gt=0, description="how long a locked SQLite file is waited for")


class OidcSettings(Section):
    """[console.oidc]: logging in with the company's own accounts at an OpenID Connect provider; needs consign[oidc]."""

    issuer: str = Field(description="address of the provider, word for word as its tokens name it: https://…")
    client_id: str = Field(min_length=1, description="what the desk is called there")
    client_secret: SecretStr = Field(SecretStr(""), description="what the desk proves itself with there")
    client_secret_file: Path | None = Field(None, description="file that holds it alone; better than `client_secret`")
    redirect_uri: str = Field(
        "", description="address of /login/oidc/callback as registered there; empty: as the browser calls the desk"
    )
    button: str = Field("", description="text of the button on the login page; empty: 用公司账户登录")
    scopes: tuple[str, ...] = Field(("openid", "profile", "email"), description="what the provider is asked for")
    name_claim: str = Field(
        "",
        description="claim that gives the login name; empty: preferred_username, otherwise a verified email. "
        "Never one that people can change themselves",
    )
    domain: str = Field("", description="of names that are mail addresses only those at this domain, which is cut off")
    roles_claim: str = Field(
        "", description='claim with groups or roles ("realm_access.roles" reaches inside); empty: roles are set here'
    )
    roles: dict[str, Literal["agent", "supervisor", "admin"]] = Field(
        default={}, description='which of them is which role: "desk-leads" = "supervisor"; with none nobody gets in'
    )
    create: bool = Field(
        False, description="true: an account is made at the first login, as agent unless roles say more"
    )

    @model_validator(mode="after")
    def travels_safely(self) -> Self:
        address = urlsplit(self.issuer)
        if address.scheme != "https" and not (address.scheme == "http" and is_loopback(address.hostname or "")):
            raise ValueError("issuer must be an https:// address (http only on loopback)")
        if not self.client_secret.get_secret_value() and not self.client_secret_file:
            raise ValueError("client_secret or client_secret_file is needed")
        if bool(self.roles) != bool(self.roles_claim):
            raise ValueError("roles and roles_claim go together: the claim, and which of its values is which role")
        return self

    def secret(self) -> str:
        """The client secret, read anew from its file each time. Raises OSError."""
        if self.client_secret_file:
            return self.client_secret_file.read_text(encoding="utf-8").strip()
        return self.client_secret.get_secret_value()


class ConsoleSettings(Section):
    """[console]: the desk of the agents."""

    enabled: bool = Field(True, description="whether the daemon serves the desk")
    host: str = Field("127.0.0.1", description="the desk listens here; beyond loopback put a TLS proxy before it")
    port: int = Field(8025, ge=0, lt=65536, description="0: any free port")
    trusted_proxies: tuple[str, ...] = Field((), description="addresses whose X-Forwarded-* headers are believed")
    secure_cookies: bool = Field(False, description="true behind a TLS proxy: cookies carry Secure and __Host-")
    session_idle_minutes: int = Field(30, gt=0, description="a login ends after so long without a click")
    session_hours: int = Field(12, gt=0, description="… and after so long in any case")
    oidc: OidcSettings | None = Field(None, description="see [console.oidc]; empty: passwords and links only")


Notice = Literal["accepted", "picked_up", "arrived", "delayed", "signed", "receipt_back"]
NOTICES: tuple[Notice, ...] = ("accepted", "picked_up", "arrived", "delayed", "signed", "receipt_back")


class PolicySettings(Section):
    """[policy]: what the company has decided (SPEC 3 and 4)."""

    consent_limit: Decimal = Field(
        Decimal("50"), ge=0, description="CNY of surcharges above which the customer must agree"
    )
    unknown_senders: Literal["accept", "confirm"] = Field(
        "accept", description="orders from addresses that no customer has"
    )
    answer_unknown: bool = Field(True, description="whether unknown senders get an answer at all")
    clock_skew_minutes: int = Field(30, ge=0, description="a sent time further off than this is not believed")
    working_days: bool = Field(
        False, description="true: the next day is the next working day; false: every day is worked"
    )
    acknowledge_minutes: int = Field(
        15, gt=0, description="a work order not acknowledged by then goes to the deputy too"
    )
    no_answer_minutes: int = Field(30, gt=0, description="an incomplete order is called about after this")
    trusted_authserv_id: str = Field(
        "", description="authserv-id of our own border; empty: no evidence of authenticity"
    )
    border_host: str = Field("", description="name that our border host writes into Received (by …)")
    notices: tuple[Notice, ...] = Field(
        NOTICES, description="what the shipper is told by mail on the way; a customer may have some switched off"
    )
    consignee_notices: tuple[Notice, ...] = Field(
        (), description="the same for the consignee, where a known customer's order names his mail address"
    )
    shadow: bool = Field(
        False, description="true: mail is read without touching a flag, decided, and no letter is ever sent"
    )


class AttachmentSettings(Section):
    """[attachments]: scanned receipts, photos and papers that are put to orders (SPEC 9)."""

    folder: Path | None = Field(
        None,
        description="where large ones lie as files; empty: beside the SQLite file, or in the database with PostgreSQL",
    )
    inline_bytes: int = Field(256 * 1024, ge=0, description="up to this size they stand in the database itself")
    largest_bytes: int = Field(15 * MEGABYTE, gt=0, le=100 * MEGABYTE, description="a larger file is refused")
    most_per_order: int = Field(60, gt=0, description="so many files at most for one order")


class FollowupSettings(Section):
    """[followup]: the clocks of the way after the pickup, and who is told when one runs out (SPEC 7, 9)."""

    receipt_days: tuple[int, ...] = Field(
        (10, 15, 20), min_length=1, description="days for the signed receipt after the arrival: direct, one transfer, …"
    )
    receipt_longest_days: int = Field(25, gt=0, description="… and never more than so many, whatever happens")
    receipt_resign_days: int = Field(5, ge=0, description="days more for a receipt that goes back to be signed again")
    quiet_from: str = Field("21:00", pattern=CLOCK, description="from then on nobody is told of an overdue task …")
    quiet_until: str = Field("08:00", pattern=CLOCK, description="… until then; the same time twice: no quiet hours")
    ladder_minutes: tuple[int, int] = Field(
        (60, 240), description="overdue for so long a task goes to the supervisor, and for so long to the manager"
    )
    ladder: dict[str, tuple[int, int]] = Field(
        default={
            "phone_dispatcher": (10, 30),
            "verify_pickup": (15, 60),
            "pickup_overdue": (15, 60),
            "handle_exception": (30, 120),
            "handle_complaint": (30, 120),
            "chase_receipt": (1440, 7200),
            "hand_receipt": (1440, 7200),
            "satisfaction_call": (2880, 10080),
            "customer_visit": (10080, 20160),
        },
        description="the same for single kinds of task",
    )
    urgent_words: tuple[str, ...] = Field(
        ("加急", "急件", "特快", "紧急", "urgent", "express"),
        description="words of an order that have its goods asked after at the transfer station (SPEC 9)",
    )
    stations: dict[str, str] = Field(
        default={}, description='station of a destination and its number: "杭州市" = "杭州东站 0571-86000000"'
    )
    new_customer_days: int = Field(90, ge=0, description="a customer is new, and visited every month, for so long")
    late_receipt_penalty: Decimal = Field(
        Decimal("50"), ge=0, decimal_places=2, description="CNY proposed for a receipt not back in time, a waybill"
    )
    missed_exception_penalty: Decimal = Field(
        Decimal("100"),
        ge=0,
        decimal_places=2,
        description="CNY proposed for an exception that a customer had to report",
    )
    lost_receipt_share: Decimal = Field(
        Decimal("0.5"), ge=0, le=1, description="what the unit that lost a receipt bears of the damage"
    )


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


class ReadingSettings(Section):
    """[reading]: the child processes that read mail (RELIABILITY G8)."""

    workers: int = Field(1, ge=1, le=16, description="child processes that read mail at the same time")
    wall_seconds: float = Field(20.0, gt=0, description="a mail that takes longer costs the process, and a try")
    cpu_seconds: int = Field(10, gt=0, description="… or that takes more processor time")
    memory_megabytes: int = Field(512, ge=128, description="… or more memory")
    attempts: int = Field(3, ge=1, description="then the mail is set aside as a task")


class WatchSettings(Section):
    """[watch]: what is looked after, and who is told when mail itself is down."""

    min_free_megabytes: int = Field(200, ge=0, description="below this much free disk no mail is fetched")
    webhook: str = Field(
        "", pattern="^(https?://.+)?$", description="address that alerts are posted to besides the supervisor's mail"
    )
    dead_seconds: float = Field(30.0, gt=0, description="a part of the daemon silent for so long ends the process")
    mailbox_seconds: float = Field(180.0, gt=0, description="a mailbox that cannot be read for so long is told")
    flood_mails: int = Field(300, ge=1, description="a sender of whom more mails than that wait to be read is told")
    certificate_days: int = Field(14, ge=0, description="a server certificate that expires sooner is told")
    health_port: int = Field(0, ge=0, lt=65536, description="loopback port of the health page; 0: none")
    metrics_port: int = Field(0, ge=0, lt=65536, description="loopback port of the Prometheus page; 0: none")
    log: Literal["json", "human"] = Field("json", description="json: one object a line; human: for a terminal")


EVENTS = (
    *("decided", "cancelled", "work_order_sent", "letter_refused", "letter_late", "promise_broken", "order_confirmed"),
    *("picked_up", "not_yet_picked_up", "pickup_overdue", "task_opened", "task_closed"),
)


class WebhookSettings(Section):
    """[[webhooks]]: an address that events of orders and tasks are posted to."""

    name: str = Field(
        description="how it is called in the database; never change it later", pattern="^[a-z0-9-]{1,40}$"
    )
    url: str = Field(description="where to", pattern="^https?://")
    form: Literal["json", "wecom", "dingtalk", "feishu"] = Field(
        "json", description="json: for programs; the others: text for the group robots of 企业微信, 钉钉 and 飞书"
    )
    secret: SecretStr = Field(SecretStr(""), description="key that posts are signed with")
    secret_file: Path | None = Field(None, description="file that holds the key alone; better than `secret`")
    events: tuple[str, ...] = Field(EVENTS, description="kinds of event that are posted")

    def key(self) -> str:
        """The key, read anew from its file each time. Raises OSError."""
        if self.secret_file:
            return self.secret_file.read_text(encoding="utf-8").strip()
        return self.secret.get_secret_value()


DAY_OF_MONTH, CLOCK = "([1-9]|[12][0-9]|3[01]|last)", "([01][0-9]|2[0-3]):[0-5][0-9]"


class ReportSettings(Section):
    """[[reports]]: a report that is mailed on schedule."""

    name: Literal[
        "three_minutes",
        "calls",
        "pickups",
        "arrivals",
        "exceptions",
        "receipts",
        "complaints",
        "satisfaction",
        "agents",
        "shift",
        "volume",
        "penalties",
    ] = Field(description="which report (docs/reports.md)")
    when: str = Field(
        description='when, in the time zone of the company: "daily 18:00", "Mon 09:00", "monthly 1 08:00", '
        '"monthly last 18:00"',
        pattern=rf"^(?i:daily|mon|tue|wed|thu|fri|sat|sun|monthly {DAY_OF_MONTH}) {CLOCK}$",
    )
    to: tuple[Annotated[str, Field(pattern=r"^[^@\s]{1,64}@[^@\s]{1,250}$")], ...] = Field(
        (), description="recipients, a letter each; empty: the supervisor"
    )
    form: Literal["html", "xlsx", "pdf"] = Field(
        "html", description="html: figures and tables in the mail; the others: attached besides"
    )
    of: Literal["", "today", "yesterday", "this-week", "last-week", "this-month", "last-month"] = Field(
        "", description="period, seen from when it is due; empty: the day, week or month before"
    )
    language: Literal["", "zh", "en"] = Field("", description="empty: the language of the company")


WEEKLY_EXCEPTIONS = ReportSettings(name="exceptions", when="Mon 09:00")  # SPEC 8: the weekly summary to the supervisor


class AliasSettings(Section):
    """[aliases]: words whose meaning the company settles."""

    payment: dict[str, Literal["collect", "on_pickup", "monthly", "on_receipt"]] = Field(
        default={}, description='e.g. "提付" = "collect"'
    )


class RetentionSettings(Section):
    """[retention]: how long personal data is kept (RELIABILITY §8)."""

    raw_mail_days: int = Field(180, ge=1, description="octets of a mail whose orders are closed")
    order_days: int = Field(3 * 365, ge=1, description="an order with its letters and calls; mails; notes of shifts")
    quarantine_days: int = Field(90, ge=1, description="octets of a mail that could not be read")
    session_days: int = Field(90, ge=1, description="who was logged in where")
