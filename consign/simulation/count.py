"""What the people of a simulation saw with their own eyes, counted, and laid beside the figures of the reports.

Nothing here asks the rooms: letters are counted as they were opened, calls as they were made, goods as they were moved.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from config.company import Company
from consign.simulation import rules
from consign.simulation.agents import Done
from consign.simulation.script import Story
from followup.agenda import TaskKind
from followup.reports import catalogue
from followup.reports.period import Period
from followup.reports.report import Report, Value

PROMISE = 180.0  # seconds (SPEC 5)
WITHIN = timedelta(hours=1)  # the verification call (SPEC 7)
TOLD = ("已提货",)


@dataclass(frozen=True)
class WorkOrderSeen:
    """A work order as its dispatcher's server took it; since when the order was clear, as its shipper knows."""

    story: Story
    clear_at: datetime
    accepted_at: datetime

    @property
    def seconds(self) -> float:
        return (self.accepted_at - self.clear_at).total_seconds()


@dataclass
class Ledger:
    """What was seen, in its own words."""

    work_orders: list[WorkOrderSeen] = field(default_factory=list)
    pickup_mails: dict[int, datetime] = field(default_factory=dict)  # place of the story: when the dispatcher wrote it
    links: list[int] = field(default_factory=list)  # scores given by link


@dataclass(frozen=True)
class Counted:
    """One figure: of the report, and as the simulation counted it."""

    report: str
    figure: str
    counted: Value
    reported: Value

    @property
    def agrees(self) -> bool:
        if isinstance(self.counted, float) and isinstance(self.reported, float):
            return abs(self.counted - self.reported) < 1.0  # a mail's Date has whole seconds
        return self.counted == self.reported


def compare(
    session: Session, company: Company, period: Period, stories: list[Story], ledger: Ledger, done: list[Done]
) -> list[Counted]:
    """Every figure that the people of the simulation can count, beside that of the report."""
    own = _three_minutes(ledger) | _calls(ledger, done) | _pickups(stories, ledger, done) | _arrivals(stories, done)
    own |= _after_delivery(stories, ledger, done)
    found = []
    for (report, figure), counted in own.items():
        made = catalogue.REPORTS[report].figures(session, company, period)
        reported = SUMS[report, figure](made) if (report, figure) in SUMS else made.value(figure)
        found.append(Counted(report, figure, counted, reported))
    return found


def _told_or_called(report: Report) -> int:
    return int(str(report.value("called_in_time"))) + int(str(report.value("told_in_time")))


SUMS = {("calls", "in time"): _told_or_called}
Own = dict[tuple[str, str], Value]


def _three_minutes(ledger: Ledger) -> Own:
    seconds = [each.seconds for each in ledger.work_orders]
    # a mail's Date has whole seconds: what lies within one of the limit cannot be told apart, and does not occur
    return {
        ("three_minutes", "count"): len(seconds),
        ("three_minutes", "in_time"): sum(each <= PROMISE for each in seconds),
        ("three_minutes", "broken"): sum(each > PROMISE for each in seconds),
        ("three_minutes", "worst"): max(seconds, default=None),
    }


def _calls(ledger: Ledger, done: list[Done]) -> Own:
    """The first word on each work order: of an agent's call, or of the dispatcher's own mail."""
    accepted: dict[int, WorkOrderSeen] = {}
    for each in ledger.work_orders:
        accepted.setdefault(each.story.place, each)
    called: dict[str, datetime] = {}
    for said in done:
        if said.kind == TaskKind.VERIFY_PICKUP or (
            said.kind == TaskKind.PICKUP_OVERDUE and said.outcome == "picked_up"
        ):
            called.setdefault(said.number, said.at)
    in_time = late = 0
    for place, each in accepted.items():
        heard = min(filter(None, (called.get(each.story.number), ledger.pickup_mails.get(place))), default=None)
        in_time += heard is not None and heard <= each.accepted_at + WITHIN
        late += heard is not None and heard > each.accepted_at + WITHIN
    return {("calls", "count"): len(accepted), ("calls", "in time"): in_time, ("calls", "late"): late}


def _pickups(stories: list[Story], ledger: Ledger, done: list[Done]) -> Own:
    """What nobody has told yet is not known to the house either."""
    told = {said.number for said in done if said.outcome == "picked_up"}
    known = [story for story in stories if story.number in told or story.place in ledger.pickup_mails]
    picked = [(story.picked_up_at, story.pickup_by) for story in known if story.picked_up_at and story.pickup_by]
    return {
        ("pickups", "count"): sum(story.pickup_by is not None for story in stories),
        ("pickups", "in_time"): sum(at <= by for at, by in picked),
        ("pickups", "late"): sum(at > by for at, by in picked),
    }


def _arrivals(stories: list[Story], done: list[Done]) -> Own:
    """Goods that stay in the city have arrived when they are handed over."""
    told = {said.number: said.outcome for said in done if said.outcome in ("arrived", "signed")}
    on_time = 0
    for story in stories:
        there = story.signed_at if story.stays else story.arrives_at
        if story.picked_up_at and there and story.number in told:
            on_time += there <= rules.promised_arrival(story.picked_up_at, story.city)
    return {("arrivals", "on_time"): on_time}


def _after_delivery(stories: list[Story], ledger: Ledger, done: list[Done]) -> Own:
    scores = [int(said.details["score"]) for said in done if said.outcome == "scored"] + ledger.links
    opened = sum(said.outcome in ("problem", "exception") for said in done)
    return {
        ("satisfaction", "count"): len(scores),
        ("satisfaction", "unhappy"): sum(score <= 2 for score in scores),
        ("exceptions", "opened"): opened,
    }
