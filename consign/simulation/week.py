"""The simulation: the stories of a seed, played through the rooms of a real database until their end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random

from config.database import Database
from config.settings import Settings
from consign.rounds import Rounds
from consign.simulation.agents import Agents, Seat
from consign.simulation.clockwork import Clockwork
from consign.simulation.count import Counted, compare
from consign.simulation.mailing import Mailing
from consign.simulation.people import People
from consign.simulation.script import Story, workload
from followup import people as accounts
from followup.agenda import AGENT, SUPERVISOR
from followup.people import NameTaken, Role
from followup.reports.period import Period
from intake import customerbook
from intake.customers import CustomerTerms
from intake.message import ReadingRules
from intake.readers import ReaderPool

TICK, LONGEST_TICK = timedelta(minutes=1), timedelta(minutes=30)
BEYOND = timedelta(days=60)
SECRET = b"the secret of a simulation"
ORDERS_A_SEAT = 45  # that one agent can follow in a day
NAMES = ("李静", "陈勇", "王芳", "赵敏", "孙磊", "周洁", "吴涛", "郑颖")


@dataclass(frozen=True)
class Plan:
    """What is to be played."""

    seed: int = 1
    orders: int = 300
    first: date = date(2026, 11, 23)  # a Monday
    days: int = 7  # on which orders come in
    after: int = 0  # days played on, so that shipments come to their end
    until: datetime | None = None  # ends then, in the middle of things; otherwise at midnight


class Simulation:
    """One run. `told` is called now and then with the moment that is being played and the share that is done."""

    def __init__(
        self, database: Database, settings: Settings, plan: Plan, told: Callable[[datetime, float], None] | None = None
    ) -> None:
        self.database, self.settings, self.plan, self.told = database, settings, plan, told
        self.begins = datetime.combine(plan.first, time(0), settings.zone_info)
        self.ends = plan.until or self.begins + timedelta(days=plan.days + plan.after)
        self.clock = Clockwork(self.begins)
        self.moved = True
        rng = Random(plan.seed)
        self.stories = workload(rng, self.begins, plan.days, plan.orders)
        self.readers = ReaderPool(ReadingRules(), settings.reading)
        self.rounds = Rounds(database, settings, self.clock, self.readers, name="simulation", secret=SECRET)
        self.people = People(database, self.clock, Random(rng.random()), self.stories, settings.company.address)
        self.mailing = Mailing(database, self.clock, Random(rng.random()), self.people.received)
        self.people.mailing = self.mailing
        self.agents = Agents(
            database, lambda: self.rounds.company, self.clock, Random(rng.random()), self._seats(), self._story
        )

    def _seats(self) -> list[Seat]:
        busiest = self.plan.orders / max(1, self.plan.days)
        seats = [Seat(f"agent{n + 1}", AGENT) for n in range(max(3, round(busiest / ORDERS_A_SEAT)))]
        return [*seats, Seat("lead", SUPERVISOR)]

    def _story(self, number: str) -> Story | None:
        return self.people.by_number.get(number)

    def run(self) -> None:
        """Plays from the first midnight to the last. Raises what the rooms raise: nothing is passed over."""
        try:
            self._furnish()
            for story in self.stories:
                self.clock.at(story.sent_at, partial(self.people.send_order, story))
            while self.clock.now < self.ends:
                self._tick()
            self.mailing.close()
        finally:
            self.readers.close()

    def _furnish(self) -> None:
        """Accounts and customers."""
        now = self.clock.now
        with self.database.write() as session:
            for place, seat in enumerate(self.agents.seats):
                role = Role.SUPERVISOR if seat.role == SUPERVISOR else Role.AGENT
                display = NAMES[place % len(NAMES)] + (str(place // len(NAMES) + 1) if place >= len(NAMES) else "")
                try:
                    accounts.add(session, seat.name, role, "", display, now, "simulation")
                except NameTaken:
                    continue  # a second run over the same database
            known = {story.mail: story.key_customer for story in self.stories}
            customerbook.keep(
                self.database,
                session,
                [
                    CustomerTerms(key=mail.split("@")[0], name=f"客户{n:03d}", addresses=(mail,), key_customer=key)
                    for n, (mail, key) in enumerate(sorted(known.items()), 1)
                ],
            )

    def _tick(self) -> None:
        """One step of the clock: what is planned happens, the rooms act, the agents take their calls."""
        happened = self.clock.act_until(min(self.clock.now + self._step(), self.ends))
        self._rooms(happened)
        self.moved = bool(self.agents.work()) or bool(happened)
        if self.told:
            self.told(self.clock.now, (self.clock.now - self.begins) / (self.ends - self.begins))

    def _step(self) -> timedelta:
        """A minute while something goes on; otherwise until something is planned or a call may be made."""
        if self.moved:
            return TICK
        awaited = [self.clock.next_at, self.agents.next_call()]
        spans = [moment - self.clock.now for moment in awaited if moment is not None]
        return max(min([*spans, LONGEST_TICK]), TICK)

    def _rooms(self, happened: int) -> None:
        """Every step of a daemon, until nothing is left to do."""
        late = self.rounds.look_at_the_clock()
        moved = bool(happened or late)
        while moved:
            moved = bool(self.rounds.judge())
            moved = bool(self.rounds.follow(lambda: None)) or moved
            moved = bool(self.mailing.post()) or moved

    def period(self) -> Period:
        """What began on the days that were played: deadlines and promises may lie beyond them."""
        last = self.ends.astimezone(self.settings.zone_info).date() + BEYOND
        return Period(f"{self.plan.first}..{last}", self.plan.first, last, self.settings.zone_info, self.clock.now)

    def counted(self) -> list[Counted]:
        """The figures of the reports beside what was counted here."""
        with self.database.read() as session:
            return compare(
                session, self.rounds.company, self.period(), self.stories, self.people.ledger, self.agents.done
            )
