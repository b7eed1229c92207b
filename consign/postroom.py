"""The sending by one mail server: its couriers, their clerk, and how the server is.

There is one for [smtp], and one for each further company with a server of its own, each in a thread of its own: a
server that is down holds up the letters of its own company only.
"""

import threading
from collections.abc import Callable
from datetime import datetime

from config.database import Database
from config.settings import Settings, SmtpSettings
from consign.archive import archive_of
from consign.parts import Beat
from dispatch.outlet import EVERYBODY, Outlet
from dispatch.postoffice import PostOffice
from dispatch.smtp import CourierPool

TICK = 1.0  # seconds until a postroom that nobody woke looks by itself
TURN = 0.2  # seconds that the clerk waits for a courier


class Postroom:
    """Sends what is due by one server; `sent` is called whenever something went out or failed."""

    def __init__(
        self,
        database: Database,
        server: SmtpSettings,
        settings: Settings,
        clock: Callable[[], datetime],
        stop: threading.Event,
        *,
        key: str,
        outlet: Outlet,
        daemon: str,
        sent: Callable[[], None],
    ) -> None:
        self.key, self.stop, self.sent = key, stop, sent
        self.woken = threading.Event()  # something may wait to be sent
        self.couriers = CourierPool(server)
        self.office = PostOffice(
            database,
            self.couriers.courier,
            clock,
            settings.letters,
            envelope_from=settings.company.address,
            senders={one.key: one.address for one in settings.companies},
            outlet=outlet,
            name=daemon,
            couriers=server.connections,
            archive=None if key else archive_of(settings),  # it lies in the mailbox of the first company
        )

    def work(self, beat: Beat) -> None:
        """Sends until the stop; then the letters in the dialogue are finished or dropped before the final dot."""
        try:
            while not self.stop.is_set():
                beat()
                if self.office.turn(wait=TURN):
                    self.sent()
                elif not self.office.in_hand:
                    self.woken.wait(TICK)
                    self.woken.clear()
        finally:
            if self.stop.is_set():
                self.office.close()

    def idle(self, beat: Beat) -> None:
        """Sends nothing, in shadow mode."""
        while not self.stop.is_set():
            beat()
            self.stop.wait(TICK)
        self.office.close()


def servers(settings: Settings) -> list[tuple[str, SmtpSettings, Outlet]]:
    """Every server that letters go out by: the key of its company ("" for [smtp]), and whose letters those are."""
    own = [(one.key, one.smtp, Outlet(own=one.key)) for one in settings.companies if one.smtp]
    if settings.smtp is None:
        return []
    rest = Outlet(others=tuple(key for key, _, _ in own)) if own else EVERYBODY
    return [("", settings.smtp, rest), *own]
