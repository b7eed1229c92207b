"""Faults of the mailbox, of the mail server, and of the links to both (rows 8-26)."""

import random
import re
from dataclasses import replace

from tests.faults.orders import order_mail, with_attachment
from tests.faults.proxy import Break, Proxy
from tests.faults.scenario import scenario
from tests.faults.sink import SmtpFault
from tests.faults.trial import Trial

LITERAL = re.compile(rb"\{\d+\}\r\n.{200}", re.DOTALL)
FETCH = re.compile(rb"^\S+ (UID )?FETCH", re.MULTILINE)
LOGIN = re.compile(rb"^\S+ (LOGIN|AUTHENTICATE)", re.MULTILINE)
STORE = re.compile(rb"^\S+ (UID )?STORE", re.MULTILINE)
IDLING = re.compile(rb"IDLE\r\n")
HALF_HOUR = 1800.0


def under_way(trial: Trial) -> None:
    """Daemons that run, orders that come in."""
    trial.start()
    trial.until_started()


def press(trial: Trial, seconds: float = 14.0) -> None:
    trial.pass_time(seconds)
    trial.until(lambda: not trial.pressing, 60, "all orders delivered")


@scenario(39, harmless=True)
def calm(trial: Trial) -> None:
    under_way(trial)
    press(trial)


@scenario(21, harmless=True)
def latency(trial: Trial) -> None:
    for proxy in (trial.imap, trial.smtp):
        proxy.latency, proxy.jitter = 0.15, 0.1
    under_way(trial)
    press(trial)


@scenario(21)
def slow_link(trial: Trial) -> None:
    """20 kB/s, and an order with 1 MB of attachment, which takes more than a minute: those behind it are in time."""
    for proxy in (trial.imap, trial.smtp):
        proxy.latency, proxy.jitter, proxy.rate = 0.2, 0.1, 20_000
    trial.note("20 kB/s")
    trial.deliver(with_attachment(order_mail(0, trial.chance), 1_000_000))
    under_way(trial)
    press(trial)
    trial.until(trial.answered, 300, "all orders answered over the slow link")


@scenario(20)
def bit_flips(trial: Trial) -> None:
    """What a turned bit damages nobody can know; but nothing crashes, and what comes afterwards is well."""
    under_way(trial)
    links = (trial.imap, trial.smtp)
    for proxy in links:
        proxy.flips = 0.03
    trial.until(lambda: not trial.pressing, 300, "all orders delivered")
    trial.until(lambda: sum(len(proxy.fired) for proxy in links) >= trial.orders // 4, 120, "bits turned")
    for proxy in links:
        proxy.flips = 0.0
        proxy.reset_all()  # of a damaged final dot the server would wait for the true one, as long as SMTP allows
        trial.faults += proxy.fired
    assert trial.restarts == 0, trial.installation.tail()
    trial.judged_from = len(trial.sent)
    trial.orders += 10


SMTP: dict[str, tuple[tuple[int, ...], SmtpFault]] = {
    "smtp_greylist": ((8,), SmtpFault("rcpt", "451 4.7.1 greylisted", times=2, per_letter=True)),
    "smtp_4xx_dot": ((9,), SmtpFault("dot", "451 4.3.0 try later", times=2, per_letter=True)),
    "smtp_421": ((10,), SmtpFault("mail", "421 4.3.2 closing", chance=0.3)),
    "smtp_drop_kept": ((12,), SmtpFault("dot", "drop_kept", chance=0.25)),
    "smtp_drop_lost": ((12,), SmtpFault("dot", "drop_lost", chance=0.25)),
    "smtp_slow_250": ((13,), SmtpFault("dot", "late:8", chance=0.2)),
    "smtp_550_once": ((11,), SmtpFault("rcpt", "550 5.1.1 no such user", times=1)),
}


def _with_smtp_fault(name: str) -> None:
    rows, fault = SMTP[name]

    def act(trial: Trial) -> None:
        trial.sink.faults = [fault]
        trial.refusals = 1 if fault.does.startswith("550") else 0
        under_way(trial)
        press(trial)
        trial.faults += [fault.does] * sum(trial.sink.fired.values())

    scenario(*rows, name=name)(act)


for _name in SMTP:
    _with_smtp_fault(_name)


def _away(trial: Trial, proxy: Proxy, fault: str, seconds: float) -> None:
    under_way(trial)
    trial.pass_time(2)
    trial.outage(proxy, fault, seconds)
    press(trial)


@scenario(14)
def smtp_down(trial: Trial) -> None:
    _away(trial, trial.smtp, "down", 10)


@scenario(14)
def smtp_blackhole(trial: Trial) -> None:
    _away(trial, trial.smtp, "black_hole", 10)


@scenario(16)
def imap_down(trial: Trial) -> None:
    _away(trial, trial.imap, "down", 10)


@scenario(16)
def imap_blackhole(trial: Trial) -> None:
    _away(trial, trial.imap, "black_hole", 10)


@scenario(14, long=True)
def smtp_blackhole_half_an_hour(trial: Trial) -> None:
    _away(trial, trial.smtp, "black_hole", HALF_HOUR)


@scenario(16, long=True)
def imap_blackhole_half_an_hour(trial: Trial) -> None:
    _away(trial, trial.imap, "black_hole", HALF_HOUR)


@scenario(17)
def imap_reset_bytes(trial: Trial) -> None:
    """The connection is reset after 1, 98, 195 … bytes: at sixteen places of the dialogue, or more (103: all)."""
    breaks = [Break("down", "reset", after_bytes=n, name=f"reset after {n}") for n in range(1, 10_000, 97)]
    trial.chance.shuffle(breaks)
    under_way(trial)
    for rule in breaks[: trial.trials or 16]:
        trial.imap.reset_all()  # the places are counted from the beginning of a connection
        trial.strike(trial.imap, [rule], patience=40)
        trial.until(trial.answered, 90, f"it recovers from: {rule.name}")


@scenario(18)
def imap_truncate(trial: Trial) -> None:
    under_way(trial)
    trial.strike(trial.imap, [Break("down", "close", LITERAL, before=False, name="FIN in a literal")] * 5)


@scenario(19)
def imap_half_open(trial: Trial) -> None:
    places = {"FETCH": FETCH, "LOGIN": LOGIN, "STORE": STORE}
    breaks = [Break("up", "stall", pattern, name=f"half-open at {word}") for word, pattern in places.items()]
    under_way(trial)
    trial.strike(trial.imap, [*breaks, Break("down", "stall", after_bytes=1500, name="half-open")], patience=90)


@scenario(19)
def imap_idle_dead(trial: Trial) -> None:
    under_way(trial)
    trial.strike(trial.imap, [Break("up", "stall", IDLING, before=False, name="half-open in IDLE")] * 2, patience=90)


def _renumbered(trial: Trial, *, drop_flags: bool) -> None:
    under_way(trial)
    trial.until(lambda: len(trial.sent) >= trial.orders // 2, 60, "half of the orders")
    trial.box.renumber(drop_flags=drop_flags)
    trial.note("UIDVALIDITY")
    press(trial)


@scenario(22)
def uidvalidity(trial: Trial) -> None:
    _renumbered(trial, drop_flags=False)


@scenario(22)
def uidvalidity_flags_lost(trial: Trial) -> None:
    _renumbered(trial, drop_flags=True)


@scenario(24)
def five_copies(trial: Trial) -> None:
    """Every mail comes two to five times, some without a Message-ID."""
    under_way(trial)
    while trial.pressing:
        trial.pass_time(0.2)
        mail = trial.chance.choice(trial.sent)
        for _ in range(trial.chance.randrange(1, 5)):
            trial.box.put(mail.octets)
            trial.note("copy")


@scenario(23)
def another_client(trial: Trial) -> None:
    """A person reads mails on a phone, and moves away what is an order already."""
    trial.box.make_folder("Moved")
    under_way(trial)
    while trial.pressing:
        trial.pass_time(0.3)
        with trial.box.client() as client:
            client.select("INBOX")
            client.store("1:*", "+FLAGS", "\\Seen")
            known = client.search(None, "KEYWORD", "$ConsignStored")[1][0].split()
            if known:
                client.copy(trial.chance.choice(known), "Moved")
                client.store(trial.chance.choice(known), "+FLAGS", "\\Deleted")
                client.expunge()
                trial.note("moved away")


def random_break(chance: random.Random) -> Break:
    """A break of the mailbox link at a place of chance, for the soak."""
    rule = chance.choice(
        [
            Break("down", "reset", after_bytes=chance.randrange(10_000), name="reset"),
            Break("down", "close", LITERAL, before=False, name="FIN"),
            Break("up", "stall", FETCH, name="half-open"),
        ]
    )
    return replace(rule)
