"""Many at once is told once: late work orders of a flood, or of a mail server that is away (RELIABILITY row 32)."""

from dispatch.planning import ALERT_WINDOW, ALERTS
from intake.timeline import Entry, Happening, record
from tests.route.talk import ORDER, Talk

LATE = 8


def late(talk: Talk, orders: int) -> int:
    """So many work orders pass two minutes unsent; how many letters the supervisor gets about them."""
    details = {"recipient": "dispatch@consign.example", "purpose": "work_order", "reply": "451 later", "letter": 1}
    with talk.database.write() as session:
        entries = [
            Entry(Happening.LETTER_LATE, talk.now, order_id=order.id, details=details)
            for order in talk.orders()[:orders]
        ]
        record(session, entries)
    return sum(letter.purpose == "alert" for letter in talk.turn())


def test_late_work_orders_are_told_one_by_one_only_while_they_are_few(talk: Talk) -> None:
    for number in range(LATE):
        talk.write(ORDER.replace("10件", f"{number + 2}件"), sender=f"shipper{number}@other.example")
    assert len(talk.orders()) == LATE
    assert late(talk, 2) == 2
    assert late(talk, LATE) == ALERTS - 2
    assert late(talk, LATE) == 0
    talk.wait(seconds=ALERT_WINDOW.total_seconds() + 1)
    assert late(talk, 3) == 3
