"""The key of the tokens in our letters: set by the administrator, or made once and kept in a file of mode 0600."""

import os
import secrets
from pathlib import Path

from config.settings import Settings


def token_secret(settings: Settings, database_file: Path | None) -> bytes:
    """The key. Raises OSError when its file can be neither read nor made.

    Daemons that share a PostgreSQL database must share the key too: without a SQLite file beside which to keep it,
    `token_secret` has to be set, otherwise a new key is made in the working folder.
    """
    given = settings.token_secret.get_secret_value()
    if given:
        return given.encode()
    file = (database_file or Path("consign")).with_suffix(".secret")
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_bytes()
    with os.fdopen(handle, "wb") as out:
        key = secrets.token_hex(32).encode()
        out.write(key)
        out.flush()
        os.fsync(out.fileno())
    return key
