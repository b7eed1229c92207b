"""One try to log in at the identity provider: the secrets that tie its answer to this browser and this try."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

VALID = timedelta(minutes=10)
SALT = "consign login at the provider"


class ProviderAway(Exception):
    """The provider cannot be reached, or answers with nonsense; passwords and links still log in."""


class NotProven(Exception):
    """What came back proves nobody; says which check failed."""


@dataclass(frozen=True)
class Try:
    """What is kept while somebody is at the provider: state and nonce (OpenID Connect Core 3.1.2.1), the verifier of
    PKCE (RFC 7636), and the path to go on to."""

    state: str
    nonce: str
    verifier: str
    onward: str
    until: datetime

    @classmethod
    def begin(cls, onward: str, now: datetime) -> "Try":
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, onward, now + VALID)

    def answered_by(self, state: str) -> bool:
        """Whether an answer with this state is the answer to this try."""
        return hmac.compare_digest(state.encode(), self.state.encode())

    def sealed(self, secret: str) -> str:
        """For a cookie; signed, so that no other site under our domain can lay one of its own."""
        parts = [self.state, self.nonce, self.verifier, self.onward, self.until.isoformat()]
        return str(URLSafeSerializer(secret, salt=SALT).dumps(parts))

    @classmethod
    def unsealed(cls, cookie: str, secret: str, now: datetime) -> "Try | None":
        """The try of such a cookie; None for one that is not ours, or too old."""
        try:
            state, nonce, verifier, onward, until = URLSafeSerializer(secret, salt=SALT).loads(cookie)
        except BadData:
            return None
        kept = cls(state, nonce, verifier, onward, datetime.fromisoformat(until))
        return kept if kept.until > now else None
