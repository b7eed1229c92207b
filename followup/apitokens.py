"""Tokens of the JSON interface: each acts for the agent who made it. The only writer of their table."""

import secrets
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from config.database import Database
from followup.people import SEEN_EVERY, Person, Role, account, digest, say
from followup.tables_desk import Agent, ApiToken


def make_token(session: Session, agent: str, label: str, now: datetime) -> str:
    """A new token for an agent's programs; shown once, kept only as its digest. Raises KeyError."""
    token = "cgn_" + secrets.token_urlsafe(32)
    row = ApiToken(digest=digest(token), agent=account(session, agent).name, label=label[:100], created_at=now)
    session.add(row)
    say(session, now, f"agent:{agent}", what="token_made", agent=agent, label=label[:100])
    return token


def tokens_of(session: Session, agent: str) -> list[ApiToken]:
    statement = select(ApiToken).where(ApiToken.agent == agent, ApiToken.revoked_at.is_(None))
    return list(session.scalars(statement.order_by(ApiToken.id)))


def revoke_token(session: Session, token_id: int, agent: str, now: datetime) -> bool:
    mine = (ApiToken.id == token_id, ApiToken.agent == agent, ApiToken.revoked_at.is_(None))
    done = session.scalar(update(ApiToken).where(*mine).values(revoked_at=now).returning(ApiToken.id))
    if done is not None:
        say(session, now, f"agent:{agent}", what="token_revoked", agent=agent)
    return done is not None


def by_token(database: Database, token: str, now: datetime) -> Person | None:
    """Whose token it is; None when it was revoked or never given."""
    with database.read() as session:
        found = session.execute(
            select(ApiToken, Agent)
            .join(Agent, Agent.name == ApiToken.agent)
            .where(ApiToken.digest == digest(token), ApiToken.revoked_at.is_(None), Agent.disabled_at.is_(None))
        ).one_or_none()
        if found is None:
            return None
        row, agent = found
        person = Person(agent.name, agent.display, Role(agent.role))
        stale, token_id = row.used_at is None or now - row.used_at > SEEN_EVERY, row.id
    if stale:
        with database.write() as session:
            session.execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=now))
    return person
