"""The work order and the acknowledgement of an order, in their final bytes: nothing but computing.

So they can be worded in the child processes that read mail (intake.readers), which is half of what a burst costs.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from config.dispatchers import Dispatcher
from dispatch import wording
from dispatch.deadline import Deadline, pickup_deadline
from dispatch.letterbook import NewLetter
from dispatch.roster import on_duty
from dispatch.scribe import About, Scribe, Writing
from intake.record import OrderRecord
from intake.tokens import Audience

log = structlog.get_logger()
CleanLetters = tuple[NewLetter, NewLetter]  # to the dispatcher, to the shipper
CHUNK = 10  # orders in one hand-over to a child
FEW = 4  # orders: to hand over so few takes longer than to word them here


class Children(Protocol):
    """Child processes that compute (intake.readers); what came to no end there is something else than was asked for."""

    def work(self, task: Callable[..., Any], jobs: Sequence[tuple[Any, ...]]) -> list[Any]: ...


class OrderLetters:
    """Words the letters of orders at one moment."""

    def __init__(self, writing: Writing, now: datetime) -> None:
        self.writing, self.now, self.scribe = writing, now, Scribe(writing, now)

    def clean(self, order: OrderRecord) -> CleanLetters:
        """The two letters of a clean order."""
        deadline = self.deadline(order)
        return self._work_order(order, deadline, ""), self._acknowledgement(order, deadline)

    def acknowledgement(self, order: OrderRecord) -> NewLetter:
        """To the shipper: number, price, and when the goods are picked up."""
        return self._acknowledgement(order, self.deadline(order))

    def work_order(self, order: OrderRecord, to_deputy_of: str = "") -> NewLetter:
        """To the dispatcher on duty, or to the deputy of the one named."""
        return self._work_order(order, self.deadline(order), to_deputy_of)

    def _acknowledgement(self, order: OrderRecord, deadline: Deadline) -> NewLetter:
        return self.scribe.letter(wording.acknowledgement(order, deadline, self.writing.house), order)

    def _work_order(self, order: OrderRecord, deadline: Deadline, to_deputy_of: str) -> NewLetter:
        duty = on_duty(self.writing.dispatchers, order.verdict.dispatcher, self.now)
        dispatcher = duty.deputy if to_deputy_of and duty.deputy else duty.dispatcher
        token, house = self.scribe.token(order), self.writing.house
        draft = wording.work_order(order, deadline, dispatcher, house, deputy_note=to_deputy_of, token=token)
        if self.writing.settings.pdf:
            from dispatch.papers import with_paper  # loads fpdf and fontTools: only where paper is wanted
            from dispatch.waybill import with_waybill

            draft = with_paper(draft, order, deadline, dispatcher, house, token, self.now)
            draft = with_waybill(draft, order, house, self.now)
        promise = timedelta(seconds=self.writing.settings.promise_seconds)
        # The deputy's three minutes begin when it turned out that he is needed.
        clear_at = self.now if to_deputy_of else order.clear_at or self.now
        about = About(dispatcher=dispatcher.key, clear_at=clear_at, due_by=clear_at + promise)
        return self.scribe.letter(draft, order, about, Audience.DISPATCHER)

    def deadline(self, order: OrderRecord) -> Deadline:
        """The pickup deadline by the order time and zone (SPEC 6)."""
        writing = self.writing
        return pickup_deadline(
            order.ordered_at, order.verdict.zone, writing.cutoffs, writing.calendar, writing.house.timezone
        )

    def on_duty(self, order: OrderRecord) -> Dispatcher:
        """Who gets the work order now, before any deputy."""
        return on_duty(self.writing.dispatchers, order.verdict.dispatcher, self.now).dispatcher


def word_clean(
    writing: Writing, now: datetime, orders: Sequence[OrderRecord], children: Children | None
) -> dict[int, CleanLetters]:
    """The letters of clean orders by order, worded in the children where there are many.

    One that cannot be worded is left out: it is tried once more by the caller, in the transaction in which its event is
    set aside.
    """
    if children is None or len(orders) <= FEW:
        return _word_all(writing, now, orders)
    chunks = [orders[start : start + CHUNK] for start in range(0, len(orders), CHUNK)]
    worded: dict[int, CleanLetters] = {}
    for done in children.work(_word_all, [(writing, now, chunk) for chunk in chunks]):
        if isinstance(done, dict):
            worded |= done
    return worded


def _word_all(writing: Writing, now: datetime, orders: Sequence[OrderRecord]) -> dict[int, CleanLetters]:
    letters, worded = OrderLetters(writing, now), {}
    for order in orders:
        try:
            worded[order.id] = letters.clean(order)
        except Exception as fault:  # noqa: BLE001 (it comes again where it can be told with its event)
            log.warning("not_worded_ahead", order=order.number, fault=repr(fault))
    return worded
