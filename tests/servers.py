"""Real mail servers on loopback for tests: Debian's Dovecot, Postfix and smtp-sink, each in a folder of its own.

They run unprivileged where they can (`nobody` when the tests run as root) and are stopped by process id. A missing
binary fails the test on a CI machine and is reported as not run elsewhere: require().
"""

import grp
import os
import pwd
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import pytest

from config.settings import MailboxSettings
from consign.servers import EmbeddedServers
from tests.fakes import SmtpRecorder

LOOPBACK = "127.0.0.1"
PASSWORD = "pw"
STARTING = 20.0  # seconds until a server listens


def require(binary: str, package: str) -> str:
    """Path of a binary of a Debian package; without it the test fails on CI and is skipped, by name, elsewhere."""
    path = shutil.which(binary, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/sbin")
    if path is None:
        words = f"{binary} is not installed (apt-get install {package})"
        if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
            pytest.fail(words)
        pytest.skip(words)
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


class ServerProcess:
    """A server of another program: its folder, its process group, its end."""

    def __init__(self, name: str, *, privileged: bool = False) -> None:
        root = os.getuid() == 0
        self.account = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.getuid())
        self.drops = root and not privileged
        self.folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))  # short: it holds sockets; open: nobody must pass
        self.folder.chmod(0o755)
        if root:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        self.process: subprocess.Popen[bytes] | None = None

    def spawn(self, argv: Sequence[str], port: int) -> None:
        """Starts the program and returns when `port` answers. Raises RuntimeError with its words when it does not."""
        rights: dict[str, Any] = (
            {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []} if self.drops else {}
        )
        with open(self.folder / "output", "ab") as output:
            self.process = subprocess.Popen(
                argv, start_new_session=True, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **rights
            )
        end = time.monotonic() + STARTING
        while time.monotonic() < end:
            try:
                socket.create_connection((LOOPBACK, port), 1).close()
            except OSError:
                if self._ended_within(0.02):
                    break
            else:
                return
        words = self.words()
        self.stop()
        raise RuntimeError(f"{argv[0]} does not listen on {port}: {words}")

    def _ended_within(self, seconds: float) -> bool:
        assert self.process is not None
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def words(self) -> str:
        """What it logged, the end of it."""
        logs = [path for path in (self.folder / "output", *self.folder.glob("*.log")) if path.exists()]
        return "\n".join(path.read_text(errors="replace")[-2000:] for path in logs)

    def halt(self) -> None:
        """Ends the process and its children; the folder stays."""
        if self.process is None:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, sign)
            except ProcessLookupError:
                break
            if self._ended_within(10):
                break
        self.process.wait(10)
        self.process = None

    def stop(self) -> None:
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


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
        validity = int(re.search(r" V(\d+)", header)[1])  # type: ignore[index]
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


class PostfixServer(ServerProcess):
    """Postfix 3.7 with its own queue; everything it takes goes on to `onward`, "smtp:[host]:port" or "lmtp:inet:…".

    Its master must be root; its daemons are not.
    """

    def __init__(self, onward: str, **settings: str) -> None:
        self.binary = require("postfix", "postfix")
        if os.getuid() != 0:
            pytest.skip("postfix needs root to start")
        super().__init__("postfix", privileged=True)
        os.chown(self.folder, 0, 0)
        self.port = free_port()
        owner = pwd.getpwnam("postfix")
        for name, number in (("queue", 0), ("data", owner.pw_uid)):
            (self.folder / name).mkdir()
            os.chown(self.folder / name, number, 0)
        lines = POSTFIX | {
            "queue_directory": f"{self.folder}/queue",
            "data_directory": f"{self.folder}/data",
            "maillog_file": f"{self.folder}/postfix.log",
            "maillog_file_prefixes": str(self.folder),
            "default_transport": onward,
            "relay_transport": onward,
            **settings,
        }
        (self.folder / "main.cf").write_text("".join(f"{key} = {value}\n" for key, value in lines.items()))
        (self.folder / "master.cf").write_text(POSTFIX_SERVICES.replace("PORT", f"{LOOPBACK}:{self.port}"))
        self.spawn([self.binary, "-c", str(self.folder), "start-fg"], self.port)

    def halt(self) -> None:
        """Its master leads a process group of its own: it is told first, and takes its daemons with it."""
        master = self.folder / "queue" / "pid" / "master.pid"
        if master.exists():
            os.kill(int(master.read_text()), signal.SIGTERM)
        super().halt()

    def queued(self) -> int:
        """How many mails lie in its queue."""
        return sum(
            path.is_file()
            for queue in ("incoming", "active", "deferred")
            for path in (self.folder / "queue" / queue).rglob("*")
        )


POSTFIX = {
    "compatibility_level": "3.6",
    "inet_interfaces": LOOPBACK,
    "inet_protocols": "ipv4",
    "myhostname": "postfix.example.test",
    "mydestination": "",
    "mynetworks": "127.0.0.0/8",
    "smtpd_relay_restrictions": "permit_mynetworks, reject",
    "alias_maps": "",
    "alias_database": "",
    "biff": "no",
    "smtp_host_lookup": "native",
    "smtp_tls_security_level": "none",
    "lmtp_tls_security_level": "none",
    "smtputf8_autodetect_classes": "all",
    "minimal_backoff_time": "1s",
    "queue_run_delay": "1s",
}
POSTFIX_SERVICES = """
PORT      inet  n - n - - smtpd
postlog   unix-dgram n - n - 1 postlogd
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
lmtp      unix  - - n - - lmtp
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
"""


class SmtpSink(ServerProcess):
    """Debian's smtp-sink: takes everything, keeps nothing; `options` are its own, such as "-r", "RCPT"."""

    def __init__(self, *options: str) -> None:
        binary = require("smtp-sink", "postfix")
        super().__init__("smtp-sink")
        self.port = free_port()
        self.spawn([binary, *options, f"{LOOPBACK}:{self.port}", "100"], self.port)


__all__ = [
    "DovecotServer",
    "EmbeddedServers",
    "PostfixServer",
    "SmtpRecorder",
    "SmtpSink",
    "free_port",
    "require",
]
