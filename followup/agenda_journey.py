"""Which tasks the way after the pickup brings, and when they are due (SPEC 7, 9). Pure: no clock, no session.

Days are days of the company's time zone. Transit days are days of the calendar, as lorries drive on Sundays; "the next
day" of a call is the next day on which the company works.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config.calendar import WorkCalendar
from config.company import Company
from config.desksections import FollowupSettings
from config.phrases import phrase
from followup.agenda import DUE, Contact, NewTask, TaskKind, task
from intake.orderform import OrderForm
from intake.record import OrderRecord

MORNING = time(10)  # when the station is asked (SPEC 7)
DAY_ENDS = time(18)  # the last hour by which something is still done "that day" (as SPEC 6 has it)
LOADED_BY = time(20)  # the line-haul is loaded in the evening
ASK_AHEAD = timedelta(hours=1)


def at_hour(day: date, hour: time, zone: ZoneInfo) -> datetime:
    """That hour of a day of the company."""
    return datetime.combine(day, hour, zone)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def arrives_by(picked_up_at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """By when the lane promises the goods: the end of the day that lies its transit days after the pickup."""
    day = local_day(picked_up_at, zone) + timedelta(days=days)
    by = at_hour(day, DAY_ENDS, zone)
    return by if by > picked_up_at else at_hour(day + timedelta(days=1), DAY_ENDS, zone)


def arrival_check(promised: datetime, zone: ZoneInfo) -> datetime:
    """When to ask for the arrival: 10:00 of the promised day (SPEC 7)."""
    return at_hour(local_day(promised, zone), MORNING, zone)


def next_arrival_check(promised: datetime, now: datetime, zone: ZoneInfo) -> datetime:
    """The same for a newly promised time; when that morning is over already, at the promised time itself."""
    morning = arrival_check(promised, zone)
    return morning if morning > now else max(promised, now)


def signed_check(at: datetime, calendar: WorkCalendar, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when and by when the signing is asked about: the next working day after `at`, 10:00 to 18:00."""
    day = calendar.next_working_day(local_day(at, zone))
    return at_hour(day, MORNING, zone), at_hour(day, DAY_ENDS, zone)


def receipt_due(arrived_at: datetime, transfers: int, settings: FollowupSettings) -> datetime:
    """When the receipt is overdue: 10, 15 or 20 days after the arrival of the last batch, never past 25 (SPEC 7)."""
    days = settings.receipt_days
    wanted = days[transfers] if transfers < len(days) else settings.receipt_longest_days
    return arrived_at + timedelta(days=min(wanted, settings.receipt_longest_days))


def receipt_reminder(arrived_at: datetime, due: datetime) -> datetime:
    """Reminders begin half-way."""
    return arrived_at + (due - arrived_at) / 2


def receipt_due_again(due: datetime, arrived_at: datetime, settings: FollowupSettings) -> datetime:
    """A receipt that must be signed again has some days more, within the longest time."""
    longest = arrived_at + timedelta(days=settings.receipt_longest_days)
    return max(due, min(due + timedelta(days=settings.receipt_resign_days), longest))


def same_city(order: OrderRecord, home_city: str) -> bool:
    """Whether the goods stay in the city in which they are picked up."""
    quote = order.verdict.quote
    destination = order.verdict.destination_city or (quote.destination if quote else "")
    return bool(destination) and destination == (order.verdict.pickup_city or home_city)


def is_watched(order: OrderRecord, settings: FollowupSettings) -> bool:
    """Urgent and special goods (SPEC 9): by the words of the order, or because the goods were asked about (SPEC 4)."""
    form = order.form
    said = " ".join(filter(None, (form.remarks, form.pickup_request, form.cargo.description))).lower()
    urgent = any(word.lower() in said for word in settings.urgent_words)
    return urgent or any(check.code == "cargo" and check.reasons for check in order.verdict.checks)


def station_of(city: str, settings: FollowupSettings, language: str) -> Contact:
    """The station of a destination, with the number that the company has put down for it."""
    name, _, phone = settings.stations.get(city, "").rpartition(" ")
    return Contact(name or phone or phrase("station_at", language, city=city), phone if name else "")


def consignee_of(form: OrderForm) -> Contact:
    return Contact(form.consignee.name or form.consignee.company or "", form.consignee.phone or "")


def shipper_of(order: OrderRecord) -> Contact:
    return Contact(order.form.shipper.name or order.shipper_address, order.form.shipper.phone or "")


class JourneyAgenda:
    """The tasks of one order's way; `round_` tells the openings of one kind apart."""

    def __init__(self, company: Company, order: OrderRecord) -> None:
        self.company, self.order, self.zone = company, order, company.timezone
        quote = order.verdict.quote
        self.city = order.verdict.destination_city or (quote.destination if quote else order.form.destination or "")
        self.days = quote.days if quote else 1
        self.transfers = quote.transfers if quote else 0
        self.stays = same_city(order, company.home_city)
        self.station = station_of(self.city, company.followup, company.language)

    def after_pickup(self, picked_up_at: datetime) -> list[NewTask]:
        """Same city: a delivery time is agreed before the vehicle leaves. Otherwise both ends are told, and the arrival
        is asked about when the lane says; what is urgent or special is asked after at the transfer station."""
        if self.stays:
            return [self.arrange_delivery(picked_up_at)]
        tasks = [
            self._new(TaskKind.COORDINATE_DESTINATION, picked_up_at, "task_coordinate", self.station),
            self.check_arrival(picked_up_at, arrives_by(picked_up_at, self.days, self.zone)),
        ]
        if self.transfers and is_watched(self.order, self.company.followup):
            tasks.append(self._watch(picked_up_at))
        return tasks

    def arrange_delivery(self, at: datetime, round_: int = 1) -> NewTask:
        return self._new(TaskKind.ARRANGE_DELIVERY, at, "task_arrange", consignee_of(self.order.form), round_=round_)

    def check_arrival(
        self, at: datetime, promised: datetime, round_: int = 1, *, due_at: datetime | None = None, missing: int = 0
    ) -> NewTask:
        """Asked on the promised day; `missing`: batches that are still to come."""
        due = due_at or arrival_check(promised, self.zone)
        why = "task_arrival_rest" if missing else "task_arrival"
        values = {"promised_at": promised.isoformat(), "count": str(missing)}
        opens = min(max(at, due - ASK_AHEAD), due)
        new = self._new(TaskKind.CHECK_ARRIVAL, at, why, self.station, round_=round_, due_at=due, values=values)
        return _callable_from(new, opens)

    def check_signed(self, at: datetime, round_: int = 1, *, told: str = "") -> NewTask:
        """The day after the arrival, or after the agreed window. `told`: a signing that was told without its checks."""
        whom = consignee_of(self.order.form) if self.stays else self.station
        if told:
            return self._new(
                TaskKind.CHECK_SIGNED,
                at,
                "task_signing_told",
                whom,
                round_=round_,
                due_at=at + timedelta(hours=2),
                values={"note": told},
            )
        opens, due = signed_check(at, self.company.calendar, self.zone)
        new = self._new(TaskKind.CHECK_SIGNED, at, "task_signed", whom, round_=round_, due_at=due)
        return _callable_from(new, opens)

    def chase_receipt(self, at: datetime, arrived_at: datetime, due: datetime, copies: int, round_: int = 1) -> NewTask:
        values = {"copies": str(copies), "due_at": due.isoformat()}
        new = self._new(
            TaskKind.CHASE_RECEIPT, at, "task_receipt", self.station, round_=round_, due_at=due, values=values
        )
        return _callable_from(new, min(max(at, receipt_reminder(arrived_at, due)), due))

    def hand_receipt(self, at: datetime, copies: int, round_: int = 1) -> NewTask:
        values = {"copies": str(copies)}
        return self._new(
            TaskKind.HAND_RECEIPT, at, "task_hand_receipt", shipper_of(self.order), round_=round_, values=values
        )

    def satisfaction_call(self, signed_at: datetime) -> NewTask:
        """Due three days after the signing, and from the next day on."""
        new = self._new(TaskKind.SATISFACTION_CALL, signed_at, "task_satisfaction", shipper_of(self.order))
        return _callable_from(new, signed_at + timedelta(days=1))

    def _watch(self, picked_up_at: datetime) -> NewTask:
        """On the day of loading: by 20:00, after a later pickup two hours after it."""
        due = at_hour(local_day(picked_up_at, self.zone), LOADED_BY, self.zone)
        due = max(due, picked_up_at + DUE[TaskKind.WATCH_TRANSFER])
        return self._new(TaskKind.WATCH_TRANSFER, picked_up_at, "task_watch", self.station, due_at=due)

    def _new(
        self,
        kind: TaskKind,
        at: datetime,
        why: str,
        whom: Contact,
        *,
        round_: int = 1,
        due_at: datetime | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> NewTask:
        said = {"destination": self.city, "consignee": consignee_of(self.order.form).name, **(values or {})}
        return task(
            kind,
            at,
            why,
            about=self.order.number,
            order=self.order,
            contact=whom,
            due_at=due_at,
            round_=round_,
            why_values=said,
        )


def _callable_from(new: NewTask, moment: datetime) -> NewTask:
    return NewTask(**{**vars(new), "call_from": moment})
