"""Rule: what the watchman reads off the daemon -> the alarms that are on. Pure: no clock, no network.

Each alarm is said once when it comes on and once when it is over (consign.alerts), by mail to the supervisor and by the
second channel, for mail itself may be what is down (RELIABILITY G6, G11, G13, G16, row 44).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from config.settings import Settings
from intake.turns import Flood


class Code(StrEnum):
    """What can be wrong with the installation; the value names its sentence in phrases.toml, after "alarm_"."""

    MAIL_SERVER_AWAY = "mail_server_away"
    MAILBOX_AWAY = "mailbox_away"
    DATABASE_AWAY = "database_away"
    DISK_NEARLY_FULL = "disk_nearly_full"
    CLOCK_JUMPED = "clock_jumped"
    CERTIFICATE_EXPIRES = "certificate_expires"
    WORK_ORDERS_LATE = "work_orders_late"
    RULES_FAULTY = "rules_faulty"
    FLOOD = "flood"
    TOKEN_REFUSED = "token_refused"


@dataclass(frozen=True)
class Silence:
    """For how many monotonic seconds something has not answered, and what it said last."""

    seconds: float
    words: str = ""


@dataclass(frozen=True)
class Readings:
    """What is known at one moment. Silences are monotonic seconds, None where nothing is waited for."""

    mail_server_silent: float | None = None
    mail_server_words: str = ""
    mailboxes: Mapping[str, Silence] = field(default_factory=dict)  # by name
    database_silent: float | None = None
    database_words: str = ""
    room_left: bool = True
    free_megabytes: float | None = None
    clock_jump: float | None = None  # seconds of the last jump, while it is still fresh
    certificates: Mapping[str, datetime] = field(default_factory=dict)  # server -> end of validity
    tokens_refused: Mapping[str, str] = field(default_factory=dict)  # server -> what its token command said
    late_work_orders: int = 0
    flood: Flood | None = None  # the sender with the most mails waiting
    rules_faults: tuple[str, ...] = ()  # of changed rule files, while the old rules are kept


@dataclass(frozen=True)
class Alarm:
    """One trouble; `code` and `about` say which, `values` fill its sentence."""

    code: Code
    about: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.code.value, self.about


DATABASE_SECONDS = 60.0  # a database that is locked or away for so long is told


def alarms(read: Readings, settings: Settings, now: datetime) -> list[Alarm]:
    """Which alarms are on, as SPEC and RELIABILITY set the limits: mail server 120 s, mailbox 180 s, clock 5 s."""
    return [
        *_silence(
            Code.MAIL_SERVER_AWAY, read.mail_server_silent, settings.letters.alert_seconds, read.mail_server_words
        ),
        *_mailboxes(read.mailboxes, settings.watch.mailbox_seconds),
        *_silence(Code.DATABASE_AWAY, read.database_silent, DATABASE_SECONDS, read.database_words),
        *_disk(read),
        *_clock(read),
        *_certificates(read, settings.watch.certificate_days, now),
        *_tokens(read.tokens_refused),
        *_late(read),
        *_rules(read),
        *_flood(read.flood, settings.watch.flood_mails),
    ]


def _silence(code: Code, silent: float | None, limit: float, words: str) -> list[Alarm]:
    if silent is None or silent <= limit:
        return []
    return [Alarm(code, values={"seconds": f"{limit:.0f}", "words": words})]


def _mailboxes(silences: Mapping[str, Silence], limit: float) -> list[Alarm]:
    """Each mailbox for itself: that one is away must not hide another."""
    return [
        Alarm(Code.MAILBOX_AWAY, name, {"mailbox": name, "seconds": f"{limit:.0f}", "words": silence.words})
        for name, silence in silences.items()
        if silence.seconds > limit
    ]


def _disk(read: Readings) -> list[Alarm]:
    free = "" if read.free_megabytes is None else f"{read.free_megabytes:.0f}"
    return [] if read.room_left else [Alarm(Code.DISK_NEARLY_FULL, values={"megabytes": free})]


def _clock(read: Readings) -> list[Alarm]:
    return [] if read.clock_jump is None else [Alarm(Code.CLOCK_JUMPED, values={"seconds": f"{read.clock_jump:+.0f}"})]


def _certificates(read: Readings, days: int, now: datetime) -> list[Alarm]:
    return [
        Alarm(Code.CERTIFICATE_EXPIRES, server, {"server": server, "until": f"{until:%Y-%m-%d}"})
        for server, until in read.certificates.items()
        if until - now < timedelta(days=days)
    ]


def _tokens(refused: Mapping[str, str]) -> list[Alarm]:
    return [Alarm(Code.TOKEN_REFUSED, server, {"server": server, "words": words}) for server, words in refused.items()]


def _late(read: Readings) -> list[Alarm]:
    if not read.late_work_orders:
        return []
    return [Alarm(Code.WORK_ORDERS_LATE, values={"count": str(read.late_work_orders)})]


def _flood(deepest: Flood | None, limit: int) -> list[Alarm]:
    """One alarm for a flood, whoever takes turns at being the deepest (RELIABILITY row 32)."""
    if deepest is None or deepest.mails <= limit:
        return []
    return [Alarm(Code.FLOOD, values={"sender": deepest.sender or "?", "count": str(deepest.mails)})]


def _rules(read: Readings) -> list[Alarm]:
    if not read.rules_faults:
        return []
    return [Alarm(Code.RULES_FAULTY, values={"count": str(len(read.rules_faults)), "first": read.rules_faults[0]})]
