"""What a campaign is made of: scenarios, each a fault that is done to a trial, by the rows of RELIABILITY §5."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.trial import Trial

Act = Callable[[Trial], None]


@dataclass(frozen=True)
class Scenario:
    """A fault; `act` starts the daemons of the trial and does it. What comes after (calm, verdict) is the campaign's.

    `needs`: programs beside Dovecot; "root" and "postgresql" are asked for too. `long`: takes half an hour or more.
    """

    name: str
    rows: tuple[int, ...]
    act: Act
    needs: tuple[str, ...] = ()
    long: bool = False
    harmless: bool = False  # nothing is injected: that no fault happened proves all the same


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    *rows: int,
    needs: tuple[str, ...] = (),
    long: bool = False,
    harmless: bool = False,
    name: str = "",
) -> Callable[[Act], Act]:
    """Enters a function into the campaign, under its own name."""

    def enter(act: Act) -> Act:
        called = name or act.__name__
        assert called not in SCENARIOS, called
        SCENARIOS[called] = Scenario(called, rows, act, needs, long, harmless)
        return act

    return enter
