"""Logging in and out, the language, and the stylesheet's neighbours that everybody may have."""

from urllib.parse import urlsplit

from fastapi import APIRouter
from fastapi.responses import Response

from followup import people
from followup.console.desk import LANGUAGE_COOKIE, AnyVisit, Form, Guarded, Refused, Visit, to
from followup.console.words import LANGUAGES

router = APIRouter()


def local_path(wanted: str) -> str:
    """A path of this desk to go on to; anything that could lead elsewhere becomes the queue."""
    parts = urlsplit(wanted)
    well = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc and wanted.isprintable()
    return wanted if well and not parts.scheme else "/"


@router.get("/login")
def login_page(visit: AnyVisit, next: str = "/") -> Response:
    if visit.person:
        return to(local_path(next))
    return login_form(visit, onward=local_path(next))


def login_form(visit: Visit, status: int = 200, *, onward: str = "/", trouble: str = "", name: str = "") -> Response:
    oidc = visit.console.settings.console.oidc
    button = (oidc.button or visit.word("login_oidc")) if oidc else ""
    return visit.console.page(visit, "login.html", status, next=onward, trouble=trouble, name=name, button=button)


@router.post("/login")
def login(visit: AnyVisit, form: Form) -> Response:
    name, password = str(form.get("name") or ""), str(form.get("password") or "")
    onward = local_path(str(form.get("next") or "/"))
    try:
        token = people.login(visit.console.database, name, password, address_of(visit), browser_of(visit), visit.now)
    except people.LoginRefused as refused:
        wait = int(refused.wait.total_seconds() + 0.999)
        trouble = visit.word("login_wait", seconds=wait) if wait else visit.word("login_wrong")
        return login_form(visit, 401, onward=onward, trouble=trouble, name=name[:100])
    return enter_with(visit, token, onward)


@router.get("/enter/{code}")
def enter(code: str, visit: AnyVisit) -> Response:
    """A link that logs in once. Following it is the login: it is the one GET that changes something."""
    try:
        token = people.enter_by_link(visit.console.database, code, address_of(visit), browser_of(visit), visit.now)
    except people.LoginRefused as used:
        if visit.person:
            return to("/")
        raise Refused(401, "link_used") from used
    return enter_with(visit, token, "/")


def enter_with(visit: Visit, token: str, onward: str) -> Response:
    """A new session with each login; the one before ends."""
    if visit.person:
        with visit.console.database.write() as session:
            people.end_session(session, visit.person.session, visit.now, f"agent:{visit.person.name}")
    response = to(onward)
    visit.console.set_cookie(response, token)
    return response


def address_of(visit: Visit) -> str:
    return visit.request.client.host if visit.request.client else ""


def browser_of(visit: Visit) -> str:
    return visit.request.headers.get("user-agent", "")


@router.post("/logout")
def logout(visit: Guarded) -> Response:
    with visit.console.database.write() as session:
        people.end_session(session, visit.who.session, visit.now, f"agent:{visit.who.name}")
    response = to("/login")
    response.delete_cookie(visit.console.cookie, path="/", secure=visit.console.settings.console.secure_cookies)
    response.headers["clear-site-data"] = '"cache", "storage"'
    return response


@router.post("/language")
def language(visit: AnyVisit, form: Form) -> Response:
    """Kept in the browser; it is nobody's secret, and works before the login."""
    chosen = str(form.get("language") or "")
    response = to(local_path(str(form.get("next") or "/")))
    if chosen in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE,
            chosen,
            max_age=365 * 86400,
            httponly=True,
            samesite="lax",
            secure=visit.console.settings.console.secure_cookies,
        )
    return response
