"""What stands before every page: who may knock, how often, from where; and the headers on everything that leaves.

Each rule is a line of RELIABILITY §8: no change from a foreign page (Origin), no inline script or style (CSP), no page
of ours in a foreign frame, bounded bodies, bounded pace, errors that carry an id only.
"""

import secrets
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from time import monotonic
from typing import Any
from urllib.parse import unquote_plus, urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

from config.settings import ConsoleSettings, is_loopback
from followup.console.throttle import Limit, Throttle
from followup.console.unwritable import unwritable

log = structlog.get_logger()
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SAFE = ("GET", "HEAD", "OPTIONS")
LARGEST_BODY = 1024 * 1024  # bytes; a form of ours has a few thousand
UPLOADS = "/attachments"  # paths that end so take papers; who is not logged in is turned away before one is read
PACE = Limit(300, 60.0)  # for each address: five pages a second, steadily
LOGIN_PACE = Limit(20, 60.0)
LOGIN_PATHS = ("/login", "/enter")
BACK_FROM_PROVIDER = "/login/oidc/callback"  # a GET that costs a talk with the identity provider

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# The mail as it came is shown in a frame that may do nothing at all.
MAIL_CSP = "default-src 'none'; style-src 'self'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
HEADERS = {
    "x-content-type-options": "nosniff",
    # not no-referrer: browsers would then send "Origin: null" with our own forms
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-frame-options": "DENY",
}


class BodyTooLarge(Exception):
    """More was sent than any form of ours can hold."""


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: App, settings: ConsoleSettings, pace: Limit = PACE, largest_upload: int = 0) -> None:
        self.app, self.settings, self.largest_upload = app, settings, largest_upload
        self.pace, self.login_pace = Throttle(pace), Throttle(LOGIN_PACE)
        self.only_loopback = is_loopback(settings.host) and not settings.trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal:
            await refusal(scope, receive, _with_headers(scope, send, self.settings.secure_cookies))
            return
        await self._pass(scope, receive, _with_headers(scope, send, self.settings.secure_cookies))

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, _bounded(receive, self._largest(scope)), watched)
        except BodyTooLarge:
            if not begun:
                await PlainTextResponse("too large", 413)(scope, receive, send)
        except Exception as error:  # noqa: BLE001 (the visitor gets a number, the log where it happened)
            incident = secrets.token_hex(4)
            _log(error, incident, scope)
            if not begun:
                text = f"出错了，没有保存任何内容。编号 {incident}\nAn error; nothing was saved. Incident {incident}\n"
                await PlainTextResponse(text, 500)(scope, receive, send)

    def _largest(self, scope: Scope) -> int:
        """How much a request may bring: a form of ours, or where papers are uploaded as much as they may have."""
        uploads = scope["method"] == "POST" and scope["path"].endswith(UPLOADS)
        return max(LARGEST_BODY, self.largest_upload) if uploads else LARGEST_BODY

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        if self.only_loopback and not is_loopback(_host(headers.get("host", ""))):
            return PlainTextResponse("unknown host", 421)
        caller = scope["client"][0] if scope.get("client") else "?"
        posted = scope["method"] == "POST" and scope["path"].startswith(LOGIN_PATHS)
        logs_in = posted or scope["path"] == BACK_FROM_PROVIDER
        throttle = self.login_pace if logs_in else self.pace
        # static files are cheap and come many at a time with the first page
        wait = 0.0 if scope["path"].startswith("/static/") else throttle.wait(caller, monotonic())
        if wait:
            seconds = str(int(wait) + 1)
            return PlainTextResponse(f"too many requests: wait {seconds} s", 429, headers={"retry-after": seconds})
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length) > self._largest(scope):
            return PlainTextResponse("too large", 413)
        if unwritable(_asked(scope)):
            return PlainTextResponse("unreadable characters in the address", 400)
        if scope["method"] not in SAFE and not _by_token(scope, headers) and not _same_origin(scope, headers):
            return PlainTextResponse("this request comes from another site", 403)
        return None


def _log(error: Exception, incident: str, scope: Scope) -> None:
    """Where it happened, without what was in hand: messages of errors can hold names and phones."""
    frames = "".join(traceback.format_tb(error.__traceback__)[-6:])
    kind = f"{type(error).__module__}.{type(error).__name__}"
    route = getattr(scope.get("route"), "path", "")
    log.error("page_failed", incident=incident, route=route, method=scope["method"], error=kind, frames=frames)


def _by_token(scope: Scope, headers: Headers) -> bool:
    """The JSON interface takes no cookie, so no foreign page can borrow one."""
    path: str = scope["path"]
    return path.startswith("/api/") and headers.get("authorization", "").startswith("Bearer ")


def _same_origin(scope: Scope, headers: Headers) -> bool:
    origin = headers.get("origin")
    if origin is None or origin == "null":
        return headers.get("sec-fetch-site") == "same-origin"
    said = urlsplit(origin)
    return said.scheme == scope["scheme"] and said.netloc == headers.get("host")


def _asked(scope: Scope) -> str:
    """The path and the query in the characters that a page will see, and who says to be asking: he is kept."""
    path: str = scope["path"]
    query = unquote_plus(scope["query_string"].decode("latin-1"))
    return path + query + Headers(scope=scope).get("user-agent", "")


def _host(netloc: str) -> str:
    return urlsplit("//" + netloc).hostname or ""


def _bounded(receive: Receive, largest: int) -> Receive:
    total = 0

    async def bounded() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > largest:
            raise BodyTooLarge
        return message

    return bounded


def _with_headers(scope: Scope, send: Send, secure: bool) -> Send:
    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("content-security-policy", CSP)
            if headers["content-security-policy"] == MAIL_CSP:
                headers["x-frame-options"] = "SAMEORIGIN"
            if not scope["path"].startswith("/static/"):
                headers.setdefault("cache-control", "no-store")
            if secure:
                headers.setdefault("strict-transport-security", "max-age=31536000")
        await send(message)

    return dressed
