"""The redo logs of one disk, from the base up: what the guest sees, and how logs come and go.

Decided here: the chain. What is read is the top log, then the one below, then the base; what is written goes to the
top. Every state in which a crash can leave the files shows the same disk and can be opened, by `qemu-img` too: a new
log is empty when it appears; a merged log below others is replaced by an empty one (a link), which stays until the
last log is gone; logs are removed from the top down, and only when the base holds everything. Never here: how much is
merged when (`commit`), and locks: the live disk holds its own around every call that changes the chain.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Final

from vbtui.engine.errors import LeftoverRedoLog
from vbtui.engine.snapshot.base import Base
from vbtui.engine.snapshot.names import DiskFiles
from vbtui.engine.snapshot.redo_log import RedoLog
from vbtui.engine.storage import Storage
from vbtui.engine.wire import Buffer

MOST_LOGS: Final = 32
"""Of one disk at a time, those that are merged already included: the field's own bound for a chain of snapshots."""

_HIGHEST: Final = 10**6 - 1 - MOST_LOGS
"""A log's number has six digits, and there must be room for helpers."""


class RedoChain:
    """The base and the logs above it. `layers` are the logs that hold something to merge, oldest first."""

    def __init__(self, files: DiskFiles, base: Base, storage: Storage) -> None:
        """Open the logs that are there, and remove what a crash has left of files that were being made.

        Raises what `RedoLog.open` raises, LeftoverRedoLog for more logs than can be.
        """
        self.base = base
        self.layers: list[RedoLog] = []
        self._files = files
        self._storage = storage
        self._paths: list[Path] = []  # of all logs, links included, oldest first
        self._last = 0
        try:
            found = files.logs()
            if len(found) > MOST_LOGS or (found and found[-1][0] > _HIGHEST):
                raise LeftoverRedoLog(tuple(path for _, path in found))
            parent = base.parent if found else None
            for number, path in found:
                assert parent is not None
                self.layers.append(RedoLog.open(path, base.size, parent, storage))
                self._paths.append(path)
                self._last = number
                parent = self.layers[-1].as_parent
            for path in files.unfinished():
                storage.unlink(path, missing_ok=True)
        except BaseException:
            self.close()
            raise

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files of all logs, oldest first."""
        return tuple(self._paths)

    @property
    def merge_size(self) -> int:
        """Bytes that a merge has to write."""
        return sum(log.merge_size for log in self.layers)

    @property
    def full(self) -> bool:
        """No further log can be pushed."""
        return len(self._paths) >= MOST_LOGS

    def read_into(self, offset: int, view: memoryview) -> None:
        """What the guest sees."""
        self._read_layer(len(self.layers) - 1, offset, view)

    def write(self, offset: int, data: Buffer) -> None:
        """Into the top log. While there are only links, into the base, which keeps its content id for them."""
        if self.layers:
            below = len(self.layers) - 2
            self.layers[-1].write(offset, data, lambda at, view: self._read_layer(below, at, view))
        elif self._paths:
            self.base.merge(offset, data)
        else:
            self.base.write(offset, data)

    def flush(self) -> None:
        """Everything that was written is on stable storage when this returns."""
        if self.layers:
            self.layers[-1].sync()
        else:
            self.base.flush()

    def push(self) -> None:
        """A new, empty log on top; nothing below it changes from now on. Raises OSError, BadName, OutputExists."""
        self.flush()
        if self.layers:
            parent = self.layers[-1].as_parent
        else:
            self.base.describe()
            parent = self.base.parent
        log = RedoLog.create(self._files.log(self._last + 1), self.base.size, parent, self._storage)
        self._last += 1
        self.layers.append(log)
        self._paths.append(log.path)

    def empty_oldest(self) -> None:
        """The oldest log's grains are in the base, on stable storage: on disk, an empty log takes its place.

        The log itself is still read until `drop_oldest`.
        """
        if self.layers[0].merge_size:
            self.layers[0].place_empty(self._storage)

    def drop_oldest(self) -> None:
        """Read past the oldest log."""
        self.layers.pop(0).close()

    def remove(self) -> None:
        """The last log's grains are in the base, on stable storage: remove all logs, from the top down.

        Raises OSError; what is left then are links, or everything that was there before.
        """
        if self.layers:
            (last,) = self.layers
            self._storage.unlink(self._paths[-1])
            self._paths.pop()
            self.layers.clear()
            last.close()
            self._storage.sync_folder(self._files.folder)
        while self._paths:
            self._storage.unlink(self._paths[-1])
            self._paths.pop()
            self._storage.sync_folder(self._files.folder)
        self._last = 0
        self.base.settle()

    def close(self) -> None:
        """Close the logs; their files stay. May be called twice."""
        with ExitStack() as all_of_them:
            for log in self.layers:
                all_of_them.callback(log.close)

    def _read_layer(self, layer: int, offset: int, view: memoryview) -> None:
        if layer < 0:
            self.base.read_into(offset, view)
        else:
            self.layers[layer].read_into(offset, view, lambda at, part: self._read_layer(layer - 1, at, part))
