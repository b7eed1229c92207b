"""Logging in and out: the same words for every cause, a wait after five failures, sessions that end."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from followup import passwords, people
from followup.console.signin import local_path
from followup.people import LoginRefused, Role
from tests.deskworld import PASSWORD, DeskWorld
from tests.followup.console.conftest import Browser

Open = Callable[[str], Browser]


def set_password(world: DeskWorld, name: str = "li") -> None:
    with world.database.write() as session:
        people.set_password(session, name, PASSWORD, world.clock(), "test")


def test_login_opens_a_session_and_leads_to_the_page_that_was_wanted(world: DeskWorld, browser: Open) -> None:
    set_password(world)
    visitor = browser("")
    away = visitor.get("/orders")
    assert away.headers["location"] == "/login?next=/orders"
    answer = visitor.post("/login", {"name": " Li ", "password": PASSWORD, "next": "/orders"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/orders")
    assert visitor.get("/orders").status_code == 200


def test_wrong_name_wrong_password_and_disabled_account_get_the_same_words(world: DeskWorld, browser: Open) -> None:
    set_password(world)
    set_password(world, "chen")
    with world.database.write() as session:
        people.disable(session, "chen", world.clock(), "test")
    texts = set()
    for name, password in (("li", "wrong"), ("nobody", PASSWORD), ("chen", PASSWORD), ("zhao", "")):
        answer = browser("").post("/login", {"name": name, "password": password})
        assert answer.status_code == 401
        texts.add(answer.text.split('role="alert">')[1].split("<")[0])
    assert len(texts) == 1


def test_a_wrong_name_costs_the_same_work_as_a_wrong_password(
    world: DeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_password(world)
    verified: list[str] = []
    real = passwords.HASHER.verify

    def counted(password: str, stored: str) -> bool:
        verified.append(stored)
        return real(password, stored)

    monkeypatch.setattr(passwords.HASHER, "verify", counted)
    for name in ("li", "nobody"):
        with pytest.raises(LoginRefused):
            people.login(world.database, name, "wrong", "", "", world.clock())
    assert len(verified) == 2
    assert verified[1] == passwords.NOBODY


@pytest.mark.parametrize("name", ["li", "nobody"])
def test_after_five_failures_a_name_must_wait_even_with_the_right_password(world: DeskWorld, name: str) -> None:
    set_password(world)
    waits = []
    for _ in range(6):
        with pytest.raises(LoginRefused) as refused:
            people.login(world.database, name, "wrong", "", "", world.clock())
        waits.append(refused.value.wait)
        world.clock.now += refused.value.wait
    assert waits[:4] == [timedelta(0)] * 4
    assert waits[4:] == [timedelta(seconds=30), timedelta(seconds=60)]
    with pytest.raises(LoginRefused) as refused:
        people.login(world.database, name, "wrong", "", "", world.clock())
    assert refused.value.wait == timedelta(seconds=120)
    with pytest.raises(LoginRefused):
        people.login(world.database, name, PASSWORD, "", "", world.clock())
    world.clock.advance(seconds=121)
    if name == "li":
        assert people.login(world.database, name, PASSWORD, "", "", world.clock())


def test_a_session_ends_when_silent_or_too_old(world: DeskWorld, browser: Open) -> None:
    visitor = browser("li")
    for _ in range(24):
        world.clock.advance(minutes=29)
        assert visitor.get("/me").status_code == 200
    world.clock.advance(minutes=31)
    assert visitor.get("/me").status_code == 303
    visitor = browser("li")
    for _ in range(25):
        world.clock.advance(minutes=29)
        visitor.get("/me")
    assert visitor.get("/me").status_code == 303  # twelve hours are over


def test_a_page_that_refreshes_itself_keeps_no_session_open(world: DeskWorld, browser: Open) -> None:
    visitor = browser("li")
    for _ in range(2):
        world.clock.advance(minutes=20)
        answer = visitor.get("/", headers={"hx-request": "true"})
    assert answer.status_code == 401
    assert visitor.get("/live").status_code == 204


def test_logging_out_ends_the_session_on_the_server(browser: Open) -> None:
    visitor = browser("li")
    token = visitor.client.cookies["consign"]
    assert visitor.post("/logout").status_code == 303
    visitor.client.cookies.set("consign", token)
    assert visitor.get("/me").status_code == 303


def test_each_login_has_a_session_of_its_own_and_the_one_before_ends(world: DeskWorld, browser: Open) -> None:
    set_password(world)
    visitor = browser("li")
    before = visitor.client.cookies["consign"]
    answer = visitor.post("/login", {"name": "li", "password": PASSWORD})
    after = answer.cookies["consign"]
    assert after != before
    assert len(after) >= 43  # 256 bits
    assert people.whoami(world.database, before, world.clock(), timedelta(hours=1), timedelta(hours=12)) is None


def test_a_login_link_works_once_and_for_twelve_hours(world: DeskWorld, browser: Open) -> None:
    with world.database.write() as session:
        code, late = (people.make_link(session, "li", world.clock()) for _ in range(2))
    assert browser("").get(f"/enter/{code}").headers["location"] == "/"
    assert browser("").get(f"/enter/{code}").status_code == 401
    world.clock.advance(hours=13)
    assert browser("").get(f"/enter/{late}").status_code == 401


def test_one_ends_ones_own_sessions_and_nobody_elses(world: DeskWorld, browser: Open) -> None:
    mine, other, colleague = browser("li"), browser("li"), browser("chen")
    with world.database.read() as session:
        ids = {row.agent: row.id for row in people.open_sessions(session, world.clock(), timedelta(1), timedelta(1))}
    assert mine.post(f"/me/sessions/{ids['chen']}/end").status_code == 404
    assert colleague.get("/me").status_code == 200
    with world.database.read() as session:
        for row in people.open_sessions(session, world.clock(), timedelta(1), timedelta(1), "li"):
            other.post(f"/me/sessions/{row.id}/end")
    assert mine.get("/me").status_code == 303


def test_a_new_password_ends_every_session(world: DeskWorld, browser: Open) -> None:
    set_password(world)
    login, other = browser(""), browser("li")
    login.client.cookies.set("consign", people.login(world.database, "li", PASSWORD, "", "", world.clock()))
    from tests.followup.console.conftest import CSRF

    login.csrf = CSRF.search(login.get("/me").text)[1]  # type: ignore[index]  # a None fails the test
    assert login.post("/me/password", {"old": "wrong", "new": "a river of green tea"}).status_code == 422
    assert login.post("/me/password", {"old": PASSWORD, "new": "short"}).status_code == 422
    assert login.post("/me/password", {"old": PASSWORD, "new": "a river of green tea"}).status_code == 303
    assert login.get("/me").status_code == 303
    assert other.get("/me").status_code == 303


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "password1234",
        "aaaaaaaaaaaaaa",
        "abcdefghijklmn",
        "987654321098",
        "consign2026!",
        "lijing-lijing",
        "x" * 300,
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    with pytest.raises(passwords.WeakPassword):
        passwords.check_strength(password, "lijing")


@pytest.mark.parametrize("password", [PASSWORD, "三更灯火五更鸡正是男儿读书时", "tr0ub4dor & more"])
def test_a_good_password_is_taken(password: str) -> None:
    passwords.check_strength(password, "lijing")
    stored = passwords.hashed(password)
    assert stored.startswith("$argon2id$")
    assert passwords.matches(password, stored)
    assert not passwords.matches(password + "x", stored)


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "evil", "/a\r\nx: y", ""],
)
def test_a_login_leads_nowhere_else(wanted: str) -> None:
    assert local_path(wanted) == "/"


def test_only_an_admin_changes_people_and_never_himself(world: DeskWorld, browser: Open) -> None:
    admin = browser("root")
    made = admin.post("/people", {"name": "Wu", "display": "吴迪", "role": "agent"})
    assert "/enter/" in made.text
    assert admin.post("/people", {"name": "wu", "role": "agent"}).status_code == 422
    assert admin.post("/people", {"name": "not a name", "role": "agent"}).status_code == 422
    assert admin.post("/people/wu/role", {"role": "supervisor"}).status_code == 303
    assert admin.post("/people/root/disable").status_code == 409
    assert admin.post("/people/wu/disable").status_code == 303
    with world.database.read() as session:
        wu = next(agent for agent in people.agents(session) if agent.name == "wu")
    assert (wu.role, wu.disabled_at) == (Role.SUPERVISOR, world.clock())


def test_neither_password_nor_session_stands_in_the_database(world: DeskWorld, browser: Open) -> None:
    set_password(world)
    visitor = browser("li")
    token = visitor.client.cookies["consign"]
    file = world.database.file()
    assert file
    octets = b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))
    assert b"desk_session" in octets
    assert token.encode() not in octets
    assert PASSWORD.encode() not in octets
