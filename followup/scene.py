"""What an agent says of a task, and all that may be touched by what follows from it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from config.company import Company
from config.database import Database
from followup.tables import Task
from intake.record import OrderRecord


class NotUnderstood(Exception):
    """An outcome lacks what it needs; the message names it."""


@dataclass(frozen=True)
class Word:
    """What an agent says of a task: the outcome, and its details (time: an aware datetime; the rest: text)."""

    agent: str
    outcome: str
    details: dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """All that a consequence may touch."""

    database: Database
    session: Session
    company: Company
    task: Task
    order: OrderRecord | None
    word: Word
    now: datetime

    @property
    def actor(self) -> str:
        return f"agent:{self.word.agent}"
