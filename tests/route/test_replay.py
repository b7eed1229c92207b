"""Replay: stored mail against today's reader and given rules; nothing is changed by it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from config.company import load_company, write_starter_rules
from config.settings import Settings
from consign.replaying import Difference, Tally, replay
from consign.samples import sample_mails
from intake.tables import Event, InboundMail
from tests.route.conftest import WholeDesk


def replayed(desk: WholeDesk, tally: Tally, since: datetime | None = None) -> list[Difference]:
    return list(replay(desk.database, desk.company, desk.readers, since, tally))


@pytest.fixture
def filled(desk: WholeDesk) -> WholeDesk:
    mails = [sample.octets for sample in sample_mails(9, datetime.now(UTC))]
    desk.deliver(*mails, mails[0].replace(b"<demo-0-", b"<demo-again-"))
    desk.run()
    return desk


def test_the_same_reader_and_rules_find_no_difference(filled: WholeDesk) -> None:
    tally = Tally()
    assert replayed(filled, tally) == []
    assert (tally.mails, tally.differ) == (10, 0)


def test_mail_before_the_day_is_left_out(filled: WholeDesk) -> None:
    tally = Tally()
    replayed(filled, tally, datetime.now(UTC) + timedelta(days=1))
    assert tally.mails == 0


def test_other_rules_are_told_order_by_order_and_change_nothing(filled: WholeDesk, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    write_starter_rules(rules)
    cargo = rules / "cargo.csv"
    text = cargo.read_text(encoding="utf-8-sig")
    assert "烟花" in text
    cargo.write_text("\n".join(line for line in text.splitlines() if "烟花" not in line), encoding="utf-8")
    before = counts(filled)
    filled.company = load_company(Settings(rules=rules))
    tally = Tally()
    (difference,) = [found for found in replayed(filled, tally) if found.field == "verdict"]
    assert (difference.stored, difference.today) == ("rejected", "accepted")
    assert difference.number
    assert tally.differ == 1
    assert counts(filled) == before


def counts(desk: WholeDesk) -> tuple[int | None, ...]:
    with desk.database.read() as session:
        return tuple(session.scalar(select(func.count()).select_from(kind)) for kind in (Event, InboundMail))
