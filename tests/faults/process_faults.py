"""Daemons are killed, stopped, put to sleep, at random and at every point, alone and in company (rows 1-7, 35)."""

import signal
from collections.abc import Iterable

from config.crashpoints import POINTS
from tests.faults.mail_faults import press, under_way
from tests.faults.proxy import Break
from tests.faults.scenario import scenario
from tests.faults.trial import Trial
from tests.faults.wirepoints import AMBIGUOUS, WIRE_POINTS

ZOMBIE_AT = ("sender given", "data allowed", "dot sent")
INSIDE = tuple(point for point in POINTS if point not in ("schema_begun", "stopping"))


def _strike_at_random(trial: Trial, mean: float, sign: signal.Signals, daemons: int = 1) -> None:
    trial.start(daemons)
    while trial.pressing:
        trial.pass_time(trial.chance.expovariate(1 / mean))
        trial.kill(sign=sign)


@scenario(1)
def kill_random(trial: Trial) -> None:
    trial.rate /= 2  # a daemon that is killed every second and a half needs time to start
    _strike_at_random(trial, 1.5, signal.SIGKILL)


@scenario(35)
def term_random(trial: Trial) -> None:
    _strike_at_random(trial, 3.0, signal.SIGTERM)


def _at_points(trial: Trial, names: Iterable[str], each: int) -> None:
    points = [name for name in names for _ in range(trial.trials or each)]
    trial.chance.shuffle(points)
    for name in points:
        link, rule = WIRE_POINTS[name]
        trial.strike(trial.imap if link == "imap" else trial.smtp, [rule])
    missing = set(points) - set(trial.faults)
    assert not missing, f"points that never fired: {sorted(missing)}"


@scenario(2)
def kill_points(trial: Trial) -> None:
    under_way(trial)
    _at_points(trial, WIRE_POINTS, 1)


@scenario(4)
def kill_ambiguous(trial: Trial) -> None:
    under_way(trial)
    _at_points(trial, AMBIGUOUS, 8)


@scenario(3)
def kill_inside(trial: Trial) -> None:
    """At every point inside, at its first to fifth passing."""
    points = [point for point in INSIDE for _ in range(trial.trials or 1)]
    trial.chance.shuffle(points)
    trial.keep = False
    trial.orders, trial.rate = 1_000_000, 2.0  # as many as it takes
    for point in points:
        at = f"{point}:{trial.chance.choice((1, 1, 2, 3, 5))}"
        trial.installation.start({"CONSIGN_CRASH_AT": at, "CONSIGN_TEST": "1"})
        trial.until(lambda: not trial.installation.running, 120, f"killed at {at}")
        trial.kills += 1
        trial.note(point)
    trial.orders = len(trial.sent)
    trial.keep = True


@scenario(5, harmless=True)
def two_daemons(trial: Trial) -> None:
    trial.start(2)
    trial.until_started()
    press(trial)


@scenario(5)
def two_daemons_kill(trial: Trial) -> None:
    _strike_at_random(trial, 2.0, signal.SIGKILL, daemons=2)


@scenario(5)
def two_daemons_points(trial: Trial) -> None:
    trial.start(2)
    trial.until_started()
    _at_points(trial, WIRE_POINTS, 1)


@scenario(6)
def two_daemons_pause(trial: Trial) -> None:
    trial.start(2)
    trial.until_started()
    for _ in range(trial.trials or 3):
        trial.pass_time(2)
        trial.orders = max(trial.orders, len(trial.sent) + 10)
        seconds = trial.chance.uniform(4, 12)
        trial.pause(trial.any_daemon(), seconds)
        trial.pass_time(seconds)


@scenario(6)
def two_daemons_zombie(trial: Trial) -> None:
    """A daemon sleeps with a letter in hand until its lease has run out, then goes on where it stood."""
    trial.start(2)
    trial.until_started()
    for _ in range(trial.trials or 2):
        for name in ZOMBIE_AT:
            _, rule = WIRE_POINTS[name]
            asleep = Break(rule.way, "call", rule.pattern, before=rule.before, name=f"zombie at {name}")
            never = trial.strike(trial.smtp, [asleep], patience=30)
            assert not never, f"points that never fired: {never}"
            trial.until(lambda: not trial.paused, 100, "it wakes up")


@scenario(7, harmless=True)
def four_daemons(trial: Trial) -> None:
    trial.start(4)
    trial.until_started()
    press(trial)
