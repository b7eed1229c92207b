"""What keeps an eye on the daemon: the supervisor of the machine, the certificates, the health page."""

import http.client
import json
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from imaplib import IMAP4
from typing import Any, Literal

import structlog

from config.settings import MailboxSettings, ServerSettings, Settings
from config.token import TokenRefused, access_token
from config.wire import checked_tls

log = structlog.get_logger()


class Supervisor:
    """Tells systemd that the daemon is ready, alive, stopping (sd_notify); does nothing where there is none."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self.address = "\0" + address[1:] if address.startswith("@") else address  # an abstract one is written with @

    def ready(self) -> None:
        self._notify("READY=1")

    def alive(self, status: str) -> None:
        """To be called only while every part is well: systemd restarts a daemon that stops calling (WatchdogSec)."""
        self._notify(f"WATCHDOG=1\nSTATUS={status}")

    def stopping(self) -> None:
        self._notify("STOPPING=1")

    def _notify(self, words: str) -> None:
        if not self.address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
                line.sendto(words.encode(), self.address)
        except OSError as error:
            log.warning("supervisor_not_told", error=str(error))


def valid_until(server: ServerSettings, protocol: Literal["imap", "smtp"]) -> datetime | None:
    """End of validity of the server's certificate; None without TLS.

    Raises OSError (ssl.SSLError included) when the server is away or its certificate is refused, IMAP4.error or
    smtplib.SMTPException when it does not offer STARTTLS.
    """
    context, patience = checked_tls(server.ca_file), server.connect_timeout
    if server.tls == "none":
        return None
    if server.tls == "implicit":
        plain = socket.create_connection((server.host, server.port), patience)
        with plain, context.wrap_socket(plain, server_hostname=server.host) as secured:
            return _end_of(secured)
    if protocol == "imap":
        with IMAP4(server.host, server.port, patience) as imap:
            imap.starttls(context)
            return _end_of(imap.socket())
    with smtplib.SMTP(server.host, server.port, timeout=patience) as smtp:
        smtp.starttls(context=context)
        return _end_of(smtp.sock)


def _end_of(secured: Any) -> datetime:
    not_after = secured.getpeercert()["notAfter"]
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(not_after), UTC)


def certificates(settings: Settings) -> dict[str, datetime]:
    """Until when the certificates of the mail servers are valid; a server that cannot be asked now is left out."""
    found: dict[str, datetime] = {}
    for server in settings.servers().values():
        protocol: Literal["imap", "smtp"] = "imap" if isinstance(server, MailboxSettings) else "smtp"
        try:
            until = valid_until(server, protocol)
        except (OSError, IMAP4.error, smtplib.SMTPException) as error:
            log.warning("certificate_not_seen", server=server.host, error=str(error)[:200])
            continue
        if until is not None:
            found[f"{protocol}://{server.host}:{server.port}"] = until
    return found


def refused_tokens(settings: Settings) -> dict[str, str]:
    """The token commands that give no token now, with their words, by the server that each is for.

    Asked while the connections still live on older tokens: who hears of it now mends it before the mailbox is away.
    """
    refused: dict[str, str] = {}
    asked: dict[tuple[str, ...], str] = {}  # what became of each command: two servers often share one
    for name, server in settings.servers().items():
        command = server.token_command
        if command and command not in asked:
            try:
                access_token(command)
                asked[command] = ""
            except TokenRefused as why:
                asked[command] = str(why)
        if command and asked[command]:
            refused[name] = asked[command]
    return refused


class HealthPage:
    """GET /health on a loopback port: 200 while all is well, 503 otherwise, the same JSON either way.

    It holds counts, ages and names of parts, no word of any mail or order.
    """

    def __init__(self, port: int, health: Callable[[], dict[str, Any]]) -> None:
        page = _page_of(health)
        self.server = ThreadingHTTPServer(("127.0.0.1", port), page)
        self.server.daemon_threads = True
        self.port: int = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, name="health", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _page_of(health: Callable[[], dict[str, Any]]) -> type[BaseHTTPRequestHandler]:
    class Page(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.path != "/health":
                self.send_error(http.client.NOT_FOUND)
                return
            told = health()
            body = json.dumps(told, ensure_ascii=False, default=str).encode()
            self.send_response(http.client.OK if told["well"] else http.client.SERVICE_UNAVAILABLE)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Silent: the page is asked every few seconds."""

    return Page
