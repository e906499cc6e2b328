"""Several copies at once, never more than there are task slots.

Decided here: a copy begins when a slot is free, in the order given; the first error ends all; nobody returns while a
copy is still running, also when Ctrl-C interrupts the wait. Never here: what a copy does.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence

from vbtui.engine.errors import Cancelled
from vbtui.engine.mover.copy import Copy

POLL_SECONDS = 0.1
"""How often the caller is told how far its copies are."""

OnCopies = Callable[[tuple[Copy | None, ...]], None]
"""Told the copies in their order; None for one that has not begun."""


def copy_in_slots(
    starts: Sequence[Callable[[], Copy]],
    slots: int,
    *,
    on_progress: OnCopies | None = None,
    stop: threading.Event | None = None,
) -> tuple[Copy, ...]:
    """Start the copies, at most `slots` (1 at least) at a time, and return them when all have ended.

    `on_progress` is called in the caller's thread, now and then and once at the end; `stop` ends everything early.
    Raises the first error of a copy or of its start, Cancelled, and whatever interrupts the caller.
    """
    if stop is not None and stop.is_set():
        raise Cancelled("")
    work = _Slots(starts)
    threads = [
        threading.Thread(target=work.slot, name=f"slot-{number}", daemon=True)
        for number in range(max(1, min(slots, len(starts))))
    ]
    try:
        for thread in threads:
            thread.start()
        while not work.ended(threads):
            work.changed.wait(POLL_SECONDS)
            work.changed.clear()
            if on_progress is not None:
                on_progress(tuple(work.copies))
            if stop is not None and stop.is_set():
                work.end_early(Cancelled(""))
    except BaseException as error:
        work.end_early(error)
        raise
    finally:
        # Not `join` alone: interrupted by Ctrl-C, it takes a living thread for dead (CPython issue 90882).
        while not work.ended(threads):
            with contextlib.suppress(KeyboardInterrupt):
                work.changed.wait(POLL_SECONDS)
                work.changed.clear()
        for thread in threads:
            if thread.ident is not None:
                thread.join()
    if work.error is not None:
        raise work.error
    return tuple(copy for copy in work.copies if copy is not None)


class _Slots:
    """What the slots share."""

    def __init__(self, starts: Sequence[Callable[[], Copy]]) -> None:
        self.copies: list[Copy | None] = [None] * len(starts)
        self.changed = threading.Event()
        self.error: BaseException | None = None
        self._lock = threading.Lock()
        self._waiting = iter(enumerate(starts))
        self._finished: set[threading.Thread] = set()

    def ended(self, threads: Sequence[threading.Thread]) -> bool:
        """Whether every thread that was started has done its work."""
        with self._lock:
            return all(thread in self._finished or thread.ident is None for thread in threads)

    def end_early(self, error: BaseException) -> None:
        """Keep the first error, start nothing more, and cancel what runs."""
        with self._lock:
            if self.error is None:
                self.error = error
            running = [copy for copy in self.copies if copy is not None]
        for copy in running:
            copy.cancel()

    def slot(self) -> None:
        try:
            while True:
                with self._lock:
                    number, start = next(self._waiting, (-1, None))
                    if start is None or self.error is not None:
                        return
                copy = start()
                with self._lock:
                    self.copies[number] = copy
                    late = self.error is not None
                if late:
                    copy.cancel()
                copy.wait()
                self.changed.set()
        except BaseException as error:  # raised again in the caller's thread
            self.end_early(error)
        finally:
            with self._lock:
                self._finished.add(threading.current_thread())
            self.changed.set()
