"""The snapshot of a disk: its state at one moment, for whoever reads it.

Decided here: what a snapshot answers, and who keeps it from being committed. What lies under the first redo log stands
still, so any thread reads it without a lock. Must never happen here: a byte that was written after the snapshot.
"""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

from vbtui.engine.cbt import EVERYTHING, ChangedAreas, FrozenChanges, answer
from vbtui.engine.disk.extents import Extent
from vbtui.engine.errors import SnapshotGone, StillAttached, UnknownChangeId
from vbtui.engine.snapshot.base import Base, FrozenImage


class Snapshot:
    """The disk at the moment of the snapshot. Thread-safe."""

    def __init__(self, base: Base, disk: Path) -> None:
        """`disk` is the image that the guest's disk was opened from, for messages."""
        self.path = base.path
        """The file that holds the frozen state: the image, or the overlay over somebody else's."""
        self.size = base.size
        self.stun_seconds = 0.0
        """How long the guest's writes were held for it."""
        self.gone = False
        self.changes: FrozenChanges | None = None
        """None where changes were not tracked at that moment."""
        self._base = base
        self._disk = disk
        self._extents: tuple[Extent, ...] | None = None
        self._holders: Counter[str] = Counter()
        self._lock = threading.Condition()

    @property
    def change_id(self) -> str | None:
        """What to ask a later snapshot with for all that was written since this one; None without tracking."""
        return None if self.changes is None else self.changes.change_id

    def read_into(self, offset: int, view: memoryview) -> None:
        """Fill the caller's buffer. Raises SnapshotGone after the commit, ValueError beyond the end."""
        if self.gone:
            raise SnapshotGone(self._disk)
        self._base.read_into(offset, view)

    def extents(self) -> tuple[Extent, ...]:
        """Areas in use at the moment of the snapshot, in order. Raises SnapshotGone."""
        with self._lock:
            if self._extents is None:
                if self.gone:
                    raise SnapshotGone(self._disk)
                self._extents = self._base.extents()
            return self._extents

    def open_image(self) -> FrozenImage:
        """The frozen state through descriptors of the caller's own, who must hold the snapshot meanwhile.

        Raises what opening the image raises.
        """
        return self._base.reopen()

    def changed_areas(self, change_id: str, start: int = 0) -> ChangedAreas:
        """What changed since `change_id` was taken, from byte `start` on: one piece, callers ask again behind it.

        `*`: the areas in use. May name areas that did not change, never misses one that did. Raises UnknownChangeId
        for an id from before a reset, of another disk, of a later snapshot, and for all while nothing is tracked;
        ValueError for a start outside the disk; SnapshotGone.
        """
        if self.changes is None:
            raise UnknownChangeId(self._disk, change_id)
        if change_id == EVERYTHING:
            return answer(iter(self.extents()), start, self.size)
        return self.changes.changed(change_id, start)

    def hold(self, holder: str) -> None:
        """Say that `holder` reads the snapshot; a commit is refused until it lets go. Raises SnapshotGone."""
        with self._lock:
            if self.gone:
                raise SnapshotGone(self._disk)
            self._holders[holder] += 1

    def let_go(self, holder: str) -> None:
        with self._lock:
            self._holders[holder] -= 1
            self._holders += Counter()  # forget those at zero
            self._lock.notify_all()

    def await_let_go(self, holder: str, seconds: float) -> bool:
        """Wait until this holder has let go; False if it has not within so many seconds. Others are not waited for."""
        with self._lock:
            return self._lock.wait_for(lambda: holder not in self._holders, seconds)

    def give_up(self) -> None:
        """From now on nobody reads it. Raises StillAttached with the names of those who hold it."""
        with self._lock:
            if self._holders:
                raise StillAttached(self._disk, tuple(sorted(self._holders)))
            self.gone = True
