import os
import socket
import subprocess
import sys

import pytest

from consign.presence import is_gone, name_of, own_name


def test_this_process_is_not_gone_and_a_dead_one_is() -> None:
    assert not is_gone(own_name())
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        name = name_of(child.pid)
        assert not is_gone(name)
        child.kill()
        child.wait()
        assert is_gone(name)


def test_a_process_that_was_killed_and_not_yet_reaped_is_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        name = name_of(child.pid)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert is_gone(name)


def test_a_number_that_was_given_again_is_another_process() -> None:
    host, boot, namespace, pid, started = own_name().split("/")
    assert is_gone("/".join((host, boot, namespace, pid, str(int(started) - 1))))


def test_before_the_last_boot_nobody_lives() -> None:
    parts = own_name().split("/")
    assert is_gone("/".join((parts[0], "00000000", *parts[2:])))


@pytest.mark.parametrize(
    "name", ["", "elsewhere/1/2/3/4", f"{socket.gethostname()}-123-456", f"{socket.gethostname()}/a//1/2"]
)
def test_who_cannot_be_seen_is_not_called_gone(name: str) -> None:
    assert not is_gone(name)


def test_another_namespace_cannot_be_seen() -> None:
    host, boot, _, pid, _ = own_name().split("/")
    assert not is_gone("/".join((host, boot, "1", pid, "1")))
