"""Servers that misbehave on order, in this process and on loopback: SmtpRecorder, ScriptedServer, Certificates."""

import asyncio
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

LOOPBACK = "127.0.0.1"
PATIENCE = 15.0  # seconds until something that must happen counts as missing


@dataclass
class Fault:
    """What goes wrong at one stage, how often.

    stage: mail | rcpt | dot · do: a reply such as "451 4.7.1 later" (421 also closes), "drop" (the connection is reset,
    nothing kept), "drop_kept" (at dot: kept, no reply), "hold" (at dot: kept, the reply waits for recorder.release)
    """

    stage: str
    do: str
    times: int | None = 1  # None: for ever
    recipient: str | None = None  # only for this one


@dataclass(frozen=True)
class ReceivedLetter:
    """A letter that the recorder kept: a person would see it."""

    mail_from: str
    recipients: tuple[str, ...]
    octets: bytes
    connection: int


class _Recording(SMTP):
    """aiosmtpd's protocol, numbered by connection."""

    def __init__(self, recorder: "SmtpRecorder", **options: Any) -> None:
        super().__init__(recorder, **options)
        recorder.connections += 1
        self.number = recorder.connections


@dataclass
class SmtpRecorder:
    """An SMTP server (aiosmtpd) that keeps what it takes and fails as told. Use it in a `with`."""

    faults: list[Fault] = field(default_factory=list)
    extensions: Sequence[str] = ("PIPELINING",)  # besides aiosmtpd's own: SIZE, 8BITMIME, SMTPUTF8, STARTTLS, AUTH
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    login: tuple[str, str] | None = None
    smtputf8: bool = True
    size_limit: int = 33_554_432

    def __post_init__(self) -> None:
        self.letters: list[ReceivedLetter] = []
        self.commands: list[str] = []  # MAIL and RCPT as they came
        self.connections = 0
        self.logins = 0
        self.port = 0
        self.release = threading.Event()
        self._changed = threading.Condition()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="smtp-recorder", daemon=True)

    def wait_for(self, count: int) -> list[ReceivedLetter]:
        """The letters, as soon as there are `count`."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.letters) >= count, PATIENCE)
        assert came, f"{len(self.letters)} letters of {count}"
        return self.letters

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self.release.set()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        options: dict[str, Any] = {
            "hostname": "recorder.example",
            "enable_SMTPUTF8": self.smtputf8,
            "data_size_limit": self.size_limit,
            "loop": self._loop,
        }
        if self.tls and not self.implicit_tls:
            options["tls_context"] = self.tls
        if self.login:
            options |= {"authenticator": self._authenticate, "auth_require_tls": False, "auth_required": True}
        async with AsyncExitStack() as stack:
            server = await self._loop.create_server(
                lambda: _Recording(self, **options), LOOPBACK, 0, ssl=self.tls if self.implicit_tls else None
            )
            await stack.enter_async_context(server)
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await self._stop.wait()

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: object
    ) -> AuthResult:
        self.logins += 1
        right = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == self.login
        return AuthResult(success=right, handled=False)

    def _fault(self, stage: str, recipient: str = "") -> str | None:
        for fault in self.faults:
            if fault.stage == stage and fault.recipient in (None, recipient) and fault.times != 0:
                if fault.times is not None:
                    fault.times -= 1
                return fault.do
        return None

    async def _misbehave(self, server: SMTP, do: str) -> str:
        assert isinstance(server.transport, asyncio.Transport)
        if do.startswith("drop"):
            server.transport.abort()
            return "451 gone"
        if do.startswith("421"):
            await server.push(do)
            server.transport.close()
        return do

    # aiosmtpd calls these by name

    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], *(f"250-{name}" for name in self.extensions), responses[-1]]

    async def handle_MAIL(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.commands.append(" ".join([f"MAIL {address}", *options]))
        if do := self._fault("mail"):
            return await self._misbehave(server, do)
        envelope.mail_from, envelope.mail_options = address, options
        return "250 2.1.0 ok"

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.commands.append(f"RCPT {address}")
        if do := self._fault("rcpt", address):
            return await self._misbehave(server, do)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: _Recording, _session: Session, envelope: Envelope) -> str:
        do = self._fault("dot", envelope.rcpt_tos[0])
        if do is None or do in ("drop_kept", "hold"):
            content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
            letter = ReceivedLetter(envelope.mail_from or "", tuple(envelope.rcpt_tos), content, server.number)
            with self._changed:
                self.letters.append(letter)
                self._changed.notify_all()
        if do == "hold":
            await asyncio.to_thread(self.release.wait, PATIENCE)
        elif do is not None:
            return await self._misbehave(server, do)
        return f"250 2.0.0 kept as {len(self.letters)}"


class Talk:
    """The server's end of one scripted connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.sock.settimeout(PATIENCE)
        self.lines = sock.makefile("rb")

    def say(self, *lines: str | bytes) -> None:
        """Sends lines, in one segment as far as TCP allows."""
        self.raw(b"".join((line if isinstance(line, bytes) else line.encode()) + b"\r\n" for line in lines))

    def raw(self, octets: bytes) -> None:
        self.sock.sendall(octets)

    def hear(self, pattern: str = "") -> str:
        """The next line of the client. Raises AssertionError when it is not as expected, EOFError at the end."""
        octets = self.lines.readline()
        if not octets:
            raise EOFError("the client went away")
        line = octets.decode("utf-8", "replace").rstrip("\r\n")
        assert re.search(pattern, line, re.IGNORECASE), f"expected {pattern!r}, heard {line!r}"
        return line

    def hear_end(self) -> None:
        """Reads on until the client has gone."""
        while self.lines.read1(65536):
            pass

    def secure(self, context: ssl.SSLContext) -> None:
        self.lines.close()
        self.sock = context.wrap_socket(self.sock, server_side=True)
        self.lines = self.sock.makefile("rb")

    def reset(self) -> None:
        """RST, not FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        self.lines.close()
        self.sock.close()


Script = Callable[[Talk], None]


class ScriptedServer:
    """Plays a script for each connection: the first for the first, and so on, the last for all others.

    A script that fails (the client said what it should not) fails the test at the end of the `with`.
    """

    def __init__(self, *scripts: Script) -> None:
        self.scripts = scripts
        self.connections = 0
        self.failures: list[BaseException] = []
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port = int(self._listener.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(PATIENCE)
        if kind is None and self.failures:
            raise self.failures[0]

    def _accept(self) -> None:
        while True:
            try:
                sock, _address = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            script = self.scripts[min(self.connections, len(self.scripts) - 1)]
            self.connections += 1
            thread = threading.Thread(target=self._play, args=(script, Talk(sock)), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _play(self, script: Script, talk: Talk) -> None:
        try:
            script(talk)
        except (EOFError, ConnectionError):
            pass  # the client went away, as clients may
        except BaseException as failure:  # noqa: BLE001 (raised in the test's thread)
            self.failures.append(failure)
        finally:
            talk.close()


class Certificates:
    """An own authority, and certificates of servers: good, expired, for another name, signed by nobody known."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        now = datetime.now(UTC)
        self._issued = {
            "good": authority.issue_cert(LOOPBACK, "localhost"),
            "expired": authority.issue_cert(
                LOOPBACK, not_before=now - timedelta(days=9), not_after=now - timedelta(days=2)
            ),
            "wrong_name": authority.issue_cert("mail.other.example"),
            "unknown_issuer": trustme.CA().issue_cert(LOOPBACK),
        }

    def server_context(self, which: str = "good") -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._issued[which].configure_cert(context)
        return context

    def files(self, which: str = "good") -> tuple[Path, Path]:
        """Certificate chain and key as files that any user may read."""
        chain, key = self.folder / f"{which}.pem", self.folder / f"{which}.key"
        chain.write_bytes(b"".join(blob.bytes() for blob in self._issued[which].cert_chain_pems))
        self._issued[which].private_key_pem.write_to_path(str(key))
        key.chmod(0o644)
        return chain, key
