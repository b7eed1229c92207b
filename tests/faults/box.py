"""A throw-away IMAP server: Dovecot on loopback, in a folder of its own, with one account."""

import getpass
import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

USERNAME, PASSWORD = "orders@example.test", "chaos"
CONFIGURATION = """\
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
log_path = {folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/box
first_valid_uid = 1
mail_max_userip_connections = 500
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def dovecot() -> str | None:
    """The program, None where it is not installed (Debian: dovecot-imapd)."""
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Waits until `condition()` is true; AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.02)


class Box:
    """The server and its mailbox."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "mail").mkdir(parents=True)
        (folder / "run").mkdir()
        root = os.geteuid() == 0
        owner = pwd.getpwnam("nobody" if root else getpass.getuser())
        if root:
            for place in (folder, folder / "mail"):
                os.chown(place, owner.pw_uid, owner.pw_gid)
                place.chmod(0o755)
        text = CONFIGURATION.format(
            folder=folder,
            port=self.port,
            password=PASSWORD,
            uid=owner.pw_uid,
            gid=owner.pw_gid,
            internal="dovecot" if root else owner.pw_name,
            login="dovenull" if root else owner.pw_name,
            group="dovecot" if root else grp.getgrgid(owner.pw_gid).gr_name,
        )
        (folder / "dovecot.conf").write_text(text, encoding="utf-8")

    def start(self) -> "Box":
        program = dovecot()
        assert program, "dovecot is not installed"
        command = [program, "-F", "-c", str(self.folder / "dovecot.conf")]
        self.process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=2)
        until(self._answers, 10, f"dovecot answers; see {self.folder / 'dovecot.log'}")
        return self

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 0.2) as probe:
                return probe.recv(4) == b"* OK"
        except OSError:
            return False

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(10)

    @contextmanager
    def client(self) -> Iterator[imaplib.IMAP4]:
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        client.login(USERNAME, PASSWORD)
        try:
            yield client
        finally:
            client.logout()

    def make_folder(self, folder: str) -> None:
        with self.client() as client:
            assert client.create(folder)[0] == "OK"

    def put(self, octets: bytes, folder: str = "INBOX") -> None:
        """Delivers a mail."""
        with self.client() as client:
            answer, words = client.append(folder, "", "", octets)
        assert answer == "OK", words

    def flags(self, folder: str) -> list[bytes]:
        """The FETCH FLAGS lines of all mails of a folder."""
        with self.client() as client:
            client.select(folder, readonly=True)
            lines = client.fetch("1:*", "(FLAGS)")[1]
        return [line for line in lines if isinstance(line, bytes)]

    def renumber(self, *, drop_flags: bool = False) -> None:
        """As after a mailbox was rebuilt or restored: the same mails, a new UIDVALIDITY, new UIDs (G15)."""
        self.stop()
        box = self.folder / "mail" / "box"
        for index in [*box.glob("dovecot*"), *box.glob(".*/dovecot*")]:
            index.unlink()
        if drop_flags:
            for mail in box.glob("cur/*"):
                mail.rename(str(mail).partition(":2,")[0] + ":2,")
        second = int(time.time())
        until(lambda: int(time.time()) > second, 3, "a new second: Dovecot takes the new UIDVALIDITY from the clock")
        self.start()


@contextmanager
def open_box() -> Iterator[Box]:
    """A mail server in a folder of its own: short enough for its sockets, and open to the account that it runs as."""
    folder = Path(tempfile.mkdtemp(prefix="box-"))
    if os.geteuid() == 0:
        folder.chmod(0o755)
    made = Box(folder / "b")
    try:
        yield made.start()
    finally:
        made.stop()
        shutil.rmtree(folder)
