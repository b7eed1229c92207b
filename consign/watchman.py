"""The watchman of a daemon: reads off how its parts are, says what is wrong, answers the health page.

It runs in a thread of its own and touches no part of the daemon; what it needs it is given as two questions.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config.clockwatch import ClockWatch
from config.company import Company
from config.database import Database
from config.settings import Settings
from consign.alarms import Readings, alarms
from consign.alerts import Alerts, Trouble, sentence, webhook
from consign.health import findings
from consign.journal import AT_ONCE, Journal, tell
from consign.space import free_megabytes, room_left
from consign.watch import HealthPage, certificates, refused_tokens
from dispatch import envelope, letterbook
from dispatch.draft import Draft, Purpose
from dispatch.letterbook import NewLetter
from dispatch.tables import OPEN, Letter
from intake.turns import Flood, deepest

if TYPE_CHECKING:
    from consign.metrics import Metrics

log = structlog.get_logger()
LOOKS_BACK = 20  # times that the journal is asked in one look, after a burst
CERTIFICATES_EVERY = 12 * 3600.0  # seconds
TOKENS_EVERY, TOKENS_AGAIN = 1800.0, 300.0  # seconds between two askings for a token, and while one is refused
Silences = Callable[[], dict[str, Any]]  # the silences of Readings, and the words that go with them
State = Callable[[], dict[str, Any]]


class Watchman:
    """Looks every few seconds; `silences` and `state` are asked of the daemon, everything else is seen from outside."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        company: Callable[[], Company],
        clock: Callable[[], datetime],
        *,
        host: str,
        silences: Silences,
        state: State,
    ) -> None:
        self.database, self.settings, self.company, self.clock = database, settings, company, clock
        self.silences, self.state = silences, state
        self.clocks = ClockWatch(clock(), time.monotonic())
        post = webhook(settings.watch.webhook) if settings.watch.webhook else None
        self.alerts = Alerts(host, post, self._write_letter)
        self.loaded = False
        self.certificates: dict[str, datetime] = {}
        self.certificates_at = float("-inf")
        self.tokens_refused: dict[str, str] = {}
        self.tokens_at = float("-inf")
        self.page = HealthPage(settings.watch.health_port, self.health) if settings.watch.health_port else None
        self.journal = Journal(database)
        self.metrics = self._metrics() if settings.watch.metrics_port else None
        self.close_metrics: Callable[[], None] | None = None

    def start(self) -> None:
        """Opens the pages of health and metrics, where they are set."""
        if self.page:
            self.page.start()
        if self.metrics:
            _, self.close_metrics = self.metrics.open_page(self.settings.watch.metrics_port)

    def stop(self) -> None:
        if self.page:
            self.page.stop()
        if self.close_metrics:
            self.close_metrics()

    def look(self) -> bool:
        """One look: readings, alarms, and what must be said about them; True when the wall clock has jumped.

        Raises nothing that the database raises.
        """
        now, monotonic = self.clock(), time.monotonic()
        if jump := self.clocks.look(now, monotonic):
            log.warning("clock_jumped", seconds=round(jump, 1))
        if monotonic - self.certificates_at > CERTIFICATES_EVERY:
            self.certificates, self.certificates_at = certificates(self.settings), monotonic
        if monotonic - self.tokens_at > (TOKENS_AGAIN if self.tokens_refused else TOKENS_EVERY):
            self.tokens_refused, self.tokens_at = refused_tokens(self.settings), monotonic
        try:
            if not self.loaded:
                self.alerts.load(self.database)
                self.loaded = True
            late, flood = self._late_work_orders(), self._flood()
            self._tell_what_happened()
        except SQLAlchemyError:
            late, flood = 0, None  # told by the silence of the database
        self.alerts.look(alarms(self._readings(monotonic, late, flood), self.settings, now), now)
        self.alerts.say(self.database, now, monotonic)
        return bool(jump)

    def health(self) -> dict[str, Any]:
        """What the health page tells: how the parts are, what the rows say, which alarms are on (RELIABILITY G19)."""
        told = self.state()
        try:
            found = findings(self.database, self.settings, self.clock())
            rows = {finding.name: {"value": finding.value, "well": finding.well} for finding in found}
        except SQLAlchemyError as error:
            rows = {"database": {"value": type(error).__name__, "well": False}}
        on = self._alarms_on()
        well = told["well"] and not on and all(row["well"] for row in rows.values())
        seen = {
            "clock_jumped_seconds": self.clocks.fresh(time.monotonic()),
            "certificates": {server: until.isoformat() for server, until in self.certificates.items()},
        }
        return told | seen | {"well": well, "alarms": on, "findings": rows}

    def _metrics(self) -> "Metrics":
        from consign.metrics import Metrics  # its library only where it is wanted

        return Metrics(self.database, self.clock, self.silences, self._alarms_on)

    def _alarms_on(self) -> list[str]:
        return [trouble.alarm.code.value for trouble in list(self.alerts.troubles) if trouble.ended_at is None]

    def _tell_what_happened(self) -> None:
        for _ in range(LOOKS_BACK):
            news = self.journal.news()
            for item in news:
                tell(item)
                if self.metrics:
                    self.metrics.count(item)
            if len(news) < AT_ONCE:
                break

    def _readings(self, monotonic: float, late: int, flood: Flood | None) -> Readings:
        file = self.database.file()
        return Readings(
            room_left=room_left(file, self.settings.watch.min_free_megabytes),
            free_megabytes=free_megabytes(file),
            clock_jump=self.clocks.fresh(monotonic),
            certificates=self.certificates,
            tokens_refused=self.tokens_refused,
            late_work_orders=late,
            flood=flood,
            **self.silences(),
        )

    def _late_work_orders(self) -> int:
        statement = select(func.count()).select_from(Letter).where(OPEN, Letter.alerted_at.is_not(None))
        with self.database.read() as session:
            return session.scalar(statement) or 0

    def _flood(self) -> Flood | None:
        with self.database.read() as session:
            return deepest(session)

    def _write_letter(self, session: Session, host: str, trouble: Trouble, over: bool) -> None:
        """The same words to the supervisor by mail; the key holds the beginning, so that each is written once."""
        company, now = self.company(), self.clock()
        if not company.supervisor:
            return
        zh, en = (sentence(trouble, language, over=over) for language in ("zh", "en"))
        about = f"alarm-{trouble.alarm.code}-{trouble.began_at:%Y%m%dT%H%M%S}-{'over' if over else 'on'}"
        draft = Draft(Purpose.ALERT, company.supervisor, f"[consign {host}] {zh}", f"{zh}\n\n{en}\n")
        message_id = envelope.message_id("alarm", about, company.address.rpartition("@")[2])
        octets = envelope.compose(
            draft, sender=company.address, sender_name=company.name, message_id=message_id, at=now
        )
        key = "/".join((about, host, trouble.alarm.about, draft.recipient))
        new = NewLetter(key, draft.purpose, draft.recipient, draft.subject, message_id, octets)
        letterbook.write(self.database, session, [new], now, held=self.settings.policy.shadow)
