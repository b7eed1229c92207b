"""What an agent's word does: the outcome of a task and everything that follows, in one transaction (T5)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from config.company import Company
from config.database import Database
from dispatch import letterbook
from followup import casebook, cases, casewords, journeywords
from followup.agenda import SUPERVISOR, TaskKind
from followup.journey import note_picked_up
from followup.outcomes import TRIES, Effect, OutcomeRule, parts_of, rule_of
from followup.scene import NotUnderstood, Scene, Word
from intake import customerbook, mailbook, register
from intake.changes import changed_order
from intake.fingerprint import content_key
from intake.judge import judge
from intake.orderform import ReadOrder
from intake.record import OrderRecord
from intake.register import NewOrder
from intake.timeline import Entry, Happening, record

__all__ = [
    "CONSEQUENCES",
    "NotUnderstood",
    "Scene",
    "Word",
    "confirm_order",
    "judge_anew",
    "put_off",
    "say",
    "say_in",
    "take",
]


def take(database: Database, task_id: int, agent: str, now: datetime) -> None:
    """Leases a task to an agent. Raises TaskTaken."""
    with database.write() as session:
        casebook.lease(session, task_id, agent, now)


def say(database: Database, company: Company, task_id: int, word: Word, now: datetime) -> None:
    """Records the outcome of a task and what follows from it; all of it, or nothing.

    Raises TaskTaken when somebody else holds it, KeyError for an outcome that its kind does not know, NotUnderstood
    when a detail is missing.
    """
    with database.write() as session:
        say_in(session, database, company, task_id, word, now)


def say_in(session: Session, database: Database, company: Company, task_id: int, word: Word, now: datetime) -> None:
    """The same in a transaction of the caller."""
    found = casebook.lease(session, task_id, word.agent, now)
    rule = rule_of(TaskKind(found.kind), word.outcome)
    for needed in rule.asks:
        if not word.details.get(needed):
            raise NotUnderstood(f"{word.outcome} needs {needed}")
    casewords.check(word.details)
    order = register.records(session, [found.order_id]).get(found.order_id) if found.order_id else None
    scene = Scene(database, session, company.of(order.company) if order else company, found, order, word, now)
    _apply(scene, rule)
    kind = TaskKind(found.kind)
    consequence = CONSEQUENCES.get((kind, rule.code)) or CONSEQUENCES.get((None, rule.code))
    if consequence:
        consequence(scene)
    journeywords.wakes(scene)


def put_off(database: Database, task_id: int, agent: str, to: datetime, note: str, now: datetime) -> None:
    """The agent will call later; kept as an attempt. Raises TaskTaken."""
    with database.write() as session:
        found = casebook.lease(session, task_id, agent, now)
        casebook.note_attempt(session, found, agent, "put_off", {"note": note}, now, to)
        casebook.put_off(session, found, to)


def _apply(scene: Scene, rule: OutcomeRule) -> None:
    found, word, now = scene.task, scene.word, scene.now
    details = {key: _plain(value) for key, value in word.details.items() if value}
    if rule.effect is Effect.CLOSE:
        casebook.note_attempt(scene.session, found, word.agent, rule.code, details, now)
        casebook.close(scene.session, found, rule.code, scene.actor, now)
        return
    if rule.effect is Effect.PART:
        _apply_part(scene, rule, details)
        return
    to = word.details["time"] if rule.effect is Effect.PUT_OFF else now + rule.pause
    casebook.note_attempt(scene.session, found, word.agent, rule.code, details, now, to)
    too_often = rule.effect is Effect.RETRY and found.attempts >= TRIES
    casebook.put_off(scene.session, found, to, SUPERVISOR if too_often else None)


def _apply_part(scene: Scene, rule: OutcomeRule, details: dict[str, Any]) -> None:
    """One of several things that must be done: the task is done with the last of them."""
    found, said = scene.task, {attempt.outcome for attempt in casebook.attempts_of(scene.session, scene.task.id)}
    casebook.note_attempt(scene.session, found, scene.word.agent, rule.code, details, scene.now)
    if parts_of(TaskKind(found.kind)) <= said | {rule.code}:
        casebook.close(scene.session, found, rule.code, scene.actor, scene.now)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _picked_up(scene: Scene) -> None:
    """Goods are on the lorry: kept with the shipment; every other call about the pickup has become pointless."""
    order_id = scene.task.order_id or 0
    at = scene.word.details.get("time") or scene.now
    note_picked_up(scene.session, order_id, scene.actor, at, scene.word.details, scene.now)


def _not_yet(scene: Scene) -> None:
    expected = scene.word.details["time"]
    shipment = casebook.shipment(scene.session, scene.task.order_id or 0)
    if shipment is not None:
        shipment.expected_at = expected
    details = {"expected": expected.isoformat()}
    record(
        scene.session,
        [Entry(Happening.NOT_YET_PICKED_UP, scene.now, scene.actor, scene.task.order_id, details=details)],
    )


def _problem(scene: Scene) -> None:
    """A problem at the pickup is an exception with an owner and a clock (SPEC 9)."""
    assert scene.order is not None
    words = str(scene.word.details.get("note") or "")
    cases.open_case(
        scene.database, scene.session, scene.order, cases.ExceptionKind.PICKUP, words, scene.actor, scene.now
    )


def _confirmed(scene: Scene) -> None:
    """The customer agrees: judged anew with his word, and the three minutes start now (SPEC 5)."""
    assert scene.order is not None
    confirm_order(scene.session, scene.company, scene.order, scene.actor, scene.now)


def confirm_order(
    session: Session, company: Company, order: OrderRecord, actor: str, now: datetime, mail_id: int | None = None
) -> None:
    """The customer has agreed to what needed consent, by phone or by mail."""
    record(session, [Entry(Happening.ORDER_CONFIRMED, now, actor, order.id, mail_id)])
    read = ReadOrder(form=order.form, problems=order.problems, origins=order.origins)
    judge_anew(session, company, order, read, actor, now, confirmed=True, heard_at=now, mail_id=mail_id)


def _changed(scene: Scene) -> None:
    """The agent corrected or completed the form on the phone: judged anew, as if it had come so."""
    assert scene.order is not None
    read = changed_order(scene.order, scene.word.details["changes"])
    now = scene.now
    judge_anew(scene.session, scene.company, scene.order, read, scene.actor, now, confirmed=True, heard_at=now)


def judge_anew(
    session: Session,
    company: Company,
    order: OrderRecord,
    read: ReadOrder,
    actor: str,
    now: datetime,
    *,
    confirmed: bool,
    heard_at: datetime | None = None,
    mail_id: int | None = None,
) -> None:
    """Judges an order anew. `heard_at`: when the customer said his last word on the phone, which is the order time then
    (SPEC 3); without it nothing was said, and the order time stays."""
    company = company.of(order.company)
    ordered_at, note = (heard_at, "") if heard_at else (order.ordered_at, order.ordered_at_note)
    customers = customerbook.customers_of(session, [order.shipper_address])
    customer_id, terms = customers.get(order.shipper_address, (None, None))
    verdict = judge(read, company, at=ordered_at, customer=terms, sender_known=terms is not None, confirmed=confirmed)
    new = NewOrder(
        read=read,
        verdict=verdict,
        content_key=content_key(order.shipper_address, read.form),
        ordered_at=ordered_at,
        ordered_at_note=note,
        arrived_at=order.arrived_at,
        clear_from=now,
        channel=order.channel,
        mail_id=mail_id or register.mail_of(session, order.id),
        shipper_address=order.shipper_address,
        customer_id=customer_id,
        actor=actor,
    )
    dispatched = letterbook.was_dispatched(session, order.id, order.revision)
    register.judge_again(session, order.id, new, now, dispatched=dispatched)


def _cancelled(scene: Scene) -> None:
    register.cancel(scene.session, scene.task.order_id or 0, scene.actor, scene.now)


def _filed(scene: Scene) -> None:
    """A person has dealt with the mail; what he filed it as stands in the attempt."""
    if scene.task.mail_id:
        mailbook.note_filed(scene.session, scene.task.mail_id, scene.word.outcome, scene.actor, scene.now)


# By kind and outcome; under None what an outcome means with every kind that has no row of its own for it.
CONSEQUENCES: dict[tuple[TaskKind | None, str], Callable[[Scene], None]] = {
    **journeywords.JOURNEY,
    (None, "picked_up"): _picked_up,
    (None, "not_yet"): _not_yet,
    (None, "problem"): _problem,
    (None, "confirmed"): _confirmed,
    (None, "changed"): _changed,
    (None, "completed"): _changed,
    (None, "cancelled"): _cancelled,
    (None, "filed"): _filed,
    (None, "linked"): _filed,
    (None, "ignored"): _filed,
    (TaskKind.HANDLE_EXCEPTION, "customer_told"): casewords.customer_told,
    (TaskKind.HANDLE_EXCEPTION, "closed"): casewords.exception_closed,
    (TaskKind.HANDLE_COMPLAINT, "answered"): casewords.complaint_answered,
    (TaskKind.HANDLE_COMPLAINT, "closed"): casewords.complaint_closed,
}
