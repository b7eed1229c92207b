"""What a fault test plays with: servers in a loop of their own, orders that go in, letters that come out, the rows."""

import asyncio
import random
import threading
import time
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from tests.faults.box import Box
from tests.faults.installation import Installation
from tests.faults.orders import Sent, order_mail
from tests.faults.sink import Sink
from tests.faults.verdict import Verdict, verdict


class Loop:
    """An event loop in a thread of its own, for sinks and proxies."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def close(self) -> None:
        self.run(self._cancel_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()

    async def _cancel_all(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Scene:
    """What a fault test plays with: orders go into the folder, letters come into the sink."""

    def __init__(self, box: Box, sink: Sink, installation: Installation, folder: str) -> None:
        self.box, self.sink, self.installation, self.folder = box, sink, installation, folder
        self.chance = random.Random(folder)
        self.sent: list[Sent] = []

    def order(self, count: int = 1) -> None:
        """Delivers `count` new orders."""
        for _ in range(count):
            self.deliver(order_mail(len(self.sent), self.chance))

    def deliver(self, mail: Sent) -> None:
        self.sent.append(replace(mail, at=time.time()))
        self.box.put(mail.octets, self.folder)

    def verdict(self) -> Verdict:
        return verdict(self.sent, self.sink.delivered())

    def has_delivered(self, count: int) -> bool:
        return len(self.sink.delivered()) >= count

    def answered(self) -> bool:
        return not self.verdict().lost

    def settled(self) -> bool:
        """Every mail judged, every letter sent, every hand-over acted on."""
        ask = self.installation.count
        return not (
            ask("inbound_mail WHERE state = 'stored'")
            or ask("letter WHERE state IN ('due', 'leased', 'unknown')")
            or ask("handover")
        )

    def finished(self) -> bool:
        """Every order is entered and answered, every row at rest."""
        return self.installation.count("orders") == len(self.sent) and self.answered() and self.settled()

    def finish(self, seconds: float = 60) -> None:
        """Waits until every order is answered and every row at rest, then stops the daemon cleanly."""
        self.installation.until(self.finished, seconds, "all orders answered")
        self.installation.until(self.installation.has_started, seconds, "started")
        assert self.installation.stop() == 0, self.installation.tail()

    def check_rows(self) -> None:
        """What must hold in the database at the end of every run (RELIABILITY §5)."""
        ask = self.installation.count
        orders = len(self.sent)
        if not self.installation.url:
            assert self.installation.ask("PRAGMA integrity_check") == [("ok",)]
        assert ask("orders") == orders
        assert ask("letter WHERE purpose = 'work_order' AND state = 'sent'") == orders
        assert ask("task WHERE kind = 'verify_pickup' AND state = 'open'") == orders
        for kind in ("decided", "work_order_sent"):
            assert ask(f"event WHERE kind = '{kind}'") == orders, f"the timeline lacks {kind}, or tells it twice"
        assert ask("inbound_mail WHERE state NOT IN ('decided', 'copy')") == 0
        told = self.installation.log.read_text(encoding="utf-8", errors="replace")
        planted = [order.token for order in self.sent] + ["13800138000", "南京西路"]
        assert [word for word in planted if word in told] == [], "a log names a person (RELIABILITY §8)"
