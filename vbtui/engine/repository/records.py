"""Checking many records at once: the part of verification that takes time.

Decided here: how many threads, and that each has one buffer that it keeps. Heads and CRCs are always checked; with
`deep` every payload is unpacked and its hash compared. Records are read in the order in which they lie in their files.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from vbtui.engine.block import HEAD_SIZE
from vbtui.engine.errors import Cancelled
from vbtui.engine.memory import keep_freed_memory
from vbtui.engine.repository.damage import BlockDamaged, Damage
from vbtui.engine.repository.point import Point
from vbtui.engine.workers import work_together

OnProgress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all), from worker threads but never from two at once."""

WORKERS: Final = 2


class Progress:
    """Adds up what workers have done and passes it on, one call at a time; ends the work when told to stop."""

    def __init__(self, total: int, on_progress: OnProgress | None, stop: threading.Event | None, what: str) -> None:
        self.done = 0
        self._total = total
        self._on_progress = on_progress
        self._stop = stop
        self._what = what
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raises Cancelled."""
        if self._stop is not None and self._stop.is_set():
            raise Cancelled(self._what)

    def add(self, size: int) -> None:
        with self._lock:
            self.done += size
            if self._on_progress is not None:
                self._on_progress(self.done, self._total)


class Marks:
    """Which records of which files of a chain are to be checked: one byte for each entry of the indexes."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.points = tuple(points)
        self._marks = [bytearray(len(point.keys)) for point in self.points]

    def add(self, owner: int, position: int) -> None:
        """The record of a DATA entry, by its file's number and its position there."""
        self._marks[owner][position] = 1

    def add_all(self, owner: int) -> None:
        """Every record of a file."""
        for position in self.points[owner].data_positions():
            self._marks[owner][position] = 1

    def in_order(self) -> Iterator[tuple[int, int]]:
        """All of them, in the order of their files, each file's by offset."""
        for owner, marks in enumerate(self._marks):
            point = self.points[owner]
            found: list[int] = []
            position = marks.find(1)
            while position >= 0:
                found.append(position)
                position = marks.find(1, position + 1)
            found.sort(key=point.offset_at)
            for position in found:
                yield owner, position

    def count(self) -> int:
        return sum(marks.count(1) for marks in self._marks)

    def size(self) -> int:
        """Bytes of all payloads, as far as the indexes can be believed."""
        return sum(self.points[owner].payload_size_at(position) for owner, position in self.in_order())


Damaged = dict[tuple[int, int], BlockDamaged]
"""By number of the file and position of the entry."""


def check_records(marks: Marks, progress: Progress, *, deep: bool, workers: int = WORKERS) -> Damaged:
    """Read and check all marked records; those that are damaged. Raises Cancelled, OSError.

    Records of one file that overlap cannot be: a forged index could have a short file read for ever.
    """
    if deep:
        keep_freed_memory()  # the plain blocks: otherwise clearing pages for them takes as long as all the rest
    damaged: Damaged = {}
    todo = marks.in_order()
    lock = threading.Lock()
    stop = threading.Event()
    size = HEAD_SIZE + max(point.header.block_size for point in marks.points)

    ends = [0] * len(marks.points)

    def work() -> None:
        buffer = bytearray(size)
        while not stop.is_set():
            with lock:
                owner, position = next(todo, (-1, 0))
                if owner < 0:
                    return
                point = marks.points[owner]
                begin, before = point.offset_at(position), ends[owner]
                ends[owner] = max(before, begin + HEAD_SIZE + point.payload_size_at(position))
            progress.check()
            try:
                if begin < before:
                    raise point.bad(Damage.REFERENCE, point.entry_offset(position))
                record = point.entry(position)
                if deep:
                    point.read_record(record, buffer=buffer)
                else:
                    point.read_raw(record, buffer)
            except BlockDamaged as error:
                with lock:
                    damaged[owner, position] = error
            progress.add(point.payload_size_at(position))

    work_together(workers, work, stop, name="verify")
    return damaged
