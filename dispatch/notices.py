"""What shipper and consignee are told on the way: picked up, arrived, delayed, delivered, receipt back (SPEC 7).

Part of plan_letters; in: an event of the shipment and its order, out: letters. Which notices go out is settled by the
company and by the customer; a consignee is written to only about orders of known customers, so that nobody can have
strangers written to by naming them.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from config.settings import Notice
from dispatch import figures, wording
from dispatch.correspondence import Correspondence
from dispatch.draft import Draft
from dispatch.letterbook import NewLetter
from dispatch.letterhead import words
from dispatch.scribe import About, Desk, Scribe
from intake import customerbook
from intake.customers import CustomerTerms
from intake.record import OrderRecord
from intake.tables import Event
from intake.timeline import Happening
from intake.tokens import Audience, opinion_token

NOTICE_OF: dict[str, Notice] = {
    Happening.PICKED_UP: "picked_up",
    Happening.ARRIVED: "arrived",
    Happening.ARRIVAL_DELAYED: "delayed",
    Happening.SIGNED: "signed",
    Happening.RECEIPT_HANDED: "receipt_back",
}
MOMENTS = ("at", "promised")  # details that are times
NOT_FOR_CONSIGNEES = ("accepted", "receipt_back")


def is_told(desk: Desk, customer: CustomerTerms | None, notice: Notice) -> bool:
    """Whether the shipper is sent this notice: as the company has it, unless the customer does not want it."""
    return notice in desk.company.policy.notices and not (customer and notice in customer.no_notices)


class Notices:
    """Words the notices of a batch of events."""

    def __init__(
        self, session: Session, desk: Desk, scribe: Scribe, correspondence: Correspondence, now: datetime
    ) -> None:
        self.session, self.desk, self.scribe, self.now = session, desk, scribe, now
        self.correspondence, self.house = correspondence, desk.house
        self.customers: dict[str, CustomerTerms | None] = {}  # by address, as far as this batch has asked

    def know(self, orders: Iterable[OrderRecord]) -> None:
        """Asks for the customers of a whole batch at once."""
        unknown = {order.shipper_address for order in orders if order.shipper_address} - self.customers.keys()
        if unknown:
            found = customerbook.customers_of(self.session, unknown)
            self.customers |= {each: found[each][1] if each in found else None for each in unknown}

    def after(self, event: Event, order: OrderRecord) -> list[NewLetter]:
        """The notices that follow from `event`; none for one that is no matter of shipper or consignee."""
        notice = NOTICE_OF.get(event.kind)
        if notice is None:
            return []
        customer = self.customer(order)
        drafts: list[tuple[Draft, Audience]] = []
        if order.shipper_address and is_told(self.desk, customer, notice):
            drafts.append((self._to_shipper(event, order, notice), Audience.SHIPPER))
        if order.form.consignee.email and customer and self._consignee_is_told(notice):
            values = self._values(event, order)
            drafts.append((wording.consignee_notice(order, notice, values, self.house), Audience.CONSIGNEE))
        return [
            self.scribe.letter(draft, order, About(extra=f"{notice}-{event.id}"), audience)
            for draft, audience in drafts
            if not self.correspondence.withheld(event, draft.recipient, counted=False)
        ]

    def customer(self, order: OrderRecord) -> CustomerTerms | None:
        """The known customer whose order it is."""
        self.know([order])
        return self.customers.get(order.shipper_address)

    def _consignee_is_told(self, notice: Notice) -> bool:
        return notice in self.desk.company.policy.consignee_notices and notice not in NOT_FOR_CONSIGNEES

    def _to_shipper(self, event: Event, order: OrderRecord, notice: Notice) -> Draft:
        link = self._opinion_link(order) if notice == "signed" else ""
        return wording.notice(order, f"notice_{notice}", self._values(event, order), self.house, link=link)

    def _opinion_link(self, order: OrderRecord) -> str:
        """Where the customer gives a score without a login; "" where the desk is not to be reached from outside."""
        public = self.desk.settings.public_url.rstrip("/")
        return f"{public}/opinion/{order.number}/{opinion_token(self.desk.secret, order.number)}" if public else ""

    def _values(self, event: Event, order: OrderRecord) -> dict[str, str]:
        """What fills the sentence: details of the event, times as people write them."""
        said: dict[str, Any] = {"place": order.form.destination or "", "words": "", **event.details}
        tongue, today = words(self.house.language), self.now.astimezone(self.house.timezone).date()
        values = {key: str(value) for key, value in said.items() if value is not None}
        for key in MOMENTS:
            if key in values:
                moment = datetime.fromisoformat(values[key]).astimezone(self.house.timezone)
                values[key] = figures.moment(moment, today, tongue)
        values["station"] = values.get("station") or values["place"]
        values["words"] = values["words"] or tongue.nothing
        return values
