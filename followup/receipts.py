"""The chain of a signed receipt (回单): sent by the station, received, checked, handed over (SPEC 9).

Copies are counted at each step, and each step is dated and named. A defective one goes back to be signed again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.company import Company
from config.database import Database
from followup import casebook
from followup.agenda import TaskKind
from followup.agenda_journey import JourneyAgenda, receipt_due, receipt_due_again
from followup.stages import WordRefused
from followup.tables import Shipment
from followup.tables_journey import OUT, Receipt
from intake.record import OrderRecord
from intake.tables import Order
from intake.timeline import Entry, Happening, record


class ReceiptState(StrEnum):
    """Where a receipt is. The value is stored: never change one."""

    DUE = "due"  # with the station
    SENT = "sent"
    RECEIVED = "received"
    CHECKED = "checked"
    HANDED = "handed"  # to the customer or to settlement
    DEFECTIVE = "defective"  # back with the station, to be signed again
    LOST = "lost"


WITH_STATION = (ReceiptState.DUE, ReceiptState.DEFECTIVE)
WITH_US = (ReceiptState.RECEIVED, ReceiptState.CHECKED)
OUTSTANDING = (*WITH_STATION, ReceiptState.SENT)
ENDED = (ReceiptState.HANDED, ReceiptState.LOST)

# Step -> the states from which it may follow.
STEPS: Mapping[ReceiptState, tuple[ReceiptState, ...]] = {
    ReceiptState.SENT: WITH_STATION,
    ReceiptState.RECEIVED: OUTSTANDING,
    ReceiptState.CHECKED: (ReceiptState.RECEIVED,),
    ReceiptState.HANDED: WITH_US,
    ReceiptState.DEFECTIVE: (*OUTSTANDING, *WITH_US),
    ReceiptState.LOST: (*OUTSTANDING, *WITH_US),
}
EVENTS = {
    ReceiptState.SENT: Happening.RECEIPT_SENT,
    ReceiptState.RECEIVED: Happening.RECEIPT_RECEIVED,
    ReceiptState.CHECKED: Happening.RECEIPT_CHECKED,
    ReceiptState.HANDED: Happening.RECEIPT_HANDED,
    ReceiptState.DEFECTIVE: Happening.RECEIPT_DEFECTIVE,
    ReceiptState.LOST: Happening.RECEIPT_LOST,
}


class ReceiptRefused(WordRefused):
    """A step that cannot be."""


@dataclass(frozen=True)
class Told:
    """What is said of a step: by whom or to whom, how many copies, in which words, promised for when."""

    at: datetime
    copies: int | None = None
    to: str = ""
    words: str = ""
    promised: datetime | None = None


@dataclass(frozen=True)
class Outstanding:
    """A receipt that is not back yet: a row of the month-end list."""

    number: str
    receipt: Receipt
    shipment: Shipment

    def overdue(self, now: datetime) -> bool:
        return self.receipt.due_at < now


class Chain:
    """The receipt of one order, in the caller's transaction; every step opens and closes the tasks that follow."""

    def __init__(
        self, database: Database, session: Session, company: Company, order: OrderRecord, actor: str, now: datetime
    ) -> None:
        self.database, self.session, self.company = database, session, company
        self.order, self.actor, self.now = order, actor, now
        self.agenda = JourneyAgenda(company, order)

    def begin(self, shipment: Shipment, signed_at: datetime, responsible: str = "") -> None:
        """Signed, and a receipt is wanted: its days count from the arrival of the last batch (SPEC 7)."""
        copies = self.order.form.receipt_copies or 0
        arrived = shipment.arrived_at or signed_at
        transfers = shipment.transfers if shipment.transfers is not None else self.agenda.transfers
        due = receipt_due(arrived, transfers, self.company.followup)
        receipt = Receipt(
            order_id=self.order.id,
            copies=copies,
            state=ReceiptState.DUE,
            region=shipment.destination or self.agenda.city,
            responsible=responsible or self.agenda.station.name,
            due_at=due,
            signed_at=signed_at,
        )
        self.session.add(receipt)
        shipment.receipt_state = ReceiptState.DUE
        self.chase(receipt, shipment)

    def chase(self, receipt: Receipt, shipment: Shipment) -> None:
        """Opens the call that chases it."""
        round_ = casebook.next_round(self.session, self.order.id, TaskKind.CHASE_RECEIPT)
        arrived = shipment.arrived_at or receipt.signed_at
        new = self.agenda.chase_receipt(self.now, arrived, receipt.due_at, receipt.copies, round_)
        casebook.open_tasks(self.database, self.session, [new], self.now)

    def hand(self, receipt: Receipt) -> None:
        """Opens the task to check and hand it over."""
        round_ = casebook.next_round(self.session, self.order.id, TaskKind.HAND_RECEIPT)
        new = self.agenda.hand_receipt(self.now, receipt.copies, round_)
        casebook.open_tasks(self.database, self.session, [new], self.now)

    def step(self, step: ReceiptState, told: Told) -> None:
        """One step of the chain. Raises ReceiptRefused for one that cannot follow, or lacks copies."""
        receipt, shipment = self.session.get(Receipt, self.order.id), casebook.shipment(self.session, self.order.id)
        number = self.order.number
        if receipt is None or shipment is None:
            raise ReceiptRefused("receipt_none", {"number": number})
        if ReceiptState(receipt.state) not in STEPS[step]:
            raise ReceiptRefused("receipt_step_refused", {"number": number, "state": receipt.state, "step": step})
        counted = told.copies if told.copies is not None else receipt.copies
        if step in (ReceiptState.CHECKED, ReceiptState.HANDED) and counted < receipt.copies:
            values = {"number": number, "wanted": str(receipt.copies), "counted": str(counted)}
            raise ReceiptRefused("receipt_copies_short", values)
        receipt.state = shipment.receipt_state = step
        if step not in (ReceiptState.DEFECTIVE, ReceiptState.LOST):
            receipt.counted = counted
        details = {"at": told.at.isoformat(), "by": self._by(), "copies": counted, "to": told.to}
        details |= {"words": told.words, "unit": receipt.responsible}
        WRITES[step](self, receipt, shipment, told)
        record(self.session, [Entry(EVENTS[step], self.now, self.actor, self.order.id, details=details)])

    def _by(self) -> str:
        return self.actor.partition(":")[2] or self.actor

    def _close(self, *kinds: TaskKind, outcome: str) -> None:
        casebook.close_open(self.session, self.order.id, kinds, outcome, self.actor, self.now)

    def _sent(self, receipt: Receipt, _shipment: Shipment, told: Told) -> None:
        receipt.sent_at, receipt.sent_by = told.at, self._by()

    def _received(self, receipt: Receipt, _shipment: Shipment, told: Told) -> None:
        receipt.received_at, receipt.received_by = told.at, self._by()
        self._close(TaskKind.CHASE_RECEIPT, outcome="returned")
        self.hand(receipt)

    def _checked(self, receipt: Receipt, _shipment: Shipment, told: Told) -> None:
        receipt.checked_at, receipt.checked_by = told.at, self._by()

    def _handed(self, receipt: Receipt, _shipment: Shipment, told: Told) -> None:
        if receipt.checked_at is None:
            receipt.checked_at, receipt.checked_by = told.at, self._by()
        receipt.handed_at, receipt.handed_to = told.at, told.to
        self._close(TaskKind.HAND_RECEIPT, TaskKind.CHASE_RECEIPT, outcome="handed")

    def _defective(self, receipt: Receipt, shipment: Shipment, told: Told) -> None:
        """Back to the station: it must be signed again, and has some days more for it."""
        receipt.defects += 1
        receipt.sent_at = receipt.received_at = receipt.checked_at = None
        arrived = shipment.arrived_at or receipt.signed_at
        receipt.due_at = receipt_due_again(receipt.due_at, arrived, self.company.followup)
        self._close(TaskKind.HAND_RECEIPT, outcome="defective")
        if not casebook.open_of(self.session, self.order.id, (TaskKind.CHASE_RECEIPT,)):
            self.chase(receipt, shipment)
        remind_again(self.session, receipt, told.promised)

    def _lost(self, receipt: Receipt, _shipment: Shipment, told: Told) -> None:
        receipt.lost_at = told.at
        self._close(TaskKind.HAND_RECEIPT, TaskKind.CHASE_RECEIPT, outcome="lost")


WRITES = {
    ReceiptState.SENT: Chain._sent,
    ReceiptState.RECEIVED: Chain._received,
    ReceiptState.CHECKED: Chain._checked,
    ReceiptState.HANDED: Chain._handed,
    ReceiptState.DEFECTIVE: Chain._defective,
    ReceiptState.LOST: Chain._lost,
}


def remind_again(session: Session, receipt: Receipt, promised: datetime | None) -> None:
    """The chase comes back at the promised time; its clock stays that of the receipt, which no promise moves."""
    for call in casebook.open_of(session, receipt.order_id, (TaskKind.CHASE_RECEIPT,)):
        if promised is not None:
            casebook.put_off(session, call, promised)
        call.due_at = receipt.due_at


def receipt_of(session: Session, order_id: int) -> Receipt | None:
    return session.get(Receipt, order_id)


def outstanding(session: Session, until: datetime | None = None) -> list[Outstanding]:
    """The receipts that are not handed over and not lost, by region and who owes them, the earliest due first.

    `until`: only those due by then; with the end of a month, the month-end list of missing receipts (SPEC 9).
    """
    statement = (
        select(Receipt, Order.number, Shipment)
        .join(Order, Order.id == Receipt.order_id)
        .join(Shipment, Shipment.order_id == Receipt.order_id)
        .where(OUT)
    )
    if until is not None:
        statement = statement.where(Receipt.due_at < until, Receipt.state.in_(OUTSTANDING))
    statement = statement.order_by(Receipt.region, Receipt.responsible, Receipt.due_at, Receipt.order_id)
    return [Outstanding(number, receipt, shipment) for receipt, number, shipment in session.execute(statement)]
