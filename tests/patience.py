"""Waiting that ends: what never comes fails its test, and no program that a test starts outlives it.

Decided here: how long is too long. That is far above what the slowest machine needs; no test measures time with it.
"""

from __future__ import annotations

import asyncio
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any

PATIENCE = 120.0
"""Seconds."""
LOOK = 0.01


async def until(done: Callable[[], bool]) -> None:
    """Look again and again; what goes on in the loop goes on meanwhile."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, "it did not come"
        await asyncio.sleep(LOOK)


def wait_until(done: Callable[[], bool]) -> None:
    """The same for what goes on in other threads and processes."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, "it did not come"
        time.sleep(LOOK)


def joined(threads: Iterable[threading.Thread]) -> None:
    """All of them have ended."""
    for one in threads:
        one.join(PATIENCE)
        assert not one.is_alive(), f"{one.name} did not end"


def _kill(processes: Iterable[subprocess.Popen[Any]]) -> None:
    for one in processes:
        one.kill()  # not if it has been waited for


@contextmanager
def bounded(*processes: subprocess.Popen[Any], patience: float = PATIENCE) -> Iterator[None]:
    """If this takes longer than `patience` the processes are killed, so that whoever reads from one reaches an end."""
    timer = threading.Timer(patience, _kill, (processes,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


@contextmanager
def outlasting(*processes: subprocess.Popen[Any], patience: float = PATIENCE) -> Iterator[None]:
    """The same, and nothing of these processes is left behind."""
    try:
        with bounded(*processes, patience=patience):
            yield
    finally:
        _kill(processes)
        for one in processes:
            one.wait(PATIENCE)


def lines_until(stream: IO[str], last: str) -> list[str]:
    """The lines of a process up to one that begins like that. It fails with those that came if the process ends."""
    found: list[str] = []
    while not found or not found[-1].startswith(last):
        line = stream.readline()
        assert line, f"no {last!r} came, but: {found}"
        found.append(line)
    return found
