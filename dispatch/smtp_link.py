"""One SMTP connection and its mail transactions: commands, replies, and what each break of the dialogue means.

Spoken here and not by smtplib's sendmail(), which resets after errors, waits the same time for every reply, takes a
stray reply for the next one and cannot send commands in one go (RFC 2920).
"""

import smtplib
import ssl
import time
from contextlib import suppress

from config.settings import SmtpSettings
from config.wire import printable
from dispatch.smtp_greeting import Broken, greeted
from dispatch.smtp_outcome import words

EXTENSIONS = ("pipelining", "size", "8bitmime", "smtputf8", "starttls", "auth")


class Stale(Broken):
    """The connection went away, or 421 came, before the server had taken notice of the letter."""


class Refused(Exception):
    """The server answered a command of the transaction with another reply than hoped for."""

    def __init__(self, code: int, text: bytes | str, *, closing: bool) -> None:
        super().__init__(words(code, text))
        self.code, self.text, self.closing = code, text, closing


def open_link(settings: SmtpSettings) -> "Link":
    """A new connection, logged in. Raises Broken, LoginRefused."""
    return Link(greeted(settings), settings)


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
