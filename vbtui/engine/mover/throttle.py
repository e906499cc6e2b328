"""A limit on bytes per second, shared by as many workers as like.

A token bucket without a thread: every taker is told how long to wait for its turn, and turns are given in the order in
which they were asked for, so that no task under a rule waits for more than one block of each other worker. Clock and
waiting come from outside: a cancelled job does not sleep on, and a test does not sleep at all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

Wait = Callable[[threading.Event, float], bool]
"""Waits for the event at most so many seconds; true if it was set."""


class Throttle:
    """`rate` in bytes per second, None for no limit; `burst` bytes pass at once after a pause."""

    def __init__(
        self,
        rate: float | None,
        *,
        burst: int = 0,
        clock: Callable[[], float] = time.monotonic,
        wait: Wait = threading.Event.wait,
    ) -> None:
        """Raises ValueError for a rate that is not above 0."""
        if rate is not None and not rate > 0:
            raise ValueError(f"expected a rate above 0 bytes per second, found {rate}")
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._wait = wait
        self._free = clock()
        self._lock = threading.Lock()

    def take(self, size: int, stop: threading.Event) -> bool:
        """Wait until `size` bytes may pass. False if `stop` was set first; the bytes are then free for others."""
        with self._lock:
            if self._rate is None:
                return not stop.is_set()
            now = self._clock()
            start = max(self._free, now - self._burst / self._rate)
            self._free = start + size / self._rate
            seconds = self._free - now
        stopped = self._wait(stop, min(seconds, threading.TIMEOUT_MAX)) if seconds > 0 else stop.is_set()
        if stopped:
            with self._lock:
                self._free -= size / self._rate
        return not stopped
