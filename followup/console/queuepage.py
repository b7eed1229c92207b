"""The queue: what to call now, next and later; live."""

import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from sse_starlette import EventSourceResponse

from followup import actions, casebook, deskqueue
from followup.console.desk import FIRST, AnyVisit, Form, Guarded, Refused, SignedIn, Visit, to
from followup.console.sayings import why
from followup.deskqueue import Phase, Wanted
from followup.people import Person, Role

router = APIRouter()
SHOWN = 100  # rows: more than anybody calls in an hour; a page of two hundred takes twice as long to make
FILTER_COOKIE = "consign-filter"
FILTERS = ("kind", "zone", "dispatcher", "mine", "company")


def queues_of(person: Person) -> tuple[str, ...]:
    """Whose tasks somebody sees: an agent the agents', a supervisor all."""
    return ("agent", "supervisor", "manager") if person.may(Role.SUPERVISOR) else ("agent",)


def wanted_by(visit: Visit) -> Wanted:
    """The filter of the address, or the one this browser used last."""
    asked, several = visit.request.query_params, visit.console.companies
    chosen: dict[str, list[str]] = {name: asked.getlist(name) for name in FILTERS}
    if not any(name in asked for name in (*FILTERS, "all")):
        chosen |= _remembered(visit)
    return Wanted(
        roles=queues_of(visit.who),
        kinds=tuple(filter(None, chosen["kind"])),
        zones=tuple(filter(None, chosen["zone"])),
        dispatchers=tuple(filter(None, chosen["dispatcher"])),
        holder=visit.who.name if any(chosen["mine"]) else "",
        companies=tuple("" if one == FIRST else one for one in chosen["company"] if one) if several else (),
    )


def _remembered(visit: Visit) -> dict[str, list[str]]:
    try:
        kept = json.loads(visit.request.cookies.get(FILTER_COOKIE, "{}"))
    except ValueError:
        return {}
    if not isinstance(kept, dict):
        return {}
    nothing: dict[str, list[str]] = {name: [] for name in FILTERS}
    return nothing | {
        name: [str(value)[:60] for value in values][:20]
        for name, values in kept.items()
        if name in FILTERS and isinstance(values, list)
    }


def _remember(response: Response, wanted: Wanted) -> None:
    kept = {
        "kind": wanted.kinds,
        "zone": wanted.zones,
        "dispatcher": wanted.dispatchers,
        "mine": ["1"] if wanted.holder else [],
        "company": [one or FIRST for one in wanted.companies],
    }
    response.set_cookie(FILTER_COOKIE, json.dumps(kept), httponly=True, samesite="lax")


@router.get("/")
def queue_page(visit: SignedIn) -> Response:
    wanted = wanted_by(visit)
    template = "queue_rows.html" if visit.partial() else "queue.html"
    response = visit.console.page(visit, template, **_picture(visit, wanted))
    if not visit.partial():
        _remember(response, wanted)
    return response


def _picture(visit: Visit, wanted: Wanted) -> dict[str, Any]:
    now = visit.now
    with visit.console.database.read() as session:
        rows = deskqueue.waiting(session, wanted, now, SHOWN)
        overview = visit.console.overviews.get(
            wanted.roles, now, lambda: deskqueue.overview(session, wanted.roles, now)
        )
    phases = {phase: [row for row in rows if row.phase(now) is phase] for phase in Phase}
    return {
        "phases": phases,
        "wanted": wanted,
        "offered": overview.choices,
        "counts": overview.counts,
        "shown": len(rows),
        "why": lambda row: why(row.task, visit),
        "masked": visit.phone,
        "holder": lambda row: row.holder(now),
        "dispatcher_name": dispatcher_names(visit),
    }


def dispatcher_names(visit: Visit) -> dict[str, str]:
    """Names by keys, of every company: a key stands in one roster only."""
    first = visit.console.company_source()
    return {dispatcher.key: dispatcher.name for one in (first, *first.others) for dispatcher in one.dispatchers}


@router.get("/live")
async def live(visit: AnyVisit) -> Response:
    """A stream that says "changed" whenever something in the queue has; the page then fetches what it shows.

    204 tells a browser whose session has ended to ask no more.
    """
    if visit.person is None:
        return Response(status_code=204)

    async def stream() -> AsyncIterator[dict[str, str]]:
        async for count in visit.console.pulse.changes():
            yield {"event": "changed", "data": str(count)}

    return EventSourceResponse(stream(), ping=20, headers={"cache-control": "no-store"})


def take_next(visit: Visit, wanted: Wanted, besides: tuple[int, ...] = ()) -> int | None:
    """Leases the next task for the visitor; a colleague who is quicker sends us on to the one after."""
    console = visit.console
    for _ in range(20):
        with console.database.read() as session:
            found = deskqueue.next_task(session, wanted, visit.who.name, visit.now, besides)
        if found is None:
            return None
        try:
            actions.take(console.database, found, visit.who.name, visit.now)
        except casebook.TaskTaken:
            besides = (*besides, found)
            continue
        console.pulse.nudge()
        return found
    return None


@router.post("/next")
def go_to_next(visit: Guarded) -> Response:
    found = take_next(visit, wanted_by(visit))
    return to(f"/tasks/{found}" if found else "/")


@router.post("/tasks/{task_id}/take")
def take(task_id: int, visit: Guarded, form: Form) -> Response:
    """Opening a task leases it. A supervisor may take one out of a colleague's hands."""
    console, who = visit.console, visit.who
    may_see(visit, task_id)
    try:
        if form.get("from_colleague") and who.may(Role.SUPERVISOR):
            _take_over(visit, task_id)
        else:
            actions.take(console.database, task_id, who.name, visit.now)
    except casebook.TaskTaken as taken:
        raise Refused(409, "task_taken") from taken
    console.pulse.nudge()
    return to(f"/tasks/{task_id}")


def _take_over(visit: Visit, task_id: int) -> None:
    with visit.console.database.write() as session:
        task = casebook.task(session, task_id)
        if task and task.holder:
            casebook.give_back(session, task_id, task.holder)
            session.expire(task)
        casebook.lease(session, task_id, visit.who.name, visit.now)


@router.post("/tasks/{task_id}/return")
def give_back(task_id: int, visit: Guarded) -> Response:
    with visit.console.database.write() as session:
        casebook.give_back(session, task_id, visit.who.name)
    visit.console.pulse.nudge()
    return to("/")


@router.post("/tasks/{task_id}/keep")
def keep(task_id: int, visit: Guarded) -> Response:
    """The agent is still at it: the lease goes on."""
    try:
        actions.take(visit.console.database, task_id, visit.who.name, visit.now)
    except casebook.TaskTaken as taken:
        raise Refused(409, "task_taken") from taken
    return Response(status_code=204)


def may_see(visit: Visit, task_id: int) -> None:
    """Raises Refused for a task that is not there, or stands in a queue that is not the visitor's."""
    with visit.console.database.read() as session:
        task = casebook.task(session, task_id)
        role = task.role if task else ""
    if not role:
        raise Refused(404, "task_unknown")
    if role not in queues_of(visit.who):
        raise Refused(403, "refused_role")
