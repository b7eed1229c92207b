"""The values of a report as people read them, in one language: 97.5%, 12.3 秒, ¥1,234.00, 城区."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.company import Company
from config.phrases import catalogue, phrase
from followup.console import words as desk
from followup.reports import words
from followup.reports.period import Period
from followup.reports.report import FIRST, Filters, Unit, Value
from followup.tables_desk import Agent
from intake.tables import Customer

NONE = "—"
TENTH, CENT = Decimal("0.1"), Decimal("0.01")
# How the words for codes of a kind begin: those of the desk, the sentences of all rooms, and our own.
PREFIXES = {
    Unit.ZONE: "zone_",
    Unit.TASK: "kind_",
    Unit.EXCEPTION: "exception_",
    Unit.RECEIPT: "receipt_",
    Unit.STATE: "state_",
    Unit.RULE: "rule_",
    Unit.BAND: "",
}


@dataclass(frozen=True)
class Speaker:
    """A language, the company's time zone, and who is called what."""

    language: str
    zone: ZoneInfo
    dispatchers: dict[str, str] = field(default_factory=dict)
    agents: dict[str, str] = field(default_factory=dict)
    companies: dict[str, str] = field(default_factory=dict)  # by key, the first one by FIRST; empty where it is alone

    def title(self, report: str) -> str:
        return words.title(report, self.language)

    def about(self, report: str) -> str:
        return words.about(report, self.language)

    def name(self, report: str, code: str) -> str:
        return words.name(report, code, self.language)

    def definition(self, report: str, code: str) -> str:
        return words.definition(report, code, self.language)

    def word(self, code: str, **values: object) -> str:
        return words.word(code, self.language, **values)

    def say(self, value: Value, unit: Unit) -> str:
        """The value as text; a dash where there is nothing to say."""
        if value is None:
            return NONE
        match unit:
            case Unit.COUNT:
                return f"{value:,}"
            case Unit.SHARE | Unit.CHANGE:
                return self._percent(Decimal(str(value)), signed=unit is Unit.CHANGE)
            case Unit.SECONDS:
                return self.word("seconds", value=f"{float(str(value)):,.1f}")
            case Unit.SPAN:
                assert isinstance(value, timedelta)
                return self._span(value)
            case Unit.MONEY:
                return f"¥{Decimal(str(value)).quantize(CENT, ROUND_HALF_UP):,}"
            case Unit.SCORE:
                return f"{value:.2f}"
            case Unit.MOMENT:
                assert isinstance(value, datetime)
                return value.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")
            case _:
                return self.label(str(value), unit)

    def label(self, code: str, unit: Unit) -> str:
        """The name behind a code; the code itself where it has none."""
        if not code:
            return self.word("nobody")
        if unit is Unit.DISPATCHER:
            return self.dispatchers.get(code, code)
        if unit is Unit.AGENT:
            return self._person(code)
        key = PREFIXES.get(unit, "") + code
        if unit not in PREFIXES:
            return code
        if desk.knows(key):
            return desk.word(key, self.language)
        if key in catalogue():
            return phrase(key, self.language)
        return self.word(key) if words.knows(key) else code

    def _person(self, actor: str) -> str:
        """ "li", "agent:li" or "dispatcher:sh-west"."""
        kind, _, key = actor.rpartition(":")
        return self.dispatchers.get(key, key) if kind == "dispatcher" else self.agents.get(key, key)

    def _percent(self, part: Decimal, *, signed: bool) -> str:
        """Never rounded up to 100% as long as one is missing."""
        percent = (part * 100).quantize(TENTH, ROUND_HALF_UP)
        if percent == 100 and part < 1:
            percent = (part * 100).quantize(CENT)
        return f"{percent:+}%" if signed else f"{percent}%"

    def _span(self, span: timedelta) -> str:
        minutes = Decimal(span / timedelta(minutes=1))
        if abs(minutes) < 1:
            return self.word("seconds", value=f"{span.total_seconds():.0f}")
        if abs(minutes) < 120:
            return self.word("minutes", value=f"{minutes:.0f}")
        if abs(minutes) < 48 * 60:
            return self.word("hours", value=f"{minutes / 60:.1f}")
        return self.word("days", value=f"{minutes / 1440:.1f}")

    def period(self, period: Period) -> str:
        """2026-11-24; 2026 年第 48 周（11-23 至 11-29）; 2026-11; 2026."""
        if "-W" in period.key:
            year, _, week = period.key.partition("-W")
            days = {"first": f"{period.first:%m-%d}", "last": f"{period.last:%m-%d}"}
            return self.word("week_of", year=year, week=int(week), **days)
        if ".." in period.key:
            return self.word("range_of", first=period.first, last=period.last)
        return period.key

    def filters(self, filters: Filters) -> list[str]:
        """What the report is narrowed to, in words."""
        named = {
            "company": self.companies.get(filters.company, filters.company),
            "zone": self.label(filters.zone, Unit.ZONE),
            "dispatcher": self.label(filters.dispatcher, Unit.DISPATCHER),
            "customer": filters.customer,
            "agent": self.label(filters.agent, Unit.AGENT),
        }
        return [self.word(f"filter_{key}", value=value) for key, value in named.items() if getattr(filters, key)]


def speaker(session: Session, company: Company, language: str = "") -> Speaker:
    """The speaker of a company, in its own language or another."""
    agents = {name: display or name for name, display in session.execute(select(Agent.name, Agent.display))}
    dispatchers = {each.key: each.name for one in (company, *company.others) for each in one.dispatchers}
    companies = {one.key or FIRST: one.name for one in (company, *company.others)} if company.others else {}
    return Speaker(language or company.language, company.timezone, dispatchers, agents, companies)


def customers(session: Session, most: int = 500) -> dict[str, str]:
    """Key -> name, for choosing one."""
    rows = session.execute(select(Customer.key, Customer.name).order_by(Customer.name).limit(most))
    return {key: name for key, name in rows}  # noqa: C416 (dict() does not take rows)
