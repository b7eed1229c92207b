"""A TCP proxy between the daemon and its servers, which breaks connections in every way a network or server can."""

import asyncio
import contextlib
import random
import re
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Way = Literal["up", "down"]  # up: daemon to server; down: server to daemon


@dataclass
class Break:
    """Fires inside a connection: after `after_bytes`, or where `pattern` is seen in the stream.

    `does`: reset (RST) · close (FIN in mid-stream) · stall (half-open: nothing moves any more) · call (`on_call` with
    the daemon's port). `before`: the bytes that matched are withheld. `times`: how often in all.
    """

    way: Way
    does: Literal["reset", "close", "stall", "call"]
    pattern: re.Pattern[bytes] | None = None
    after_bytes: int = -1
    before: bool = True
    times: int = 1
    name: str = ""

    def place(self, seen: int, tail: bytes, data: bytes) -> int | None:
        """Where in `data` it fires; None when not here."""
        if self.times <= 0:
            return None
        if self.pattern is None:
            return self.after_bytes - seen if seen <= self.after_bytes < seen + len(data) else None
        for match in self.pattern.finditer(tail + data):
            if match.end() > len(tail):
                return max(0, (match.start() if self.before else match.end()) - len(tail))
        return None


@dataclass
class Proxy:
    """Listens on loopback and passes on to `target`; its attributes may be changed while it runs."""

    target: int | Path  # a port of this machine, or a socket
    chance: random.Random = field(default_factory=random.Random)
    breaks: list[Break] = field(default_factory=list)
    latency: float = 0.0  # seconds, ± jitter
    jitter: float = 0.0
    rate: int = 0  # bytes a second that a connection lets through; 0: all
    flips: float = 0.0  # chance that a piece of what passes has one bit turned
    down: bool = False  # connections are taken and reset
    black_hole: bool = False  # connections are taken and never answered
    cut: bool = False  # nothing moves on any connection, old or new, until it is mended: then all of it goes on
    on_call: Callable[[Break, int], None] | None = None
    port: int = 0
    connections: int = 0
    fired: list[str] = field(default_factory=list)
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.server = await asyncio.start_server(self._client, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.server.close()
        self._reset_all()

    def reset_all(self) -> None:
        """Ends every connection with RST; asked for from any thread."""
        self.loop.call_soon_threadsafe(self._reset_all)

    def _reset_all(self) -> None:
        for writer in list(self.open):
            _reset(writer)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open.add(writer)
        try:
            if self.black_hole:
                while self.black_hole and not reader.at_eof():
                    await asyncio.sleep(0.1)
            if self.down or self.black_hole:
                _reset(writer)
                return
            while self.cut:
                await asyncio.sleep(0.05)
            await self._pass(reader, writer)
        except OSError:
            _reset(writer)  # the server itself is away
        finally:
            self.open.discard(writer)
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if isinstance(self.target, Path):
            server_reader, server_writer = await asyncio.open_unix_connection(self.target)
        else:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.target)
        self.open.add(server_writer)
        link = Link(self, writer, server_writer)
        try:
            pumps = [
                asyncio.ensure_future(link.pump(reader, server_writer, "up")),
                asyncio.ensure_future(link.pump(server_reader, writer, "down")),
            ]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait(pumps, timeout=0.5)
            for pump in pumps:
                pump.cancel()
        finally:
            self.open.discard(server_writer)
            server_writer.close()


class Link:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.proxy, self.client, self.server = proxy, client, server
        self.stalled = False

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
        seen, tail = 0, b""
        try:
            while data := await reader.read(65536):
                await self._wait()
                left: bytes | None = data
                for rule in [rule for rule in self.proxy.breaks if rule.way == way]:
                    place = rule.place(seen, tail, data)
                    if place is not None and left is not None:
                        left = await self._fire(rule, writer, data, place)
                if left is None:
                    return
                await self._hand_on(writer, self._damaged(left))
                seen, tail = seen + len(data), (tail + data)[-256:]
        except OSError:
            return  # either side is gone

    async def _wait(self) -> None:
        proxy = self.proxy
        if proxy.latency:
            await asyncio.sleep(max(0.0, proxy.latency + proxy.chance.uniform(-1, 1) * proxy.jitter))
        while self.stalled or proxy.cut:
            await asyncio.sleep(0.05)
            if self.client.is_closing():
                raise ConnectionError("given up")

    def _damaged(self, data: bytes) -> bytes:
        proxy = self.proxy
        if not data or not proxy.flips or proxy.chance.random() >= proxy.flips:
            return data
        proxy.fired.append("flip")
        place = proxy.chance.randrange(len(data))
        return data[:place] + bytes([data[place] ^ 1 << proxy.chance.randrange(8)]) + data[place + 1 :]

    async def _hand_on(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        while rate := self.proxy.rate:
            piece, data = data[: rate // 10 + 1], data[rate // 10 + 1 :]
            writer.write(piece)
            await writer.drain()
            if not data:
                return
            await asyncio.sleep(len(piece) / rate)
        writer.write(data)
        await writer.drain()

    async def _fire(self, rule: Break, writer: asyncio.StreamWriter, data: bytes, place: int) -> bytes | None:
        """Does what the rule says at `place`; returns what is still to be passed on, None to end the connection."""
        rule.times -= 1
        self.proxy.fired.append(rule.name)
        writer.write(data[:place])
        await writer.drain()
        if rule.does == "stall":
            self.stalled = True
            await self._wait()
        elif rule.does == "call":
            assert self.proxy.on_call
            self.proxy.on_call(rule, self.client.get_extra_info("peername")[1])
            return None if rule.before else data[place:]
        else:
            for end in (self.client, self.server):
                if rule.does == "reset":
                    _reset(end)
                else:
                    end.close()
        return None


def _reset(writer: asyncio.StreamWriter) -> None:
    """Ends with RST, not FIN."""
    sock = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):  # closed already, or a local socket, which knows no RST
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
