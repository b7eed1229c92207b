"""What the work thread and the clocks of a daemon do, round by round: every step that needs the rules of the company.

A module of its own, because it loads the rules and most of the program: a daemon that starts sends and collects before.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from config.clockwatch import Gained, no_jump
from config.company import Company, RulesWatch, load_company
from config.database import Database
from config.settings import CompanySettings, Settings
from dispatch.steps import Desk, plan_letters, watch_promises
from followup.customervisits import MonthlyVisits
from followup.escalation import escalate
from followup.penaltybook import propose_late_receipts
from followup.reportmail import mail_reports
from followup.silence import chase_silent
from followup.steps import plan_tasks, raise_overdue
from intake.message import ReadingRules
from intake.readers import ReaderPool
from intake.readmail import Seal
from intake.steps import judge_waiting

log = structlog.get_logger()
BATCH = 20  # mails judged in one transaction: a longer one keeps the post office waiting for the pen
CHORES = timedelta(seconds=30)  # between two looks at what may wait for some seconds


class Rounds:
    """The steps between the mailbox and the post office. Raises ConfigurationError when the rules cannot be loaded."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Callable[[], datetime],
        readers: ReaderPool,
        *,
        name: str,
        secret: bytes,
    ) -> None:
        self.database, self.settings, self.clock, self.readers = database, settings, clock, readers
        self.name, self.secret = name, secret
        self.visits = MonthlyVisits()
        self.rules = RulesWatch(settings, load_company(settings))
        self._read_by_the_rules()
        self.chores_at: datetime | None = None

    @property
    def company(self) -> Company:
        """The company in force; changed rule files are taken over while running, all or nothing (G17)."""
        return self.rules.company

    def desk(self) -> Desk:
        return Desk(self.company, self.secret, self.settings.letters, self.settings.own_addresses())

    def _read_by_the_rules(self) -> None:
        self.readers.rules = reading_rules(self.company, self.settings)
        self.readers.rules_of = {
            one.key: reading_rules(self.company.of(one.key), self.settings, one) for one in self.settings.companies
        }

    def judge(self) -> int:
        """Reads and judges mails that wait; returns how many. While the children read, `follow` goes on elsewhere."""
        return judge_waiting(
            self.database,
            self.company,
            self.readers,
            self.clock,
            reader=self.name,
            limit=BATCH,
            tries=self.settings.reading.attempts,
            seal=Seal(self.secret, self.settings.own_addresses()),
        )

    def follow(self, letters_written: Callable[[], None]) -> int:
        """The letters and tasks that follow from what happened; returns how many events were taken up."""
        letters = plan_letters(self.database, self.desk(), self.clock, limit=2 * BATCH, children=self.readers)
        if letters:
            letters_written()
        return letters + plan_tasks(self.database, self.company, self.clock, limit=BATCH)

    def look_at_the_clock(self, gained: Gained = no_jump) -> bool:
        """What has become late, and rules that have changed; True when there is something for the next round."""
        self._look_at_the_rules()
        late = watch_promises(self.database, self.clock, self.settings.letters, gained)
        silent = chase_silent(self.database, self.company, self.clock)
        raise_overdue(self.database, self.company, self.clock)
        return self._chores() or bool(late or silent)

    def _chores(self) -> bool:
        """What is a matter of minutes, not of seconds; True when it was looked after now."""
        now = self.clock()
        if self.chores_at is not None and abs(now - self.chores_at) < CHORES:  # a clock may be put back
            return False
        self.chores_at = now
        escalate(self.database, self.company, self.clock)
        self.visits.look(self.database, self.company, self.clock)
        propose_late_receipts(self.database, self.company, self.clock())
        held = self.settings.policy.shadow
        mail_reports(self.database, self.desk(), self.settings.reports, self.clock, held=held)
        return True

    def read_rules_again(self) -> None:
        """Somebody asked for it: the rule files are read now, and their faults said again."""
        self.rules.forget()
        self._look_at_the_rules()
        log.info("rules_read", version=self.company.version, faults=len(self.rules.faults))

    def _look_at_the_rules(self) -> None:
        """A changed rule file with a fault keeps the old rules; each fault is said once."""
        before = self.company.versions
        for fault in self.rules.reload(self.clock()):
            log.error("rules_kept", fault=str(fault))
        if self.company.versions != before:
            self._read_by_the_rules()
            log.info("rules_changed", version=self.company.version)


def reading_rules(company: Company, settings: Settings, profile: CompanySettings | None = None) -> ReadingRules:
    """What the readers must know of a company; `profile`: of a further one, otherwise that of [company] holds."""
    profile = profile or settings.company
    return ReadingRules(
        timezone=settings.timezone,
        home_city=profile.home_city,
        area_code=profile.area_code,
        payment_aliases=dict(settings.aliases.payment),
        own_addresses=tuple(sorted(settings.own_addresses())),
        dispatchers=tuple(dispatcher.email.lower() for dispatcher in company.dispatchers),
    )
