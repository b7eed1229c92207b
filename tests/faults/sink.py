"""An SMTP server that keeps what it takes and misbehaves on order: greylisting, refusals, a connection that dies."""

import asyncio
import email
import email.policy
import hashlib
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage


@dataclass(frozen=True)
class SmtpFault:
    """What goes wrong at a stage of the dialogue: connect, ehlo, mail, rcpt, data or dot.

    `does`: a reply line ("451 …"; 421 closes too), "drop" (closes without a word), and at the dot also "drop_kept"
    (takes the letter, then dies before the reply: nobody can tell it from "not taken"), "drop_lost", "late:SECONDS".
    `times`: how often in all, or with `per_letter` for each letter (before the dot: each recipient); None: for ever.
    """

    stage: str
    does: str
    times: int | None = None
    chance: float = 1.0
    per_letter: bool = False


@dataclass(frozen=True)
class Taken:
    """A letter that came as far as its final dot."""

    at: float
    recipients: tuple[str, ...]
    message_id: str
    subject: str
    text: str
    digest: str  # SHA-256 of its bytes
    delivered: bool  # a person would see it
    said: str  # "250", "451", "drop_kept", …


@dataclass
class Sink:
    """The server; `letters` is what came, `faults` what goes wrong from now on."""

    chance: random.Random = field(default_factory=random.Random)
    faults: list[SmtpFault] = field(default_factory=list)
    letters: list[Taken] = field(default_factory=list)
    archive: Callable[[bytes], None] | None = None  # gets what was kept, as a server does that files what it sends
    port: int = 0
    fired: Counter[tuple[int, str]] = field(default_factory=Counter)

    async def start(self) -> None:
        self.server = await asyncio.start_server(self._session, "127.0.0.1", 0, limit=1 << 26)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.server.close()

    def delivered(self) -> list[Taken]:
        return [letter for letter in list(self.letters) if letter.delivered]

    def _fault(self, stage: str, about: str = "") -> str:
        for number, fault in enumerate(self.faults):
            if fault.stage != stage or self.chance.random() >= fault.chance:
                continue
            key = (number, about if fault.per_letter else "")
            if fault.times is None or self.fired[key] < fault.times:
                self.fired[key] += 1
                return fault.does
        return ""

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await Dialogue(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the other side is gone, or was to be left
        finally:
            writer.close()


class Dialogue:
    """One connection."""

    def __init__(self, sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sink, self.reader, self.writer = sink, reader, writer
        self.recipients: list[str] = []

    async def run(self) -> None:
        if not await self._passes("connect"):
            return
        await self._say("220 sink ESMTP")
        while line := await self.reader.readline():
            verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            if not await self._obey(verb.upper(), rest):
                return

    async def _obey(self, verb: str, rest: str) -> bool:
        match verb:
            case "EHLO" | "HELO":
                if await self._passes("ehlo"):
                    await self._say("250-sink", "250-8BITMIME", "250-PIPELINING", "250 SIZE 52428800")
            case "MAIL":
                self.recipients = []
                if await self._passes("mail"):
                    await self._say("250 2.1.0 ok")
            case "RCPT":
                address = rest.partition("<")[2].partition(">")[0]
                if await self._passes("rcpt", address):
                    self.recipients.append(address)
                    await self._say("250 2.1.5 ok")
            case "DATA":
                return await self._data()
            case "RSET":
                self.recipients = []
                await self._say("250 2.0.0 ok")
            case "NOOP":
                await self._say("250 2.0.0 ok")
            case "QUIT":
                await self._say("221 2.0.0 bye")
                return False
            case _:
                await self._say("502 5.5.2 not here")
        return True

    async def _data(self) -> bool:
        if not self.recipients:
            await self._say("503 5.5.1 no valid recipients")
            return True
        if not await self._passes("data"):
            return True
        await self._say("354 go on")
        octets = bytearray()
        while (line := await self.reader.readline()) != b".\r\n":
            if not line:
                return False  # cut short: never delivered
            octets += line[1:] if line.startswith(b".") else line
        return await self._take(bytes(octets))

    async def _take(self, octets: bytes) -> bool:
        message = email.message_from_bytes(octets, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        message_id = str(message["Message-ID"])
        does = self.sink._fault("dot", message_id) or "250 2.0.0 kept"
        body = message.get_body(("plain",))
        self.sink.letters.append(
            Taken(
                at=time.time(),
                recipients=tuple(self.recipients),
                message_id=message_id,
                subject=str(message["Subject"]),
                text=body.get_content() if body else "",
                digest=hashlib.sha256(octets).hexdigest(),
                delivered=does.startswith(("250", "drop_kept", "late")),
                said=does.partition(" ")[0],
            )
        )
        self.recipients = []
        if self.sink.archive and self.sink.letters[-1].delivered:
            await asyncio.to_thread(self.sink.archive, octets)
        if does.startswith("drop"):
            return False
        if does.startswith("late:"):
            await asyncio.sleep(float(does.partition(":")[2]))
            does = "250 2.0.0 kept late"
        await self._say(does)
        return not does.startswith("421")

    async def _passes(self, stage: str, about: str = "") -> bool:
        """False: refused, and said so. Raises ConnectionError when the connection is to be left."""
        does = self.sink._fault(stage, about)
        if not does:
            return True
        if does != "drop":
            await self._say(does)
        if does == "drop" or does.startswith("421"):
            raise ConnectionError(does)
        return False

    async def _say(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self.writer.drain()
