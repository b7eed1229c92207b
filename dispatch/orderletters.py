"""The work order and the acknowledgement of an order, in their final bytes: nothing but computing.

So they can be worded in the child processes that read mail (intake.readers), which is half of what a burst costs.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol, TypeVar

import structlog

from config.dispatchers import Dispatcher
from dispatch import wording
from dispatch.deadline import Deadline, pickup_deadline
from dispatch.draft import Draft
from dispatch.letterbook import NewLetter
from dispatch.roster import on_duty
from dispatch.scribe import About, Scribe, Writing
from intake.record import OrderRecord
from intake.tokens import Audience

log = structlog.get_logger()
Done = TypeVar("Done")
CleanLetters = tuple[NewLetter, NewLetter]  # to the dispatcher, to the shipper
CHUNK = 10  # orders in one hand-over to a child
FEW = 4  # orders: to hand over so few takes longer than to word them here


class Children(Protocol):
    """Child processes that compute (intake.readers); what came to no end there is something else than was asked for."""

    def work(self, task: Callable[..., Any], jobs: Sequence[tuple[Any, ...]]) -> list[Any]: ...


class Worded(NamedTuple):
    """A letter of an order in words, not yet in bytes."""

    draft: Draft
    about: About
    audience: Audience


class OrderLetters:
    """Words the letters of orders at one moment."""

    def __init__(self, writing: Writing, now: datetime) -> None:
        self.writing, self.now, self.scribe = writing, now, Scribe(writing, now)

    def acknowledgement(self, order: OrderRecord) -> NewLetter:
        """To the shipper: number, price, and when the goods are picked up."""
        return self.written(order, self.worded_acknowledgement(order, self.deadline(order)))

    def work_order(self, order: OrderRecord, to_deputy_of: str = "") -> NewLetter:
        """To the dispatcher on duty, or to the deputy of the one named."""
        return self.written(order, self.worded_work_order(order, self.deadline(order), to_deputy_of))

    def worded_acknowledgement(self, order: OrderRecord, deadline: Deadline) -> Worded:
        """The acknowledgement in words."""
        return Worded(wording.acknowledgement(order, deadline, self.writing.house), About(), Audience.SHIPPER)

    def worded_work_order(self, order: OrderRecord, deadline: Deadline, to_deputy_of: str = "") -> Worded:
        """The work order in words, with its papers where they are wanted."""
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
        return Worded(draft, about, Audience.DISPATCHER)

    def written(self, order: OrderRecord, worded: Worded) -> NewLetter:
        """A letter of the order in its final bytes."""
        return self.scribe.letter(worded.draft, order, worded.about, worded.audience)

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
    """Each step is done for all orders before the next: what has just run is still in the processor's caches, and that
    makes two letters cheaper by a sixth."""
    letters, whole = OrderLetters(writing, now), {order.id: order for order in orders}
    deadlines = _each(whole, letters.deadline)
    work_orders = _each(whole, lambda order: letters.worded_work_order(order, deadlines[order.id]))
    answers = _each(whole, lambda order: letters.worded_acknowledgement(order, deadlines[order.id]))
    to_dispatchers = _each(whole, lambda order: letters.written(order, work_orders[order.id]))
    to_shippers = _each(whole, lambda order: letters.written(order, answers[order.id]))
    return {key: (to_dispatchers[key], to_shippers[key]) for key in whole}


def _each(orders: dict[int, OrderRecord], step: Callable[[OrderRecord], Done]) -> dict[int, Done]:
    """What a step makes of each order, by order; one at which it fails is taken out of `orders`."""
    done = {}
    for key, order in list(orders.items()):
        try:
            done[key] = step(order)
        except Exception as fault:  # noqa: BLE001 (it comes again where it can be told with its event)
            log.warning("not_worded_ahead", order=order.number, fault=repr(fault))
            del orders[key]
    return done
