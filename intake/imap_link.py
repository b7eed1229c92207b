"""The link to an IMAP server: opened with checked TLS and time limits, its many kinds of failure told as one.

MailboxSettings -> open_link -> an IMAPClient with the folder selected, or MailboxUnreachable. A link belongs to one
thread. After any error it is thrown away: what a parser lost track of cannot be trusted again (RELIABILITY §6 row 18).
"""

import imaplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, Literal

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError, LoginError

from config.phrases import phrase
from config.settings import MailboxSettings
from config.token import TokenRefused, access_token, xoauth2
from config.wire import checked_tls, keep_watch, printable

Trouble = Literal["refused", "login", "timeout", "tls", "folder", "protocol"]
Selected = dict[bytes, Any]

# What a parser fed with nonsense may raise: all of it means that the server cannot be understood.
NONSENSE = (ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, RecursionError)
OVERHEAD = 1024 * 1024  # bytes that an answer may hold besides the mail that was asked for


class MailboxUnreachable(Exception):
    """The mailbox cannot be read now; `kind` says which part of the way failed, `detail` what the other side said.

    refused: no connection, or it broke · login: name or password · timeout: no answer · tls: not to be trusted ·
    folder: no such folder · protocol: the answers make no sense
    """

    def __init__(self, kind: Trouble, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind: Trouble = kind
        self.detail = detail

    @property
    def code(self) -> str:
        """Code of the sentence in phrases.toml, which also knows the mend."""
        return f"mailbox_{self.kind}"

    def said(self, language: str = "zh") -> str:
        """The sentence for people."""
        return phrase(self.code, language, detail=self.detail)


@contextmanager
def told_as_one(error_means: Trouble = "protocol") -> Iterator[None]:
    """Turns whatever sockets, TLS, imaplib and imapclient raise into MailboxUnreachable.

    `error_means`: the kind that the server's own NO or BAD stands for here.
    """
    try:
        yield
    except MailboxUnreachable:
        raise
    except (ssl.SSLError, CapabilityError) as error:
        raise MailboxUnreachable("tls", _words(error)) from error
    except TimeoutError as error:
        raise MailboxUnreachable("timeout", _words(error)) from error
    except (OSError, IMAPClientAbortError) as error:
        raise MailboxUnreachable("timeout" if "timed out" in str(error) else "refused", _words(error)) from error
    except LoginError as error:
        raise MailboxUnreachable("login", _words(error)) from error
    except IMAPClientError as error:
        raise MailboxUnreachable(error_means, _words(error)) from error
    except NONSENSE as error:
        raise MailboxUnreachable("protocol", _words(error)) from error


def _words(error: BaseException) -> str:
    """The server's words, fit for a log and a screen; the name of the error where it says nothing."""
    return printable(str(error)) or type(error).__name__


def open_link(settings: MailboxSettings) -> IMAPClient:
    """Connects, secures and logs in, and tells our name where asked. Raises MailboxUnreachable."""
    with told_as_one("refused"):
        tls = checked_tls(settings.ca_file)
        client = IMAPClient(
            settings.host,
            settings.port,
            ssl=settings.tls == "implicit",
            ssl_context=tls,
            timeout=SocketTimeout(settings.connect_timeout, settings.read_timeout),
        )
    try:
        _quicken(client, settings)
        if settings.tls == "starttls":
            with told_as_one("tls"):
                client.starttls(tls)
        with told_as_one("login"):
            _log_in(client, settings)
    except BaseException:
        cut(client)
        raise
    return client


def _quicken(client: IMAPClient, settings: MailboxSettings) -> None:
    """No logging of each line (four times as fast), no Nagle, dead peers noticed, no literal beyond what was asked."""
    client._imap.debug = 0
    client.normalise_times = False  # INTERNALDATE with its zone
    client._imap.read = _bounded(client._imap.read, settings.max_mail_bytes + OVERHEAD)
    with told_as_one():
        keep_watch(client.socket())


def _bounded(read: Callable[[int], bytes], limit: int) -> Callable[[int], bytes]:
    """Reads literals of up to `limit` bytes: a server that announces more is left before it fills the memory."""

    def bounded(size: int) -> bytes:
        if size > limit:
            raise imaplib.IMAP4.abort(f"literal of {size} bytes, more than the {limit} allowed")
        return read(size)

    return bounded


def _log_in(client: IMAPClient, settings: MailboxSettings) -> None:
    """163, 126 and yeah.net open no folder to a client that has not said its name (ID) after the login."""
    if settings.token_command:
        _log_in_by_token(client, settings)
    elif settings.username:
        client.login(settings.username, settings.secret())
    if client.has_capability("ID"):
        client.id_({"name": "consign", "version": version("consign"), "vendor": "consign"})


def _log_in_by_token(client: IMAPClient, settings: MailboxSettings) -> None:
    """XOAUTH2: a refusal comes as a challenge with the reason, to be answered by an empty line."""
    try:
        words = xoauth2(settings.username, access_token(settings.token_command)).encode()
    except TokenRefused as refused:
        raise MailboxUnreachable("login", str(refused)) from refused
    client.sasl_login("XOAUTH2", lambda challenge: b"" if challenge else words)


def select(client: IMAPClient, folder: str, *, readonly: bool = False) -> Selected:
    """Selects `folder` for reading and flagging; returns what the server says of it. Raises MailboxUnreachable."""
    with told_as_one("folder"):
        selected: Selected = client.select_folder(folder, readonly)
    if not isinstance(selected.get(b"UIDVALIDITY"), int):
        raise MailboxUnreachable("protocol", "no UIDVALIDITY: mails cannot be told apart for ever")
    return selected


def part(client: IMAPClient, patience: float = 2.0) -> None:
    """Says goodbye, waits `patience` seconds for the answer at most, and closes."""
    try:
        client.socket().settimeout(patience)
        client.logout()
    except (IMAPClientError, OSError, *NONSENSE):  # the link goes either way
        cut(client)


def cut(client: IMAPClient) -> None:
    """Closes without a word."""
    try:
        client.shutdown()
    except (IMAPClientError, OSError, AttributeError):  # closed already
        return
