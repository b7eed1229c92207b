"""The Prometheus page, on a loopback port: what waits, what is late, how long work orders took (RELIABILITY G19).

Gauges are read from the rows at each scrape, through the partial indexes of what is open: a scrape costs the same at a
million orders as at ten. Counters follow the timeline from the start of the daemon. Every daemon tells the whole of its
database: take the maximum over the daemons that share one, not the sum.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.metadata import version
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import case, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config.database import Database
from consign.journal import News
from consign.space import MEGABYTE, free_megabytes
from dispatch import letterbook
from dispatch.letterbook import LetterState
from dispatch.tables import OPEN, Letter
from followup.tables import OPEN as OPEN_TASK
from followup.tables import Task
from intake import mailbook
from intake.tables import WAITING, Handover, InboundMail

SECONDS = (1, 2, 5, 10, 20, 30, 60, 90, 120, 180, 300, 600, 1800)  # 120: the alert, 180: the promise (SPEC 5)
WAITING_STATES = (LetterState.DUE, LetterState.LEASED, LetterState.UNKNOWN)
Silences = Callable[[], dict[str, Any]]
Alarms = Callable[[], list[str]]


class Metrics:
    """Everything that one daemon tells; `page` opens it, `count` takes an event of the timeline."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], silences: Silences = dict, alarms: Alarms = list
    ) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(Rows(database, clock, silences, alarms))
        self.events = Counter(
            "consign_events", "What happened, by kind of the timeline", ["kind"], registry=self.registry
        )
        self.work_orders = Histogram(
            "consign_work_order_seconds",
            "From the moment an order was clear until the dispatcher's mail server had its work order",
            buckets=SECONDS,
            registry=self.registry,
        )

    def count(self, item: News) -> None:
        self.events.labels(item.kind).inc()
        if item.clear_at is not None:
            self.work_orders.observe(max(0.0, (item.at - item.clear_at).total_seconds()))

    def open_page(self, port: int) -> tuple[int, Callable[[], None]]:
        """Serves /metrics on loopback. Returns the port and how to stop it. Raises OSError when the port is taken."""
        server, thread = start_http_server(port, addr="127.0.0.1", registry=self.registry)

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join(5.0)

        return int(server.server_address[1]), stop


class Rows(Collector):
    """The gauges, asked of the database at each scrape."""

    def __init__(self, database: Database, clock: Callable[[], datetime], silences: Silences, alarms: Alarms) -> None:
        self.database, self.clock, self.silences, self.alarms = database, clock, silences, alarms

    def describe(self) -> list[Metric]:
        """Nothing is asked of the database when the page is made."""
        return []

    def collect(self) -> Iterator[Metric]:
        now = self.clock()
        try:
            with self.database.read() as session:
                found = [*_mails(session, now), *_letters(session, now), *_tasks(session, now), _parked(session)]
        except SQLAlchemyError:
            found, reached = [], 0
        else:
            reached = 1
        yield _gauge("consign_database_up", "1 while the database answers", reached)
        yield from found
        yield from self._of_this_daemon()

    def _of_this_daemon(self) -> Iterator[Metric]:
        build = GaugeMetricFamily("consign_build", "Version of consign", labels=["version"])
        build.add_metric([version("consign")], 1)
        yield build
        alarm = GaugeMetricFamily("consign_alarm", "1 for each alarm that is on", labels=["code"])
        for code in self.alarms():
            alarm.add_metric([code], 1)
        yield alarm
        silences = self.silences()
        lag = GaugeMetricFamily(
            "consign_mailbox_silent_seconds", "Seconds since the mailbox was last read to its end", labels=["mailbox"]
        )
        for name, silence in silences.get("mailboxes", {}).items():
            lag.add_metric([name], silence.seconds)
        yield lag
        words = "Seconds since the mail server last answered while letters wait"
        yield _gauge("consign_mail_server_silent_seconds", words, silences.get("mail_server_silent") or 0.0)
        free = free_megabytes(self.database.file())
        if free is not None:
            yield _gauge("consign_free_disk_bytes", "Free space beside the SQLite file", free * MEGABYTE)


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0


def _mails(session: Session, now: datetime) -> Iterator[Metric]:
    count = session.scalar(select(func.count()).select_from(InboundMail).where(WAITING)) or 0
    yield _gauge("consign_mails_waiting", "Mails that are kept and not read yet", count)
    yield _gauge("consign_oldest_mail_seconds", "Age of the oldest of them", _age(mailbook.waiting_since(session), now))


def _letters(session: Session, now: datetime) -> Iterator[Metric]:
    counts = dict(session.execute(select(Letter.state, func.count()).where(OPEN).group_by(Letter.state)).all())
    letters = GaugeMetricFamily(
        "consign_letters", "Letters that no server has accepted yet, by state", labels=["state"]
    )
    for state in WAITING_STATES:
        letters.add_metric([state.value], counts.get(state.value, 0))
    yield letters
    yield _gauge("consign_oldest_letter_seconds", "Age of the oldest", _age(letterbook.oldest_unsent(session), now))
    late = session.scalar(select(func.count()).select_from(Letter).where(OPEN, Letter.due_by < now)) or 0
    yield _gauge("consign_work_orders_late", "Work orders beyond their three minutes, not accepted yet", late)


def _tasks(session: Session, now: datetime) -> Iterator[Metric]:
    late = func.sum(case((Task.due_at < now, 1), else_=0))
    rows = session.execute(select(Task.kind, func.count(), late).where(OPEN_TASK).group_by(Task.kind)).all()
    waiting = GaugeMetricFamily("consign_tasks_open", "Open tasks of the follow-up queue", labels=["kind"])
    overdue = GaugeMetricFamily("consign_tasks_overdue", "Open tasks beyond their due time", labels=["kind"])
    for kind, count, beyond in rows:
        waiting.add_metric([kind], count)
        overdue.add_metric([kind], beyond)
    yield waiting
    yield overdue


def _parked(session: Session) -> Metric:
    count = session.scalar(select(func.count()).select_from(Handover).where(Handover.trouble.is_not(None))) or 0
    return _gauge("consign_failed_steps", "Events that a room could not act on: faults, set aside for a person", count)
