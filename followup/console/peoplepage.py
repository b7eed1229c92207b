"""One's own account, and for supervisors and administrators everybody's: accounts, sessions, tokens."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from config.phrases import phrase
from followup import apitokens, passwords, people
from followup.console.desk import BySupervisor, Form, Guarded, GuardedAdmin, Refused, SignedIn, Visit, to
from followup.people import Role
from followup.tables_desk import Agent

router = APIRouter()


def actor(visit: Visit) -> str:
    return f"agent:{visit.who.name}"


@router.get("/me")
def my_page(visit: SignedIn) -> Response:
    return show_me(visit)


def show_me(visit: Visit, status: int = 200, trouble: str = "", told: str = "", token: str = "") -> Response:
    console = visit.console
    with console.database.read() as session:
        values: dict[str, Any] = {
            "sessions": people.open_sessions(session, visit.now, console.idle, console.longest, visit.who.name),
            "tokens": apitokens.tokens_of(session, visit.who.name),
        }
    return console.page(visit, "me.html", status, trouble=trouble, told=told, new_token=token, **values)


@router.post("/me/password")
def change_password(visit: Guarded, form: Form) -> Response:
    """Needs the present password (or a session entered by a link); every session ends, this browser gets a new one."""
    old, new = str(form.get("old") or ""), str(form.get("new") or "")
    console, name = visit.console, visit.who.name
    with console.database.read() as session:
        account = session.get(Agent, name)
        stored = account.password if account else ""
    if stored and not visit.who.by_link and not passwords.matches(old, stored):
        return show_me(visit, 422, visit.word("password_old_wrong"))
    try:
        with console.database.write() as session:
            people.set_password(session, name, new, visit.now, actor(visit))
    except passwords.WeakPassword as weak:
        return show_me(visit, 422, phrase(str(weak), visit.language))
    return to("/login")


@router.post("/me/sessions/{session_id}/end")
def end_my_session(session_id: int, visit: Guarded) -> Response:
    with visit.console.database.write() as session:
        if not people.end_session(session, session_id, visit.now, actor(visit), visit.who.name):
            raise Refused(404, "session_unknown")
    return to("/me")


@router.post("/me/tokens")
def make_token(visit: Guarded, form: Form) -> Response:
    with visit.console.database.write() as session:
        token = apitokens.make_token(session, visit.who.name, str(form.get("label") or "API"), visit.now)
    return show_me(visit, token=token)


@router.post("/me/tokens/{token_id}/revoke")
def revoke_token(token_id: int, visit: Guarded) -> Response:
    with visit.console.database.write() as session:
        if not apitokens.revoke_token(session, token_id, visit.who.name, visit.now):
            raise Refused(404, "token_unknown")
    return to("/me")


@router.get("/people")
def people_page(visit: BySupervisor) -> Response:
    return show_people(visit)


def show_people(visit: Visit, status: int = 200, trouble: str = "", told: str = "") -> Response:
    console = visit.console
    with console.database.read() as session:
        values = {
            "agents": people.agents(session),
            "sessions": people.open_sessions(session, visit.now, console.idle, console.longest),
        }
    return console.page(visit, "people.html", status, trouble=trouble, told=told, roles=tuple(Role), **values)


@router.post("/people")
def add_person(visit: GuardedAdmin, form: Form) -> Response:
    """Makes an account, and the link by which its owner enters the first time and sets a password."""
    name = str(form.get("name") or "").strip().lower()
    try:
        with visit.console.database.write() as session:
            role, display = Role(str(form.get("role"))), str(form.get("display") or "")[:60]
            people.add(session, name, role, "", display, visit.now, actor(visit))
            code = people.make_link(session, name, visit.now)
    except people.NameTaken:
        return show_people(visit, 422, visit.word("name_taken", name=name))
    except ValueError:
        return show_people(visit, 422, visit.word("name_bad"))
    return show_people(visit, told=visit.word("link_made", name=name, link=_link(visit, code)))


def _link(visit: Visit, code: str) -> str:
    return f"{visit.request.url.scheme}://{visit.request.headers.get('host', '')}/enter/{code}"


@router.post("/people/{name}/{act}")
def change_person(name: str, act: str, visit: GuardedAdmin, form: Form) -> Response:
    """disable | enable | role | link: what an administrator may do to an account, but not to his own."""
    if name == visit.who.name:
        raise Refused(409, "not_yourself")
    told = ""
    try:
        with visit.console.database.write() as session:
            match act:
                case "disable":
                    people.disable(session, name, visit.now, actor(visit))
                case "enable":
                    people.enable(session, name, visit.now, actor(visit))
                case "role":
                    people.set_role(session, name, Role(str(form.get("role"))), visit.now, actor(visit))
                case "link":
                    code = people.make_link(session, name, visit.now)
                    told = visit.word("link_made", name=name, link=_link(visit, code))
                case _:
                    raise Refused(404, "error_404")
    except KeyError as unknown:
        raise Refused(404, "error_404") from unknown
    except ValueError as wrong:
        raise Refused(422, "name_bad") from wrong
    return show_people(visit, told=told) if told else to("/people")


@router.post("/sessions/{session_id}/end")
def end_session(session_id: int, visit: GuardedAdmin) -> Response:
    with visit.console.database.write() as session:
        if not people.end_session(session, session_id, visit.now, actor(visit)):
            raise Refused(404, "session_unknown")
    return to("/people")
