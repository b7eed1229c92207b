"""Postfix as a test server: a queue of its own, everything it takes goes on to another server."""

import os
import pwd
import signal

import pytest

from tests.processes import LOOPBACK, ServerProcess, free_port, require


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
