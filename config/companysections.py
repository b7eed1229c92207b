"""The tables of consign.toml about the company and its installation: who it is, what it has decided, what is kept."""

from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from config.mailsections import SmtpSettings
from config.section import Address, Section


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


class AliasSettings(Section):
    """[aliases]: words whose meaning the company settles."""

    payment: dict[str, Literal["collect", "on_pickup", "monthly", "on_receipt"]] = Field(
        default={}, description='e.g. "提付" = "collect"'
    )


class DatabaseSettings(Section):
    """[database]: one SQLite file, or PostgreSQL for any number of daemons and consoles."""

    url: str = Field(
        "sqlite:///consign.db",
        pattern=r"^(sqlite:///|postgresql\+psycopg://).",
        description="sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME",
    )
    lock_seconds: float = Field(5.0, gt=0, description="how long a locked SQLite file is waited for")


class RetentionSettings(Section):
    """[retention]: how long personal data is kept (RELIABILITY §8)."""

    raw_mail_days: int = Field(180, ge=1, description="octets of a mail whose orders are closed")
    order_days: int = Field(3 * 365, ge=1, description="an order with its letters and calls; mails; notes of shifts")
    quarantine_days: int = Field(90, ge=1, description="octets of a mail that could not be read")
    session_days: int = Field(90, ge=1, description="who was logged in where")


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
