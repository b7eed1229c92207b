"""`consign demo`: the whole main job on one machine, before one's eyes.

An embedded IMAP and SMTP server on loopback, the sample company, the daemon and sample orders; what happens to each
is read from the database, like everything else that anyone is ever shown.
"""

import io
import re
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text
from sqlalchemy import select

from config.settings import Settings
from consign.daemon import Daemon
from consign.samples import sample_mails
from consign.servers import EmbeddedServers
from dispatch.tables import Letter
from followup.tables import Shipment, Task
from intake.tables import InboundMail, Order, Revision

DEMO_AGENT = "demo"
PAUSE = 0.4  # seconds between two sample mails
OUTCOMES = {
    "accepted": "[green]已受理 accepted[/green]",
    "awaiting_confirmation": "[yellow]待确认 to confirm[/yellow]",
    "incomplete": "[yellow]待补充 incomplete[/yellow]",
    "rejected": "[red]不受理 rejected[/red]",
}


@dataclass
class Outbox:
    """Every letter that the embedded mail server accepted, written to a folder as .eml."""

    folder: Path
    count: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, recipient: str, octets: bytes) -> None:
        with self.lock:
            self.count += 1
            number = self.count
        (self.folder / f"{number:03d}-{recipient.partition('@')[0]}.eml").write_bytes(octets)


class Demo:
    """The servers, the daemon and the orders of one demonstration."""

    def __init__(self, folder: Path, orders: int, console: Console, *, serve_desk: bool) -> None:
        self.folder, self.orders, self.console = folder, orders, console
        self.shows: dict[str, str] = {}
        letters = folder / "letters"
        letters.mkdir(parents=True, exist_ok=True)
        self.outbox = Outbox(letters)
        self.servers = EmbeddedServers(self.outbox.take)
        self.serve_desk = serve_desk
        self.delivered = 0
        self.last_view = Group()

    def run(self, *, once: bool) -> int:
        """Runs until all is sent (`once`) or until Ctrl-C; 0 when every order was answered, 1 otherwise."""
        self.servers.start()
        daemon = Daemon(self._settings(), demo_agent=DEMO_AGENT if self.serve_desk else None)
        try:
            daemon.start()
            self._say_where(daemon)
            threading.Thread(target=self._deliver, name="shippers", daemon=True).start()
            with Live(console=self.console, refresh_per_second=8, transient=False) as live:
                self._watch(daemon, live, once=once)
            return 0 if self._finished(daemon) else 1
        except KeyboardInterrupt:
            return 0
        finally:
            daemon.close()
            self.servers.stop()
            if not self.console.is_terminal:  # into a file the last picture is written without the end of its line
                self.console.line()
            self.console.print(f"{self.outbox.count} letters in {self.outbox.folder}", markup=False)

    def draw(self, file: Path) -> None:
        """The last view as an SVG, as a terminal of 150 columns shows it."""
        paper = Console(record=True, width=150, file=io.StringIO())
        paper.print(self.last_view)
        svg = re.sub(r"@font-face \{[^}]*\}", "", paper.export_svg(title="consign demo"))  # no font from elsewhere
        svg = re.sub(r' textLength="[0-9.]+"([^>]*>[^<]*[\u2e80-\uffef])', r"\1", svg)  # rich counts wide signs as one
        svg = svg.replace("Fira Code", "DejaVu Sans Mono, Noto Sans Mono CJK SC")
        file.write_text(svg, encoding="utf-8")

    def _settings(self) -> Settings:
        server: dict[str, Any] = {"host": "127.0.0.1", "tls": "none"}
        return Settings.model_validate(
            {
                "mailbox": server
                | {
                    "port": self.servers.imap_port,
                    "username": self.servers.username,
                    "password": self.servers.password,
                },
                "smtp": server | {"port": self.servers.smtp_port},
                "database": {"url": f"sqlite:///{self.folder / 'consign.db'}"},
                "console": {"enabled": self.serve_desk, "port": 0},
            }
        )

    def _say_where(self, daemon: Daemon) -> None:
        self.console.print(f"outgoing mail: {self.outbox.folder}", markup=False)
        if daemon.desk_url:
            self.console.print(f"the agents' desk: {daemon.desk_url}", markup=False)

    def _deliver(self) -> None:
        for number, sample in enumerate(sample_mails(self.orders, datetime.now(UTC))):
            self.shows[f"shipper{number}@customer.example"] = sample.shows
            self.servers.deliver(sample.octets)
            self.delivered += 1
            time.sleep(PAUSE if self.orders <= 30 else 0)

    def _watch(self, daemon: Daemon, live: Live, *, once: bool) -> None:
        deadline = time.monotonic() + 60 + self.orders
        while not daemon.stop.is_set():
            live.update(self._picture(daemon))
            if once and (self._finished(daemon) or time.monotonic() > deadline):
                live.update(self._picture(daemon))
                return
            time.sleep(0.12)

    def _finished(self, daemon: Daemon) -> bool:
        """Every mail judged, every letter accepted, every work order with its call."""
        if self.delivered < self.orders:
            return False
        with daemon.database.read() as session:
            judged = session.scalars(select(InboundMail.id).where(InboundMail.state != "stored")).all()
            accepted = session.scalars(select(Order.id).where(Order.state == "accepted")).all()
            unsent = session.scalars(select(Letter.id).where(Letter.state != "sent")).all()
            answered = session.scalars(select(Letter.order_id).distinct()).all()
            called = session.scalars(select(Task.order_id).where(Task.kind == "verify_pickup")).all()
            orders = session.scalars(select(Order.id)).all()
        return (
            len(judged) == self.orders and not unsent and set(orders) == set(answered) and set(called) == set(accepted)
        )

    def _picture(self, daemon: Daemon) -> Group:
        made = Table(title="consign demo", header_style="bold", title_justify="left")
        for column in (
            "order",
            "what it shows",
            "verdict",
            "letters",
            "work order",
            "s after arrival",
            "pickup by",
            "next call",
        ):
            made.add_column(column)
        for row in self._rows(daemon):
            made.add_row(*row)
        waiting = f"{self.delivered} of {self.orders} mails delivered · {self.outbox.count} letters accepted"
        self.last_view = Group(made, Text(waiting, style="dim"))
        return self.last_view

    def _rows(self, daemon: Daemon) -> list[tuple[str, ...]]:
        zone = daemon.settings.zone_info
        with daemon.database.read() as session:
            statement = (
                select(Order, Revision, Shipment)
                .join(Revision, Revision.order_id == Order.id)
                .outerjoin(Shipment, Shipment.order_id == Order.id)
                .where(Revision.revision == Order.revision, Revision.round == Order.round)
                .order_by(Order.id.desc())
                .limit(30)
            )
            found = list(session.execute(statement))[::-1]
            ids = [order.id for order, _, _ in found]
            letters = list(session.scalars(select(Letter).where(Letter.order_id.in_(ids))))
            tasks = list(
                session.scalars(select(Task).where(Task.order_id.in_(ids), Task.state == "open").order_by(Task.due_at))
            )
        rows: list[tuple[str, ...]] = []
        for order, revision, shipment in found:
            own = [letter for letter in letters if letter.order_id == order.id]
            sent = [letter for letter in own if letter.sent_at]
            work = next((letter for letter in sent if letter.purpose == "work_order" and letter.sent_at), None)
            seconds = f"{(work.sent_at - revision.arrived_at).total_seconds():.1f}" if work and work.sent_at else ""
            call = next((task for task in tasks if task.order_id == order.id), None)
            rows.append(
                (
                    order.number,
                    self.shows.get(order.shipper_address, ""),
                    OUTCOMES.get(order.state, order.state),
                    f"{len(sent)}/{len(own)}",
                    work.recipient.partition("@")[0] if work else "",
                    seconds,
                    shipment.pickup_by.astimezone(zone).strftime("%m-%d %H:%M") if shipment else "",
                    f"{call.due_at.astimezone(zone):%H:%M:%S} {call.kind}" if call else "",
                )
            )
        return rows
