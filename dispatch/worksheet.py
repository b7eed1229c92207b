"""All that a work order says, in words and in order, before it is laid out as text, HTML or paper (SPEC 5)."""

from dataclasses import dataclass

from config.phrases import phrase
from dispatch import figures, particulars
from dispatch.letterhead import Deadline, House, OnDuty, Words
from dispatch.particulars import AGREED, DELIVERY, GOODS, PICKUP, Line, Particulars
from dispatch.plaintext import one_line
from dispatch.shipper_letters import reason_texts, written_on
from intake.record import OrderRecord

# Payment is told by the instruction how much to collect, in words, not as a bare line.
AGREED_BUT_PAYMENT = tuple(field for field in AGREED if field != "payment")


@dataclass(frozen=True)
class WorkSheet:
    """A work order in the words of one language; what a revision changed carries its old value in its line."""

    number: str
    revision: int
    token: str
    dispatcher: OnDuty
    deputy_note: str  # whom it could not reach, when it goes to his deputy
    pick_up_by: str
    brief_pick_up_by: str
    why: str
    ordered_at: str
    zone: str
    warnings: list[str]
    pickup: list[Line]
    goods: list[Line]
    delivery: list[Line]
    lane: str
    collect: str  # how the freight is paid, how much to collect from whom
    paid: list[Line]  # the payment, where a revision changed it
    charges: list[Line]
    agreed: list[Line]  # receipt, services, remarks
    receipt_wanted: int | None

    @property
    def changes(self) -> list[Line]:
        """Every line that this revision changed."""
        sections = (self.pickup, self.goods, self.delivery, self.paid, self.agreed)
        return [line for section in sections for line in section if line.was is not None]


def work_sheet(
    record: OrderRecord,
    deadline: Deadline,
    dispatcher: OnDuty,
    house: House,
    tongue: Words,
    deputy_note: str = "",
    token: str = "",
) -> WorkSheet:
    """The work order of a record; times by the company's clock."""
    today, by = written_on(record, house), deadline.by.astimezone(house.timezone)
    order = Particulars(record, tongue)
    return WorkSheet(
        number=record.number,
        revision=record.revision,
        token=token,
        dispatcher=dispatcher,
        deputy_note=one_line(deputy_note),
        pick_up_by=figures.moment(by, today, tongue),
        brief_pick_up_by=figures.brief_moment(by, today, tongue),
        why=phrase(deadline.phrase, tongue.language, **deadline.values),
        ordered_at=figures.moment(record.ordered_at.astimezone(house.timezone), today, tongue),
        zone=tongue.zones[record.verdict.zone],
        warnings=reason_texts(record.verdict.reasons, tongue),
        pickup=order.lines(PICKUP),
        goods=order.lines(GOODS),
        delivery=order.lines(DELIVERY),
        lane=particulars.lane(record.verdict.quote, tongue),
        collect=particulars.to_collect(record, tongue),
        paid=[line for line in order.lines(("payment",)) if line.was is not None],
        charges=particulars.charge_lines(record.verdict.quote, tongue),
        agreed=order.lines(AGREED_BUT_PAYMENT),
        receipt_wanted=record.form.receipt_copies,
    )
