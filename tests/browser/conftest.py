"""The desk in a real Chromium: a served world with a clock that is told, and agents at their browsers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from followup import lastword
from followup.console.app import create_app
from followup.console.server import ConsoleServer
from tests.deskworld import DeskWorld, open_world, populate
from tests.processes import require

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class Desk:
    """A served desk; `troubles` is what browsers complained of."""

    world: DeskWorld
    url: str
    numbers: dict[str, str]
    browser: Browser
    contexts: list[BrowserContext]
    troubles: list[str]

    def page(self, name: str = "", *, width: int = 1280, height: int = 800) -> Page:
        """A browser window of that person, at the queue; "" for nobody, at the login."""
        context = self.browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.troubles.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self.troubles.append(said.text) if said.type == "error" else None)
        if name:
            context.add_cookies([{"name": "consign", "value": self.world.token(name), "url": self.url}])
            page.goto(self.url + "/")
        else:
            page.goto(self.url + "/login")
        return page

    def settle(self) -> None:
        """Ten seconds pass, and what was said takes effect."""
        self.world.clock.advance(seconds=11)
        lastword.settle(self.world.database, self.world.company, self.world.clock())
        self.world.settle()


@pytest.fixture(scope="module")  # its event loop must be gone before other tests run their own
def chromium() -> Iterator[Browser]:
    binary = require("chromium", "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def desk(chromium: Browser, tmp_path: Path) -> Iterator[Desk]:
    """A populated desk; at the end no browser may have complained of anything."""
    world = open_world(tmp_path)
    numbers = populate(world)
    app = create_app(world.database, lambda: world.company, world.settings, world.clock)
    server = ConsoleServer(app, "127.0.0.1", 0)
    made = Desk(world, server.start(), numbers, chromium, [], [])
    yield made
    for context in made.contexts:
        context.close()
    server.stop()
    world.database.close()
    assert made.troubles == []


Open = Callable[..., Page]
