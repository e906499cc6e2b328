"""The guest: a workload that keeps writing to the disks of a VM while they are backed up.

Decided here: where and when it writes, and how its writes are held for a snapshot (freeze) and let go (release). The
content of every write follows from the seed and its number, so a test can say what the disk must hold. It writes only
to areas that are allocated, so a sample disk does not grow. With read marks it aims one write at a block that the data
mover has not begun to read and the next at one that it has finished, and counts both: the proof that a copy stands
still while the disk does not.
"""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from vbtui.engine.block_map import BlockMap, BlockState
from vbtui.engine.errors import GuestFailed, GuestStalled
from vbtui.engine.snapshot import LiveDisk
from vbtui.vocabulary import BLOCK_SIZE, KiB

PIECE: Final = 4 * KiB
"""Bytes of one write."""


@dataclass(frozen=True, slots=True)
class GuestWrite:
    """One write: its number from 0 on, the disk, and the offset in bytes."""

    sequence: int
    disk: str
    offset: int


@dataclass(frozen=True, slots=True)
class _Area:
    disk: str
    block: int
    offset: int
    pieces: int


def guest_pattern(seed: int, sequence: int) -> bytes:
    """The bytes of a guest's write number `sequence`: one piece, never zeros, never twice the same."""
    return hashlib.shake_128(f"guest {seed} {sequence}".encode()).digest(PIECE)


class Guest:
    """A thread that writes until it is stopped. Counters are plain integers that any thread may read."""

    def __init__(
        self,
        disks: Mapping[str, LiveDisk],
        seed: int,
        *,
        interval: float = 0.01,
        progress: Callable[[str], BlockMap | None] | None = None,
        on_write: Callable[[GuestWrite], None] | None = None,
    ) -> None:
        """`interval`: seconds between two writes. `progress` gives a disk's read marks once its copy has begun.

        `on_write` is called in the guest's thread after each write.
        """
        self.writes = 0
        self.writes_before_read = 0
        """Writes that had ended before the data mover began to read their block."""
        self.writes_after_read = 0
        """Writes that began when the data mover had finished reading their block."""
        self.error: Exception | None = None
        self._disks = dict(disks)
        self._seed = seed
        self._interval = interval
        self._progress = progress
        self._on_write = on_write
        self._random = random.Random(f"guest {seed}")
        self._areas = [area for name in sorted(disks) for area in _areas(name, disks[name])]
        self._changed = threading.Condition()
        self._frozen = self._writing = self._stopped = False
        self._waiting = 0
        self._thread = threading.Thread(target=self._run, name=f"guest-{seed}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def freeze(self, *, timeout: float = 30.0) -> None:
        """Hold all writes; returns when none is in flight. Raises GuestStalled, GuestFailed."""
        with self._changed:
            self._frozen = True
            self._changed.notify_all()
            if not self._changed.wait_for(lambda: not self._writing, timeout):
                self._frozen = False
                raise GuestStalled(timeout)
        self._raise_error()

    def release(self) -> None:
        with self._changed:
            self._frozen = False
            self._changed.notify_all()

    def wait_for(self, *, before_read: int = 0, after_read: int = 0, timeout: float = 30.0) -> bool:
        """Let the guest write without pause until both counters have reached these numbers.

        False after `timeout` seconds, or when the guest was stopped or has failed.
        """
        with self._changed:
            self._waiting += 1
            self._changed.notify_all()
            try:
                self._changed.wait_for(lambda: self._stopped or self._reached(before_read, after_read), timeout)
                return self._reached(before_read, after_read)
            finally:
                self._waiting -= 1

    def stop(self) -> None:
        """End the thread and wait for it. Raises GuestFailed if a write had failed. May be called twice."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()
        self._raise_error()

    # inside

    def _reached(self, before_read: int, after_read: int) -> bool:
        return self.writes_before_read >= before_read and self.writes_after_read >= after_read

    def _raise_error(self) -> None:
        if self.error is not None:
            raise GuestFailed from self.error

    def _run(self) -> None:
        try:
            while self._areas:
                with self._changed:
                    self._changed.wait_for(lambda: self._stopped or not self._frozen)
                    if self._stopped:
                        return
                    self._writing = True
                try:
                    self._write_one()
                finally:
                    with self._changed:
                        self._writing = False
                        self._changed.notify_all()
                        self._changed.wait_for(lambda: self._stopped or self._waiting > 0, self._interval)
        except Exception as error:  # kept for whoever stops the guest
            self.error = error
            with self._changed:
                self._stopped = True
                self._changed.notify_all()

    def _write_one(self) -> None:
        area = self._choose(behind=self.writes % 2 == 1)
        write = GuestWrite(self.writes, area.disk, area.offset + PIECE * self._random.randrange(area.pieces))
        marks = self._marks(area.disk)
        was_read = marks is not None and marks.state(area.block).was_read
        self._disks[area.disk].write(write.offset, guest_pattern(self._seed, write.sequence))
        still_unread = marks is not None and not marks.state(area.block).begun
        if self._on_write is not None:
            self._on_write(write)
        with self._changed:
            self.writes += 1
            self.writes_after_read += was_read
            self.writes_before_read += still_unread

    def _marks(self, disk: str) -> BlockMap | None:
        return None if self._progress is None else self._progress(disk)

    def _choose(self, *, behind: bool) -> _Area:
        """The first area from a random one on that is behind the reading, or before it; any area if there is none."""
        start = self._random.randrange(len(self._areas))
        if self._progress is not None:
            marks = {disk: self._marks(disk) for disk in self._disks}
            for number in range(len(self._areas)):
                area = self._areas[(start + number) % len(self._areas)]
                known = marks[area.disk]
                if known is not None and _is(known.state(area.block), behind):
                    return area
        return self._areas[start]


def _is(state: BlockState, behind: bool) -> bool:
    return state.was_read if behind else not state.begun


def _areas(name: str, disk: LiveDisk) -> list[_Area]:
    """Where the guest may write: the allocated areas, cut at block borders, in whole pieces."""
    areas = []
    for extent in disk.extents():
        offset = extent.offset
        while offset < extent.end:
            block = offset // BLOCK_SIZE
            end = min(extent.end, (block + 1) * BLOCK_SIZE)
            if end - offset >= PIECE:
                areas.append(_Area(name, block, offset, (end - offset) // PIECE))
            offset = end
    return areas
