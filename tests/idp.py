"""An OpenID Connect provider in this process, on loopback: signs with a real RSA key, keeps the rules of the protocol
and breaks them on order."""

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "desk", "a secret between the two of them, 32+"


@dataclass
class Provider:
    """Use it in a `with`. Whoever comes is logged in at once, as `person` says."""

    clock: Callable[[], datetime]
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "7", "preferred_username": "li", "name": "李静"})
    told_later: dict[str, Any] = field(default_factory=dict)  # by the userinfo page only
    claims: dict[str, Any] = field(default_factory=dict)  # of the ID token, in place of the right ones; None: left out
    alg: str = "RS256"
    signs_with: RSAKey | OctKey | None = None  # in place of its own key
    calls: list[str] = field(default_factory=list)
    away: bool = False

    def __enter__(self) -> Self:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: set[str] = set()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"provider": self}))
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def new_key(self, kid: str) -> None:
        """Keys are changed now and then; the old one is not published any more."""
        self.key = RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})

    def discovery(self) -> dict[str, Any]:
        paths = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
        return {"issuer": self.issuer} | {name: f"{self.issuer}/{name}" for name in paths}

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is led back to."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = token_urlsafe(16)
        self.codes[code] = asked
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"], "iss": self.issuer})

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """A code is good once, for whoever asked for it and holds the verifier."""
        proof = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.codes.pop(form["code"], None)
        if authorization != proof:
            return 401, {"error": "invalid_client"}
        challenge = (
            base64.urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        )
        if asked is None or challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        token = token_urlsafe(16)
        self.tokens.add(token)
        return 200, {"access_token": token, "token_type": "Bearer", "id_token": self._id_token(asked["nonce"])}

    def _id_token(self, nonce: str) -> str:
        now = int(self.clock().timestamp())
        right = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce} | self.person
        claims = {name: value for name, value in (right | self.claims).items() if value is not None}
        if self.alg == "none":
            header, body = ({"alg": "none", "kid": "one"}, claims)
            return ".".join(_encoded(part) for part in (header, body)) + "."
        key = self.signs_with or self.key
        return jwt.encode({"alg": self.alg, "kid": self.key.kid}, claims, key, algorithms=[self.alg])


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


class _Handler(BaseHTTPRequestHandler):
    """The provider's pages."""

    provider: Provider

    def do_GET(self) -> None:
        provider, path = self.provider, urlsplit(self.path).path
        provider.calls.append(path)
        if provider.away:
            self._send(503, {})
        elif path == "/.well-known/openid-configuration":
            self._send(200, provider.discovery())
        elif path == "/jwks_uri":
            self._send(200, {"keys": [provider.key.as_dict(private=False)]})
        elif path == "/authorization_endpoint":
            self.send_response(302)
            self.send_header("location", provider.authorize(_single(urlsplit(self.path).query)))
            self.end_headers()
        elif path == "/userinfo_endpoint":
            known = self.headers.get("authorization", "").removeprefix("Bearer ") in provider.tokens
            told = {"sub": provider.person["sub"]} | provider.told_later
            self._send(200 if known else 401, told if known else {})
        else:
            self._send(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.provider.calls.append(self.path)
        if self.provider.away:
            self._send(503, {})
        else:
            self._send(*self.provider.token(_single(body), self.headers.get("authorization", "")))

    def _send(self, status: int, said: dict[str, Any]) -> None:
        octets = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""


def _single(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
