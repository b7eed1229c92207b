"""The application: every page of the desk behind one guard."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from config.database import Database
from config.settings import Settings
from followup import lastword, people
from followup.console import (
    api,
    apijourney,
    apipapers,
    callpage,
    casespage,
    complaintspage,
    journeypage,
    mailpage,
    oidcpage,
    opinionpage,
    orderpage,
    paperspage,
    peoplepage,
    phonepage,
    printpage,
    queuepage,
    receiptspage,
    reportpages,
    reviewpage,
    searchpage,
    signin,
    wallpage,
)
from followup.console.desk import Away, Console, Refused, anybody, to
from followup.console.guard import Guard
from followup.console.robots import sayer
from followup.people import Role
from followup.webhooks import Webhooks, send

if TYPE_CHECKING:
    from config.company import Company

log = structlog.get_logger()
WEBHOOK_SECONDS = 2.0
UPLOADED_AT_ONCE = 2  # of the largest papers in one form; of smaller ones more
STATIC = Path(__file__).parent / "static"
PAGES = (
    *(signin, oidcpage, queuepage, callpage, orderpage, journeypage, receiptspage, mailpage, opinionpage),
    *(
        casespage,
        complaintspage,
        paperspage,
        printpage,
        reviewpage,
        phonepage,
        searchpage,
        wallpage,
        reportpages,
        peoplepage,
    ),
)


def create_app(
    database: Database,
    company_source: "Callable[[], Company]",
    settings: Settings,
    clock: Callable[[], datetime],
    *,
    demo_agent: str | None = None,
    health: Callable[[], Mapping[str, Any]] | None = None,
    secret: bytes = b"",
) -> FastAPI:
    """The desk over `database`, which must have its schema.

    `company_source` is asked anew whenever the rules are needed; `health` tells how the daemon's parts are (wall
    board); `secret` proves the links that customers give a score by. With `demo_agent` an account of that name is made,
    and `app.state.entry` is the path that logs it in once.
    """
    console = Console(database, company_source, settings, clock, health, secret)
    app = FastAPI(title="consign", lifespan=_lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.console = console
    app.state.provider = oidcpage.provider_for(settings.console.oidc) if settings.console.oidc else None
    app.state.entry = _demo_entry(console, demo_agent) if demo_agent else ""
    upload = UPLOADED_AT_ONCE * settings.attachments.largest_bytes
    app.add_middleware(Guard, settings=settings.console, largest_upload=upload)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for page in PAGES:
        app.include_router(page.router, include_in_schema=False)
    app.include_router(api.router)
    app.include_router(apijourney.router)
    app.include_router(apipapers.router)
    app.add_exception_handler(Away, _lead_away)
    app.add_exception_handler(Refused, _refuse)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _not_valid)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    console: Console = app.state.console

    def settle() -> None:
        if lastword.settle(console.database, console.company_source(), console.clock()):
            console.pulse.nudge()

    hooks = Webhooks(console.database, console.settings.webhooks, sayer(console.settings), send)
    beating = [asyncio.create_task(console.pulse.run(settle))]
    if hooks.hooks:
        beating.append(asyncio.create_task(_post_events(console, hooks)))
    yield
    console.pulse.close()
    for task in beating[1:]:
        task.cancel()  # a post under way ends in its thread; its row says what became of it, or is posted again
    await asyncio.gather(*beating, return_exceptions=True)


async def _post_events(console: Console, hooks: Webhooks) -> None:
    while True:
        try:
            await asyncio.to_thread(hooks.turn, console.clock())
        except (SQLAlchemyError, OSError) as away:  # the database is away, or a key cannot be read: tried again
            log.warning("webhooks", error=type(away).__name__)
        await asyncio.sleep(WEBHOOK_SECONDS)


def _demo_entry(console: Console, name: str) -> str:
    now = console.clock()
    with console.database.write() as session:
        with suppress(people.NameTaken):
            people.add(session, name, Role.SUPERVISOR, "", "演示客服", now, "demo")
        code = people.make_link(session, name, now)
    return f"/enter/{code}"


def _lead_away(request: Request, error: Exception) -> Response:
    assert isinstance(error, Away)
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": "not signed in"}, 401, headers={"www-authenticate": "Bearer"})
    if request.headers.get("hx-request") == "true" or request.method not in ("GET", "HEAD"):
        return Response(status_code=401, headers={"hx-redirect": error.to, "location": error.to})
    return to(error.to)


def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    visit = anybody(request)
    text = visit.word(error.text, **error.values)
    headers = {"www-authenticate": "Bearer"} if error.status == 401 else None
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": text}, error.status, headers=headers)
    if visit.partial():
        return Response(text, error.status, media_type="text/plain")
    return visit.console.page(visit, "error.html", error.status, code=error.status, text=text)


def _not_valid(request: Request, error: Exception) -> Response:
    """A path, query or body that is not what its route takes: which part, without what was sent."""
    assert isinstance(error, RequestValidationError)
    if not request.url.path.startswith("/api/"):
        return _refuse(request, Refused(404, "error_404"))
    faults = [{"where": ".".join(map(str, one["loc"])), "what": one["msg"]} for one in error.errors()]
    return JSONResponse({"error": "not valid", "faults": faults}, 422)


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    known = {404: "error_404", 405: "error_405"}
    return _refuse(request, Refused(error.status_code, known.get(error.status_code, "error_other")))
