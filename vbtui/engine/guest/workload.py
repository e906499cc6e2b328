"""The guest: an application that keeps writing to the disks of a VM while they are backed up.

Decided here: when it writes and where, and how it is brought to a consistent state and held for a snapshot (freeze) and
let go (release). What it writes is a transaction at a time (`application`): the content follows from the seed and the
transaction's number, so a test can say what a disk must hold, and `ledger.examine` finds out from a restored disk
alone. A snapshot between freeze and release holds an application at rest; any other one is as after a power failure.

It writes only to areas that are allocated, so a sample disk does not grow. With read marks it aims one transaction at
blocks that the data mover has not begun to read and the next at such that it has finished, and counts both: the proof
that a copy stands still while the disk does not.
"""

from __future__ import annotations

import random
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from vbtui.engine.block_map import BlockMap, BlockState
from vbtui.engine.errors import GuestFailed, GuestStalled
from vbtui.engine.guest.application import Application, DataPage, DiskRoom, PageWrite, WriteKind
from vbtui.engine.snapshot import LiveDisk
from vbtui.vocabulary import BLOCK_SIZE

EVERYWHERE: Final[Mapping[str, int]] = MappingProxyType({})
_IN_VAIN: Final = 200
"""Transactions in a row without a write of the kind that is waited for: half of them aim at it, so there is nowhere to
write one, as when a small working set has been read whole."""


@dataclass(frozen=True, slots=True)
class GuestWrite:
    """One write: its number from 0 on, the disk, the offset in bytes, and what was written, whole pages of 4 KiB.

    `transaction` is 0 where it belongs to none.
    """

    sequence: int
    disk: str
    offset: int
    data: bytes
    kind: WriteKind
    transaction: int


@dataclass(frozen=True, slots=True)
class _Area:
    """The data pages in one block."""

    disk: str
    block: int
    pages: tuple[DataPage, ...]


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
        working_set: Mapping[str, int] = EVERYWHERE,
    ) -> None:
        """`interval`: seconds between two writes; 0: as fast as it can. `working_set`: by disk, in how many of its
        blocks the application's pages lie, spread over the disk; all that are in use where nothing is said.

        `progress` gives a disk's read marks once its copy has begun. `on_write` is called in the guest's thread after
        each write.
        """
        self.writes = 0
        self.transactions = 0
        """Committed, and in place."""
        self.writes_before_read = 0
        """Writes that had ended before the data mover began to read their block."""
        self.writes_after_read = 0
        """Writes that began when the data mover had finished reading their block."""
        self.blocks_changed = 0
        """Different blocks, of all disks, that it has written to."""
        self.error: Exception | None = None
        self._disks = dict(disks)
        self._interval = interval
        self._progress = progress
        self._on_write = on_write
        self._working_set = dict(working_set)
        self._random = random.Random(f"guest {seed}")
        rooms = {name: DiskRoom(disk.read_into, disk.size, disk.extents()) for name, disk in disks.items()}
        self._application = Application(rooms, seed)
        self._areas: list[_Area] = []
        self._changed = threading.Condition()
        self._frozen = self._resting = self._stopped = False
        self._ended = True
        """Nothing will be written: not started yet, stopped, failed, or no disk has room for it."""
        self._waiting = 0
        self._touched: set[tuple[str, int]] = set()
        self._thread = threading.Thread(target=self._run, name=f"guest-{seed}", daemon=True)

    def start(self) -> None:
        """It recovers first what an earlier run left on its disks, or sets its ledger up."""
        self._ended = False
        self._thread.start()

    def freeze(self, *, timeout: float = 30.0) -> None:
        """Bring the application to rest and hold it: returns when the transaction in flight is finished, everything is
        in place, and the disks say so. Raises GuestStalled (it goes on then), GuestFailed.
        """
        with self._changed:
            self._frozen = True
            self._changed.notify_all()
            if not self._changed.wait_for(lambda: self._resting or self._ended, timeout):
                self._frozen = False
                raise GuestStalled(timeout)
        self._raise_error()

    def release(self) -> None:
        with self._changed:
            self._frozen = False
            self._changed.notify_all()

    def wait_for(self, *, before_read: int = 0, after_read: int = 0, timeout: float = 30.0) -> bool:
        """Let the guest write without pause until both counters have reached these numbers.

        False after `timeout` seconds, or when the guest was stopped, has failed, has nothing to write to, or writes and
        writes without a chance to get there.
        """

        def lacking() -> int:
            return max(0, before_read - self.writes_before_read) + max(0, after_read - self.writes_after_read)

        least, since = lacking(), self.transactions

        def over() -> bool:
            nonlocal least, since
            if lacking() < least:
                least, since = lacking(), self.transactions
            return self._ended or not lacking() or self.transactions - since >= _IN_VAIN

        with self._changed:
            self._waiting += 1
            self._changed.notify_all()
            try:
                self._changed.wait_for(over, timeout)
                return not lacking()
            finally:
                self._waiting -= 1

    def work(self, *, blocks: int = 0, transactions: int = 0, timeout: float = 30.0) -> bool:
        """Let the guest write without pause until it has changed so many different blocks since its start, and has so
        many transactions in place in all.

        False after `timeout` seconds, or when the guest was stopped, has failed, or has nothing to write to.
        """

        def done() -> bool:
            return self.blocks_changed >= blocks and self.transactions >= transactions

        with self._changed:
            self._waiting += 1
            self._changed.notify_all()
            try:
                self._changed.wait_for(lambda: self._ended or done(), timeout)
                return done()
            finally:
                self._waiting -= 1

    def stop(self) -> None:
        """End the thread after the write in flight, as a power failure would, and wait for it.

        Raises GuestFailed if a write had failed. May be called twice.
        """
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()
        self._raise_error()

    # inside

    def _raise_error(self) -> None:
        if self.error is not None:
            raise GuestFailed from self.error

    def _run(self) -> None:
        try:
            if self._application.usable:
                self._work()
        except Exception as error:  # kept for whoever stops the guest
            self.error = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _work(self) -> None:
        application = self._application
        if not self._do(application.start()):
            return
        self.transactions = application.transactions
        self._areas = _spread(_areas(application.pages()), self._working_set)
        while not self._stopped:
            if self._frozen:
                if not self._do(application.rest()):
                    return
                with self._changed:
                    self._resting = True
                    self._changed.notify_all()
                    self._changed.wait_for(lambda: self._stopped or not self._frozen)
                    self._resting = False
                continue
            if not self._do(application.transaction(self._choose(behind=application.transactions % 2 == 1))):
                return
            self.transactions = application.transactions

    def _do(self, writes: Iterator[PageWrite]) -> bool:
        """One after the other, with pauses unless somebody waits; False: stopped before all were done."""
        for write in writes:
            if self._stopped:
                return False
            self._write(write)
            with self._changed:
                self._changed.notify_all()
                if self._interval:
                    self._changed.wait_for(lambda: self._stopped or self._frozen or self._waiting > 0, self._interval)
        return True

    def _write(self, write: PageWrite) -> None:
        marks = self._marks(write.disk)
        blocks = range(write.offset // BLOCK_SIZE, (write.end - 1) // BLOCK_SIZE + 1)
        was_read = marks is not None and all(marks.state(block).was_read for block in blocks)
        self._disks[write.disk].write(write.offset, write.data)
        still_unread = marks is not None and not any(marks.state(block).begun for block in blocks)
        if self._on_write is not None:
            self._on_write(GuestWrite(self.writes, write.disk, write.offset, write.data, write.kind, write.transaction))
        self._touched.update((write.disk, block) for block in blocks)
        with self._changed:
            self.writes += 1
            self.blocks_changed = len(self._touched)
            self.writes_after_read += was_read
            self.writes_before_read += still_unread

    def _marks(self, disk: str) -> BlockMap | None:
        return None if self._progress is None else self._progress(disk)

    def _choose(self, *, behind: bool) -> list[DataPage]:
        """The pages of a transaction: every one in an area that is behind the reading, or before it, if there is one.

        Every third transaction goes over two disks, if there are two.
        """
        count = self._random.randint(1, self._application.most_pages())
        chosen: dict[tuple[str, int], DataPage] = {}
        for _ in range(count):
            area = self._choose_area(behind=behind)
            page = self._random.choice(area.pages)
            chosen[page.disk, page.page] = page
        disks = {page.disk for page in chosen.values()}
        others = [area for area in self._areas if area.disk not in disks]
        if others and len(chosen) < self._application.most_pages() and self._application.transactions % 3 == 0:
            page = self._random.choice(self._random.choice(others).pages)
            chosen[page.disk, page.page] = page
        return list(chosen.values())

    def _choose_area(self, *, behind: bool) -> _Area:
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


def _spread(areas: list[_Area], working_set: Mapping[str, int]) -> list[_Area]:
    """So many areas of each disk, at even distances, that in the middle among them: a copy that is half-way through has
    not come to it, but has read the ledger, which stands at the beginning."""
    chosen: list[_Area] = []
    for disk in sorted({area.disk for area in areas}):
        mine = sorted((area for area in areas if area.disk == disk), key=lambda area: area.block)
        count = min(working_set.get(disk, len(mine)), len(mine))
        chosen += [mine[(2 * place + count % 2) * len(mine) // (2 * count)] for place in range(count)]
    return chosen


def _areas(pages: Iterator[DataPage]) -> list[_Area]:
    found: defaultdict[tuple[str, int], list[DataPage]] = defaultdict(list)
    for page in pages:
        found[page.disk, page.offset // BLOCK_SIZE].append(page)
    return [_Area(disk, block, tuple(inside)) for (disk, block), inside in found.items()]
