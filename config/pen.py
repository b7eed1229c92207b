"""The one pen of an SQLite database, handed on among the threads of a process in the sequence in which they asked."""

import threading
from collections import deque


class Pen:
    """A lock that is handed over to whoever has waited longest.

    A plain lock goes to whoever asks just when it is free, mostly the thread that has laid it down a moment ago: the
    post office, whose turns are short, would wait for all others.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def take(self, timeout: float) -> bool:
        """Waits at most `timeout` seconds; False when it was in vain."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        if turn.acquire(timeout=timeout):
            return True
        with self._guard:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return False
        return True  # handed over in the last moment

    def lay_down(self) -> None:
        """Hands the pen to the next one; only for who has taken it."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
