"""The people of the desk: agents with their roles, logins, sessions. The only writer of their tables.

A session or token is 256 random bits that only the browser (or program) knows; here lies its SHA-256. A name that was
tried in vain too often must wait, whether there is such a name or not, so that nothing can be learnt from it.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from config.database import Database
from followup import passwords
from followup.tables_desk import Agent, ApiToken, DeskSession, LoginFailure, LoginLink
from intake.timeline import Entry, Happening, record

FREE_TRIES = 5  # then a name must wait
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
FORGET_FAILURES = timedelta(days=1)
KEEP_SESSIONS = timedelta(days=90)
LINK_VALID = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)  # how exactly the last sign of life of a session is kept
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


class Role(StrEnum):
    """What somebody may do; each role may do what the ones before it may."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


RANK = {Role.AGENT: 1, Role.SUPERVISOR: 2, Role.ADMIN: 3}


class NameTaken(ValueError):
    """There is an account of that name already."""


class BadName(ValueError):
    """A login name has 1 to 40 small letters, digits, dots, dashes or underlines."""


class LoginRefused(Exception):
    """Wrong name or password, or tried too often; `wait` says for how long nothing is accepted."""

    def __init__(self, wait: timedelta = timedelta(0)) -> None:
        super().__init__("login refused")
        self.wait = wait


@dataclass(frozen=True)
class Person:
    """Who is at the desk."""

    name: str
    display: str
    role: Role
    session: int = 0  # 0: by token
    by_link: bool = False

    def may(self, role: Role) -> bool:
        return RANK[self.role] >= RANK[role]


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


# -- accounts


def add(session: Session, name: str, role: Role, password: str, display: str, now: datetime, actor: str) -> None:
    """Makes an account; `password` "" for one that enters by a link only. Raises NameTaken, BadName, WeakPassword."""
    name = name.strip().lower()
    if not NAME.fullmatch(name):
        raise BadName(name)
    if session.get(Agent, name) is not None:
        raise NameTaken(name)
    if password:
        passwords.check_strength(password, name)
    stored = passwords.hashed(password) if password else ""
    row = Agent(name=name, display=display or name, role=role, password=stored, created_at=now, password_at=now)
    session.add(row)
    session.flush()
    say(session, now, actor, what="account_made", agent=name, role=role.value)


def set_password(session: Session, name: str, password: str, now: datetime, actor: str) -> None:
    """A new password; every session and link of the account ends. Raises KeyError, WeakPassword."""
    agent = account(session, name)
    passwords.check_strength(password, agent.name)
    agent.password, agent.password_at = passwords.hashed(password), now
    end_sessions(session, agent.name, now, actor)
    session.execute(delete(LoginLink).where(LoginLink.agent == agent.name))
    say(session, now, actor, what="password_set", agent=agent.name)


def set_role(session: Session, name: str, role: Role, now: datetime, actor: str) -> None:
    agent = account(session, name)
    agent.role = role
    say(session, now, actor, what="role_set", agent=agent.name, role=role.value)


def disable(session: Session, name: str, now: datetime, actor: str) -> None:
    """The account can log in no more; its sessions and tokens end. Raises KeyError."""
    agent = account(session, name)
    agent.disabled_at = agent.disabled_at or now
    end_sessions(session, agent.name, now, actor)
    mine = (ApiToken.agent == agent.name, ApiToken.revoked_at.is_(None))
    session.execute(update(ApiToken).where(*mine).values(revoked_at=now))
    session.execute(delete(LoginLink).where(LoginLink.agent == agent.name))
    say(session, now, actor, what="account_disabled", agent=agent.name)


def enable(session: Session, name: str, now: datetime, actor: str) -> None:
    agent = account(session, name)
    agent.disabled_at = None
    say(session, now, actor, what="account_enabled", agent=agent.name)


def agents(session: Session) -> list[Agent]:
    return list(session.scalars(select(Agent).order_by(Agent.name)))


def account(session: Session, name: str) -> Agent:
    """The account of that name. Raises KeyError."""
    agent = session.get(Agent, name.strip().lower())
    if agent is None:
        raise KeyError(f"no account {name!r}")
    return agent


def say(session: Session, now: datetime, actor: str, **details: str) -> None:
    """Records a change of accounts, sessions or tokens (RELIABILITY §8: audit)."""
    record(session, [Entry(Happening.PEOPLE_CHANGED, now, actor, details=details)])


# -- logging in


def login(database: Database, name: str, password: str, address: str, browser: str, now: datetime) -> str:
    """The token of a new session. Raises LoginRefused, in the same words and after the same work for every cause."""
    name = name.strip().lower()[:100]
    with database.read() as session:
        failure = session.get(LoginFailure, digest(name))
        agent = session.get(Agent, name)
        stored = agent.password if agent and not agent.disabled_at else ""
        until = failure.wait_until if failure else now
    well = passwords.matches(password, stored)
    if until > now:
        raise LoginRefused(until - now)
    with database.write() as session:
        if well:
            session.execute(delete(LoginFailure).where(LoginFailure.digest == digest(name)))
            return _open_session(session, name, address, browser, now)
        wait = _note_failure(session, name, now)
        details = {"name": name if agent else "", "address": address}
        record(session, [Entry(Happening.SIGN_IN_REFUSED, now, details=details)])
    raise LoginRefused(wait)


def _note_failure(session: Session, name: str, now: datetime) -> timedelta:
    session.execute(delete(LoginFailure).where(LoginFailure.last_at < now - FORGET_FAILURES))
    row = session.get(LoginFailure, digest(name))
    if row is None:
        row = LoginFailure(digest=digest(name), count=0, last_at=now, wait_until=now)
        session.add(row)
    row.count, row.last_at = row.count + 1, now
    wait = timedelta(0)
    if row.count >= FREE_TRIES:
        wait = min(FIRST_WAIT * 2 ** min(row.count - FREE_TRIES, 10), LONGEST_WAIT)
    row.wait_until = now + wait
    return wait


def _open_session(
    session: Session, name: str, address: str, browser: str, now: datetime, *, by_link: bool = False
) -> str:
    token = secrets.token_urlsafe(32)
    session.execute(delete(DeskSession).where(DeskSession.seen_at < now - KEEP_SESSIONS))
    row = DeskSession(digest=digest(token), agent=name, opened_at=now, seen_at=now, by_link=by_link)
    row.address, row.browser = address[:100], browser[:200]
    session.add(row)
    record(session, [Entry(Happening.SIGNED_IN, now, f"agent:{name}", details={"address": address})])
    return token


def make_link(session: Session, name: str, now: datetime) -> str:
    """The code of a link that logs in once. Raises KeyError."""
    code = secrets.token_urlsafe(32)
    row = LoginLink(digest=digest(code), agent=account(session, name).name, valid_until=now + LINK_VALID)
    session.add(row)
    return code


def enter_by_link(database: Database, code: str, address: str, browser: str, now: datetime) -> str:
    """The token of a new session for a link that nobody has used. Raises LoginRefused."""
    with database.write() as session:
        used = (
            delete(LoginLink).where(LoginLink.digest == digest(code)).returning(LoginLink.agent, LoginLink.valid_until)
        )
        row = session.execute(used).one_or_none()
        agent = session.get(Agent, row.agent) if row else None
        if row is None or row.valid_until < now or agent is None or agent.disabled_at:
            raise LoginRefused
        return _open_session(session, agent.name, address, browser, now, by_link=True)


def enter_vouched(
    database: Database,
    name: str,
    address: str,
    browser: str,
    now: datetime,
    *,
    role: Role | None = None,
    make_as: str | None = None,
) -> str:
    """The token of a new session for somebody whom the identity provider vouches for.

    `role`: what the provider says he is, from now on; `make_as`: an account is made under this display name if he has
    none. Raises KeyError where there is no account, LoginRefused where it is disabled.
    """
    actor = "oidc"
    with database.write() as session:
        if make_as is not None and session.get(Agent, name) is None:
            add(session, name, role or Role.AGENT, "", make_as, now, actor)
        agent = account(session, name)
        if not agent.disabled_at:
            if role is not None and agent.role != role:
                set_role(session, name, role, now, actor)
            return _open_session(session, agent.name, address, browser, now)
    raise LoginRefused


def note_refusal(session: Session, name: str, address: str, now: datetime, cause: str) -> None:
    """Records that somebody was not let in, and under which name he came ("" for one that proves nothing)."""
    details = {"name": name, "address": address, "cause": cause}
    record(session, [Entry(Happening.SIGN_IN_REFUSED, now, details=details)])


# -- sessions


def whoami(
    database: Database, token: str, now: datetime, idle: timedelta, longest: timedelta, *, by_itself: bool = False
) -> Person | None:
    """Whose session it is, and that it is alive; None when it has ended, is silent too long or too old.

    What a page asks for `by_itself`, with nobody at it, is no sign of life.
    """
    with database.read() as session:
        found = session.execute(
            select(DeskSession, Agent)
            .join(Agent, Agent.name == DeskSession.agent)
            .where(DeskSession.digest == digest(token), DeskSession.ended_at.is_(None), Agent.disabled_at.is_(None))
        ).one_or_none()
        if found is None:
            return None
        row, agent = found
        person = Person(agent.name, agent.display, Role(agent.role), row.id, row.by_link)
        if now - row.seen_at > idle or now - row.opened_at > longest:
            return None
        stale = now - row.seen_at > SEEN_EVERY
    if stale and not by_itself:
        with database.write() as session:
            session.execute(update(DeskSession).where(DeskSession.id == person.session).values(seen_at=now))
    return person


def end_session(session: Session, session_id: int, now: datetime, actor: str, agent: str | None = None) -> bool:
    """Ends a session (of `agent`, where given); False when there is none that is open."""
    statement = update(DeskSession).where(DeskSession.id == session_id, DeskSession.ended_at.is_(None))
    if agent is not None:
        statement = statement.where(DeskSession.agent == agent)
    ended = session.scalar(statement.values(ended_at=now, ended_by=actor).returning(DeskSession.agent))
    if ended is not None:
        say(session, now, actor, what="session_ended", agent=ended)
    return ended is not None


def end_sessions(session: Session, name: str, now: datetime, actor: str) -> None:
    mine = (DeskSession.agent == name, DeskSession.ended_at.is_(None))
    session.execute(update(DeskSession).where(*mine).values(ended_at=now, ended_by=actor))


def open_sessions(
    session: Session, now: datetime, idle: timedelta, longest: timedelta, agent: str | None = None
) -> list[DeskSession]:
    """The sessions that still hold, newest sign of life first."""
    statement = select(DeskSession).where(
        DeskSession.ended_at.is_(None), DeskSession.seen_at > now - idle, DeskSession.opened_at > now - longest
    )
    if agent is not None:
        statement = statement.where(DeskSession.agent == agent)
    return list(session.scalars(statement.order_by(DeskSession.seen_at.desc()).limit(200)))
