"""Real mail servers on loopback for tests: Debian's Dovecot, Postfix and smtp-sink; pymap and aiosmtpd in process."""

import grp
import re
import shutil
import smtplib
from pathlib import Path
from typing import Any

from config.settings import MailboxSettings
from consign.servers import EmbeddedServers
from tests.fakes import SmtpRecorder
from tests.postfix import PostfixServer
from tests.processes import LOOPBACK, ServerProcess, free_port, require

PASSWORD = "pw"


class DovecotServer(ServerProcess):
    """Dovecot 2.3: IMAP and LMTP for any user name with one password; Maildir, so that tests can see its files."""

    def __init__(self, *, capability: str = "", tls: tuple[Path, Path] | None = None, extra: str = "") -> None:
        """`capability`: what the server says it can do; `tls`: certificate and key, then a port speaks it from the
        first byte and STARTTLS is offered; `extra`: lines of configuration."""
        self.binary = require("dovecot", "dovecot-imapd dovecot-lmtpd")
        super().__init__("dovecot")
        self.imap_port, self.imaps_port, self.lmtp_port = free_port(), free_port(), free_port()
        self.tls = tls
        (self.folder / "dovecot.conf").write_text(self._configuration(capability, extra))
        self.start()

    def start(self) -> None:
        self.spawn([self.binary, "-F", "-c", str(self.folder / "dovecot.conf")], self.imap_port)

    def halt(self) -> None:
        super().halt()
        shutil.rmtree(self.folder / "run", ignore_errors=True)

    def mailbox(self, user: str = "orders", **changes: Any) -> MailboxSettings:
        """Settings that read `user`'s INBOX."""
        plain = {"host": LOOPBACK, "port": self.imap_port, "tls": "none", "username": user, "password": PASSWORD}
        return MailboxSettings.model_validate(plain | changes)

    def deliver(self, octets: bytes, *users: str) -> None:
        """Delivers by LMTP, as a mail server does."""
        with smtplib.LMTP(LOOPBACK, self.lmtp_port, timeout=10) as lmtp:
            lmtp.sendmail("sender@example.test", list(users or ("orders",)), octets)

    def maildir(self, user: str = "orders") -> Path:
        return self.folder / "mail" / user / "Maildir"

    def renumber(self, user: str = "orders") -> None:
        """A new UIDVALIDITY and new UIDs for the same mails, as after a restored or rebuilt mailbox."""
        self.halt()
        for index in self.maildir(user).glob("dovecot.index*"):
            index.unlink()
        uids = self.maildir(user) / "dovecot-uidlist"
        header = uids.read_text().splitlines()[0]
        validity = int(re.search(r" V(\d+)", header)[1])  # type: ignore[index]  # a None fails the test
        uids.write_text(re.sub(r" V\d+ N\d+", f" V{validity + 7} N1", header) + "\n")
        self.start()

    def _configuration(self, capability: str, extra: str) -> str:
        who, group = self.account.pw_name, self.account.pw_gid
        imaps = f"port = {self.imaps_port}\n    ssl = yes" if self.tls else "port = 0"
        return f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/dovecot.log
protocols = imap lmtp
listen = {LOOPBACK}
disable_plaintext_auth = no
first_valid_uid = 0
mail_location = maildir:~/Maildir
mail_max_userip_connections = 200
default_internal_user = {who}
default_internal_group = {grp.getgrgid(group).gr_name}
default_login_user = {who}
auth_failure_delay = 0
{f"ssl = yes{chr(10)}ssl_cert = <{self.tls[0]}{chr(10)}ssl_key = <{self.tls[1]}" if self.tls else "ssl = no"}
protocol imap {{
  {f"imap_capability = {capability}" if capability else ""}
}}
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={self.account.pw_uid} gid={group} home={self.folder}/mail/%u
}}
service anvil {{
  chroot =
}}
service lmtp {{
  inet_listener lmtp {{
    port = {self.lmtp_port}
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.imap_port}
  }}
  inet_listener imaps {{
    {imaps}
  }}
}}
{extra}
"""


class SmtpSink(ServerProcess):
    """Debian's smtp-sink: takes everything, keeps nothing; `options` are its own, such as "-r", "RCPT"."""

    def __init__(self, *options: str) -> None:
        binary = require("smtp-sink", "postfix")
        super().__init__("smtp-sink")
        self.port = free_port()
        self.spawn([binary, *options, f"{LOOPBACK}:{self.port}", "100"], self.port)


__all__ = [
    "PASSWORD",
    "DovecotServer",
    "EmbeddedServers",
    "PostfixServer",
    "SmtpRecorder",
    "SmtpSink",
    "free_port",
    "require",
]
