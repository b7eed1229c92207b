"""The tables of consign.toml about the desk and the way after the pickup: logins, papers, clocks, reports."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from config.section import CLOCK, MEGABYTE, Section, is_loopback


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
    quiet_from: str = Field(
        "21:00", pattern=f"^{CLOCK}$", description="from then on nobody is told of an overdue task …"
    )
    quiet_until: str = Field(
        "08:00", pattern=f"^{CLOCK}$", description="… until then; the same time twice: no quiet hours"
    )
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


DAY_OF_MONTH = "([1-9]|[12][0-9]|3[01]|last)"


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
