"""The company's identity provider (OpenID Connect): the way to its login page, and what its answer proves.

The authorization code flow with PKCE (RFC 7636), state and nonce. Nothing is believed but what a key of the provider
has signed, for us, now, and for this very try. Authlib speaks the protocol, joserfc checks signatures (extra `oidc`).
"""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from config.settings import OidcSettings, is_loopback
from followup.console.oidctry import NotProven, ProviderAway, Try

# Signatures by a key of the provider alone: "none" could be signed by anybody, HS256 by whoever knows our secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
PATIENCE = 5.0  # seconds for each answer of the provider
KNOWN_FOR = timedelta(hours=1)  # its addresses and keys; a key that is not among them is looked up at once …
KEYS_AGAIN = timedelta(minutes=1)  # … but not more often than this
LEEWAY = 60  # seconds by which its clock may differ from ours


class Provider:
    """The provider of one installation; its addresses and keys are asked for once an hour. Safe among threads."""

    def __init__(self, settings: OidcSettings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._known: dict[str, Any] = {}
        self._known_at: datetime | None = None
        self._keys: KeySet | None = None
        self._keys_at: datetime | None = None

    def secret(self) -> str:
        """What the desk proves itself with. Raises ProviderAway where its file cannot be read."""
        try:
            return self.settings.secret()
        except OSError as unreadable:
            raise ProviderAway(f"client_secret_file: {unreadable.strerror}") from unreadable

    def way_there(self, attempt: Try, redirect_uri: str, now: datetime) -> str:
        """The address of the provider's login page for this try. Raises ProviderAway."""
        address = self._address("authorization_endpoint", now)
        with self._client(redirect_uri) as client:
            url, _ = client.create_authorization_url(
                address, state=attempt.state, nonce=attempt.nonce, code_verifier=attempt.verifier
            )
        return str(url)

    def claims(self, code: str, attempt: Try, redirect_uri: str, now: datetime) -> Mapping[str, Any]:
        """What the provider says of whoever came back with `code`. Raises ProviderAway, NotProven."""
        address = self._address("token_endpoint", now)
        with self._client(redirect_uri) as client:
            try:
                token = client.fetch_token(
                    address,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=attempt.verifier,
                    allow_redirects=False,
                )
            except AuthlibBaseError as refused:  # used before, run out, not ours
                raise NotProven(f"code refused: {refused.error}") from refused
            except (requests.RequestException, ValueError) as away:
                raise ProviderAway(f"token_endpoint: {type(away).__name__}") from away
            claims = self._proven(token, attempt, now)
            return claims | self._userinfo(client, claims, now)

    def _client(self, redirect_uri: str) -> OAuth2Session:
        return OAuth2Session(
            self.settings.client_id,
            self.secret(),
            scope=" ".join(self.settings.scopes),
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method=self._way_to_prove_ourselves(),
            default_timeout=PATIENCE,
        )

    def _way_to_prove_ourselves(self) -> str:
        """Basic unless the provider offers only the other way (OpenID Connect Discovery 3: Basic is the default)."""
        offered = self._known.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"

    def _proven(self, token: Mapping[str, Any], attempt: Try, now: datetime) -> dict[str, Any]:
        """The claims of the ID token, after every check of OpenID Connect Core 3.1.3.7."""
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise NotProven("no id_token")
        try:
            signed = self._signed(id_token, now)
            claims = CodeIDToken(
                signed.claims,
                signed.header,
                options={
                    "iss": {"essential": True, "value": self.settings.issuer},
                    "aud": {"essential": True, "value": self.settings.client_id},
                },
                params={
                    "nonce": attempt.nonce,
                    "client_id": self.settings.client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
        except (JoseError, ValueError) as wrong:
            raise NotProven(f"id_token: {wrong}") from wrong
        return dict(claims)

    def _signed(self, id_token: str, now: datetime) -> jwt.Token:
        """The token, its signature checked; a key that is not known may be a new one."""
        keys = self._key_set(now)
        try:
            return jwt.decode(id_token, keys, algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            newer = self._key_set(now, again=True)
            if newer is keys:
                raise
            return jwt.decode(id_token, newer, algorithms=ALGORITHMS)

    def _userinfo(self, client: OAuth2Session, claims: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """What providers with lean ID tokens tell only when asked; of the same person, or it counts for nothing."""
        wanted = [self.settings.name_claim or "preferred_username", self.settings.roles_claim.partition(".")[0]]
        if all(name in claims for name in wanted if name) or "userinfo_endpoint" not in self._known:
            return {}
        try:
            answer = client.get(self._address("userinfo_endpoint", now), allow_redirects=False)
            answer.raise_for_status()
            told = answer.json()
        except (requests.RequestException, AuthlibBaseError, ValueError) as away:
            raise ProviderAway(f"userinfo_endpoint: {type(away).__name__}") from away
        if not isinstance(told, dict) or told.get("sub") != claims["sub"]:
            raise NotProven("userinfo speaks of somebody else")
        return {name: value for name, value in told.items() if name not in claims}

    def _address(self, name: str, now: datetime) -> str:
        """One of the provider's addresses, as its discovery document tells them."""
        with self._lock:
            if self._known_at is None or now - self._known_at > KNOWN_FOR:
                known = _fetched(self.settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
                if known.get("issuer") != self.settings.issuer:
                    raise ProviderAway(f"it calls itself {str(known.get('issuer'))[:200]!r}, not as issuer is set")
                self._known, self._known_at = known, now
        address = str(self._known.get(name) or "")
        if not _safe(address):
            raise ProviderAway(f"its {name} is no https address")
        return address

    def _key_set(self, now: datetime, *, again: bool = False) -> KeySet:
        address = self._address("jwks_uri", now)
        with self._lock:
            age = now - self._keys_at if self._keys_at else KNOWN_FOR
            if self._keys is None or age >= KNOWN_FOR or (again and age >= KEYS_AGAIN):
                try:
                    self._keys, self._keys_at = KeySet.import_key_set(_fetched(address)), now  # type: ignore[arg-type]
                except (JoseError, ValueError, KeyError) as nonsense:
                    raise ProviderAway(f"its keys: {type(nonsense).__name__}") from nonsense
            return self._keys


def _safe(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def _fetched(address: str) -> dict[str, Any]:
    """A JSON document of the provider."""
    try:
        answer = requests.get(address, timeout=PATIENCE, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (requests.RequestException, ValueError) as away:
        raise ProviderAway(f"{address}: {type(away).__name__}") from away
    if not isinstance(found, dict):
        raise ProviderAway(f"{address}: not an object")
    return found
