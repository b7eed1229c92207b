"""Who has an overdue task next: agent, supervisor, manager, by clocks of its kind, and not in the quiet hours. Pure.

A task that nobody has dealt with is handed up (SPEC 7: what is overdue rises); the timeline and a letter say so.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.desksections import FollowupSettings
from followup.agenda import AGENT, MANAGER, SUPERVISOR, TaskKind

RUNGS = (AGENT, SUPERVISOR, MANAGER)


@dataclass(frozen=True)
class Rung:
    """Tasks of these kinds that `role` holds go to `to` when they are overdue for longer than `patience`."""

    kinds: tuple[TaskKind, ...]
    role: str
    to: str
    patience: timedelta


def patience(kind: TaskKind, settings: FollowupSettings) -> tuple[timedelta, timedelta]:
    """Overdue for so long a task of this kind goes to the supervisor, and for so long to the manager."""
    first, second = settings.ladder.get(kind.value, settings.ladder_minutes)
    return timedelta(minutes=first), timedelta(minutes=second)


def unknown_kinds(settings: FollowupSettings) -> list[str]:
    """Names in the ladder of the settings that no kind of task bears: their clocks would hold for nothing."""
    return sorted(set(settings.ladder) - set(TaskKind))


def rungs(settings: FollowupSettings) -> Iterator[Rung]:
    """The ladder of all kinds, those with the same clocks together."""
    for place, role in enumerate(RUNGS[:-1]):
        groups: dict[timedelta, list[TaskKind]] = defaultdict(list)
        for kind in TaskKind:
            groups[patience(kind, settings)[place]].append(kind)
        for length, kinds in groups.items():
            yield Rung(tuple(kinds), role, RUNGS[place + 1], length)


def is_quiet(now: datetime, settings: FollowupSettings, zone: ZoneInfo) -> bool:
    """Whether it is the hours in which nobody is told; they may go over midnight. Their end is no part of them."""
    start, end = time.fromisoformat(settings.quiet_from), time.fromisoformat(settings.quiet_until)
    clock = now.astimezone(zone).time().replace(tzinfo=None)
    return start <= clock < end if start <= end else clock >= start or clock < end
