"""All reports, by name: what reckons each, what it can be narrowed to, which period it shows first, who may see it."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from config.company import Company
from followup.reports import (
    agents,
    arrivals,
    calls,
    complaints,
    exceptions,
    penalties,
    pickups,
    receipts,
    satisfaction,
    shift,
    threeminutes,
    volume,
)
from followup.reports.period import Period
from followup.reports.report import ALL, Filters, Report

Reckon = Callable[[Session, Company, Period, Filters], Report]
PLACES = ("company", "zone", "dispatcher", "customer")


@dataclass(frozen=True)
class Kind:
    """One report of the catalogue."""

    name: str
    reckon: Reckon
    period: str = "today"
    filters: tuple[str, ...] = PLACES
    for_agents: bool = False  # an agent sees it too, a scorecard only his own

    def figures(self, session: Session, company: Company, period: Period, filters: Filters = ALL) -> Report:
        return self.reckon(session, company, period, filters)


KINDS = (
    Kind(threeminutes.NAME, threeminutes.figures),
    Kind(calls.NAME, calls.figures),
    Kind(pickups.NAME, pickups.figures),
    Kind(arrivals.NAME, arrivals.figures, "this-week"),
    Kind(exceptions.NAME, exceptions.figures, "this-week"),
    Kind(receipts.NAME, receipts.figures, "this-month"),
    Kind(complaints.NAME, complaints.figures, "this-month"),
    Kind(satisfaction.NAME, satisfaction.figures, "this-month"),
    Kind(agents.NAME, agents.figures, "this-month", (*PLACES, "agent"), for_agents=True),
    Kind(shift.NAME, shift.figures, for_agents=True),
    Kind(volume.NAME, volume.figures, "this-month"),
    Kind(penalties.NAME, penalties.figures, "this-month"),
)
REPORTS = {kind.name: kind for kind in KINDS}


def figures(name: str, session: Session, company: Company, period: Period, filters: Filters = ALL) -> Report:
    """The report of that name. Raises KeyError."""
    return REPORTS[name].figures(session, company, period, filters)
