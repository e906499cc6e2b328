"""How far a task is and where its time goes: counters that workers add to and views poll.

Plain integers under one lock per block; no messages. Both sides of a task measure on the clock that stands here. A view
takes `figures()`, an immutable copy, as often as it likes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """The four stages of the data path, named as in the product's bottleneck figure."""

    SOURCE = "source"
    PROXY = "proxy"
    NETWORK = "network"
    TARGET = "target"


@dataclass(frozen=True, slots=True)
class TaskFigures:
    """One moment of a task. Bytes unless said otherwise; `processed` reaches `total` at the end."""

    total: int
    processed: int
    """Of the disk dealt with, holes included."""
    read: int
    """Read from the source."""
    transferred: int
    """Sent to the repository, heads included."""
    zero: int
    """Read, and dropped as zeros."""
    duplicate: int
    """Read, and dropped because the content was sent before or is in the chain."""
    unchanged: int
    """As in the parent point: not read (change tracking, holes), or read and found equal."""
    written: int
    """Put into the backup file by the repository's side, heads included."""
    blocks_done: int
    blocks_total: int
    busy_seconds: tuple[tuple[Stage, float], ...]
    """Seconds of work per stage, summed over the workers: may exceed the wall clock."""

    @property
    def bottleneck(self) -> Stage | None:
        """The stage that was busiest; None before anything has run."""
        stage, seconds = max(self.busy_seconds, key=lambda item: item[1])
        return stage if seconds > 0 else None


class TaskProgress:
    """The counters of one task. `clock`: nanoseconds from anywhere; both sides ask it in their workers' threads."""

    def __init__(self, total: int, blocks_total: int, *, clock: Callable[[], int] = time.perf_counter_ns) -> None:
        self.clock = clock
        self.total = total
        self.blocks_total = blocks_total
        self.processed = self.read = self.transferred = self.blocks_done = 0
        self.zero = self.duplicate = self.unchanged = self.written = 0
        self._nanoseconds = dict.fromkeys(Stage, 0)
        self._held_ns = 0
        self._lock = threading.Lock()

    def add(
        self,
        *,
        processed: int = 0,
        read: int = 0,
        transferred: int = 0,
        zero: int = 0,
        duplicate: int = 0,
        unchanged: int = 0,
        written: int = 0,
        blocks: int = 0,
        source_ns: int = 0,
        proxy_ns: int = 0,
        network_ns: int = 0,
        target_ns: int = 0,
        held_ns: int = 0,
    ) -> None:
        """Add to the counters. `network_ns`: in `send`; `held_ns`: waiting for a throttling rule, the network's too."""
        with self._lock:
            self.processed += processed
            self.read += read
            self.transferred += transferred
            self.zero += zero
            self.duplicate += duplicate
            self.unchanged += unchanged
            self.written += written
            self.blocks_done += blocks
            self._nanoseconds[Stage.SOURCE] += source_ns
            self._nanoseconds[Stage.PROXY] += proxy_ns
            self._nanoseconds[Stage.NETWORK] += network_ns
            self._nanoseconds[Stage.TARGET] += target_ns
            self._held_ns += held_ns

    def figures(self) -> TaskFigures:
        with self._lock:
            busy = dict(self._nanoseconds)
            # A sender waits in `send` while the target works; that time is the target's, not the network's.
            busy[Stage.NETWORK] = max(0, busy[Stage.NETWORK] - busy[Stage.TARGET]) + self._held_ns
            return TaskFigures(
                self.total, self.processed, self.read, self.transferred, self.zero, self.duplicate, self.unchanged,
                self.written, self.blocks_done, self.blocks_total,
                tuple((stage, busy[stage] / 1e9) for stage in Stage),
            )  # fmt: skip
