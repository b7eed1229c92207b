from datetime import UTC, datetime, timedelta

import pytest

from config.settings import Settings
from consign.alarms import Code, Readings, Silence, alarms
from intake.turns import Flood

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)

QUIET = Settings()


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        (Readings(), []),
        (Readings(rules_faults=("areas.csv:3: zone: …",)), [Code.RULES_FAULTY]),
        (Readings(mail_server_silent=120.0), []),
        (Readings(mail_server_silent=120.1, mail_server_words="refused"), [Code.MAIL_SERVER_AWAY]),
        (Readings(mailboxes={"orders": Silence(180.0)}), []),
        (Readings(mailboxes={"orders": Silence(181.0, "refused")}), [Code.MAILBOX_AWAY]),
        (Readings(mailboxes={"orders": Silence(181.0), "suzhou": Silence(3.0)}), [Code.MAILBOX_AWAY]),
        (Readings(mailboxes={"orders": Silence(181.0), "suzhou": Silence(500.0)}), [Code.MAILBOX_AWAY] * 2),
        (Readings(database_silent=61.0), [Code.DATABASE_AWAY]),
        (Readings(room_left=False, free_megabytes=12.0), [Code.DISK_NEARLY_FULL]),
        (Readings(clock_jump=-3600.0), [Code.CLOCK_JUMPED]),
        (Readings(late_work_orders=2), [Code.WORK_ORDERS_LATE]),
        (Readings(tokens_refused={"mailbox": "expired", "smtp": "expired"}), [Code.TOKEN_REFUSED] * 2),
        (Readings(flood=Flood("a@bulk.example", 300)), []),
        (Readings(flood=Flood("a@bulk.example", 301)), [Code.FLOOD]),
        (Readings(certificates={"a": NOON + timedelta(days=15)}), []),
        (Readings(certificates={"a": NOON + timedelta(days=13), "b": NOON}), [Code.CERTIFICATE_EXPIRES] * 2),
    ],
)
def test_limits(readings: Readings, expected: list[Code]) -> None:
    assert [alarm.code for alarm in alarms(readings, QUIET, NOON)] == expected


def test_two_mailboxes_are_two_alarms() -> None:
    silences = {"orders": Silence(500.0), "suzhou": Silence(500.0)}
    assert [alarm.about for alarm in alarms(Readings(mailboxes=silences), QUIET, NOON)] == ["orders", "suzhou"]


def test_two_certificates_are_two_alarms() -> None:
    on = alarms(Readings(certificates={"a": NOON, "b": NOON}), QUIET, NOON)
    assert len({alarm.key for alarm in on}) == 2
