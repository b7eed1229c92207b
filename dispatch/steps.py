"""The steps of dispatch, and its table of contents: plan_letters() words what happened, the post office sends it.

events -> plan_letters -> letter -> PostOffice -> the recipient's server, letter.sent_at
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from config.clockwatch import Gained, no_jump
from config.database import Database
from config.settings import LetterSettings
from dispatch import letterbook
from dispatch.orderletters import Children
from dispatch.planning import Planning, word_ahead
from dispatch.scribe import Clock, Desk
from intake.belonging import parted
from intake.handover import take_up
from intake.tables import Event
from intake.timeline import DISPATCH

__all__ = ["Desk", "plan_letters", "watch_promises"]


def plan_letters(
    database: Database, desk: Desk, clock: Clock, *, limit: int = 50, children: Children | None = None
) -> int:
    """Writes the letters that follow from what happened; returns how many events were taken.

    `desk` is that of the first company; each company's letters are its own. `children` word the letters of clean
    orders when there are many.
    """

    ahead = word_ahead(database, desk, clock(), limit, children)
    if not ahead.events:
        return 0

    def act(session: Session, events: Sequence[Event]) -> None:
        for company, its in parted(session, desk.company, events):
            letters = Planning(session, desk.of(company.key), clock(), ahead).letters_after(its)
            letterbook.write(database, session, letters, clock(), held=company.policy.shadow)

    return take_up(database, DISPATCH, act, clock, ahead.events)


def watch_promises(database: Database, clock: Clock, settings: LetterSettings, gained: Gained = no_jump) -> int:
    """Notices work orders that pass two and three minutes unsent; returns how many words were said about them."""
    with database.read() as session:
        if letterbook.next_due(session) is None and letterbook.oldest_unsent(session) is None:
            return 0
    with database.write() as session:
        return letterbook.watch_promises(session, clock(), settings, gained=gained)
