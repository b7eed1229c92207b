"""The mail server misbehaves: greylists, refuses, dies before or after it took the letter (rows 8-15)."""

from collections.abc import Callable

import pytest

from tests.faults.scene import Scene
from tests.faults.sink import SmtpFault

ORDERS = 4
Explained = Callable[[Scene], int]


def kept_drops(scene: Scene) -> int:
    """Each letter that was taken and not acknowledged may come once more, no other (G5)."""
    return sum(letter.said == "drop_kept" for letter in scene.sink.letters)


FAULTS: dict[str, tuple[SmtpFault, Explained]] = {
    "greylisted": (SmtpFault("rcpt", "451 4.7.1 greylisted", times=2, per_letter=True), lambda _: 0),
    "later, after the dot": (SmtpFault("dot", "451 4.3.0 try later", times=2, per_letter=True), lambda _: 0),
    "says goodbye": (SmtpFault("mail", "421 4.3.2 closing", times=3), lambda _: 0),
    "says goodbye at once": (SmtpFault("connect", "421 4.3.2 too busy", times=3), lambda _: 0),
    "dies, kept": (SmtpFault("dot", "drop_kept", times=3), kept_drops),
    "dies, lost": (SmtpFault("dot", "drop_lost", times=3), lambda _: 0),
    "dies at the greeting": (SmtpFault("connect", "drop", times=3), lambda _: 0),
    "acknowledges late": (SmtpFault("dot", "late:6", times=1), lambda _: 0),
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_mail_server(name: str, scene: Scene) -> None:
    fault, explained = FAULTS[name]
    scene.sink.faults = [fault]
    scene.order(ORDERS)
    scene.installation.start()
    scene.finish()
    scene.check_rows()
    assert sum(scene.sink.fired.values()) >= (fault.times or 1), "the fault never fired: this proves nothing"
    found = scene.verdict()
    assert found.sound(explained(scene)), found
    assert found.copies == explained(scene), "a letter taken without a word must come once more, with the same bytes"


def test_refused_for_good_is_never_tried_again_there_and_becomes_a_call_and_an_alert(scene: Scene) -> None:
    """G7: the deputy gets the work order, the supervisor is told, a person phones the dispatcher."""
    scene.sink.faults = [SmtpFault("rcpt", "550 5.1.1 no such user", times=1)]
    scene.order()
    installation = scene.installation
    installation.start()
    ask = installation.count
    installation.until(
        lambda: ask("letter WHERE state = 'refused'") == 1 and scene.settled(), 60, "refused and at rest"
    )
    assert installation.stop() == 0
    (purpose, recipient, attempt), *_ = installation.ask(
        "SELECT purpose, recipient, attempt FROM letter WHERE state = 'refused'"
    )
    assert (purpose, attempt) == ("work_order", 1)
    assert [letter for letter in scene.sink.delivered() if letter.recipients == (recipient,)] == []
    assert ask("task WHERE kind = 'phone_dispatcher'") == 1
    assert ask("letter WHERE purpose = 'alert' AND state = 'sent'") == 1
    assert ask(f"letter WHERE purpose = 'work_order' AND state = 'sent' AND recipient <> '{recipient}'") == 1


def test_a_slow_server_holds_up_nobody_else(scene: Scene) -> None:
    """Row 13: a reply that comes after half a minute delays its own letter only."""
    scene.sink.faults = [SmtpFault("dot", "late:30", times=1)]
    scene.order(ORDERS)
    scene.installation.start()
    every = 2 * ORDERS
    scene.installation.until(
        lambda: scene.installation.count("letter WHERE state = 'sent'") == every - 1, 25, "the others"
    )
    assert scene.installation.stop() == 0, "a stop does not wait for it either"


@pytest.mark.parametrize(("there", "copies"), [(True, 0), (False, 3)])
def test_a_letter_in_doubt_is_looked_for_in_the_archive(there: bool, copies: int, scene: Scene) -> None:
    """G5: what the archive holds is not sent again; without a word from the archive it is, for nothing may be lost."""
    folder = f"Sent-{scene.folder}"
    if there:
        scene.box.make_folder(folder)
        scene.sink.archive = lambda octets: scene.box.put(octets, folder)
    scene.sink.faults = [SmtpFault("dot", "drop_kept", times=3)]
    scene.order(ORDERS)
    scene.installation.start({"CONSIGN_LETTERS__ARCHIVE_FOLDER": folder})
    scene.finish()
    scene.check_rows()
    assert kept_drops(scene) == 3, "the fault never fired: this proves nothing"
    assert scene.verdict().sound(copies)
    assert scene.verdict().copies == copies
    found = scene.installation.count("letter WHERE last_reply LIKE 'not sent again%'")
    assert found == (3 if there else 0)
