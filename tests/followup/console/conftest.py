"""A desk over a populated database, and browsers that are logged in."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from followup.console.app import create_app
from tests.deskworld import DeskWorld, open_world, populate

BASE = "http://127.0.0.1"
CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


@dataclass
class Browser:
    """A client with the cookies of one person; posts carry what a form of ours carries."""

    client: TestClient
    csrf: str = ""

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.client.get(path, **more)

    def post(self, path: str, data: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        headers = {"origin": BASE} | dict(more.pop("headers", {}))
        return self.client.post(path, data={"csrf": self.csrf} | (data or {}), headers=headers, **more)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[DeskWorld]:
    made = open_world(tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def numbers(world: DeskWorld) -> dict[str, str]:
    return populate(world)


@pytest.fixture
def browser(world: DeskWorld) -> Iterator[Callable[[str], Browser]]:
    """browser("li"): somebody logged in; browser(""): nobody."""
    with browsers(world) as open_browser:
        yield open_browser


@contextmanager
def browsers(world: DeskWorld) -> Iterator[Callable[[str], Browser]]:
    """The same, beside any world; they are closed at the end."""
    app = create_app(world.database, lambda: world.company, world.settings, world.clock)
    made: list[TestClient] = []

    def open_browser(name: str) -> Browser:
        client = TestClient(app, base_url=BASE, follow_redirects=False, raise_server_exceptions=False)
        made.append(client)
        if not name:
            return Browser(client)
        client.cookies.set("consign", world.token(name))
        found = CSRF.search(client.get("/me").text)
        assert found
        return Browser(client, found[1])

    yield open_browser
    for client in made:
        client.close()
