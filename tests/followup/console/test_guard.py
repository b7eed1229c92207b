"""RELIABILITY §8, each line of the console's list: who may knock, from where, how often; what every answer carries."""

import json
from collections.abc import Callable, Sequence

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Mount

from config.settings import Settings
from followup.console.app import create_app
from followup.console.guard import CSP, LARGEST_BODY, LOGIN_PACE, MAIL_CSP, Guard
from followup.console.throttle import Limit, Throttle
from followup.people import Role
from tests.deskworld import DeskWorld, sample_company
from tests.followup.console.conftest import BASE, Browser

Open = Callable[[str], Browser]
ANYBODY = {
    *(("GET", "/login"), ("POST", "/login"), ("GET", "/enter/{code}"), ("POST", "/language")),
    *(("GET", "/login/oidc"), ("GET", "/login/oidc/callback")),
}
ANYBODY |= {("GET", "/opinion/{number}/{token}"), ("POST", "/opinion/{number}/{token}")}
SUPERVISORS = {
    ("GET", "/people"),
    ("POST", "/orders/{number}/judge"),
    ("POST", "/review/{mail_id}/again"),
    ("POST", "/penalties/{penalty_id}"),
}
ADMINS = {("POST", "/people"), ("POST", "/people/{name}/{act}"), ("POST", "/sessions/{session_id}/end")}
FILL = {
    "{paper}": "waybill",
    "{attachment_id}": "999",
    "{penalty_id}": "999",
    "{complaint_id}": "999",
    "{case_id}": "999",
    "{task_id}": "999",
    "{mail_id}": "999",
    "{letter_id}": "999",
    "{session_id}": "999",
    "{token_id}": "999",
    "{number}": "20990101-0001",
    "{name}": "nobody",
    "{act}": "disable",
    "{code}": "wrong",
    "{token}": "wrong",
}


def routes() -> list[tuple[str, str]]:
    """Every route of the desk but its JSON interface, which is tested beside its tokens."""
    world_free = create_app(None, sample_company, Settings(), lambda: None)  # type: ignore[arg-type, return-value]  # only its routes are asked
    found = []
    for route in _flat(world_free.routes):
        found += [(method, route.path) for method in sorted((route.methods or set()) - {"HEAD"})]
    return [one for one in found if not one[1].startswith("/api/")]


def _flat(routes: Sequence[object]) -> list[APIRoute]:
    flat: list[APIRoute] = []
    for route in routes:
        if isinstance(route, APIRoute):
            flat.append(route)
        elif not isinstance(route, Mount):
            flat += _flat(list(getattr(route, "routes", None) or route.original_router.routes))  # type: ignore[attr-defined]  # as FastAPI keeps included routers
    return flat


ROUTES = routes()


def filled(path: str) -> str:
    for name, value in FILL.items():
        path = path.replace(name, value)
    return path


def needed(route: tuple[str, str]) -> Role | None:
    """The role that the table asks for; None: no login."""
    if route in ANYBODY:
        return None
    return Role.ADMIN if route in ADMINS else Role.SUPERVISOR if route in SUPERVISORS else Role.AGENT


def test_the_table_names_no_route_that_is_not_there() -> None:
    assert set(ROUTES) >= ANYBODY | SUPERVISORS | ADMINS
    assert len(ROUTES) > 30


@pytest.mark.parametrize("name", ["", "li", "zhao", "root"])
def test_role_by_route(browser: Open, name: str) -> None:
    """Every route × every role: refused where the table says so, and nowhere else."""
    rank = {"": 0, "li": 1, "zhao": 2, "root": 3}[name]
    wrong = []
    for method, path in ROUTES:
        if path in ("/live", "/logout"):
            continue  # an endless stream; the end of the session that the others need
        role = needed((method, path))
        visitor = browser_cache(browser, name)
        answer = visitor.get(filled(path)) if method == "GET" else visitor.post(filled(path))
        allowed = role is None or rank >= {Role.AGENT: 1, Role.SUPERVISOR: 2, Role.ADMIN: 3}[role]
        if role is not None and not name:
            led_away = answer.status_code in (303, 401) and "/login" in answer.headers.get("location", "")
            wrong += [] if led_away else [(method, path, answer.status_code)]
        elif allowed and path != "/enter/{code}":
            wrong += [(method, path, answer.status_code)] if answer.status_code in (401, 403, 500) else []
        elif not allowed and answer.status_code != 403:
            wrong.append((method, path, answer.status_code))
    # a login without a name is refused with 401 whoever asks
    assert [one for one in wrong if one[:2] != ("POST", "/login")] == []


_open: dict[int, Browser] = {}


def browser_cache(browser: Open, name: str) -> Browser:
    """One browser for the whole table."""
    key = id(browser)
    if key not in _open:
        _open.clear()
        _open[key] = browser(name)
    return _open[key]


@pytest.mark.parametrize(("method", "path"), [one for one in ROUTES if one[0] == "POST" and one not in ANYBODY])
def test_every_change_needs_the_token_of_its_own_session(browser: Open, method: str, path: str) -> None:
    visitor, other = browser("root"), browser("root")
    for token in ("", "0" * 64, other.csrf):
        assert visitor.post(filled(path), {"csrf": token}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "https://127.0.0.1"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1.evil.example"},
        {"origin": "http://127.0.0.1:81"},
        {},
    ],
)
def test_a_change_from_another_page_is_refused(browser: Open, headers: dict[str, str]) -> None:
    visitor = browser("li")
    answer = visitor.client.post("/next", data={"csrf": visitor.csrf}, headers=headers)
    assert answer.status_code == 403


def test_a_browser_that_hides_the_origin_of_our_own_form_may_pass(browser: Open) -> None:
    visitor = browser("li")
    headers = {"origin": "null", "sec-fetch-site": "same-origin"}
    assert visitor.client.post("/next", data={"csrf": visitor.csrf}, headers=headers).status_code == 303


def test_no_get_changes_anything(browser: Open) -> None:
    """Routes that change something do not answer to GET; the login link is the one exception, and says so."""
    reads = {path for method, path in ROUTES if method == "GET"}
    changes = {path for method, path in ROUTES if method == "POST"}
    both = reads & changes
    assert both == {"/login", "/phone", "/people", "/opinion/{number}/{token}"}  # their GET shows the form
    assert browser("li").get("/next").status_code == 405


@pytest.mark.parametrize("path", ["/login", "/", "/nowhere", "/static/desk.css", "/tasks/1"])
def test_every_answer_carries_the_headers(browser: Open, numbers: dict[str, str], path: str) -> None:
    answer = browser("li").get(path)
    assert answer.headers["content-security-policy"] == CSP
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "server" not in answer.headers


def test_the_policy_allows_nothing_inline() -> None:
    assert "default-src 'none'" in CSP
    assert "frame-ancestors 'none'" in CSP
    assert "unsafe" not in CSP
    assert "sandbox" in MAIL_CSP
    assert "allow-scripts" not in MAIL_CSP


def test_pages_are_not_kept_by_the_browser(browser: Open) -> None:
    assert browser("li").get("/").headers["cache-control"] == "no-store"


def test_another_host_name_is_refused(browser: Open) -> None:
    """A name that leads to loopback (DNS rebinding) is not ours."""
    assert browser("li").get("/", headers={"host": "evil.example"}).status_code == 421


def test_a_body_beyond_any_form_is_refused(browser: Open) -> None:
    visitor = browser("li")
    assert visitor.post("/phone", {"f.remarks": "x" * (LARGEST_BODY + 1)}).status_code == 413

    def chunks() -> object:
        for _ in range(40):
            yield b"x" * 40_000

    headers = {"origin": BASE, "content-type": "application/x-www-form-urlencoded"}
    assert visitor.client.post("/phone", content=chunks(), headers=headers).status_code == 413  # type: ignore[arg-type]  # a generator of bytes


@pytest.mark.parametrize("path", sorted({path for method, path in ROUTES if method == "POST"}))
def test_no_form_passes_with_a_character_that_nothing_can_hold(browser: Open, path: str) -> None:
    visitor = browser("root")
    for form in ({"words": "a\0b"}, {"a\x1bb": "words"}, {"words": "\ufffe"}):
        answer = visitor.post(filled(path), form)
        assert answer.status_code == 400, form
        assert "控制字符" in answer.text


@pytest.mark.parametrize("path", sorted({path for _, path in ROUTES if "{" in path}))
def test_no_address_passes_with_one(browser: Open, path: str) -> None:
    hostile = path
    for name in FILL:
        hostile = hostile.replace(name, "a%00b")
    assert browser("root").get(hostile).status_code == 400


def test_a_character_smuggled_in_by_another_charset_is_refused(browser: Open) -> None:
    """The charset of a multipart form is the sender's; UTF-7 can spell half of a pair."""
    visitor = browser("li")
    parts = {"csrf": visitor.csrf.encode(), "q": b"+2AA-"}
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="' + name.encode() + b'"\r\n\r\n' + value + b"\r\n"
        for name, value in parts.items()
    )
    headers = {"origin": BASE, "content-type": "multipart/form-data; boundary=x; charset=utf-7"}
    answer = visitor.client.post("/next", content=body + b"--x--\r\n", headers=headers)
    assert answer.status_code == 400


def test_a_login_is_tried_at_a_bounded_pace(browser: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("followup.console.guard.monotonic", lambda: 0.0)  # all in one moment, however slow the machine
    visitor = browser("")
    statuses = [
        visitor.post("/login", {"name": f"n{n}", "password": ""}).status_code for n in range(LOGIN_PACE.count + 3)
    ]
    assert statuses == [401] * LOGIN_PACE.count + [429] * 3


def test_the_bucket_fills_up_again_as_time_passes() -> None:
    throttle = Throttle(Limit(2, 60.0))
    assert [throttle.wait("a", 0.0) > 0 for _ in range(3)] == [False, False, True]
    assert throttle.wait("b", 0.0) == 0
    assert throttle.wait("a", 29.0) > 0
    assert throttle.wait("a", 31.0) == 0


def test_an_error_says_its_number_and_nothing_else(
    browser: Open, world: DeskWorld, numbers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = browser("li")

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("secret 13800138001")

    monkeypatch.setattr("followup.deskqueue.waiting", fails)
    answer = visitor.get("/")
    assert answer.status_code == 500
    assert "13800138001" not in answer.text
    assert "RuntimeError" not in answer.text


def test_secure_cookies_carry_the_host_prefix(world: DeskWorld) -> None:
    from fastapi.testclient import TestClient

    settings = Settings.model_validate({"console": {"secure_cookies": True}})
    app = create_app(world.database, lambda: world.company, settings, world.clock, demo_agent="demo")
    client = TestClient(app, base_url="https://127.0.0.1", follow_redirects=False)
    answer = client.get(app.state.entry)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-consign=")
    for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert word in cookie
    assert answer.headers["strict-transport-security"]
    client.close()


def test_the_guard_stands_before_everything() -> None:
    app = create_app(None, sample_company, Settings(), lambda: None)  # type: ignore[arg-type, return-value]  # only its routes are asked
    assert [str(one.cls) for one in app.user_middleware] == [str(Guard)]


def test_templates_escape_and_carry_nothing_inline() -> None:
    from pathlib import Path

    import followup.console

    folder = Path(followup.console.__file__).parent / "templates"
    for file in folder.glob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert "|safe" not in text.replace(" ", ""), file
        assert "<style" not in text, file
        assert " style=" not in text, file
        assert "onclick" not in text, file
        assert "<script>" not in text, file
    assert json.dumps(CSP).count("unsafe") == 0
