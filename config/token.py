"""OAuth2 access tokens for mailboxes of Microsoft and Google: a command of the administrator prints one.

The command (such as `mutt_oauth2.py`, `oama access ADDRESS` or an own script) knows the refresh token and renews what
has expired; it is run at each connect, so that no token is older than its connection. Nothing that it prints is logged.
"""

import re
import subprocess
from collections.abc import Sequence

from config.wire import printable

PATIENCE = 30.0  # seconds until the command counts as hanging
TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")  # RFC 6750 section 2.1


class TokenRefused(Exception):
    """The token command gave no token; the words say which command and why, never what it printed as token."""


def access_token(command: Sequence[str], *, patience: float = PATIENCE) -> str:
    """What the command prints on standard output. Raises TokenRefused when it fails, hangs or prints anything else."""
    name = command[0]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=patience, check=False)
    except subprocess.TimeoutExpired as late:
        raise TokenRefused(f"token_command {name}: no answer within {patience:g} s") from late
    except OSError as error:
        raise TokenRefused(f"token_command {name}: {error.strerror or error}") from error
    if done.returncode != 0:
        raise TokenRefused(f"token_command {name}: exit status {done.returncode}: {printable(done.stderr)}")
    token = done.stdout.decode("ascii", "replace").strip()
    if not TOKEN.fullmatch(token):
        raise TokenRefused(f"token_command {name}: what it printed is not an access token ({len(token)} characters)")
    return token


def xoauth2(username: str, token: str) -> str:
    """The initial response of SASL XOAUTH2, before base64."""
    return f"user={username}\x01auth=Bearer {token}\x01\x01"
