"""The same work in several threads, the calling one among them.

Decided here: that nobody returns while one of them still runs, also when Ctrl-C interrupts the wait, so that files
and buffers may be closed afterwards; that the first error ends all. The work takes its pieces from an iterator that
it shares, and looks at `stop` before each.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable


def work_together(workers: int, work: Callable[[], None], stop: threading.Event, *, name: str) -> None:
    """Run `work` in `workers` threads; returns when all have ended. Raises what the first of them raised.

    `stop` is set here after an error, and then `work` has to return.
    """
    errors: list[BaseException] = []
    ended = [threading.Event() for _ in range(workers - 1)]

    def help_out(event: threading.Event) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)
            stop.set()
        finally:
            event.set()

    threads = [
        threading.Thread(target=help_out, args=(event,), name=f"{name}-{number}", daemon=True)
        for number, event in enumerate(ended, 2)
    ]
    try:
        for thread in threads:
            thread.start()
        work()
    except BaseException:
        stop.set()
        raise
    finally:
        for thread, event in zip(threads, ended, strict=True):
            # Not `join` alone: interrupted by Ctrl-C, it takes a living thread for dead (CPython issue 90882).
            while thread.ident is not None and not event.is_set():
                with contextlib.suppress(KeyboardInterrupt):
                    event.wait()
            if event.is_set():
                thread.join()
    if errors:
        raise errors[0]
