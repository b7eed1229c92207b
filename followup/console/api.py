"""The JSON interface: orders, tasks, outcomes, quotes, search. A token acts for the agent who made it.

Errors are {"error": "..."} with the status that fits: 401 no token, 403 not his role, 404 not there, 409 somebody else
has it, 422 not understood. Times are ISO 8601 in UTC, money and measures are strings.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from config.company import Company
from config.phrases import phrase
from dispatch import letterbook
from followup import actions, apitokens, casebook, deskqueue, ordersearch, phoneorder
from followup.console.apishapes import (
    ChargeOut,
    EnteredOut,
    OrderDetail,
    OrderIn,
    OutcomeIn,
    ReasonOut,
    TaskOut,
    WeighedOut,
)
from followup.console.desk import Refused, Visit, console_of
from followup.console.queuepage import may_see, queues_of
from followup.console.sayings import reason, why
from followup.deskqueue import Wanted
from followup.people import Role
from followup.saidtime import said_time
from followup.stages import WordRefused
from followup.tables import Task
from intake import register, timeline
from intake.record import OrderRecord

router = APIRouter(prefix="/api/v1", tags=["consign"])
bearer = HTTPBearer(auto_error=False, description="a token made at the desk under one's own account")
LARGEST_PAGE = 200


def by_token(request: Request, said: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> Visit:
    """A visit by a program. Raises Refused 401."""
    console = console_of(request)
    now = console.clock()
    person = apitokens.by_token(console.database, said.credentials, now) if said else None
    if person is None:
        raise Refused(401, "token_unknown")
    return Visit(request, console, person, "", now)


Caller = Annotated[Visit, Depends(by_token)]


def _task(visit: Visit, task: Task, number: str | None) -> TaskOut:
    return TaskOut(
        id=task.id,
        kind=task.kind,
        state=task.state,
        role=task.role,
        order=number or None,
        mail=task.mail_id,
        whom=task.whom,
        phone=task.phone,
        why=why(task, visit),
        zone=task.zone,
        dispatcher=task.dispatcher,
        call_from=task.call_from,
        due_at=task.due_at,
        holder=deskqueue.holder_of(task, visit.now) or None,
        attempts=task.attempts,
        outcome=task.outcome,
    )


@router.get("/openapi.json", include_in_schema=False)
def openapi(visit: Caller) -> dict[str, Any]:
    schema: dict[str, Any] = visit.request.app.openapi()
    return schema


@router.get("/orders")
def list_orders(visit: Caller, limit: int = 50, before: int | None = None) -> list[OrderRecord]:
    """The newest orders; `before` is the id at which the page before ended."""
    with visit.console.database.read() as session:
        return register.latest(session, max(1, min(limit, LARGEST_PAGE)), before)


@router.get("/orders/{number}")
def one_order(number: str, visit: Caller) -> OrderDetail:
    with visit.console.database.read() as session:
        order = register.by_number(session, number)
        if order is None:
            raise Refused(404, "order_unknown")
        letters = letterbook.of_order(session, order.id)
        return OrderDetail(
            order=order,
            letters=[
                {
                    "id": letter.id,
                    "purpose": letter.purpose,
                    "recipient": letter.recipient,
                    "revision": letter.revision,
                    "state": letter.state,
                    "message_id": letter.message_id,
                    "written_at": letter.written_at,
                    "sent_at": letter.sent_at,
                    "due_by": letter.due_by,
                }
                for letter in letters
            ],
            tasks=[_task(visit, task, order.number) for task in casebook.tasks_of(session, order.id)],
            timeline=[
                {"at": event.at, "kind": event.kind, "actor": event.actor, "details": event.details}
                for event in timeline.of_order(session, order.id)
            ],
        )


def _company_of(visit: Visit, order: OrderIn) -> Company:
    """The company that an order is for. Refuses a key that no company has."""
    company = visit.console.company_named(order.company)
    if company.key != order.company:
        raise Refused(422, "company_unknown", name=order.company)
    return company


@router.post("/orders", status_code=201)
def enter_order(order: OrderIn, visit: Caller) -> EnteredOut:
    """Enters an order, as by phone: the order time is now."""
    console = visit.console
    try:
        read = phoneorder.read_texts(order.fields)
    except KeyError as unknown:
        raise Refused(422, "field_unknown", name=unknown.args[0]) from unknown
    with console.database.write() as session:
        caller = phoneorder.caller_of(session, order.address)
        source = phoneorder.Source(visit.now, visit.now, channel="api")
        number = phoneorder.enter(
            console.database,
            session,
            _company_of(visit, order),
            read,
            caller,
            source,
            visit.who.name,
            visit.now,
            confirmed=order.confirmed,
        )
        record = register.by_number(session, number)
    return EnteredOut(number=number, verdict=record.verdict.outcome.value if record else "")


@router.post("/quotes")
def quote(order: OrderIn, visit: Caller) -> WeighedOut:
    """Price, area and deadline of an order as if it were entered now. Nothing is stored."""
    console = visit.console
    with console.database.read() as session:
        caller = phoneorder.caller_of(session, order.address)
    try:
        read = phoneorder.read_texts(order.fields)
    except KeyError as unknown:
        raise Refused(422, "field_unknown", name=unknown.args[0]) from unknown
    weighed = phoneorder.weigh(_company_of(visit, order), read, caller, visit.now, confirmed=order.confirmed)
    verdict, deadline, price = weighed.verdict, weighed.deadline, weighed.verdict.quote
    return WeighedOut(
        verdict=verdict.outcome.value,
        reasons=[ReasonOut(code=one.code, field=one.field, message=reason(one, visit)) for one in verdict.reasons],
        zone=verdict.zone.value,
        dispatcher=verdict.dispatcher,
        pickup_by=deadline.by if deadline else None,
        pickup_by_why=phrase(deadline.phrase, visit.language, **deadline.values) if deadline else None,
        charges=[
            ChargeOut(code=each.code, amount=str(each.amount), basis=each.basis, row=each.row)
            for each in (price.charges if price else ())
        ],
        total=str(price.total) if price else None,
        transfers=price.transfers if price else None,
        days=price.days if price else None,
    )


@router.get("/search")
def search(visit: Caller, q: str, limit: int = 50) -> list[OrderRecord]:
    """Orders by number, phone, name, address and words, the newest first."""
    with visit.console.database.read() as session:
        return ordersearch.search(session, q[:100], max(1, min(limit, LARGEST_PAGE)))


@router.get("/tasks")
def list_tasks(
    visit: Caller, kind: str = "", zone: str = "", dispatcher: str = "", mine: bool = False, limit: int = 100
) -> list[TaskOut]:
    """The queue, the earliest due first."""
    wanted = Wanted(
        roles=queues_of(visit.who),
        kinds=(kind,) if kind else (),
        zones=(zone,) if zone else (),
        dispatchers=(dispatcher,) if dispatcher else (),
        holder=visit.who.name if mine else "",
    )
    with visit.console.database.read() as session:
        rows = deskqueue.waiting(session, wanted, visit.now, max(1, min(limit, LARGEST_PAGE)))
        return [_task(visit, row.task, row.number) for row in rows]


def _one_task(visit: Visit, task_id: int) -> TaskOut:
    with visit.console.database.read() as session:
        task = casebook.task(session, task_id)
        assert task is not None
        order = register.records(session, [task.order_id]).get(task.order_id) if task.order_id else None
        return _task(visit, task, order.number if order else None)


@router.get("/tasks/{task_id}")
def one_task(task_id: int, visit: Caller) -> TaskOut:
    may_see(visit, task_id)
    return _one_task(visit, task_id)


@router.post("/tasks/{task_id}/lease")
def lease(task_id: int, visit: Caller) -> TaskOut:
    """Takes the task; 409 when somebody else has it."""
    may_see(visit, task_id)
    try:
        actions.take(visit.console.database, task_id, visit.who.name, visit.now)
    except casebook.TaskTaken as taken:
        raise Refused(409, "task_taken") from taken
    return _one_task(visit, task_id)


@router.post("/tasks/{task_id}/return")
def give_back(task_id: int, visit: Caller) -> TaskOut:
    may_see(visit, task_id)
    with visit.console.database.write() as session:
        casebook.give_back(session, task_id, visit.who.name)
    return _one_task(visit, task_id)


@router.post("/tasks/{task_id}/outcome")
def outcome(task_id: int, said: OutcomeIn, visit: Caller) -> TaskOut:
    """Records the outcome, at once and for good: a program has no second thoughts."""
    may_see(visit, task_id)
    console = visit.console
    details: dict[str, Any] = {key: value for key, value in said.details.items() if value}
    try:
        if said.time:
            details["time"] = said_time(said.time, visit.now, console.settings.zone_info)
        if said.note:
            details["note"] = said.note
        if said.changes:
            details["changes"] = phoneorder.in_words(said.changes)
        word = actions.Word(visit.who.name, said.outcome, details)
        actions.say(console.database, console.company_source(), task_id, word, visit.now)
    except casebook.TaskTaken as taken:
        raise Refused(409, "task_taken") from taken
    except WordRefused as refused:
        raise Refused(422, "api_not_understood", why=refused.words(visit.language)) from refused
    except (ValueError, OverflowError) as wrong:
        raise Refused(422, "time_unclear", time=said.time or "") from wrong
    except (KeyError, actions.NotUnderstood) as wrong:
        raise Refused(422, "api_not_understood", why=str(wrong.args[0] if wrong.args else wrong)) from wrong
    return _one_task(visit, task_id)


@router.get("/me")
def me(visit: Caller) -> dict[str, str]:
    """Whose token this is."""
    return {"name": visit.who.name, "role": Role(visit.who.role).value}
