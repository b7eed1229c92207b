"""Serves the desk from a thread of its own; stopping ends every open stream at once."""

import socket
import threading
import time
from typing import Any

import uvicorn
from fastapi import FastAPI

START_SECONDS = 15.0
GRACE_SECONDS = 2


class ConsoleServer:
    """One HTTP server. `start()` returns its address once it answers; `stop()` returns when it has ended."""

    def __init__(self, app: FastAPI, host: str, port: int, *, trusted_proxies: tuple[str, ...] = ()) -> None:
        self.app, self.host, self.port = app, host, port
        self.trusted_proxies = trusted_proxies
        self.server: uvicorn.Server | None = None
        self.thread: threading.Thread | None = None
        self.url = ""

    def start(self) -> str:
        """Raises OSError when the address is taken, RuntimeError when the application does not come up."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self.host, self.port))
        except OSError:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        proxies: dict[str, Any] = {"proxy_headers": bool(self.trusted_proxies)}
        if self.trusted_proxies:
            proxies["forwarded_allow_ips"] = list(self.trusted_proxies)
        config = uvicorn.Config(
            self.app,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            timeout_graceful_shutdown=GRACE_SECONDS,
            lifespan="on",
            **proxies,
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, args=([listener],), name="console", daemon=True)
        self.thread.start()
        self._await_start()
        host = f"[{self.host}]" if ":" in self.host else self.host
        self.url = f"http://{host}:{self.port}"
        return self.url

    def _await_start(self) -> None:
        assert self.server is not None
        assert self.thread is not None
        until = time.monotonic() + START_SECONDS
        while not self.server.started:
            if not self.thread.is_alive() or time.monotonic() > until:
                raise RuntimeError("the console did not start")
            self.thread.join(0.02)

    @property
    def entry_url(self) -> str:
        """Where the demo's agent enters, logged in; the plain address where there is none."""
        entry: str = getattr(self.app.state, "entry", "")
        return self.url + entry

    def stop(self) -> None:
        """Ends the streams, lets requests under way finish for two seconds, then closes."""
        if self.server is None or self.thread is None:
            return
        self.app.state.console.pulse.close()
        self.server.should_exit = True
        self.thread.join(GRACE_SECONDS + 5)
