"""What would happen with a mail, told before it happens: by the very functions of the rooms, nothing stored or sent."""

from datetime import datetime, timedelta
from typing import Any

from rich.console import Console

from config.company import Company, load_company
from config.faults import ConfigurationError
from config.phrases import phrase
from config.settings import Settings
from consign.commands.common import end_with_faults
from consign.rounds import reading_rules
from dispatch import wording
from dispatch.deadline import Deadline, company_deadline
from dispatch.draft import Draft
from dispatch.roster import on_duty
from dispatch.steps import Desk
from intake.judge import judge
from intake.message import Kind, Understanding
from intake.ordertime import order_time
from intake.record import OrderRecord, OrderState
from intake.understanding import as_json, understand
from intake.verdict import Outcome, Reason, Verdict


def company_of(settings: Settings) -> Company:
    """The company with its rules; on a fault every fault is printed and the command ends with 2."""
    try:
        return load_company(settings)
    except ConfigurationError as broken:
        end_with_faults(broken.faults, 2)


def explain_mail(
    octets: bytes, settings: Settings, company: Company, arrived: datetime | None, now: datetime
) -> dict[str, Any]:
    """The JSON of `consign explain --json`. `arrived` None: the mail arrived when it says that it was sent."""
    read = understand(octets, reading_rules(company, settings))
    said = as_json(read, settings.language)
    arrived_at = arrived or read.message.sent_at or now
    explained: dict[str, Any] = {"kind": read.kind.value, "orders": [], "letters": []}
    if "topic" in said:
        explained["topic"] = said["topic"]
    if read.kind is not Kind.ORDER:
        return explained
    for place in range(len(read.orders)):
        record = _record(read, place, company, arrived_at)
        deadline = deadline_of(record, company)
        explained["orders"].append(
            said["orders"][place] | _judged(record, deadline, company, settings.language, problems_of(said, place))
        )
        for draft in drafts_of(record, deadline, Desk(company, b"explain", settings.letters), arrived_at):
            explained["letters"].append({"to": draft.recipient, "subject": draft.subject, "text": draft.text})
    return explained


def problems_of(said: dict[str, Any], place: int) -> list[dict[str, Any]]:
    return [problem for problem in said["problems"] if problem["order"] == place]


def _record(read: Understanding, place: int, company: Company, arrived_at: datetime) -> OrderRecord:
    message = read.message
    skew = timedelta(minutes=company.policy.clock_skew_minutes)
    ordered_at, note = order_time(message.sent_at, arrived_at, skew)
    verdict = judge(read.orders[place], company, at=ordered_at, customer=None, sender_known=False)
    number = ordered_at.astimezone(company.timezone).strftime("%Y%m%d-") + f"{place + 1:04d}"
    return OrderRecord(
        id=place + 1,
        number=number,
        revision=1,
        state=OrderState(verdict.outcome.value),
        channel="mail",
        form=read.orders[place].form,
        problems=read.orders[place].problems,
        origins=read.orders[place].origins,
        verdict=verdict,
        ordered_at=ordered_at,
        ordered_at_note=note,
        arrived_at=arrived_at,
        clear_at=arrived_at if verdict.outcome is Outcome.ACCEPTED else None,
        shipper_address=message.sender.address if message.sender else "",
        subject=message.subject,
        message_id=message.message_id,
    )


def deadline_of(record: OrderRecord, company: Company) -> Deadline | None:
    """The pickup deadline, where the address has a zone."""
    if record.verdict.zone.value == "outside":
        return None
    return company_deadline(company, record.ordered_at, record.verdict.zone)


def _judged(
    record: OrderRecord, deadline: Deadline | None, company: Company, language: str, problems: list[dict[str, Any]]
) -> dict[str, Any]:
    verdict = record.verdict
    duty = on_duty(company.dispatchers, verdict.dispatcher, record.ordered_at) if verdict.dispatcher else None
    quote = verdict.quote
    return {
        "problems": problems,
        "verdict": verdict.outcome.value,
        "reasons": [_reason(reason, language) for reason in verdict.reasons],
        "zone": verdict.zone.value,
        "dispatcher": duty.dispatcher.name if duty else None,
        "pickup_by": deadline.by.astimezone(company.timezone).isoformat() if deadline else None,
        "pickup_by_why": phrase(deadline.phrase, language, **deadline.values) if deadline else None,
        "charges": [{"code": charge.code, "amount": str(charge.amount), "row": charge.row} for charge in quote.charges]
        if quote
        else [],
        "total": str(quote.total) if quote else None,
        "transfers": quote.transfers if quote else None,
        "days": quote.days if quote else None,
        "rules": verdict.rules_version,
    }


def _reason(reason: Reason, language: str) -> dict[str, Any]:
    return {"code": reason.code, "field": reason.field, "message": phrase(reason.code, language, **reason.values)}


def drafts_of(record: OrderRecord, deadline: Deadline | None, desk: Desk, now: datetime) -> list[Draft]:
    """The letters that would go out."""
    house, verdict = desk.house, record.verdict
    if verdict.outcome is Outcome.ACCEPTED and deadline:
        dispatcher = on_duty(desk.company.dispatchers, verdict.dispatcher, now).dispatcher
        work_order = wording.work_order(record, deadline, dispatcher, house, token="…")
        answer = [wording.acknowledgement(record, deadline, house)] if record.shipper_address else []
        return [work_order, *answer]
    if not record.shipper_address:
        return []
    return [_answer(verdict)(record, house)]


def _answer(verdict: Verdict) -> Any:
    return {
        Outcome.AWAITING_CONFIRMATION: wording.confirm,
        Outcome.INCOMPLETE: wording.incomplete,
        Outcome.REJECTED: wording.rejected,
    }[verdict.outcome]


def show(explained: dict[str, Any], out: Console) -> None:
    """The same for people."""
    out.print(f"[bold]{explained['kind']}[/bold]")
    for place, order in enumerate(explained["orders"], 1):
        out.rule(f"#{place} {order['verdict']}")
        for reason in order["reasons"]:
            out.print(f"✗ {reason['message']}  ({reason['code']})", markup=False, style="red")
        out.print(f"{order['zone']} · {order['dispatcher']} · {order['pickup_by']}", markup=False)
        if order["pickup_by_why"]:
            out.print(order["pickup_by_why"], markup=False)
        for charge in order["charges"]:
            out.print(f"  {charge['code']:<12} {charge['amount']:>10}  {charge['row']}", markup=False)
        out.print(f"  {'total':<12} {order['total']!s:>10}", markup=False)
    if heard := explained.get("conversation"):
        out.rule(f"→ {heard['becomes']} · {heard['order'] or '-'}")
        for event in heard["events"]:
            then = ", ".join(event["acted_on_by"])
            out.print(f"{event['kind']} {event['details']}" + (f" → {then}" if then else ""), markup=False)
    for letter in explained["letters"]:
        out.rule(letter["to"])
        out.print(letter["subject"], markup=False, style="bold")
        out.print(letter["text"], markup=False)
