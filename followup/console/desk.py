"""What every page needs: the database, the company, the clock, the visitor, and how a page is made."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.datastructures import FormData, UploadFile

from config.database import Database
from config.settings import Settings
from followup import lastword, people
from followup.console.kept import Kept
from followup.console.plain import Plain, masked
from followup.console.pulse import Pulse
from followup.console.unwritable import unwritable
from followup.console.words import LANGUAGES, knows, word
from followup.deskqueue import Overview
from followup.people import Person, Role
from followup.tables_desk import SaidWord
from followup.wallboard import Workload

if TYPE_CHECKING:
    from config.company import Company

SHOWS_PHONES = (Role.SUPERVISOR,)  # in lists; whoever has a call in hand sees its number
LANGUAGE_COOKIE = "consign-language"


class Away(Exception):
    """The visitor is led elsewhere: to the login, or to a page that he may see."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to


class Refused(Exception):
    """The visitor may not do this; `status` and the key of the text that says why."""

    def __init__(self, status: int, text: str, **values: object) -> None:
        super().__init__(text)
        self.status, self.text, self.values = status, text, values


FIRST = "_"  # stands for the first company, whose key is empty


@dataclass
class Console:
    """One desk: everything that its pages share."""

    database: Database
    company_source: "Callable[[], Company]"
    settings: Settings
    clock: Callable[[], datetime]
    health: Callable[[], Mapping[str, Any]] | None = None
    secret: bytes = b""  # of the tokens in our letters
    pulse: Pulse = field(init=False)
    overviews: Kept[Overview] = field(init=False, default_factory=Kept)  # by the roles whose queues they are
    workloads: Kept[Workload] = field(init=False, default_factory=Kept)

    def __post_init__(self) -> None:
        self.pulse = Pulse(self.database)
        self.templates = Environment(
            loader=PackageLoader("followup.console"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @property
    def idle(self) -> timedelta:
        return timedelta(minutes=self.settings.console.session_idle_minutes)

    @property
    def longest(self) -> timedelta:
        return timedelta(hours=self.settings.console.session_hours)

    @property
    def cookie(self) -> str:
        return "__Host-consign" if self.settings.console.secure_cookies else "consign"

    def set_cookie(self, response: Response, token: str) -> None:
        response.set_cookie(
            self.cookie, token, httponly=True, secure=self.settings.console.secure_cookies, samesite="lax", path="/"
        )

    @property
    def companies(self) -> dict[str, str]:
        """The names of the companies by what stands for them in forms and filters; empty where there is but one."""
        first = self.company_source()
        return {FIRST: first.name, **{one.key: one.name for one in first.others}} if first.others else {}

    def company_named(self, chosen: str) -> "Company":
        """The company that somebody chose in a form; the first one for whatever is none."""
        return self.company_source().of(chosen)

    def page(self, visit: "Visit", template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """The page made from `template`, with what every page shows."""
        text = self.templates.get_template(template).render(
            t=visit.word,
            knows=knows,
            visit=visit,
            person=visit.person,
            plain=visit.plain,
            now=visit.now,
            companies=self.companies,
            **values,
        )
        return HTMLResponse(text, status)


@dataclass(frozen=True)
class Visit:
    """One request: who asks, when, in which language."""

    request: Request
    console: Console
    person: Person | None
    token: str
    now: datetime

    @cached_property
    def language(self) -> str:
        chosen = self.request.cookies.get(LANGUAGE_COOKIE, "")
        return chosen if chosen in LANGUAGES else self.console.settings.language

    @cached_property
    def plain(self) -> Plain:
        return Plain(self.language, self.console.settings.zone_info, self.now)

    @property
    def who(self) -> Person:
        """The person who is logged in. Raises Away where nobody is."""
        if self.person is None:
            raise Away("/login")
        return self.person

    @property
    def csrf(self) -> str:
        return csrf_of(self.token)

    @property
    def here(self) -> str:
        return self.request.url.path

    def word(self, key: str, **values: object) -> str:
        return word(key, self.language, **values)

    def phone(self, number: str | None) -> str:
        """A number as this visitor may see it in a list."""
        if not number:
            return ""
        return number if self.person and self.person.role in SHOWS_PHONES else masked(number)

    @cached_property
    def said_words(self) -> list[SaidWord]:
        """Outcomes that this agent may still take back."""
        if self.person is None:
            return []
        with self.console.database.read() as session:
            return lastword.of_agent(session, self.person.name)

    def partial(self) -> bool:
        """Whether only a part of the page is asked for."""
        return self.request.headers.get("hx-request") == "true"


def csrf_of(token: str) -> str:
    """The token that every form of this session carries; nobody can make it who does not know the session's."""
    return hashlib.sha256(b"csrf:" + token.encode()).hexdigest()


def console_of(request: Request) -> Console:
    console: Console = request.app.state.console
    return console


def anybody(request: Request) -> Visit:
    """A visit that needs no login."""
    console = console_of(request)
    token, now = request.cookies.get(console.cookie, ""), console.clock().astimezone(UTC)
    return Visit(request, console, _person(request, console, token, now), token, now)


def _person(request: Request, console: Console, token: str, now: datetime) -> Person | None:
    """Who it is. A queue that refreshes itself does not keep an unattended session open; the wall board may."""
    if not token:
        return None
    refreshes = request.headers.get("hx-request") == "true" and request.url.path == "/"
    by_itself = refreshes or request.url.path == "/live"
    return people.whoami(console.database, token, now, console.idle, console.longest, by_itself=by_itself)


AnyVisit = Annotated[Visit, Depends(anybody)]


def signed_in(visit: AnyVisit) -> Visit:
    """A visit by somebody who is logged in; others are led to the login and back."""
    if visit.person is None:
        path = visit.here if visit.request.method == "GET" and not visit.partial() else "/"
        raise Away("/login" if path == "/" else f"/login?next={quote(path)}")
    return visit


SignedIn = Annotated[Visit, Depends(signed_in)]


def at_least(role: Role) -> Callable[..., Visit]:
    """A dependency: the visitor has this role or a higher one."""

    def dependency(visit: SignedIn) -> Visit:
        if not visit.who.may(role):
            raise Refused(403, "refused_role")
        return visit

    return dependency


async def form_of(request: Request) -> FormData:
    """The fields of the form that was sent; empty for a request without one."""
    return await read_form(request, files=0, fields=300)


async def read_form(request: Request, *, files: int, fields: int) -> FormData:
    """The form, of at most so many files and fields. Refuses one with characters that nothing can hold."""
    form = await request.form(max_files=files, max_fields=fields)
    for name, value in form.multi_items():
        said = (value.filename or "") if isinstance(value, UploadFile) else value
        if unwritable(name) or unwritable(said):
            raise Refused(400, "error_unwritable")
    return form


Form = Annotated[FormData, Depends(form_of)]


def guarded(visit: SignedIn, form: Form) -> Visit:
    """A visit that changes something: it must carry the token of its own session's forms."""
    said = visit.request.headers.get("x-csrf") or str(form.get("csrf") or "")
    if not hmac.compare_digest(said.encode(), visit.csrf.encode()):
        raise Refused(403, "refused_csrf")
    return visit


Guarded = Annotated[Visit, Depends(guarded)]


def guarded_at_least(role: Role) -> Callable[..., Visit]:
    """The same, for those who have this role or a higher one."""

    def dependency(visit: Guarded) -> Visit:
        if not visit.who.may(role):
            raise Refused(403, "refused_role")
        return visit

    return dependency


BySupervisor = Annotated[Visit, Depends(at_least(Role.SUPERVISOR))]
ByAdmin = Annotated[Visit, Depends(at_least(Role.ADMIN))]
GuardedSupervisor = Annotated[Visit, Depends(guarded_at_least(Role.SUPERVISOR))]
GuardedAdmin = Annotated[Visit, Depends(guarded_at_least(Role.ADMIN))]


def to(path: str) -> RedirectResponse:
    """After a change: the browser is led on, so that reloading changes nothing twice."""
    return RedirectResponse(path, 303)
