"""Visits to customers (SPEC 7): key customers and new ones are asked once a month how they fare.

The task is opened once for each customer and month; what he said stands in the timeline and in the attempt.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.company import Company
from config.database import Database
from config.phrases import phrase
from followup import casebook
from followup.agenda import Contact, NewTask, TaskKind, task
from followup.agenda_journey import DAY_ENDS, at_hour, local_day
from followup.tables import Task
from intake.customers import CustomerTerms
from intake.tables import Customer, Order
from intake.timeline import Entry, Happening, record


@dataclass(frozen=True)
class Known:
    """A customer with the moment of his first order; None: he has not ordered yet."""

    terms: CustomerTerms
    first_order_at: datetime | None


def last_of_month(day: date) -> date:
    """The last day of the month of `day`."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def why_visited(known: Known, now: datetime, new_days: int) -> str:
    """Why a customer is visited this month, as a code; "" for one who is not."""
    if known.terms.blocked:
        return ""
    if known.terms.key_customer:
        return "visit_key_customer"
    first = known.first_order_at
    return "visit_new_customer" if first is not None and now - first < timedelta(days=new_days) else ""


def visits(customers: Sequence[Known], now: datetime, zone: ZoneInfo, new_days: int, language: str) -> list[NewTask]:
    """The visits of this month, due at its end."""
    today = local_day(now, zone)
    due = at_hour(last_of_month(today), DAY_ENDS, zone)
    return [
        task(
            TaskKind.CUSTOMER_VISIT,
            now,
            "task_visit",
            about=f"customer-{known.terms.key}/{today:%Y-%m}",
            contact=Contact(known.terms.contact or known.terms.name, known.terms.phone),
            due_at=max(due, now),
            why_values={
                "customer": known.terms.key,
                "name": known.terms.name,
                "reason": f"{known.terms.name} · {phrase(why, language)}",
                "month": f"{today:%Y-%m}",
            },
        )
        for known in customers
        if (why := why_visited(known, now, new_days))
    ]


class MonthlyVisits:
    """The chore: once a month in this process; a second one opens nothing, as each task has its key."""

    def __init__(self) -> None:
        self.month = ""

    def look(self, database: Database, company: Company, clock: Callable[[], datetime]) -> int:
        """Opens the visits of the month when it is new; returns how many were asked for."""
        now = clock()
        month = f"{local_day(now, company.timezone):%Y-%m}"
        if month == self.month:
            return 0
        with database.write() as session:
            days = company.followup.new_customer_days
            new = visits(known_customers(session), now, company.timezone, days, company.language)
            casebook.open_tasks(database, session, new, now)
        self.month = month
        return len(new)


def known_customers(session: Session) -> list[Known]:
    first = dict(
        session.execute(
            select(Order.customer_id, func.min(Order.opened_at))
            .where(Order.customer_id.is_not(None))
            .group_by(Order.customer_id)
        ).all()
    )
    rows = session.execute(select(Customer.id, Customer.terms).order_by(Customer.key)).all()
    return [Known(CustomerTerms.model_validate(terms), first.get(customer_id)) for customer_id, terms in rows]


def note_visit(session: Session, found: Task, words: str, actor: str, now: datetime) -> None:
    """What the customer said."""
    details = {"customer": str(found.why_values.get("customer", "")), "words": words}
    record(session, [Entry(Happening.CUSTOMER_VISITED, now, actor, details=details)])
