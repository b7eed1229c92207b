"""Every page: nothing sideways at a phone's width, nothing serious for axe-core, no complaint of the browser."""

from pathlib import Path

import pytest

from tests.browser.conftest import Desk

AXE = (Path(__file__).parents[1] / "data/axe/axe.min.js").read_text(encoding="utf-8")
PAGES = (
    "/",
    "/tasks/{first}",
    "/orders",
    "/orders/{mail}",
    "/review",
    "/review/{review}",
    "/mails/{review}",
    "/letters/1",
    "/phone?like={heavy}",
    "/search?q=王建国",
    "/search?q=nobody",
    "/receipts",
    "/wall",
    "/reports",
    "/reports/three_minutes",
    "/reports/pickups?period=this-month&zone=urban",
    "/reports/shift",
    "/reports/satisfaction",
    "/me",
    "/people",
)


def addresses(desk: Desk) -> list[str]:
    """The pages with something on them; the first task is in the visitor's hands."""
    from followup import actions
    from followup.tables import Task
    from intake.tables import InboundMail

    with desk.world.database.read() as session:
        first = session.query(Task).filter_by(kind="complete_order").first()
        review = session.query(InboundMail).filter_by(state="review").first()
    assert first
    assert review
    actions.take(desk.world.database, first.id, "root", desk.world.clock())
    return [page.format(first=first.id, review=review.id, **desk.numbers) for page in PAGES]


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_is_wider_than_the_screen(desk: Desk, width: int) -> None:
    page = desk.page("root", width=width)
    wide = []
    for address in addresses(desk):
        page.goto(desk.url + address)
        needs = page.evaluate("document.documentElement.scrollWidth")
        if needs > width:
            wide.append((address, needs))
    assert wide == []


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious(desk: Desk, width: int) -> None:
    page = desk.page("root", width=width)
    login = desk.page(width=width)
    found = []
    for where, addresses_ in ((page, addresses(desk)), (login, ["/login"])):
        for address in addresses_:
            where.goto(desk.url + address)
            where.evaluate(AXE)  # by the debugger: the page's own policy would not let it in
            result = where.evaluate("axe.run(document, {resultTypes: ['violations']})")
            found += [
                (address, one["id"], one["nodes"][0]["html"][:160])
                for one in result["violations"]
                if one["impact"] in ("serious", "critical")
            ]
    assert found == []
