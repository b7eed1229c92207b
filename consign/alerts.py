"""Says what is wrong, once, and once more when it is over: by mail, and by a webhook for when mail itself is down.

The alarms that are on stand in memory, so that they are said even while the database is away, and in rows, so that a
restart neither repeats nor forgets them.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config.database import Database
from config.phrases import phrase
from consign.alarms import Alarm, Code
from consign.tables import UNFINISHED, Alert

log = structlog.get_logger()
PAUSES = (5.0, 15.0, 60.0)  # seconds between two tries to post, the last one for ever
Post = Callable[[Mapping[str, Any]], None]
WriteLetter = Callable[[Session, str, "Trouble", bool], None]


class NotPosted(Exception):
    """The webhook did not take the words."""


@dataclass
class Trouble:
    """One alarm from its beginning to its end, and what has been said of it."""

    alarm: Alarm
    began_at: datetime
    ended_at: datetime | None = None
    told_at: datetime | None = None
    end_told_at: datetime | None = None
    row: int | None = None  # its row, once it has one
    saved: bool = False  # whether the row says the same

    @property
    def untold(self) -> bool:
        """True while its beginning, or its end, has still to be posted."""
        return self.told_at is None or (self.ended_at is not None and self.end_told_at is None)


class Alerts:
    """The alarms of this host. `look()` takes what is on now; `say()` posts and saves what has changed."""

    def __init__(self, host: str, post: Post | None, write_letter: WriteLetter | None = None) -> None:
        self.host, self.post, self.write_letter = host, post, write_letter
        self.troubles: list[Trouble] = []
        self.failures = 0
        self.try_at = 0.0  # monotonic: not before

    def load(self, database: Database) -> None:
        """Takes up what the last run of this host left unfinished."""
        with database.read() as session:
            rows = session.scalars(select(Alert).where(Alert.host == self.host, UNFINISHED).order_by(Alert.id))
            self.troubles = [
                Trouble(
                    Alarm(Code(row.code), row.about, row.details),
                    row.began_at,
                    row.ended_at,
                    row.told_at,
                    row.end_told_at,
                    row.id,
                    True,
                )
                for row in rows
            ]

    def look(self, alarms: Iterable[Alarm], now: datetime) -> None:
        """Compares the alarms that are on with those that were: what is new begins, what is gone has ended."""
        on = {alarm.key: alarm for alarm in alarms}
        going = {trouble.alarm.key: trouble for trouble in self.troubles if trouble.ended_at is None}
        for key, alarm in on.items():
            if key not in going:
                log.warning("alarm", code=alarm.code.value, about=alarm.about, **alarm.values)
                self.troubles.append(Trouble(alarm, now))
        for key, trouble in going.items():
            if key not in on:
                log.info("alarm_over", code=trouble.alarm.code.value, about=trouble.alarm.about)
                trouble.ended_at, trouble.saved = now, False

    def say(self, database: Database, now: datetime, monotonic: float) -> None:
        """Posts what has not been said and saves what has changed; what fails is tried again at a later call."""
        if monotonic >= self.try_at:
            self._post_all(now, monotonic)
        self._save(database)
        self.troubles = [t for t in self.troubles if t.ended_at is None or t.untold or not t.saved]

    def _post_all(self, now: datetime, monotonic: float) -> None:
        for trouble in [trouble for trouble in self.troubles if trouble.untold]:
            over = trouble.told_at is not None
            try:
                if self.post:
                    self.post(words_of(trouble, self.host, over=over))
            except NotPosted as failed:
                pause = PAUSES[min(self.failures, len(PAUSES) - 1)]
                self.failures, self.try_at = self.failures + 1, monotonic + pause
                log.warning("alert_not_posted", code=trouble.alarm.code.value, error=str(failed))
                return
            self.failures, trouble.saved = 0, False
            if over:
                trouble.end_told_at = now
            else:
                trouble.told_at = now

    def _save(self, database: Database) -> None:
        changed = [trouble for trouble in self.troubles if not trouble.saved]
        if not changed:
            return
        try:
            with database.write() as session:
                rows = [self._save_one(session, trouble) for trouble in changed]
        except SQLAlchemyError as error:
            log.warning("alert_not_saved", error=str(getattr(error, "orig", error))[:200])
            return
        for trouble, row in zip(changed, rows, strict=True):
            trouble.row, trouble.saved = row, True

    def _save_one(self, session: Session, trouble: Trouble) -> int:
        alarm = trouble.alarm
        row = session.get(Alert, trouble.row) if trouble.row else None
        if row is None:
            row = Alert(host=self.host, code=alarm.code, about=alarm.about, began_at=trouble.began_at)
            session.add(row)
            self._letter(session, trouble, over=False)
        if trouble.ended_at is not None and row.ended_at is None:
            self._letter(session, trouble, over=True)
        row.details = dict(alarm.values)
        row.told_at, row.ended_at, row.end_told_at = trouble.told_at, trouble.ended_at, trouble.end_told_at
        session.flush()
        return row.id

    def _letter(self, session: Session, trouble: Trouble, *, over: bool) -> None:
        """Also by mail, with the row; that the mail server is away is mailed once it is back."""
        if self.write_letter and (over or trouble.alarm.code is not Code.MAIL_SERVER_AWAY):
            self.write_letter(session, self.host, trouble, over)


def sentence(trouble: Trouble, language: str, *, over: bool) -> str:
    """What is wrong, in one sentence of `language`; "over: …" once it is."""
    told = phrase(f"alarm_{trouble.alarm.code}", language, **trouble.alarm.values)
    return phrase("alarm_over", language, told=told) if over else told


def words_of(trouble: Trouble, host: str, *, over: bool) -> dict[str, Any]:
    """What is posted: text as the group robots of WeCom and DingTalk take it, and the same as data for programs."""
    text = f"consign {host}: {sentence(trouble, 'zh', over=over)} / {sentence(trouble, 'en', over=over)}"
    return {
        "msgtype": "text",
        "text": {"content": text},
        "consign": {
            "host": host,
            "code": trouble.alarm.code.value,
            "about": trouble.alarm.about,
            "state": "over" if over else "on",
            "began_at": trouble.began_at.isoformat(),
            "ended_at": trouble.ended_at.isoformat() if trouble.ended_at else None,
            "values": dict(trouble.alarm.values),
        },
    }


def webhook(address: str, patience: float = 10.0) -> Post:
    """Posts JSON to `address` (http or https, checked when the settings are read)."""

    def post(words: Mapping[str, Any]) -> None:
        data = json.dumps(words, ensure_ascii=False).encode()
        request = urllib.request.Request(address, data, {"Content-Type": "application/json; charset=utf-8"})
        try:
            with urllib.request.urlopen(request, timeout=patience) as answer:
                answer.read(65536)
        except (urllib.error.URLError, OSError, ValueError) as failed:
            raise NotPosted(str(failed)) from failed

    return post
