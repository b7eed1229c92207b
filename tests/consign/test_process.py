"""The process around the daemon: on which cores its threads are."""

import os
import threading
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from consign.process import share_a_core


@pytest.fixture
def another_thread() -> Iterator[threading.Thread]:
    """A thread beside that of the test."""
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    yield thread
    end.set()
    thread.join()


Given = dict[int, set[int]]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    """The cores that threads were given, by their numbers at the machine."""
    found: Given = {}
    monkeypatch.setattr(os, "sched_setaffinity", found.__setitem__)
    return found


def test_of_two_cores_all_threads_have_one(
    another_thread: threading.Thread, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {4, 7})
    share_a_core()
    assert given[threading.get_native_id()] == {7}
    assert given[another_thread.native_id or 0] == {7}


@pytest.mark.parametrize("cores", [{0}, {0, 1, 2, 3}])
def test_with_one_core_or_many_the_machine_decides(
    given: Given, monkeypatch: pytest.MonkeyPatch, cores: set[int]
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: cores)
    share_a_core()
    assert given == {}


def test_where_it_is_forbidden_the_daemon_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(_thread: int, _cores: set[int]) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1})
    monkeypatch.setattr(os, "sched_setaffinity", forbid)
    with capture_logs() as lines:
        share_a_core()
    assert [line["event"] for line in lines] == ["cores_not_ours_to_choose"]
