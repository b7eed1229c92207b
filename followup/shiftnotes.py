"""What one shift tells the next in words (SPEC 9); the report of the shift shows it."""

from datetime import datetime

from sqlalchemy.orm import Session

from followup.tables_journey import ShiftNote

LONGEST = 2000  # characters


def leave(session: Session, agent: str, words: str, now: datetime) -> bool:
    """Keeps a note; False for one without words."""
    words = words.strip()[:LONGEST]
    if words:
        session.add(ShiftNote(at=now, agent=agent, words=words))
    return bool(words)
