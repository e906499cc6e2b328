"""A disk that a guest keeps using, and its snapshot.

Decided here: while a snapshot exists the base image never changes and every write goes to a redo log; what the guest
sees is the top log, then the one below, then the base. Removing the snapshot (commit) merges in rounds: a helper log
takes the new writes while the old one is merged, until little is left; only that rest is merged while the guest is
stunned (the lock is held). A log is deleted only after the base is on stable storage, so an interrupted commit is
repaired by merging again. What must never happen: a commit while somebody still reads the snapshot.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vbtui.engine.disk.extents import Extent
from vbtui.engine.disk.raw import RawDisk
from vbtui.engine.errors import LeftoverRedoLog, SnapshotExists, SnapshotGone, StillAttached
from vbtui.engine.redo_log import RedoLog
from vbtui.engine.wire import Buffer
from vbtui.vocabulary import MiB

if TYPE_CHECKING:
    from collections.abc import Iterator

STUN_THRESHOLD: Final = MiB
"""Bytes of redo log that may be left for the stun."""

MAX_ROUNDS: Final = 8
"""Rounds after which a guest that writes faster than the merge is stunned anyway."""

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class CommitProgress:
    """How far a merge is: `merged` bytes so far, `left` bytes in the redo logs as they were when the round began."""

    round: int
    merged: int
    left: int
    stunned: bool
    """The last round: writes of the guest wait."""


@dataclass(frozen=True, slots=True)
class CommitReport:
    """A finished merge. `stun_seconds` is how long the guest's writes were held at its end."""

    rounds: int
    bytes_merged: int
    stun_seconds: float


class Snapshot:
    """The disk at the moment of the snapshot. Readable by any thread without a lock, because the base stands still."""

    def __init__(self, disk: LiveDisk) -> None:
        self.path = disk.path
        """The base image, for a reader that goes to the storage itself."""
        self.size = disk.size
        self._disk = disk
        self._base = disk._base
        self._extents = disk._base.extents()
        self.gone = False

    def read_into(self, offset: int, view: memoryview) -> None:
        """Fill the caller's buffer. Raises SnapshotGone after the commit, ValueError beyond the end."""
        if self.gone:
            raise SnapshotGone(self.path)
        self._base.read_into(offset, view)

    def extents(self) -> tuple[Extent, ...]:
        """Areas in use at the moment of the snapshot, in order."""
        return self._extents

    def hold(self, holder: str) -> None:
        """Say that `holder` reads the snapshot; a commit is refused until it lets go. Raises SnapshotGone."""
        with self._disk._lock:
            if self.gone:
                raise SnapshotGone(self.path)
            self._disk._holders[holder] += 1

    def let_go(self, holder: str) -> None:
        with self._disk._lock:
            self._disk._holders[holder] -= 1
            self._disk._holders += Counter()  # forget those at zero


class LiveDisk:
    """A raw image with its redo logs. Reads and writes are safe from several threads."""

    def __init__(self, path: Path, *, read_only: bool = False, clock: Clock = time.perf_counter) -> None:
        """Open the image for writing, with the redo logs that an interrupted run left beside it (see `leftover`).

        `read_only`: somebody else's image; no guest writes to it, and nothing is ever made beside it. Raises BadImage,
        ImageBusy, OSError. `clock` gives seconds and measures the stun.
        """
        self.path = path
        self._read_only = read_only
        self._clock = clock
        self._base = RawDisk(path, writable=not read_only)
        self.size = self._base.size
        self._lock = threading.RLock()
        self._layers: list[RedoLog] = []
        self._snapshot: Snapshot | None = None
        self._holders: Counter[str] = Counter()
        self._committing = False
        self._last_log = 0
        try:
            for number, log in self._find_logs():
                self._layers.append(RedoLog.open(log, self.size))
                self._last_log = number
        except BaseException:
            self.close()
            raise

    @property
    def leftover(self) -> tuple[Path, ...]:
        """Redo logs that belong to no snapshot of this run, oldest first; the guest's view includes them."""
        with self._lock:
            return () if self._snapshot or self._committing else tuple(log.path for log in self._layers)

    @property
    def redo_bytes(self) -> int:
        """Bytes that a merge would have to write now."""
        with self._lock:
            return sum(log.merge_size for log in self._layers)

    def extents(self) -> tuple[Extent, ...]:
        """Allocated areas of the base image."""
        return self._base.extents()

    def read_into(self, offset: int, view: memoryview) -> None:
        """What the guest sees. Raises ValueError beyond the end."""
        with self._lock:
            self._check_range(offset, len(view))
            self._read_layer(len(self._layers) - 1, offset, view)

    def write(self, offset: int, data: Buffer) -> None:
        """A write of the guest; waits while the disk is stunned. Raises ValueError beyond the end or if read-only."""
        with self._lock:
            self._check_range(offset, len(data))
            if self._read_only:
                raise ValueError(f"{self.path} is read-only")
            if not self._layers:
                self._base.write(offset, data)
                return
            below = len(self._layers) - 2
            self._layers[-1].write(offset, data, lambda at, view: self._read_layer(below, at, view))

    def create_snapshot(self) -> Snapshot:
        """Freeze the base; later writes go to a redo log. Raises SnapshotExists, LeftoverRedoLog, OSError."""
        with self._lock:
            if self._snapshot is not None or self._committing:
                raise SnapshotExists(self.path)
            if self._layers:
                raise LeftoverRedoLog(self.leftover)
            snapshot = Snapshot(self)
            if not self._read_only:
                self._base.flush()
                self._push_log()
            self._snapshot = snapshot
            return snapshot

    def commit(
        self,
        *,
        threshold: int = STUN_THRESHOLD,
        max_rounds: int = MAX_ROUNDS,
        on_progress: Callable[[CommitProgress], None] | None = None,
    ) -> CommitReport:
        """Merge the redo log into the base while the guest goes on, then the rest while it is stunned.

        `threshold`: bytes that may be left for the stun. `on_progress` is called in this thread after every grain and
        must not write to the disk. Raises StillAttached (nothing has changed), SnapshotGone (there is none). After an
        OSError the logs are all still there, the guest's view is whole, the snapshot is gone, and `recover` merges
        what is left.
        """
        with self._lock:
            if self._snapshot is None:
                raise SnapshotGone(self.path)
            if self._holders:
                raise StillAttached(self.path, tuple(sorted(self._holders)))
            self._snapshot.gone = True
            self._snapshot = None
        return self._merge(threshold, max_rounds, on_progress)

    def recover(self, *, on_progress: Callable[[CommitProgress], None] | None = None) -> CommitReport:
        """Merge the redo logs that an interrupted run left behind; a report of zeros if there are none.

        Raises SnapshotExists while a snapshot is in use, OSError.
        """
        with self._lock:
            if self._snapshot is not None:
                raise SnapshotExists(self.path)
            if not self._layers:
                return CommitReport(0, 0, 0.0)
        return self._merge(STUN_THRESHOLD, MAX_ROUNDS, on_progress)

    def close(self) -> None:
        """Close the files; redo logs stay on disk for the next run. May be called twice."""
        with self._lock:
            for log in self._layers:
                log.close()
            self._base.close()

    @contextmanager
    def stunned(self) -> Iterator[None]:
        """Hold every write of the guest while the body runs: the moment at which several disks are one state."""
        with self._lock:
            yield

    # inside

    def _check_range(self, offset: int, length: int) -> None:
        if offset < 0 or offset + length > self.size:
            raise ValueError(f"{length} bytes at {offset} of a disk of {self.size}")

    def _read_layer(self, layer: int, offset: int, view: memoryview) -> None:
        if layer < 0:
            self._base.read_into(offset, view)
        else:
            self._layers[layer].read_into(offset, view, lambda at, part: self._read_layer(layer - 1, at, part))

    def _find_logs(self) -> list[tuple[int, Path]]:
        if self._read_only:
            return []
        pattern = re.compile(re.escape(self.path.name) + r"-(\d{6})\.redo")
        matches = ((pattern.fullmatch(path.name), path) for path in self.path.parent.iterdir())
        return sorted((int(match[1]), path) for match, path in matches if match)

    def _push_log(self) -> None:
        self._last_log += 1
        path = self.path.with_name(f"{self.path.name}-{self._last_log:06d}.redo")
        self._layers.append(RedoLog.create(path, self.size))

    def _merge(
        self, threshold: int, max_rounds: int, on_progress: Callable[[CommitProgress], None] | None
    ) -> CommitReport:
        with self._lock:
            if self._committing:
                raise SnapshotExists(self.path)
            self._committing = True
        merged = rounds = 0

        def merge(log: RedoLog, *, stunned: bool = False) -> None:
            nonlocal merged
            left = self.redo_bytes
            for offset, data in log.grains():
                self._base.write(offset, data)
                merged += len(data)
                left -= len(data)
                if on_progress is not None:
                    on_progress(CommitProgress(rounds, merged, max(0, left), stunned))
            self._base.flush()

        try:
            while rounds < max_rounds:
                with self._lock:
                    if not self._layers:
                        return CommitReport(0, 0, 0.0)
                    if len(self._layers) == 1:
                        if self._layers[0].merge_size <= threshold:
                            break
                        self._push_log()
                    oldest = self._layers[0]
                rounds += 1
                merge(oldest)  # nobody writes to it any more, and the guest reads its grains from it
                with self._lock:
                    self._layers.pop(0)
                oldest.delete()
            with self._lock:
                start = self._clock()
                rounds += 1
                while self._layers:
                    merge(self._layers[0], stunned=True)
                    self._layers.pop(0).delete()
                return CommitReport(rounds, merged, self._clock() - start)
        finally:
            with self._lock:
                self._committing = False
