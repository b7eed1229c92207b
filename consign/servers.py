"""A real IMAP and a real SMTP server inside this process, on loopback and free ports: for `consign demo` and for tests.

pymap keeps the order mailbox in memory; aiosmtpd takes every letter and hands it to a callback. Both run in one thread
with its own event loop. Nothing is kept when they stop.
"""

import asyncio
import threading
from argparse import Namespace
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from imapclient import IMAPClient, SocketTimeout
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer

from config.wire import keep_watch

LOOPBACK = "127.0.0.1"
OnLetter = Callable[[str, bytes], None]
STARTING = 10.0  # seconds until the servers listen


class EmbeddedServers:
    """An order mailbox (user, password, INBOX) and a mail server that takes letters for everybody.

    `on_letter` is called with recipient and octets of each letter, in the servers' thread; the letter is accepted when
    it returns and refused for the moment when it raises.
    """

    def __init__(self, on_letter: OnLetter, *, username: str = "orders", password: str = "consign-demo") -> None:
        self.username, self.password = username, password
        self.imap_port = self.smtp_port = 0
        self._handler = _Counter(on_letter)
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="embedded-servers", daemon=True)
        self._client: IMAPClient | None = None
        self._client_lock = threading.Lock()

    def start(self) -> None:
        """Returns when both listen. Raises RuntimeError when they do not."""
        self._thread.start()
        if not self._ready.wait(STARTING) or self._failure:
            raise RuntimeError("the embedded servers did not start") from self._failure

    def stop(self) -> None:
        """Closes every connection and the listeners."""
        with self._client_lock:
            client, self._client = self._client, None
        if client is not None:
            client.logout()
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(STARTING)

    def deliver(self, octets: bytes, folder: str = "INBOX") -> None:
        """Puts a mail into the order mailbox, as a mail server's delivery would."""
        with self._client_lock:
            if self._client is None:
                self._client = IMAPClient(LOOPBACK, self.imap_port, ssl=False, timeout=SocketTimeout(5, 10))
                keep_watch(self._client.socket())
                self._client.login(self.username, self.password)
            self._client.append(folder, octets)

    def __enter__(self) -> "EmbeddedServers":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- in the servers' thread

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001 (start() raises it to the caller)
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with AsyncExitStack() as stack:
            self.imap_port = await self._serve_imap(stack)
            self.smtp_port = await self._serve_smtp(stack)
            self._ready.set()
            await self._stop.wait()

    async def _serve_imap(self, stack: AsyncExitStack) -> int:
        arguments = Namespace(
            demo_data=False,
            demo_user=self.username,
            demo_password=self.password,
            host=LOOPBACK,
            port="0",
            cert=None,
            key=None,
            tls=False,
            proxy_protocol=None,
            debug=False,
            passlib_cfg=None,
            skip_services=[],
            inherited_sockets=None,
        )
        backend, config = await DictBackend.init(arguments)
        config.apply_context()
        await backend.start(stack)
        answer = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(backend.login, config))
        server = await asyncio.start_server(answer, LOOPBACK, 0)
        await stack.enter_async_context(server)
        return int(server.sockets[0].getsockname()[1])

    async def _serve_smtp(self, stack: AsyncExitStack) -> int:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(self._handler, hostname="consign.example", enable_SMTPUTF8=True, loop=loop), LOOPBACK, 0
        )
        await stack.enter_async_context(server)
        return int(server.sockets[0].getsockname()[1])


class _Counter:
    """Where letters are handed in."""

    def __init__(self, on_letter: OnLetter) -> None:
        self.on_letter = on_letter

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        try:
            for recipient in envelope.rcpt_tos:
                await asyncio.to_thread(self.on_letter, recipient, _octets(envelope.content))
        except Exception as error:  # noqa: BLE001 (the sender keeps the letter and is told why)
            return f"451 4.3.0 not taken: {type(error).__name__}"
        return "250 2.0.0 taken"


def _octets(content: Any) -> bytes:
    return content if isinstance(content, bytes) else str(content).encode()
