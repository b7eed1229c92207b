"""The mailbox misbehaves: connections that break, stall, lie half-open; renumbered folders; copies (rows 16-24)."""

import re
from collections.abc import Iterator

import pytest

from tests.faults.installation import Installation
from tests.faults.orders import order_mail, with_attachment
from tests.faults.proxy import Break, Proxy
from tests.faults.scene import Loop, Scene

ORDERS = 4
FETCH = re.compile(rb"^\S+ (UID )?FETCH", re.MULTILINE)
LITERAL = re.compile(rb"\{\d+\}\r\n.{200}", re.DOTALL)
IDLING = re.compile(rb"IDLE\r\n")

BREAKS: dict[str, list[Break]] = {
    **{f"reset after {n} bytes": [Break("down", "reset", after_bytes=n)] for n in (10, 90, 300, 700, 1200, 2500)},
    "ends within a literal": [Break("down", "close", LITERAL, before=False, times=3)],
    "half-open at a fetch": [Break("up", "stall", FETCH)],
    "half-open after 1500 bytes": [Break("down", "stall", after_bytes=1500)],
}


@pytest.fixture
def proxied(scene: Scene, loop: Loop) -> Iterator[tuple[Scene, Proxy]]:
    """The scene with a proxy before its mailbox."""
    proxy = Proxy(scene.box.port)
    loop.run(proxy.start())
    before = scene.installation
    scene.installation = Installation(before.folder, proxy.port, scene.sink.port, scene.folder)
    yield scene, proxy
    scene.installation.kill()
    loop.run(proxy.stop())


@pytest.mark.parametrize("name", BREAKS)
def test_the_link(name: str, proxied: tuple[Scene, Proxy]) -> None:
    scene, proxy = proxied
    proxy.breaks = [Break(**vars(rule)) for rule in BREAKS[name]]
    scene.order(ORDERS)
    scene.installation.start()
    scene.finish()
    scene.check_rows()
    assert proxy.fired, "the break never happened: this proves nothing"
    assert scene.verdict().sound(), scene.verdict()
    sizes = scene.installation.ask("SELECT size, length(octets) FROM inbound_mail")
    assert all(size == length for size, length in sizes), "a truncated mail was stored (row 18)"


def test_a_link_that_dies_while_idle_is_found_out(proxied: tuple[Scene, Proxy]) -> None:
    scene, proxy = proxied
    proxy.breaks = [Break("up", "stall", IDLING, before=False)]
    scene.installation.start()
    scene.installation.until(lambda: proxy.fired, 30, "the mailbox idles")
    scene.order(ORDERS)
    scene.finish()
    scene.check_rows()


@pytest.mark.parametrize("fault", ["down", "black_hole"])
def test_an_outage(fault: str, proxied: tuple[Scene, Proxy]) -> None:
    scene, proxy = proxied
    setattr(proxy, fault, True)
    scene.order(ORDERS)
    scene.installation.start()
    scene.installation.until(lambda: proxy.connections >= 2, 30, "the mailbox is tried again")
    setattr(proxy, fault, False)
    scene.finish()
    scene.check_rows()


@pytest.mark.parametrize("drop_flags", [False, True])
def test_a_renumbered_mailbox_makes_no_old_order_anew(drop_flags: bool, scene: Scene) -> None:
    """G15: after a new UIDVALIDITY everything is read again, and known again by its fingerprint."""
    scene.order(ORDERS)
    installation = scene.installation
    installation.start()
    installation.until(lambda: scene.answered() and scene.settled(), 60, "the first orders")
    scene.box.renumber(drop_flags=drop_flags)
    scene.order(ORDERS)
    installation.until(lambda: scene.answered() and scene.settled(), 60, "the new orders")
    installation.until(lambda: installation.count("inbound_mail WHERE state = 'copy'") == ORDERS, 30, "the old mails")
    scene.finish()
    scene.check_rows()
    assert scene.verdict().sound(), scene.verdict()


def test_the_same_mail_delivered_five_times_is_one_order(scene: Scene) -> None:
    scene.order(ORDERS)
    for _ in range(4):
        scene.box.put(scene.sent[0].octets, scene.folder)
    scene.installation.start()
    scene.installation.until(
        lambda: scene.installation.count("inbound_mail WHERE state = 'copy'") == 4, 60, "the copies"
    )
    scene.finish()
    scene.check_rows()
    assert scene.verdict().sound(), scene.verdict()


def test_a_mail_that_a_person_has_read_still_becomes_an_order(scene: Scene) -> None:
    """Row 23: the state is in our database, not in the flags."""
    scene.order(ORDERS)
    with scene.box.client() as client:
        client.select(scene.folder)
        client.store("1:*", "+FLAGS", "\\Seen")
    scene.installation.start()
    scene.finish()
    scene.check_rows()


def test_turned_bits_crash_nothing(proxied: tuple[Scene, Proxy]) -> None:
    """Row 20: what they damage nobody can know; the daemon lives, and what comes afterwards is answered."""
    scene, proxy = proxied
    proxy.flips = 0.2
    scene.order(2 * ORDERS)
    scene.installation.start()
    scene.installation.until(lambda: len(proxy.fired) >= ORDERS, 60, "bits are turned")
    proxy.flips = 0.0
    scene.sent = []
    scene.order(ORDERS)
    scene.installation.until(lambda: scene.answered() and scene.settled(), 90, "the orders that come afterwards")
    assert scene.installation.stop() == 0
    assert scene.installation.ask("PRAGMA integrity_check") == [("ok",)]
    assert scene.verdict().sound(), scene.verdict()


def test_a_slow_link_keeps_the_promise(proxied: tuple[Scene, Proxy]) -> None:
    """Row 21: 200 ms and 20 kB/s, and an order with a large attachment before all others."""
    scene, proxy = proxied
    proxy.latency, proxy.jitter, proxy.rate = 0.2, 0.1, 20_000
    scene.deliver(with_attachment(order_mail(0, scene.chance), 150_000))
    scene.order(ORDERS)
    scene.installation.start()
    scene.finish(120)
    scene.check_rows()
    assert scene.verdict().sound(), scene.verdict()
    assert not scene.verdict().late
