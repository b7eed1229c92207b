"""The way after the pickup, move by move: whoever tells of one (agent, mail, file), it is written here (SPEC 9).

Each move is checked against the table of stages, changes the shipment, closes the calls that it answers, opens those
that follow, and stands in the timeline; all in the caller's transaction.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from config.company import Company
from config.database import Database
from config.phrases import phrase
from followup import casebook, cases, stages
from followup.agenda import Contact, TaskKind
from followup.agenda_journey import MORNING, JourneyAgenda, arrives_by, at_hour, local_day, next_arrival_check
from followup.batches import arrived_batches, how_many
from followup.oversight import close, go_on, unaccounted
from followup.receipts import Chain, ReceiptState, Told
from followup.signing import Signing, faults_of, untold
from followup.stages import Move, MoveRefused, Stage
from followup.tables import Shipment
from followup.tables_journey import Batch
from intake.record import OrderRecord
from intake.timeline import Entry, Happening, record

__all__ = ["Journey", "cancelled", "note_picked_up", "unaccounted"]

PICKUP_CALLS = (TaskKind.VERIFY_PICKUP, TaskKind.PICKUP_OVERDUE)
ON_THE_WAY = (TaskKind.COORDINATE_DESTINATION, TaskKind.CHECK_ARRIVAL, TaskKind.WATCH_TRANSFER)
AT_THE_END = (TaskKind.ARRANGE_DELIVERY, TaskKind.CHECK_SIGNED)


def note_picked_up(
    session: Session, order_id: int, actor: str, at: datetime, details: dict[str, Any], now: datetime
) -> None:
    """Goods are on the lorry; every other call about the pickup has become pointless. What follows is planned by
    plan_tasks, whoever says it: an agent after a call, or the dispatcher by mail."""
    shipment = casebook.shipment(session, order_id)
    if shipment is None or shipment.picked_up_at is not None or shipment.closed_at is not None:
        return
    shipment.picked_up_at, shipment.stage = at, Stage.PICKED_UP
    shipment.driver = str(details.get("driver") or shipment.driver)
    shipment.driver_phone = str(details.get("phone") or shipment.driver_phone)
    shipment.vehicle = str(details.get("vehicle") or shipment.vehicle)
    casebook.close_open(session, order_id, PICKUP_CALLS, "picked_up", actor, now)
    said = {"at": at.isoformat(), "in_time": at <= shipment.pickup_by, "driver": shipment.driver}
    record(session, [Entry(Happening.PICKED_UP, now, actor, order_id, details=said)])


def cancelled(session: Session, shipment: Shipment, actor: str, now: datetime) -> None:
    """The order was cancelled: its shipment ends, wherever it was."""
    if shipment.closed_at is None:
        shipment.stage = Stage.CANCELLED
        close(session, shipment, "cancelled", actor, now)


class Journey:
    """The shipment of one order. Raises MoveRefused: without a work order, and for a move that cannot be."""

    def __init__(
        self, database: Database, session: Session, company: Company, order: OrderRecord, actor: str, now: datetime
    ) -> None:
        company = company.of(order.company)
        self.database, self.session, self.company = database, session, company
        self.order, self.actor, self.now = order, actor, now
        found = casebook.shipment(session, order.id)
        if found is None:
            raise MoveRefused("move_without_work_order", None, {"number": order.number})
        self.shipment = found
        self.agenda = JourneyAgenda(company, order)

    # -- from the pickup to the station

    def plan(self) -> None:
        """After the pickup: what the lane promises is kept, and its calls are opened (SPEC 7)."""
        shipment, plan = self.shipment, self.agenda
        if shipment.arrive_by is not None or shipment.picked_up_at is None or shipment.closed_at is not None:
            return
        shipment.destination, shipment.transfers = plan.city, plan.transfers
        shipment.arrive_by = arrives_by(shipment.picked_up_at, plan.days, plan.zone)
        shipment.promised_at = shipment.promised_at or shipment.arrive_by
        casebook.open_tasks(self.database, self.session, plan.after_pickup(shipment.picked_up_at), self.now)

    def picked_up(self, at: datetime, **who: str) -> None:
        self._may(Move.PICKED_UP, at)
        note_picked_up(self.session, self.order.id, self.actor, at, dict(who), self.now)

    def station_informed(self, station: str = "", departed_at: datetime | None = None) -> None:
        """The station at the destination expects the goods; `departed_at`: … which have left already."""
        self._may(Move.STATION_INFORMED)
        self._record(Happening.STATION_INFORMED, station=station or self.agenda.station.name)
        if departed_at is not None and self.shipment.stage == Stage.PICKED_UP:
            self.departed(departed_at, station)

    def consignee_informed(self) -> None:
        self._may(Move.CONSIGNEE_INFORMED)
        self._record(Happening.CONSIGNEE_INFORMED)

    def delivery_arranged(self, start: datetime, until: datetime | None = None) -> None:
        """A window agreed with the consignee; the signing is asked about on the next day."""
        self._may(Move.DELIVERY_ARRANGED)
        said = {"from": start.isoformat(), "until": until.isoformat() if until else None}
        self._record(Happening.DELIVERY_ARRANGED, **said)
        self._close(TaskKind.ARRANGE_DELIVERY, TaskKind.CHECK_SIGNED, outcome="window_agreed")
        self._ask_for_signing(max(start, until or start))

    def departed(self, at: datetime, station: str = "") -> None:
        self._go(Move.DEPARTED, at)
        self._record(Happening.DEPARTED, at=at.isoformat(), station=station)

    def delayed(self, promised: datetime, words: str = "") -> None:
        """A newly promised time: the customer is told, and the station is asked again then (SPEC 7)."""
        self._may(Move.DELAYED)
        if promised <= self.now:
            values = {"number": self.order.number, "moment": self._local(promised)}
            raise MoveRefused("move_promise_past", Move.DELAYED, values)
        before = self.shipment.promised_at or self.shipment.arrive_by
        self.shipment.promised_at = promised
        told = {"promised": promised.isoformat(), "before": before.isoformat() if before else None, "words": words}
        self._record(Happening.ARRIVAL_DELAYED, **told)
        due = next_arrival_check(promised, self.now, self.company.timezone)
        for call in casebook.open_of(self.session, self.order.id, (TaskKind.CHECK_ARRIVAL,)):
            casebook.put_off(self.session, call, due)
            call.why_values = {**call.why_values, "promised_at": promised.isoformat()}
        self.go_on()

    def arrived(
        self, at: datetime, station: str = "", *, pieces: int | None = None, batches: int | None = None
    ) -> None:
        """A batch is at its station, or all of it. `batches`: in how many the goods travel, where it is said; otherwise
        fewer pieces than the order has mean that more is to come."""
        shipment = self.shipment
        stage = self._may(Move.ARRIVED, at)
        before = self._batches()
        counted = [*(one.pieces for one in before), pieces]
        shipment.batches = how_many(counted, self.order.form.cargo.pieces, shipment.batches, batches)
        batch = {"place": len(before) + 1, "pieces": pieces, "station": station}
        self.session.add(Batch(order_id=self.order.id, arrived_at=at, told_by=self.actor, **batch))
        last = max([at, *(one.arrived_at for one in before)])
        if len(before) + 1 < shipment.batches:
            self._record(Happening.BATCH_ARRIVED, **batch, batches=shipment.batches, at=at.isoformat())
            self._ask_for_rest(shipment.batches - len(before) - 1)
            return
        shipment.stage, shipment.arrived_at = stage, last
        self._close(*ON_THE_WAY, outcome="arrived")
        in_time = last <= shipment.arrive_by if shipment.arrive_by else None
        promised = shipment.promised_at.isoformat() if shipment.promised_at else None
        said = {"at": last.isoformat(), "station": station, "in_time": in_time, "promised": promised}
        self._record(Happening.ARRIVED, **said)
        self._ask_for_signing(last)

    # -- from the station to the end

    def out_for_delivery(self, at: datetime, words: str = "") -> None:
        self._go(Move.OUT_FOR_DELIVERY, at)
        self._record(Happening.OUT_FOR_DELIVERY, at=at.isoformat(), words=words)
        self._close(*ON_THE_WAY, TaskKind.ARRANGE_DELIVERY, outcome="out_for_delivery")
        if not casebook.open_of(self.session, self.order.id, (TaskKind.CHECK_SIGNED,)):
            self._ask_for_signing(at)

    def signed(self, signing: Signing, words: str = "") -> None:
        """Signed for. One that fails its checklist is an exception and no signing; one whose checklist nobody has gone
        through (a mail that says 已签收) is a call (SPEC 9)."""
        stage = self._may(Move.SIGNED, signing.at)
        if batches := self.shipment.batches - len(self._batches()) if self.shipment.batches > 1 else 0:
            values = {"number": self.order.number, "count": str(batches)}
            raise MoveRefused("move_batches_missing", Move.SIGNED, values)
        if untold(signing):
            self._signing_told(signing, words)
            return
        if faults := faults_of(signing, self.order.form):
            self._signing_failed(signing, faults, words)
            return
        shipment, copies = self.shipment, self.order.form.receipt_copies or 0
        shipment.stage, shipment.signed_at, shipment.signed_by = stage, signing.at, signing.signer
        shipment.arrived_at = shipment.arrived_at or signing.at
        self._close(*ON_THE_WAY, *AT_THE_END, outcome="signed")
        said = {"at": signing.at.isoformat(), "signer": signing.signer, "condition": signing.condition}
        self._record(Happening.SIGNED, **said, receipt=copies)
        if copies:
            station = next((one.station for one in reversed(self._batches()) if one.station), "")
            self._chain().begin(shipment, signing.at, station)
        casebook.open_tasks(self.database, self.session, [self.agenda.satisfaction_call(signing.at)], self.now)
        self.go_on()

    def refused(self, at: datetime, words: str) -> None:
        """The consignee does not take the goods: an exception, until they are delivered after all or returned."""
        self._go(Move.REFUSED, at)
        self._record(Happening.DELIVERY_REFUSED, at=at.isoformat(), words=words)
        self._end(cases.ExceptionKind.REFUSAL, words)

    def lost(self, at: datetime, words: str) -> None:
        self._go(Move.LOST, at)
        self._record(Happening.GOODS_LOST, at=at.isoformat(), words=words)
        self._end(cases.ExceptionKind.LOSS, words)

    def returned(self, at: datetime, words: str = "") -> None:
        self._go(Move.RETURNED, at)
        self._record(Happening.GOODS_RETURNED, at=at.isoformat(), words=words)
        self._close(*ON_THE_WAY, *AT_THE_END, outcome="goods_returned")
        self.go_on()

    def exception(self, kind: cases.ExceptionKind, words: str) -> None:
        """Something went wrong on the way; refusal and loss are moves as well."""
        if kind is cases.ExceptionKind.REFUSAL:
            self.refused(self.now, words)
        elif kind is cases.ExceptionKind.LOSS:
            self.lost(self.now, words)
        else:
            cases.open_case(self.database, self.session, self.order, kind, words, self.actor, self.now)

    def receipt(self, step: ReceiptState, told: Told) -> None:
        """A step of the receipt's chain. Raises ReceiptRefused."""
        self._chain().step(step, told)
        if step is ReceiptState.LOST:
            kind = cases.ExceptionKind.LOST_RECEIPT
            cases.open_case(self.database, self.session, self.order, kind, told.words, self.actor, self.now)
        self.go_on()

    def go_on(self) -> None:
        go_on(self.database, self.session, self.company, self.order, self.actor, self.now)

    # -- what the moves share

    def _may(self, move: Move, at: datetime | None = None) -> Stage:
        """The stage that the move leads to. Raises MoveRefused."""
        self.plan()  # a move may be quicker than the step that follows from the pickup
        shipment, closed = self.shipment, self.shipment.closed_at is not None
        stage = stages.after(Stage(shipment.stage), move, self.order.number, closed=closed)
        if at is not None:
            moment = at.astimezone(self.company.timezone)
            stages.check_moment(move, moment, self.now, shipment.picked_up_at, self.order.number)
        return stage

    def _go(self, move: Move, at: datetime) -> None:
        self.shipment.stage = self._may(move, at)

    def _record(self, happening: Happening, **details: Any) -> None:
        record(self.session, [Entry(happening, self.now, self.actor, self.order.id, details=details)])

    def _close(self, *kinds: TaskKind, outcome: str) -> None:
        casebook.close_open(self.session, self.order.id, kinds, outcome, self.actor, self.now)

    def _chain(self) -> Chain:
        return Chain(self.database, self.session, self.company, self.order, self.actor, self.now)

    def _local(self, moment: datetime) -> str:
        return moment.astimezone(self.company.timezone).isoformat(" ", "minutes")

    def _round(self, kind: TaskKind) -> int:
        return casebook.next_round(self.session, self.order.id, kind)

    def _end(self, kind: cases.ExceptionKind, words: str) -> None:
        self._close(*ON_THE_WAY, *AT_THE_END, outcome="exception")
        cases.open_case(self.database, self.session, self.order, kind, words, self.actor, self.now)

    # -- batches

    def _batches(self) -> Sequence[Batch]:
        return arrived_batches(self.session, self.order.id)

    def _ask_for_rest(self, missing: int) -> None:
        """The rest is asked about on the next day, unless a call about it is open."""
        if casebook.open_of(self.session, self.order.id, (TaskKind.CHECK_ARRIVAL,)):
            return
        tomorrow = local_day(self.now, self.company.timezone) + timedelta(days=1)
        promised = at_hour(tomorrow, MORNING, self.company.timezone)
        new = self.agenda.check_arrival(self.now, promised, self._round(TaskKind.CHECK_ARRIVAL), missing=missing)
        casebook.open_tasks(self.database, self.session, [new], self.now)

    # -- signing

    def _ask_for_signing(self, after: datetime) -> None:
        station = next((one.station for one in reversed(self._batches()) if one.station), "")
        if station and not self.agenda.station.phone:
            self.agenda.station = Contact(station)  # as it named itself
        new = self.agenda.check_signed(after, self._round(TaskKind.CHECK_SIGNED))
        casebook.open_tasks(self.database, self.session, [new], self.now)

    def _signing_told(self, signing: Signing, words: str) -> None:
        """Somebody goes through the checklist; what was told stands on the call."""
        told = " ".join(filter(None, (signing.signer, self._local(signing.at), signing.condition, words)))
        self._record(Happening.NOTED, words=told)
        self._close(*ON_THE_WAY, *AT_THE_END, outcome="signing_told")
        new = self.agenda.check_signed(self.now, self._round(TaskKind.CHECK_SIGNED), told=told)
        casebook.open_tasks(self.database, self.session, [new], self.now)

    def _signing_failed(self, signing: Signing, faults: Sequence[str], words: str) -> None:
        said = {"faults": list(faults), "signer": signing.signer, "words": words}
        self._record(Happening.SIGNING_FAILED, **said, at=signing.at.isoformat())
        self._close(*AT_THE_END, outcome="signing_failed")
        language = self.company.language
        comma = "、" if language == "zh" else ", "
        named = comma.join(phrase(code, language) for code in faults)
        told = phrase("signing_faults", language, signer=signing.signer, faults=named)
        kind = cases.ExceptionKind.SIGNING
        cases.open_case(self.database, self.session, self.order, kind, told, self.actor, self.now)
