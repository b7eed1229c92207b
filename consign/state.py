"""How the parts of a daemon are, as the health page, the watchman and the supervisor of the machine ask it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from consign.alarms import Silence
from consign.mailroom import Mailroom

if TYPE_CHECKING:
    from consign.daemon import Daemon


def oldest_poll(rooms: Sequence[Mailroom]) -> datetime | None:
    """Since when every mailbox has been read to its end; None while one never was."""
    polls = [room.last_poll for room in rooms if room.last_poll]
    return min(polls) if len(polls) == len(rooms) else None


def state(daemon: "Daemon") -> dict[str, Any]:
    """How the parts are, for the health page; `mailbox` and `last_poll` are those of the mailbox that is worst off."""
    poll, rooms = oldest_poll(daemon.mailrooms), daemon.mailrooms
    return {
        "well": not daemon.fatal and not daemon.crew.unwell(float("inf")),
        "daemon": daemon.name,
        "last_commit": daemon.last_commit.isoformat() if daemon.last_commit else None,
        "mailbox": next((room.state for room in sorted(rooms, key=_unwell, reverse=True)), "ok"),
        "last_poll": poll.isoformat() if poll else None,
        "mailboxes": {room.name: room.told() for room in rooms},
        "parts": daemon.crew.told(),
    }


def _unwell(room: Mailroom) -> tuple[bool, bool]:
    return bool(room.trouble), room.standby


def silences(daemon: "Daemon") -> dict[str, Any]:
    """What the watchman reads off the parts: the silences of alarms.Readings, and the words that go with them."""
    worst = max((postroom.office for postroom in daemon.postrooms), key=lambda office: office.silent() or 0.0)
    return daemon.databasewatch.silence() | {
        "mail_server_silent": worst.silent(),
        "mail_server_words": worst.last_error,
        "mailboxes": {room.name: Silence(room.silent(), room.trouble) for room in daemon.mailrooms},
        "rules_faults": tuple(map(str, daemon.rounds.rules.faults)),
    }
