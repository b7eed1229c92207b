"""Opens the agents' desk beside a daemon; the main job goes on without it when its address is taken."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog

from config.company import Company
from config.database import Database
from config.settings import Settings
from followup.console.app import create_app
from followup.console.server import ConsoleServer

log = structlog.get_logger()


def open_desk(
    database: Database,
    settings: Settings,
    company: Callable[[], Company],
    clock: Callable[[], datetime],
    *,
    health: Callable[[], dict[str, Any]],
    demo_agent: str | None,
    secret: bytes,
) -> ConsoleServer | None:
    """The desk, open; None where it could not be opened, which is said in the log."""
    console = settings.console
    app = create_app(database, company, settings, clock, demo_agent=demo_agent, health=health, secret=secret)
    server = ConsoleServer(app, console.host, console.port, trusted_proxies=console.trusted_proxies)
    try:
        server.start()
    except (OSError, RuntimeError) as error:
        log.error("desk_not_open", host=console.host, port=console.port, error=str(error))
        return None
    log.info("desk_open", url=server.url)
    return server
