"""Warm child processes that read mails (RELIABILITY G8).

They have limits of time, CPU and memory, so that a bad mail costs itself only. Mails go in chunks; a chunk that fails
is read again one by one, and only the guilty mail comes back as a Failure. Counting attempts and setting aside is the
caller's. The reading itself is imported by the children alone: the daemon starts sooner.
"""

import os
import resource
import signal
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, TimeoutError
from dataclasses import dataclass
from multiprocessing import get_context
from types import FrameType
from typing import Any

import pebble.pool.base_pool
import pebble.pool.process
from pebble import ProcessExpired, ProcessPool

from config.settings import ReadingSettings
from intake.message import ReadingRules, Understanding

CHUNK = 10  # mails in one hand-over
JOBS_A_PROCESS = 5000  # then it is replaced, so that no leak grows: some 40,000 mails or orders; each start costs 1 s
WARM = b"From: a@example.com\r\nSubject: warm\r\n\r\n\xe5\x8f\x91\xe8\xb4\xa7\xe4\xba\xba: A\r\n"
_CPU_EXIT = "CPU time"


class _SteadyTime:
    """The clock that pebble shall measure a task's seconds by: of its own it takes the wall clock, which may be set.

    A jump forward would end every reading under way, one back would let a hanging one hang (RELIABILITY G13).
    """

    time = staticmethod(time.monotonic)

    @staticmethod
    def sleep(seconds: float) -> None:
        threading.Event().wait(seconds)  # waits by the monotonic clock too, also where the clock is faked


for _module in (pebble.pool.process, pebble.pool.base_pool):
    vars(_module)["time"] = _SteadyTime


@dataclass(frozen=True)
class Failure:
    """A mail that could not be read: "timeout" (wall or CPU), "killed" (memory, a signal), "error" (a defect)."""

    kind: str
    traceback: str = ""


class CpuSpent(BaseException):
    """The mail used up its seconds of CPU."""


_cpu_seconds: int


def _start(cpu_seconds: int, memory_megabytes: int, cores: set[int]) -> None:
    """In the child, once: limits, and everything loaded before the first mail."""
    global _cpu_seconds  # the state of a child process is its modules
    _cpu_seconds = cpu_seconds
    if os.sched_getaffinity(0) != cores:  # the threads of the parent keep to one of them (consign.process)
        os.sched_setaffinity(0, cores)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's
    signal.signal(signal.SIGPROF, _spent)
    limit = memory_megabytes * 1024 * 1024
    _, allowed = resource.getrlimit(resource.RLIMIT_AS)
    if allowed != resource.RLIM_INFINITY:  # the machine gives less: what it allows can be lowered, never raised
        limit = min(limit, allowed)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from intake.understanding import understand

    understand(WARM, ReadingRules())


def _spent(_number: int, _frame: FrameType | None) -> None:
    raise CpuSpent


def _read_all(mails: list[bytes], rules: ReadingRules) -> list[Understanding | Failure]:
    """In the child: the mails of one chunk, each with its own CPU clock."""
    return [_read_one(octets, rules) for octets in mails]


def _read_one(octets: bytes, rules: ReadingRules) -> Understanding | Failure:
    from intake.understanding import understand

    signal.setitimer(signal.ITIMER_PROF, _cpu_seconds)
    try:
        return understand(octets, rules)
    except CpuSpent:
        return Failure("timeout", _CPU_EXIT)
    except MemoryError:
        return Failure("killed", "memory")
    except Exception:  # noqa: BLE001 (whatever a mail brings to light: it is told with its traceback)
        return Failure("error", traceback.format_exc())
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


class ReaderPool:
    """Reads mails in child processes, by the `rules` as they stand at each call.

    Safe to use from several threads; close() ends within a second.
    """

    def __init__(self, rules: ReadingRules, settings: ReadingSettings | None = None) -> None:
        self.rules, self.settings = rules, settings or ReadingSettings()
        self.rules_of: Mapping[str, ReadingRules] = {}  # of further companies, by their keys
        self._cores = os.sched_getaffinity(0)
        self._lock = threading.Lock()
        self._pool: ProcessPool | None = None
        self._closed = False

    def warm(self) -> None:
        """Has the first child load what it needs, while the caller goes on with something else."""
        self._submit(self._running(), [], self.rules)

    def understand(self, mails: list[bytes], company: str = "") -> list[Understanding | Failure]:
        """One result a mail, in order, by the rules of a company. Raises RuntimeError after close()."""
        pool, rules = self._running(), self.rules_of.get(company, self.rules)
        chunks = [mails[at : at + CHUNK] for at in range(0, len(mails), CHUNK)]
        futures = [(chunk, self._submit(pool, chunk, rules)) for chunk in chunks]
        results: list[Understanding | Failure] = []
        for chunk, future in futures:
            outcome = self._outcome(future)
            if isinstance(outcome, list):
                results += outcome
            elif len(chunk) == 1:
                results.append(outcome)
            else:
                results += [self._alone(octets, rules) for octets in chunk]
        return results

    def work(self, task: Callable[..., Any], jobs: Sequence[tuple[Any, ...]]) -> list[Any]:
        """What `task` makes of each job's arguments in the children, in order; a Failure for one that came to no end.

        For computing that is not reading, and that would hold up the threads of this process. Raises RuntimeError after
        close().
        """
        pool = self._running()
        futures = [pool.schedule(task, args=list(job), timeout=self.settings.wall_seconds) for job in jobs]
        return [self._outcome(future) for future in futures]

    def close(self) -> None:
        """Ends the children, whatever they do."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join(timeout=5)

    def _running(self) -> ProcessPool:
        with self._lock:
            if self._closed:
                raise RuntimeError("the reader pool is closed")
            if self._pool is None or not self._pool.active:
                self._pool = ProcessPool(
                    max_workers=self.settings.workers,
                    max_tasks=JOBS_A_PROCESS,
                    initializer=_start,
                    initargs=(self.settings.cpu_seconds, self.settings.memory_megabytes, self._cores),
                    context=get_context("spawn"),
                )
            return self._pool

    def _submit(self, pool: ProcessPool, chunk: list[bytes], rules: ReadingRules) -> Any:
        return pool.schedule(_read_all, args=[chunk, rules], timeout=self.settings.wall_seconds)

    def _alone(self, octets: bytes, rules: ReadingRules) -> Understanding | Failure:
        outcome: list[Understanding | Failure] | Failure = self._outcome(self._submit(self._running(), [octets], rules))
        return outcome[0] if isinstance(outcome, list) else outcome

    def _outcome(self, future: Any) -> Any:
        """What a child gave back, or a Failure."""
        try:
            return future.result()
        except TimeoutError:
            return Failure("timeout", f"{self.settings.wall_seconds} s wall time")
        except ProcessExpired as expired:
            return Failure("killed", str(expired))
        except CancelledError:
            return Failure("killed", "the reader pool was closed")
        except Exception as error:  # noqa: BLE001 (a result that could not be handed over)
            return Failure("error", "".join(traceback.format_exception(error)))
