"""The first words with an SMTP server: connected within a time limit, TLS checked, logged in with one try.

smtplib does the work; what it leaves open is settled here: two time limits instead of one, no question to the DNS for
our own name, no second login after a refused one.
"""

import smtplib
import socket
import ssl

from config.settings import SmtpSettings
from config.token import TokenRefused, access_token, xoauth2
from config.wire import checked_tls, keep_watch, printable
from dispatch.smtp_outcome import words

LOGINS = {"PLAIN": "auth_plain", "LOGIN": "auth_login", "CRAM-MD5": "auth_cram_md5"}
UNKNOWN_MECHANISM = 504  # offered, and not taken after all (RFC 4954 section 4)


class Broken(Exception):
    """The connection cannot be opened or went away; no reply, or one that makes no sense. `code`: 0 without a reply."""

    def __init__(self, text: str, code: int = 0) -> None:
        super().__init__(text)
        self.code = code


class LoginRefused(Broken):
    """Name or password."""


class _Plain(smtplib.SMTP):
    """smtplib's client with two time limits: to connect, and to be answered."""

    def __init__(self, settings: SmtpSettings) -> None:
        self.read_timeout = settings.read_timeout
        # A name given: smtplib would ask the DNS for ours, and hang where that is slow (RELIABILITY row 43).
        super().__init__(settings.host, settings.port, local_hostname="consign", timeout=settings.connect_timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = self._connect(host, port, timeout)
        sock.settimeout(self.read_timeout)
        return sock

    def _connect(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = socket.create_connection((host, port), timeout)
        keep_watch(sock)
        return sock


class _Implicit(_Plain):
    """TLS from the first byte."""

    def __init__(self, settings: SmtpSettings, context: ssl.SSLContext) -> None:
        self.context = context
        super().__init__(settings)

    def _connect(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = super()._connect(host, port, timeout)
        try:
            return self.context.wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise


def greeted(settings: SmtpSettings) -> smtplib.SMTP:
    """A connection that was greeted, secured and logged in. Raises Broken, LoginRefused."""
    try:
        context = checked_tls(settings.ca_file)
        smtp = _Implicit(settings, context) if settings.tls == "implicit" else _Plain(settings)
    except smtplib.SMTPResponseException as greeted:
        raise Broken(words(greeted.smtp_code, greeted.smtp_error), greeted.smtp_code) from greeted
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise Broken(f"{settings.host}:{settings.port}: {printable(str(error))}") from error
    try:
        _introduce(smtp, settings, context)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _introduce(smtp: smtplib.SMTP, settings: SmtpSettings, context: ssl.SSLContext) -> None:
    try:
        assert smtp.sock is not None
        smtp.local_hostname = _address_literal(smtp.sock)
        smtp.ehlo_or_helo_if_needed()
        if settings.tls == "starttls":
            smtp.starttls(context=context)  # raises where it is not offered: never on in plain text
            smtp.ehlo()
        if settings.token_command:
            _log_in_by_token(smtp, settings)
        elif settings.username:
            _log_in(smtp, settings.username, settings.secret())
    except TokenRefused as refused:
        raise LoginRefused(str(refused)) from refused
    except smtplib.SMTPAuthenticationError as refused:
        text = words(refused.smtp_code, refused.smtp_error)
        kind = LoginRefused if refused.smtp_code >= 500 else Broken
        raise kind(text, refused.smtp_code) from refused
    except smtplib.SMTPResponseException as error:
        raise Broken(words(error.smtp_code, error.smtp_error), error.smtp_code) from error
    except (OSError, smtplib.SMTPException, ValueError) as error:  # ValueError: a password that is not ASCII
        raise Broken(printable(str(error)) or type(error).__name__) from error


def _log_in(smtp: smtplib.SMTP, username: str, password: str) -> None:
    """One try to log in. smtplib's login() tries every mechanism after a refusal: three wrong logins for one."""
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    smtp.user, smtp.password = username, password
    for name in [name for name in LOGINS if name in offered]:
        try:
            smtp.auth(name, getattr(smtp, LOGINS[name]))
        except smtplib.SMTPAuthenticationError as refused:
            if refused.smtp_code != UNKNOWN_MECHANISM:
                raise
        else:
            return
    raise smtplib.SMTPNotSupportedError(f"no login that we know is offered: {' '.join(offered) or '-'}")


def _log_in_by_token(smtp: smtplib.SMTP, settings: SmtpSettings) -> None:
    """XOAUTH2: a refusal comes as a challenge with the reason, to be answered by an empty line."""
    answer = xoauth2(settings.username, access_token(settings.token_command))
    smtp.auth("XOAUTH2", lambda challenge=None: answer if challenge is None else "")


def _address_literal(sock: socket.socket) -> str:
    """Our name in EHLO: the address that the server sees (RFC 5321 4.1.3), found without asking the DNS."""
    address = str(sock.getsockname()[0])
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
