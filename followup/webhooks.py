"""Posts events to the webhooks of the installation: from rows, tried again until taken, given up after a day.

A crash anywhere leaves rows that the next turn finds; what was posted and not yet noted is posted once more under the
same id. Events commit out of sequence on PostgreSQL, so each turn looks back a little behind its cursor.
"""

import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException, HTTPMessage
from typing import IO

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from config.database import Database
from config.settings import WebhookSettings
from followup.tables_webhooks import OPEN, WebhookCursor, WebhookPost
from followup.webhookwords import Post, post_for, taken
from intake.tables import Event, Order

log = structlog.get_logger()
Send = Callable[[Post], tuple[int, bytes]]
Say = Callable[[Event, str], str]
BATCH, BEHIND = 100, 1000
LEASE = timedelta(seconds=60)
PAUSES = tuple(timedelta(seconds=each) for each in (10, 60, 300, 1800, 7200))
GIVE_UP = timedelta(hours=24)
PATIENCE = 10.0  # seconds for one post


@dataclass(frozen=True)
class Webhooks:
    """All webhooks of this installation; `say` words an event for the robots."""

    database: Database
    hooks: tuple[WebhookSettings, ...]
    say: Say
    send: Send

    def turn(self, now: datetime) -> int:
        """Notes what has happened, posts what is due; returns how many posts were taken."""
        if not self.hooks:
            return 0
        with self.database.write() as session:
            for hook in self.hooks:
                note_events(self.database, session, hook, now)
            due = _lease_due(self.database, session, [hook.name for hook in self.hooks], now)
        return sum(self._post(post_id, now) for post_id in due)

    def _post(self, post_id: int, now: datetime) -> bool:
        with self.database.read() as session:
            row = session.get_one(WebhookPost, post_id)
            event = session.get_one(Event, row.event_id)
            number = session.scalar(select(Order.number).where(Order.id == event.order_id)) or ""
        hook = next(each for each in self.hooks if each.name == row.hook)
        post = post_for(hook.form, hook.url, hook.key(), event, number, self.say(event, number), now)
        try:
            status, answer = self.send(post)
            reply, well = f"{status} {answer[:200].decode('utf-8', 'replace')}", taken(hook.form, status, answer)
        except (OSError, HTTPException) as away:
            reply, well = repr(away)[:200], False
        with self.database.write() as session:
            _settle(session, row, reply, now, well=well)
        return well


def note_events(database: Database, session: Session, hook: WebhookSettings, now: datetime) -> int:
    """Lays a row for every event that this webhook wants and has not; returns how many."""
    newest = session.scalar(select(func.max(Event.id))) or 0
    cursor = session.get(WebhookCursor, hook.name)
    if cursor is None:
        fresh = database.insert(WebhookCursor).values(hook=hook.name, first=newest, last=newest)
        session.execute(fresh.on_conflict_do_nothing())
        return 0
    since = max(cursor.first, cursor.last - BEHIND)
    known = select(WebhookPost.event_id).where(WebhookPost.hook == hook.name, WebhookPost.event_id > since)
    wanted = select(Event.id).where(Event.id > since, Event.id <= newest, Event.kind.in_(hook.events))
    found = session.scalars(wanted.where(Event.id.not_in(known))).all()
    if found:
        rows = [{"hook": hook.name, "event_id": each, "state": "open", "since": now, "due_at": now} for each in found]
        statement = database.insert(WebhookPost).on_conflict_do_nothing(index_elements=["hook", "event_id"])
        session.execute(statement, [row | {"attempts": 0} for row in rows])
    cursor.last = newest
    return len(found)


def _lease_due(database: Database, session: Session, hooks: Sequence[str], now: datetime) -> list[int]:
    """Takes what is due: another desk passes it over for a minute."""
    statement = select(WebhookPost.id).where(OPEN, WebhookPost.due_at <= now, WebhookPost.hook.in_(hooks))
    ids = list(session.scalars(database.skip_locked(statement.order_by(WebhookPost.due_at).limit(BATCH))))
    values = {"due_at": now + LEASE, "attempts": WebhookPost.attempts + 1}
    session.execute(update(WebhookPost).where(WebhookPost.id.in_(ids)).values(values))
    return ids


def _settle(session: Session, row: WebhookPost, reply: str, now: datetime, *, well: bool) -> None:
    pause = PAUSES[min(row.attempts, len(PAUSES)) - 1]
    state = "taken" if well else "given_up" if now - row.since > GIVE_UP else "open"
    values = {"state": state, "last_reply": reply, "due_at": now + pause}
    session.execute(update(WebhookPost).where(WebhookPost.id == row.id, OPEN).values(values))
    if not well:
        log.warning("webhook_not_taken", hook=row.hook, event_id=row.event_id, attempts=row.attempts, state=state)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A post goes where the administrator said, and nowhere else."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def send(post: Post) -> tuple[int, bytes]:
    """Posts; returns status and the beginning of the answer. Raises OSError or HTTPException when nobody answers."""
    request = urllib.request.Request(post.url, post.body, post.headers, method="POST")
    try:
        with _OPENER.open(request, timeout=PATIENCE) as answer:
            return answer.status, answer.read(2000)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read(2000)
