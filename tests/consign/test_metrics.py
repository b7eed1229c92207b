"""The Prometheus page and the journal: numbers read from rows, events told once, with the order number."""

import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from config.database import Database, open_database
from config.settings import LetterSettings
from consign import schema
from consign.alarms import Silence
from consign.journal import Journal, tell
from consign.metrics import Metrics
from dispatch import letterbook
from intake import mailbook, register
from intake.rawmail import Mark
from intake.timeline import Entry, Happening, record
from tests.builders import new_letter, new_order, raw_mail

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)
SILENCES = {"orders": Silence(7.5), "suzhou": Silence(0.5)}
Samples = dict[tuple[str, str], float]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'consign.db'}")
    schema.upgrade(opened)
    yield opened
    opened.close()


def scraped(metrics: Metrics) -> Samples:
    """Name and labels -> value, as Prometheus reads them from the page."""
    port, stop = metrics.open_page(0)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
            text = page.read().decode()
    finally:
        stop()
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def send(database: Database, at: datetime, *, reply: str = "250 ok") -> None:
    with database.write() as session:
        (letter,) = letterbook.lease_due(database, session, "us", at, 1, LEASE)
        letterbook.mark_sent(session, letter, reply, at)


def test_what_waits_is_read_from_the_rows(database: Database) -> None:
    with database.write() as session:
        mailbook.keep(database, session, "orders", [raw_mail(1), raw_mail(2)], Mark(7, 2), NOON)
        due_by = NOON + timedelta(minutes=3)
        letters = [new_letter(1, clear_at=NOON, due_by=due_by), new_letter(2, clear_at=NOON, due_by=due_by)]
        letterbook.write(database, session, letters, NOON)
        letterbook.lease_due(database, session, "us", NOON, 1, LEASE)
    later = NOON + timedelta(minutes=4)
    found = scraped(Metrics(database, lambda: later, lambda: {"mailboxes": SILENCES}, lambda: ["mailbox_away"]))
    assert found["consign_mails_waiting", ""] == 2
    assert found["consign_oldest_mail_seconds", ""] == 240
    assert found["consign_letters", "due"] == 1
    assert found["consign_letters", "leased"] == 1
    assert found["consign_letters", "unknown"] == 0
    assert found["consign_work_orders_late", ""] == 2
    assert found["consign_mailbox_silent_seconds", "orders"] == 7.5
    assert found["consign_mailbox_silent_seconds", "suzhou"] == 0.5
    assert found["consign_alarm", "mailbox_away"] == 1
    assert found["consign_database_up", ""] == 1


def test_the_time_of_a_work_order_is_counted_once(database: Database) -> None:
    metrics, journal = Metrics(database, lambda: NOON), Journal(database)
    assert journal.news() == []
    with database.write() as session:
        letterbook.write(database, session, [new_letter(1, clear_at=NOON)], NOON)
    send(database, NOON + timedelta(seconds=95))
    for item in [*journal.news(), *journal.news()]:
        metrics.count(item)
    found = scraped(metrics)
    assert found["consign_work_order_seconds_count", ""] == 1
    assert found["consign_work_order_seconds_sum", ""] == 95
    assert found["consign_work_order_seconds_bucket", "90.0"] == 0
    assert found["consign_work_order_seconds_bucket", "120.0"] == 1
    assert found["consign_events_total", "work_order_sent"] == 1


def test_what_was_before_the_start_is_not_counted(database: Database) -> None:
    with database.write() as session:
        record(session, [Entry(Happening.COMPLAINED, NOON)])
    journal = Journal(database)
    journal.news()
    with database.write() as session:
        record(session, [Entry(Happening.ENQUIRED, NOON)])
    assert [item.kind for item in journal.news()] == ["enquired"]
    assert journal.news() == []


def test_a_line_bears_the_order_number_and_no_name(database: Database) -> None:
    journal = Journal(database)
    journal.news()
    with database.write() as session:
        register.enter(database, session, [new_order()], "20261124", NOON)
        order = register.by_number(session, "20261124-0001")
        assert order is not None
        details = {"reason": "price", "shipper": "王建国", "note": "13800138001"}
        record(session, [Entry(Happening.ENQUIRED, NOON, order_id=order.id, details=details)])
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        for item in journal.news():
            tell(item)
    line = next(line for line in lines if line["event"] == "decided")
    assert line["order"] == "20261124-0001"
    assert line["outcome"] == "accepted"
    assert lines[-1]["reason"] == "price"
    assert "王建国" not in str(lines)
    assert "13800138001" not in str(lines)


def test_a_refused_letter_is_a_warning(database: Database) -> None:
    journal = Journal(database)
    journal.news()
    with database.write() as session:
        letterbook.write(database, session, [new_letter(1)], NOON)
    with database.write() as session:
        (letter,) = letterbook.lease_due(database, session, "us", NOON, 1, LEASE)
        letterbook.mark_later(session, letter, "450", NOON + timedelta(days=3), LetterSettings())
    with structlog.testing.capture_logs() as lines:
        for item in journal.news():
            tell(item)
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("letter_written", "info"),
        ("letter_refused", "warning"),
    ]


def test_a_database_out_of_reach_is_told_and_the_rest_with_it(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE inbound_mail")
    found = scraped(Metrics(database, lambda: NOON))
    assert found["consign_database_up", ""] == 0
    assert found["consign_mail_server_silent_seconds", ""] == 0
    assert ("consign_mails_waiting", "") not in found
