"""A disk that a guest keeps using, and its snapshot.

Decided here: while a snapshot exists the base never changes and every write goes to a redo log; when the guest waits
(a stun: the lock is held) and how long that took; when changes are tracked. Removing the snapshot (commit) merges in
rounds (`commit`); whatever is left by a process that died is merged by `recover`. What must never happen: a commit
while somebody still reads the snapshot; a write to, or a file beside, an image that is somebody else's.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

from vbtui.engine.cbt import ChangeTracker, NewUuid
from vbtui.engine.disk.extents import Extent
from vbtui.engine.errors import LeftoverRedoLog, SnapshotExists, SnapshotGone
from vbtui.engine.snapshot.base import Base, ImageBase, OverlayBase
from vbtui.engine.snapshot.chain import RedoChain
from vbtui.engine.snapshot.commit import (
    MAX_ROUNDS,
    STUN_THRESHOLD,
    Clock,
    CommitProgress,
    CommitReport,
    Merge,
)
from vbtui.engine.snapshot.frozen import Snapshot
from vbtui.engine.snapshot.names import DiskFiles
from vbtui.engine.storage import STORAGE, Storage
from vbtui.engine.wire import Buffer

_NEVER_CLOSED: Final = bytes(32)
"""The fingerprint of a tracker's file that is in use: none that was closed has it."""


class LiveDisk:
    """An image of any format with its redo logs. Reads and writes are safe from several threads."""

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool = False,
        overlay: Path | None = None,
        storage: Storage = STORAGE,
        clock: Clock = time.perf_counter,
        new_uuid: NewUuid = uuid4,
    ) -> None:
        """Open the image for writing, with the redo logs that an interrupted run left beside it (see `leftover`).

        `read_only`: somebody else's image; no guest writes to it, and nothing is ever made beside it. `overlay`: the
        same, but a guest may write: everything written lies in that folder, which exists and is not the image's.
        `storage` takes every change of a file, `clock` gives seconds and measures the stuns, `new_uuid` names what the
        changes of a disk are counted from. Raises BadImage, ImageBusy, ParentChanged (an overlay or redo log of other
        bytes than the image has now), the errors of the image's format, OSError.
        """
        if overlay is not None and (read_only or overlay.resolve() == path.absolute().parent.resolve()):
            raise ValueError("expected an overlay in a folder of its own, for an image that is written to")
        self.path = path
        self._read_only = read_only
        self._clock = clock
        self._storage = storage
        self._new_uuid = new_uuid
        self._files = DiskFiles.of(path, overlay)
        self._lock = threading.RLock()
        self._snapshot: Snapshot | None = None
        self._committing = False
        self._tracker: ChangeTracker | None = None
        self._chain: RedoChain | None = None
        self._base: Base = (
            ImageBase(self._files, storage, writable=not read_only)
            if overlay is None
            else OverlayBase(self._files, storage)
        )
        self.size = self._base.size
        try:
            if not read_only:
                self._chain = RedoChain(self._files, self._base, storage)
                self._tracker = ChangeTracker.open(
                    self._files.changes, self.size, _fingerprint(self._all_files()), new_uuid, storage
                )
        except BaseException:
            self._close_files()
            raise

    @property
    def leftover(self) -> tuple[Path, ...]:
        """Redo logs that belong to no snapshot of this run, oldest first; the guest's view includes them."""
        with self._lock:
            return () if self._snapshot or self._committing or self._chain is None else self._chain.paths

    @property
    def redo_bytes(self) -> int:
        """Bytes that a merge would have to write now."""
        with self._lock:
            return 0 if self._chain is None else self._chain.merge_size

    @property
    def tracking(self) -> bool:
        """Whether every write is recorded, so that the next snapshot has a change id."""
        with self._lock:
            return self._tracker is not None and self._tracker.active

    def extents(self) -> tuple[Extent, ...]:
        """Allocated areas of the base."""
        return self._base.extents()

    def read_into(self, offset: int, view: memoryview) -> None:
        """What the guest sees. Raises ValueError beyond the end."""
        with self._lock:
            self._check_range(offset, len(view))
            (self._chain or self._base).read_into(offset, view)

    def write(self, offset: int, data: Buffer) -> None:
        """A write of the guest; waits while the disk is stunned. Raises ValueError beyond the end or if read-only.

        It survives the death of this process at once, and a loss of power from the next `flush` on.
        """
        with self._lock:
            self._check_range(offset, len(data))
            if self._chain is None:
                raise ValueError(f"{self.path} is read-only")
            if self._tracker is not None:
                self._tracker.mark(offset, len(data))
            self._chain.write(offset, data)

    def flush(self) -> None:
        """All writes that have returned are on stable storage when this returns."""
        with self._lock:
            if self._chain is not None:
                self._chain.flush()

    def create_snapshot(self, *, quiesce: Callable[[], None] | None = None) -> Snapshot:
        """Freeze the base; later writes go to a redo log.

        `quiesce` brings the guest to rest before the stun; whoever calls lets it go again, also after an error.
        Raises SnapshotExists, LeftoverRedoLog, BadName, OSError; nothing has changed then.
        """
        self._check_no_snapshot()
        if quiesce is not None:
            quiesce()
        self.flush()  # what there is to wait for, before the guest has to
        with self._lock:
            start = self._clock()
            self._check_no_snapshot()
            snapshot = Snapshot(self._base, self.path)
            if self._chain is not None:
                self._chain.push()
            if self._tracker is not None:
                snapshot.changes = self._tracker.freeze(self._new_uuid)
            self._snapshot = snapshot
            snapshot.stun_seconds = self._clock() - start
            return snapshot

    def commit(
        self,
        *,
        threshold: int = STUN_THRESHOLD,
        max_rounds: int = MAX_ROUNDS,
        on_progress: Callable[[CommitProgress], None] | None = None,
    ) -> CommitReport:
        """Merge the redo log into the base while the guest goes on, then the rest while it is stunned.

        `threshold`: bytes that may be left for the stun; after `max_rounds` (0 to 31) the guest is stunned whatever
        is left, and the report says so. `on_progress` is called in this thread after every piece of at most 1 MiB.
        Raises StillAttached (nothing has changed), SnapshotGone (there is none). After an OSError the guest's view is
        whole, the snapshot is gone, and `recover` merges what is left.
        """
        merge = self._merge(threshold, max_rounds, on_progress)
        with self._lock:
            if self._snapshot is None:
                raise SnapshotGone(self.path)
            self._snapshot.give_up()
            self._snapshot = None
            self._committing = True
        return self._run(merge)

    def recover(self, *, on_progress: Callable[[CommitProgress], None] | None = None) -> CommitReport:
        """Merge the redo logs that an interrupted run left behind; a report of zeros if there are none.

        Raises SnapshotExists while a snapshot is in use, OSError.
        """
        merge = self._merge(STUN_THRESHOLD, MAX_ROUNDS, on_progress)
        with self._lock:
            if self._snapshot is not None or self._committing:
                raise SnapshotExists(self.path)
            if self._chain is None or not self._chain.paths:
                return CommitReport(0, 0, 0.0)
            self._committing = True
        return self._run(merge)

    def enable_tracking(self) -> None:
        """Record changes from the next stun on: the next snapshot has a change id. Raises FileExistsError, OSError."""
        with self._lock:
            if self._chain is None:
                raise ValueError(f"{self.path} is read-only")
            if self._tracker is None:
                changes = self._files.changes
                # What is there is of a tracking that ended while its file could not be removed.
                found = ChangeTracker.open(changes, self.size, _NEVER_CLOSED, self._new_uuid, self._storage)
                if found is not None:
                    found.active = False
                self._tracker = found or ChangeTracker.create(changes, self.size, self._new_uuid, self._storage)

    def disable_tracking(self) -> None:
        """Record nothing any more, and forget every change id, also where the file cannot be removed (OSError)."""
        with self._lock:
            tracker, self._tracker = self._tracker, None
            if tracker is not None:
                tracker.remove()

    def reset_tracking(self) -> None:
        """Go on recording from here: change ids from before are unknown to all later snapshots."""
        with self._lock:
            if self._tracker is not None:
                self._tracker.reset(self._new_uuid)

    def close(self) -> None:
        """Close the files; redo logs and recorded changes stay for the next run. May be called twice. Raises OSError.

        After an error the recorded changes will not be believed.
        """
        with self._lock:
            tracker, self._tracker = self._tracker, None
            files = self._all_files() if tracker is not None else ()  # closed images no longer say which those are
            try:
                if tracker is not None and self._chain is not None:
                    self._chain.flush()
                self._close_files()
                if tracker is not None:
                    tracker.close(_fingerprint(files))
            finally:
                if tracker is not None:
                    tracker.abandon()
                self._close_files()

    @contextmanager
    def stunned(self) -> Iterator[None]:
        """Hold every write of the guest while the body runs: the moment at which several disks are one state."""
        with self._lock:
            yield

    # inside

    def _check_range(self, offset: int, length: int) -> None:
        if offset < 0 or offset + length > self.size:
            raise ValueError(f"{length} bytes at {offset} of a disk of {self.size}")

    def _check_no_snapshot(self) -> None:
        with self._lock:
            if self._snapshot is not None or self._committing:
                raise SnapshotExists(self.path)
            if self.leftover:
                raise LeftoverRedoLog(self.leftover)

    def _merge(
        self, threshold: int, max_rounds: int, on_progress: Callable[[CommitProgress], None] | None
    ) -> Merge | None:
        if self._chain is None:
            return None
        return Merge(
            self._chain, self._lock, self._clock,
            threshold=threshold, max_rounds=max_rounds, on_progress=on_progress,
        )  # fmt: skip

    def _run(self, merge: Merge | None) -> CommitReport:
        try:
            return CommitReport(0, 0, 0.0) if merge is None else merge.run()
        finally:
            with self._lock:
                self._committing = False

    def _all_files(self) -> tuple[Path, ...]:
        return (*self._base.files(), *(self._chain.paths if self._chain is not None else ()))

    def _close_files(self) -> None:
        try:
            if self._chain is not None:
                self._chain.close()
        finally:
            self._base.close()


def _fingerprint(files: tuple[Path, ...]) -> bytes:
    """Changes when somebody else has written to the disk's files: their sizes, times and identities."""
    found = hashlib.sha256()
    for path in files:
        state = path.stat()
        found.update(f"{path.name}\0{state.st_size} {state.st_mtime_ns} {state.st_ino}\n".encode())
    return found.digest()
