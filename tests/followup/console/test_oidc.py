"""Logging in at the company's identity provider: a real provider in this process, and what attackers try."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select

from config.settings import ConsoleSettings, OidcSettings, Settings
from followup import people
from followup.people import Role
from followup.tables_desk import Agent, DeskSession
from intake.tables import Event
from intake.timeline import Happening
from tests.deskworld import PASSWORD, Clock, DeskWorld, open_world
from tests.followup.console.conftest import BASE, Browser
from tests.idp import CLIENT, SECRET, Provider

Open = Callable[[str], Browser]


@pytest.fixture
def idp(tmp_path: Path) -> Iterator[Provider]:
    with Provider(Clock()) as provider:
        yield provider


@pytest.fixture
def extra() -> dict[str, Any]:
    """Further keys of [console.oidc]; parametrized by the tests that want some."""
    return {}


@pytest.fixture
def world(tmp_path: Path, idp: Provider, extra: dict[str, Any]) -> Iterator[DeskWorld]:
    made = open_world(tmp_path, idp.clock)  # type: ignore[arg-type]  # a clock that is called alike
    oidc = OidcSettings(issuer=idp.issuer, client_id=CLIENT, client_secret=SECRET, **extra)
    made.settings = Settings(console=ConsoleSettings(oidc=oidc))
    yield made
    made.database.close()


def gone_there(visitor: Browser, onward: str = "/") -> str:
    """The button clicked, and logged in there: the address that the browser is led back to, without our host."""
    away = visitor.get("/login/oidc", params={"next": onward})
    assert away.status_code == 303, away.text
    led = requests.get(away.headers["location"], allow_redirects=False, timeout=10)
    return led.headers["location"].removeprefix(BASE)


def log_in(visitor: Browser, onward: str = "/") -> Any:
    return visitor.get(gone_there(visitor, onward))


def happened(world: DeskWorld, kind: Happening) -> list[Event]:
    with world.database.read() as session:
        return list(session.scalars(select(Event).where(Event.kind == kind).order_by(Event.id)))


def assert_nobody(world: DeskWorld, visitor: Browser, answer: Any, status: int = 401) -> None:
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert visitor.get("/me").status_code == 303
    with world.database.read() as session:
        assert session.scalars(select(DeskSession)).all() == []


def test_the_button_leads_to_a_session_like_any_other(world: DeskWorld, browser: Open) -> None:
    visitor = browser("")
    page = visitor.get("/login", params={"next": "/orders"}).text
    assert 'href="/login/oidc?next=/orders"' in page
    answer = log_in(visitor, "/orders")
    assert (answer.status_code, answer.headers["location"]) == (303, "/orders")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert visitor.get("/orders").status_code == 200
    assert "李静" in visitor.get("/me").text
    assert [event.actor for event in happened(world, Happening.SIGNED_IN)] == ["agent:li"]
    world.clock.advance(minutes=31)
    assert visitor.get("/me").status_code == 303


def test_the_way_there_is_a_link_that_our_csp_lets_pass(browser: Open) -> None:
    """A form that is led to another site would be stopped by form-action 'self'; so the way is no form."""
    page = browser("").get("/login")
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert 'action="/login/oidc' not in page.text


def test_what_is_asked_of_the_provider(idp: Provider, browser: Open) -> None:
    asked = parse_qs(urlsplit(browser("").get("/login/oidc").headers["location"]).query)
    assert asked["redirect_uri"] == [BASE + "/login/oidc/callback"]
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["state"][0]) >= 43
    assert len(asked["nonce"][0]) >= 43
    assert "code_verifier" not in asked
    assert SECRET not in str(asked)


def test_a_new_session_with_each_login(world: DeskWorld, browser: Open) -> None:
    visitor = browser("")
    log_in(visitor)
    first = visitor.client.cookies["consign"]
    visitor.client.cookies.delete("consign")
    log_in(visitor)
    assert visitor.client.cookies["consign"] != first
    away = visitor.get("/login/oidc", params={"next": "/orders"})
    assert away.headers["location"].startswith(world.settings.console.oidc.issuer)  # type: ignore[union-attr]  # a None fails the test


@pytest.mark.parametrize("wanted", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_the_login_leads_nowhere_else(browser: Open, wanted: str) -> None:
    assert log_in(browser(""), wanted).headers["location"] == "/"


@pytest.mark.parametrize("state", ["", "wrong", "中"])
def test_a_wrong_state_is_nobody_and_the_code_is_not_even_shown_to_the_provider(
    world: DeskWorld, browser: Open, idp: Provider, state: str
) -> None:
    visitor = browser("")
    back = gone_there(visitor)
    code = parse_qs(urlsplit(back).query)["code"][0]
    answer = visitor.get("/login/oidc/callback", params={"code": code, "state": state})
    assert_nobody(world, visitor, answer)
    assert "/token_endpoint" not in idp.calls


def test_an_answer_that_another_browser_began_is_nobody(world: DeskWorld, browser: Open) -> None:
    """Login CSRF: the attacker's own code, slipped to a colleague."""
    back = gone_there(browser(""))
    victim = browser("")
    assert_nobody(world, victim, victim.get(back))


def test_a_code_works_once(world: DeskWorld, browser: Open, idp: Provider) -> None:
    visitor = browser("")
    back = gone_there(visitor)
    kept = visitor.client.cookies["consign-oidc"]
    assert visitor.get(back).headers["location"] == "/"
    visitor.client.cookies.clear()
    replay = visitor.get(back)
    assert replay.status_code == 401
    thief = browser("")  # even with the cookie of the try: the provider takes no code twice
    thief.client.cookies.set("consign-oidc", kept)
    asked_before = idp.calls.count("/token_endpoint")
    answer = thief.get(back)
    assert answer.status_code == 401
    assert idp.calls.count("/token_endpoint") == asked_before + 1
    assert thief.get("/me").status_code == 303
    assert len(happened(world, Happening.SIGNED_IN)) == 1


def test_a_try_that_took_too_long_is_begun_anew(world: DeskWorld, browser: Open) -> None:
    visitor = browser("")
    back = gone_there(visitor)
    world.clock.advance(minutes=11)
    assert_nobody(world, visitor, visitor.get(back))


def test_a_cookie_that_is_not_signed_by_us_is_no_try(world: DeskWorld, browser: Open) -> None:
    visitor = browser("")
    back = gone_there(visitor)
    kept = visitor.client.cookies["consign-oidc"]
    visitor.client.cookies.clear()
    visitor.client.cookies.set("consign-oidc", kept[:-4] + "AAAA")
    assert_nobody(world, visitor, visitor.get(back))


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of another try"},
        {"nonce": None},
        {"aud": "another program"},
        {"aud": ["another program", "a third"]},
        {"aud": None},
        {"aud": [CLIENT, "another program"], "azp": "another program"},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"iat": 9_999_999_999},
        {"sub": None},
        {"at_hash": "of another token"},
    ],
    ids=str,
)
def test_a_token_for_another_try_program_provider_or_time_proves_nobody(
    world: DeskWorld, browser: Open, idp: Provider, claims: dict[str, Any]
) -> None:
    idp.claims = claims
    visitor = browser("")
    assert_nobody(world, visitor, log_in(visitor))


def test_a_token_signed_with_nothing_our_secret_or_a_foreign_key_proves_nobody(
    world: DeskWorld, browser: Open, idp: Provider
) -> None:
    foreign = RSAKey.generate_key(2048, {"kid": "one"})
    for alg, key in (("none", None), ("HS256", OctKey.import_key(SECRET)), ("RS256", foreign)):
        idp.alg, idp.signs_with = alg, key
        visitor = browser("")
        assert_nobody(world, visitor, log_in(visitor))


def test_the_answer_of_another_provider_is_nobody(world: DeskWorld, browser: Open) -> None:
    """Mix-up (RFC 9207): `iss` of the answer names who gave the code."""
    visitor = browser("")
    back = gone_there(visitor)
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    answer = visitor.get("/login/oidc/callback", params=query | {"iss": "https://evil.example"})
    assert_nobody(world, visitor, answer)


def test_a_provider_that_changes_its_keys_is_understood(world: DeskWorld, browser: Open, idp: Provider) -> None:
    assert log_in(browser("")).status_code == 303
    idp.new_key("two")
    world.clock.advance(minutes=2)
    assert log_in(browser("")).status_code == 303
    idp.new_key("three")  # within the minute: no more often, whatever tokens are sent
    asked = idp.calls.count("/jwks_uri")
    assert log_in(browser("")).status_code == 401
    assert idp.calls.count("/jwks_uri") == asked


def test_somebody_without_an_account_is_told_what_to_ask_for(world: DeskWorld, browser: Open, idp: Provider) -> None:
    idp.person["preferred_username"] = "sun"
    visitor = browser("")
    answer = log_in(visitor)
    assert_nobody(world, visitor, answer, 403)
    assert "consign user add sun" in answer.text
    (refused,) = happened(world, Happening.SIGN_IN_REFUSED)
    assert refused.details == {"name": "sun", "address": "testclient", "cause": "oidc_unknown"}


@pytest.mark.parametrize("extra", [{}, {"create": True}], ids=str)
def test_a_disabled_agent_stays_out(world: DeskWorld, browser: Open) -> None:
    with world.database.write() as session:
        people.disable(session, "li", world.clock(), "test")
    visitor = browser("")
    assert_nobody(world, visitor, log_in(visitor), 403)
    with world.database.read() as session:
        assert session.get_one(Agent, "li").disabled_at


@pytest.mark.parametrize("extra", [{"create": True}])
def test_an_account_is_made_with_the_least_role_where_that_is_set(
    world: DeskWorld, browser: Open, idp: Provider
) -> None:
    idp.person |= {"preferred_username": "Sun", "name": "孙悦"}
    assert log_in(browser("")).status_code == 303
    with world.database.read() as session:
        sun = session.get_one(Agent, "sun")
    assert (sun.role, sun.display, sun.password) == (Role.AGENT, "孙悦", "")


ROLES = {
    "roles_claim": "realm_access.roles",
    "roles": {"desk": "agent", "desk-leads": "supervisor", "it": "admin"},
}


@pytest.mark.parametrize("extra", [ROLES])
def test_roles_of_the_provider_hold_from_the_next_login_on(world: DeskWorld, browser: Open, idp: Provider) -> None:
    for groups, role in ((["desk", "desk-leads"], "supervisor"), (["desk", "cooks"], "agent")):
        idp.person["realm_access"] = {"roles": groups}
        assert log_in(browser("")).status_code == 303
        with world.database.read() as session:
            assert session.get_one(Agent, "li").role == role
    idp.person["realm_access"] = {"roles": ["cooks"]}
    answer = log_in(browser(""))
    assert answer.status_code == 403
    assert "li" in answer.text


def test_what_the_provider_tells_only_when_asked(world: DeskWorld, browser: Open, idp: Provider) -> None:
    idp.person = {"sub": "7"}
    idp.told_later = {"preferred_username": "li"}
    assert log_in(browser("")).status_code == 303
    idp.told_later = {"preferred_username": "li", "sub": "8"}
    assert log_in(browser("")).status_code == 401


def test_a_provider_that_is_down_leaves_the_password(world: DeskWorld, browser: Open, idp: Provider) -> None:
    with world.database.write() as session:
        people.set_password(session, "li", PASSWORD, world.clock(), "test")
    visitor = browser("")
    back = gone_there(visitor)
    idp.away = True
    assert_nobody(world, visitor, visitor.get(back), 502)
    world.clock.advance(hours=2)
    answer = visitor.get("/login/oidc")
    assert answer.status_code == 502
    assert 'name="password"' in answer.text
    assert visitor.post("/login", {"name": "li", "password": PASSWORD}).status_code == 303


def test_a_provider_that_is_called_otherwise_is_not_believed(world: DeskWorld, browser: Open, idp: Provider) -> None:
    idp.issuer += "/other"
    assert browser("").get("/login/oidc").status_code == 502


def test_somebody_who_says_no_there_is_told_so(world: DeskWorld, browser: Open) -> None:
    visitor = browser("")
    state = parse_qs(urlsplit(gone_there(visitor)).query)["state"][0]
    query = {"error": "access_denied", "error_description": "<script>", "state": state}
    answer = visitor.get("/login/oidc/callback", params=query)
    assert_nobody(world, visitor, answer)
    assert "<script>" not in answer.text.replace("<script src", "")
