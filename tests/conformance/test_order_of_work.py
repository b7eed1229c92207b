"""The order of work under load: the oldest order goes first all the way, and its work order before any answer."""

from datetime import UTC, datetime, timedelta

from config.company import load_company
from config.database import Database
from config.settings import Settings
from consign.rounds import reading_rules
from consign.samples import SAYS, sample_mails
from dispatch import letterbook
from dispatch.steps import Desk, plan_letters
from intake import mailbook
from intake.message import ReadingRules, Understanding
from intake.rawmail import Mark, RawMail
from intake.steps import judge_waiting
from intake.understanding import understand

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
ORDERS = 24


class Readers:
    """Reads here, at once."""

    def __init__(self, rules: ReadingRules) -> None:
        self.rules = rules

    def understand(self, mails: list[bytes], _company: str = "") -> list[Understanding]:
        return [understand(octets, self.rules) for octets in mails]


def keep(database: Database) -> None:
    """A burst: each order by another shipper, the oldest first."""
    samples = list(sample_mails(len(SAYS) + 1 + ORDERS, NOW))[-ORDERS:]
    mails = [
        RawMail("orders", 1, uid, sample.octets, NOW, len(sample.octets), truncated=False)
        for uid, sample in enumerate(samples, 1)
    ]
    with database.write() as session:
        mailbook.keep(database, session, "orders", mails, Mark(1, ORDERS), NOW)


def sent(database: Database, count: int) -> list[tuple[str, int]]:
    """Purpose and order of the letters that go next, as the post office takes them."""
    with database.write() as session:
        leased = letterbook.lease_due(database, session, "office", NOW, count, timedelta(minutes=1))
        letterbook.mark_all_sent(session, [letterbook.Acceptance(letter, "250 ok", NOW) for letter in leased])
        letters = [letter for number in range(1, ORDERS + 1) for letter in letterbook.of_order(session, number)]
        order_of = {letter.id: letter.order_id or 0 for letter in letters}
        return [(str(letter.purpose), order_of[letter.id]) for letter in leased]


def test_the_oldest_goes_first_and_work_orders_before_answers(database: Database) -> None:
    settings = Settings()
    company = load_company(settings)
    readers, desk = Readers(reading_rules(company, settings)), Desk(company, b"secret", settings.letters)
    keep(database)
    gone: list[tuple[str, int]] = []
    while judge_waiting(database, company, readers, lambda: NOW, reader="test", limit=7):  # type: ignore[arg-type]  # readers of the test
        plan_letters(database, desk, lambda: NOW, limit=5)
        gone += sent(database, 3)
    while plan_letters(database, desk, lambda: NOW, limit=5) or len(gone) < 2 * ORDERS:
        gone += sent(database, 3)
    for purpose in ("work_order", "acknowledgement"):
        assert [order for what, order in gone if what == purpose] == list(range(1, ORDERS + 1))
    assert [what for what, _ in gone] == ["work_order"] * ORDERS + ["acknowledgement"] * ORDERS
