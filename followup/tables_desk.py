"""The tables of the desk: who works there, their sessions and tokens, and words that may still be taken back.

Only followup.people and followup.lastword write them.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from config.database import BYTEWISE, Base

Id = BigInteger().with_variant(Integer, "sqlite")


class Agent(Base):
    """A person who works at the desk. Never deleted: the timeline names him."""

    __tablename__ = "agent"
    name: Mapped[str] = mapped_column(primary_key=True)  # login name, lower case
    display: Mapped[str]  # how colleagues call him
    role: Mapped[str]  # followup.people.Role
    password: Mapped[str] = mapped_column(Text)  # argon2id; "" for an account that logs in by a link only
    created_at: Mapped[datetime]
    password_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class DeskSession(Base):
    """One login in one browser. The token itself is known to that browser alone."""

    __tablename__ = "desk_session"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)  # SHA-256 of the token
    agent: Mapped[str] = mapped_column(ForeignKey("agent.name"), index=True)
    opened_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(default="")
    browser: Mapped[str] = mapped_column(default="")
    by_link: Mapped[bool] = mapped_column(default=False)  # such a session may set a password without the old one
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]


class LoginLink(Base):
    """A link that logs in once: printed by the demo, or handed to an agent who forgot the password."""

    __tablename__ = "login_link"
    digest: Mapped[str] = mapped_column(primary_key=True)
    agent: Mapped[str] = mapped_column(ForeignKey("agent.name"))
    valid_until: Mapped[datetime]


class LoginFailure(Base):
    """How often a name was tried in vain, whether there is such a name or not."""

    __tablename__ = "login_failure"
    digest: Mapped[str] = mapped_column(primary_key=True)  # SHA-256 of the name that was tried
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    wait_until: Mapped[datetime]


class ApiToken(Base):
    """A key to the JSON interface, acting for one agent."""

    __tablename__ = "api_token"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    agent: Mapped[str] = mapped_column(ForeignKey("agent.name"), index=True)
    label: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SaidWord(Base):
    """An outcome that an agent has given and may still take back; it takes effect at `final_at`."""

    __tablename__ = "said_word"
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), primary_key=True, autoincrement=False)
    agent: Mapped[str] = mapped_column(index=True)
    outcome: Mapped[str]
    details: Mapped[dict[str, Any]]
    said_at: Mapped[datetime]
    final_at: Mapped[datetime] = mapped_column(index=True)
    trouble: Mapped[str | None] = mapped_column(Text)  # why it could not take effect; then it waits for the agent


class SearchWord(Base):
    """By which words an order is found: pairs of Chinese characters, Latin words, phone numbers read backwards."""

    __tablename__ = "search_word"
    word: Mapped[str] = mapped_column(BYTEWISE, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True, autoincrement=False)
