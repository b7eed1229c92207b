"""Killed at every point inside and started again: what is found is as RELIABILITY §3 says, nothing is lost (row 3)."""

import signal
from collections.abc import Callable

import pytest

from config.crashpoints import POINTS
from tests.faults.scene import Scene

ORDERS = 2
Look = Callable[[Scene], object]


def rows(what: str) -> Look:
    return lambda scene: scene.installation.count(what)


# point -> what must be found after the crash: (question, answer)
FOUND: dict[str, list[tuple[Look, object]]] = {
    "store_begun": [(rows("inbound_mail"), 0), (rows("cursor"), 0)],
    "stored": [(rows("inbound_mail WHERE state = 'stored'"), ORDERS), (lambda s: flagged(s), 0)],
    "flagged": [(rows("inbound_mail WHERE state = 'stored'"), ORDERS), (lambda s: flagged(s), ORDERS)],
    "claimed": [(rows("inbound_mail WHERE state = 'stored' AND attempts = 1"), ORDERS)],
    "read": [(rows("inbound_mail WHERE state = 'stored' AND attempts = 1"), ORDERS), (rows("orders"), 0)],
    "decide_begun": [(rows("orders"), 0), (rows("event"), 0), (rows("number_series"), 0)],
    "decided": [(rows("orders"), ORDERS), (rows("event WHERE kind = 'decided'"), ORDERS), (rows("letter"), 0)],
    "handover_begun": [(rows("letter"), 0), (rows("handover WHERE room = 'dispatch'"), ORDERS)],
    "handed_over": [(rows("letter"), 2 * ORDERS), (rows("handover WHERE room = 'dispatch'"), 0)],
    "lease_begun": [(rows("letter WHERE state = 'due' AND attempt = 0"), 2 * ORDERS), (lambda s: taken(s), 0)],
    "leased": [(lambda s: s.installation.count("letter WHERE state = 'leased'") > 0, True), (lambda s: taken(s), 0)],
    "replied": [(lambda s: taken(s) > 0, True), (rows("letter WHERE state = 'sent'"), 0)],
    "settle_begun": [(lambda s: taken(s) > 0, True), (rows("letter WHERE state = 'sent'"), 0)],
    "settled": [(lambda s: s.installation.count("letter WHERE state = 'sent'") > 0, True)],
    "schema_begun": [(rows("alembic_version"), 0)],
    "stopping": [],
}
# Points at which the server may hold a letter that the book does not know as sent: one copy for each connection (G5).
AMBIGUOUS = {"replied", "settle_begun", "settled", "stopping", "leased"}
CONNECTIONS = 4


def flagged(scene: Scene) -> int:
    return sum(b"$ConsignStored" in line for line in scene.box.flags(scene.folder))


def taken(scene: Scene) -> int:
    return len(scene.sink.delivered())


def test_every_point_is_tried() -> None:
    assert set(FOUND) == set(POINTS)


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_at(point: str, scene: Scene) -> None:
    installation = scene.installation
    scene.order(ORDERS)
    installation.start({"CONSIGN_CRASH_AT": f"{point}:1", "CONSIGN_TEST": "1"})
    if point == "stopping":
        installation.until(lambda: installation.count("letter WHERE state = 'sent'"), 30, "a letter is sent")
        installation.signal(signal.SIGTERM)
    assert installation.ended(30) == -signal.SIGKILL, installation.tail()
    for look, expected in FOUND[point]:
        assert look(scene) == expected
    installation.start()
    scene.finish()
    scene.check_rows()
    found = scene.verdict()
    assert found.sound(CONNECTIONS if point in AMBIGUOUS else 0), found


def test_killed_again_and_again_at_one_point_it_still_arrives(scene: Scene) -> None:
    """Each run commits a little; none may undo what the one before has done."""
    installation = scene.installation
    scene.order(ORDERS)
    for point in ("schema_begun", "store_begun", "stored", "decide_begun", "decided", "handover_begun", "lease_begun"):
        installation.start({"CONSIGN_CRASH_AT": f"{point}:1", "CONSIGN_TEST": "1"})
        assert installation.ended(30) == -signal.SIGKILL, installation.tail()
    installation.start()
    scene.finish()
    scene.check_rows()
    assert scene.verdict().sound(), scene.verdict()
