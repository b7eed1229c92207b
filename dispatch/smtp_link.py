"""One SMTP connection: opened with checked TLS and time limits, and its commands with their replies.

smtplib connects, greets, secures and logs in; the mail transaction is spoken here, because sendmail() resets after
errors, waits the same time for every reply and cannot send commands in one go (RFC 2920).
"""

import smtplib
import socket
import ssl
import time
from contextlib import suppress

from config.settings import SmtpSettings
from config.token import TokenRefused, access_token, xoauth2
from config.wire import checked_tls, keep_watch, printable
from dispatch.smtp_outcome import words

LOGINS = {"PLAIN": "auth_plain", "LOGIN": "auth_login", "CRAM-MD5": "auth_cram_md5"}
UNKNOWN_MECHANISM = 504  # offered, and not taken after all (RFC 4954 section 4)
EXTENSIONS = ("pipelining", "size", "8bitmime", "smtputf8", "starttls", "auth")


class Broken(Exception):
    """The connection cannot be opened or went away; no reply, or one that makes no sense. `code`: 0 without a reply."""

    def __init__(self, text: str, code: int = 0) -> None:
        super().__init__(text)
        self.code = code


class LoginRefused(Broken):
    """Name or password."""


class Stale(Broken):
    """The connection went away, or 421 came, before the server had taken notice of the letter."""


class Refused(Exception):
    """The server answered a command of the transaction with another reply than hoped for."""

    def __init__(self, code: int, text: bytes | str, *, closing: bool) -> None:
        super().__init__(words(code, text))
        self.code, self.text, self.closing = code, text, closing


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


def open_link(settings: SmtpSettings) -> "Link":
    """Connects, greets, secures and logs in. Raises Broken, LoginRefused."""
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
    return Link(smtp, settings)


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
    words = xoauth2(settings.username, access_token(settings.token_command))
    smtp.auth("XOAUTH2", lambda challenge=None: words if challenge is None else "")


def _address_literal(sock: socket.socket) -> str:
    """Our name in EHLO: the address that the server sees (RFC 5321 4.1.3), found without asking the DNS."""
    address = str(sock.getsockname()[0])
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


class Link:
    """An open connection, ready for letters."""

    def __init__(self, smtp: smtplib.SMTP, settings: SmtpSettings) -> None:
        self.smtp, self.settings = smtp, settings
        self.pipelines = settings.pipelining and smtp.has_extn("pipelining")
        self._unfinished = False  # a transaction was begun and refused: RSET goes before the next

    def offers(self) -> list[str]:
        """The extensions of the server that matter here."""
        return [name.upper() for name in EXTENSIONS if self.smtp.has_extn(name)]

    def unasked(self) -> bytes | None:
        """What the server said unasked, b"" when it has left; None while it is silent, as it should be.

        Such words would be taken for the reply to the next command.
        """
        sock, lines = self.smtp.sock, self.smtp.file
        if sock is None or lines is None:
            return b""
        sock.settimeout(0)
        try:
            ahead: bytes = lines.peek(1)
            if ahead:
                return ahead
            end: bytes | None = lines.raw.read(1)  # None: nothing to read; b"": the end
            return end
        except (ssl.SSLWantReadError, BlockingIOError):
            return None
        except OSError:
            return b""
        finally:
            with suppress(OSError):
                sock.settimeout(self.settings.read_timeout)

    def announce(self, envelope_from: str, recipient: str, size: int, *, eight_bit: bool, deadline: float) -> None:
        """MAIL, RCPT and DATA up to the 354. Raises Stale, Broken, Refused."""
        commands = [
            self._mail(envelope_from, recipient, size, eight_bit),
            b"RCPT TO:<%s>" % on_the_wire(recipient),
            b"DATA",
        ]
        if self._unfinished:
            commands.insert(0, b"RSET")
        groups = [commands] if self.pipelines else [[command] for command in commands]
        noticed = False
        for group in groups:
            noticed = self._say(group, deadline, noticed)

    def _say(self, group: list[bytes], deadline: float, noticed: bool) -> bool:
        """Sends a group of commands in one write and reads all their replies; the first bad one counts."""
        bad: tuple[int, bytes] | None = None
        try:
            self._send(b"".join(command + b"\r\n" for command in group), self._patience(deadline))
            for command in group:
                code, text = self._reply(self._patience(deadline))
                if code == 421 and not noticed:
                    raise Stale(words(code, text), code)
                noticed = True
                self._unfinished = self._unfinished or command.startswith(b"MAIL")
                if command == b"RSET":
                    self._unfinished = False
                    if not hoped_for(command, code):
                        raise Stale(words(code, text), code)
                if bad is None and not hoped_for(command, code):
                    bad = code, text
                if code == 421:
                    break
        except Stale:
            raise
        except Broken as broken:
            if bad is not None:
                raise Refused(*bad, closing=True) from broken
            raise (broken if noticed else Stale(str(broken), broken.code)) from broken
        if bad is not None:
            # With a 354 to a refused letter the server waits for text: the link is left, no dot is ever sent.
            waits_for_text = group[-1] == b"DATA" and code == 354
            lost_track = bad[0] < 400 or bad[0] == 503
            raise Refused(*bad, closing=waits_for_text or lost_track or 421 in (code, bad[0]))
        return noticed

    def _mail(self, envelope_from: str, recipient: str, size: int, eight_bit: bool) -> bytes:
        """MAIL with what the server offers and the letter needs. Raises Refused for what it cannot take."""
        command = b"MAIL FROM:<%s>" % on_the_wire(envelope_from)
        limit = self.smtp.esmtp_features.get("size", "")
        if self.smtp.has_extn("size"):
            if limit.isdigit() and 0 < int(limit) < size:
                raise Refused(552, f"the letter has {size} bytes, the server takes {limit}", closing=False)
            command += b" SIZE=%d" % size
        if eight_bit and self.smtp.has_extn("8bitmime"):
            command += b" BODY=8BITMIME"
        if (
            not (envelope_from + recipient).isascii()
            and not (on_the_wire(envelope_from) + on_the_wire(recipient)).isascii()
        ):
            if not self.smtp.has_extn("smtputf8"):
                raise Refused(553, "the address is not ASCII and the server has no SMTPUTF8", closing=False)
            command += b" SMTPUTF8"
        return command

    def write(self, body: bytes, deadline: float) -> None:
        """The text, without the final dot; may take until the deadline. Raises Broken."""
        self._send(body, max(0.001, deadline - time.monotonic()))

    def dot(self, patience: float) -> tuple[int, bytes]:
        """The final dot and its reply. Raises Broken: the outcome is not known."""
        self._unfinished = False
        self._send(b".\r\n", self.settings.read_timeout)
        return self._reply(patience)

    def part(self) -> None:
        """QUIT, whose answer is waited for a second, and close."""
        try:
            self._send(b"QUIT\r\n", 1.0)
            self._reply(1.0)
        except Broken:
            pass
        self.cut()

    def cut(self) -> None:
        """Closes without a word."""
        self.smtp.close()

    def _patience(self, deadline: float) -> float:
        return max(0.001, min(self.settings.read_timeout, deadline - time.monotonic()))

    def _send(self, octets: bytes, patience: float) -> None:
        sock = self.smtp.sock
        if sock is None:
            raise Broken("the connection is closed")
        try:
            sock.settimeout(patience)
            sock.sendall(octets)
        except OSError as error:
            raise Broken(printable(str(error)) or type(error).__name__) from error

    def _reply(self, patience: float) -> tuple[int, bytes]:
        sock = self.smtp.sock
        if sock is None:
            raise Broken("the connection is closed")
        try:
            sock.settimeout(patience)
            code, text = self.smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:  # a line too long comes as a made-up 500
            raise Broken(printable(str(error)) or type(error).__name__) from error
        if not 200 <= code < 600:
            raise Broken(f"not a reply: {words(code, text)}")
        return code, text


def hoped_for(command: bytes, code: int) -> bool:
    """Whether the transaction goes on after this reply: 354 to DATA, 2xx (also 251: forwarded) to the others."""
    return code == 354 if command == b"DATA" else 200 <= code < 300


def on_the_wire(address: str) -> bytes:
    """The address in octets: its domain as an A-label where it is not ASCII. Raises UnicodeError for no such name."""
    local, at, domain = address.rpartition("@")
    if not domain.isascii():
        domain = domain.encode("idna").decode("ascii")
    return f"{local}{at}{domain}".encode()
