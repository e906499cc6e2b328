"""What a server exports: the source of the bytes, and where they are data, holes or changed.

Decided here: which small holes are read with what is around them. What a source cannot say is taken for data (for
allocation: all of it; without an answer about changes there is no dirty context). Never here: anything of the protocol.
"""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from vbtui.engine.cbt import changed_extents
from vbtui.engine.disk.extents import Extent
from vbtui.engine.disk.image import DiskImage
from vbtui.engine.errors import EngineError, UnknownChangeId
from vbtui.engine.snapshot import Snapshot
from vbtui.engine.transport.reader import ExportSource, SparseSource, TrackedSource
from vbtui.vocabulary import KiB

LEAST_HOLE: Final = 64 * KiB
"""A smaller hole is sent as zeros: a chunk of its own would cost more than it saves. One grain of a sparse VMDK."""


class TextExport:
    """A text as an export: a VM's configuration file."""

    def __init__(self, text: str) -> None:
        self._data = text.encode()
        self.size = len(self._data)

    def read_into(self, offset: int, view: memoryview) -> None:
        view[:] = self._data[offset : offset + len(view)]

    def hold(self, holder: str) -> None:
        """A text is always there."""

    def let_go(self, holder: str) -> None:
        """Nothing to give back."""


class ImageExport:
    """A disk image that nobody writes to, as an export. The image stays its opener's to close, after the server."""

    def __init__(self, image: DiskImage) -> None:
        self._image = image
        self.size = image.size

    def read_into(self, offset: int, view: memoryview) -> None:
        self._image.read_into(offset, view)

    def extents(self) -> tuple[Extent, ...]:
        return self._image.extents()

    def hold(self, holder: str) -> None:
        """The opener keeps it open."""

    def let_go(self, holder: str) -> None:
        """Nothing to give back."""


class SnapshotExport:
    """A snapshot's disk as an export that also says what has changed since the change id of an earlier point."""

    def __init__(self, snapshot: Snapshot, since: str) -> None:
        """`since`: the earlier point's change id; empty where there is none."""
        self._snapshot = snapshot
        self._since = since
        self.size = snapshot.size

    def read_into(self, offset: int, view: memoryview) -> None:
        self._snapshot.read_into(offset, view)

    def extents(self) -> tuple[Extent, ...]:
        return self._snapshot.extents()

    def dirty(self) -> tuple[Extent, ...] | None:
        """None where change tracking cannot say: everything has to be read and compared."""
        if not self._since:
            return None
        try:
            return changed_extents(self._snapshot, self._since)
        except UnknownChangeId:
            return None

    def hold(self, holder: str) -> None:
        self._snapshot.hold(holder)

    def let_go(self, holder: str) -> None:
        self._snapshot.let_go(holder)


@dataclass(frozen=True, slots=True)
class Run:
    """`length` bytes that are all marked, or all not."""

    length: int
    marked: bool


class Areas:
    """Which bytes of a disk are marked (allocated, changed). Sixteen bytes of memory per area."""

    def __init__(self, size: int, extents: Iterable[Extent], *, least_gap: int = 1) -> None:
        """Extents in any order, overlapping or beyond the end; gaps of less than `least_gap` bytes count as marked."""
        self._starts = array("Q")
        self._ends = array("Q")
        for extent in sorted(extents):
            start, end = max(0, extent.offset), min(size, extent.end)
            if start >= end:
                continue
            if self._ends and start < self._ends[-1] + least_gap:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    @property
    def extents(self) -> Iterator[Extent]:
        """The marked areas in order."""
        return (Extent(start, end - start) for start, end in zip(self._starts, self._ends, strict=True))

    def runs(self, offset: int, length: int) -> Iterator[Run]:
        """The given range in order, marked and unmarked in turn, without a gap."""
        end = offset + length
        place = bisect_right(self._ends, offset)
        while offset < end:
            if place == len(self._starts):
                yield Run(end - offset, False)
                return
            if offset < self._starts[place]:
                until = min(end, self._starts[place])
                yield Run(until - offset, False)
            else:
                until = min(end, self._ends[place])
                yield Run(until - offset, True)
                place += 1
            offset = until


class Export:
    """One entry of a server's list. Its source stands still while it is held, so what it says is asked for once."""

    def __init__(self, name: str, source: ExportSource) -> None:
        self.name = name
        self.source = source
        self._lock = threading.Lock()
        self._allocated: Areas | None = None
        self._worth_reading: Areas | None = None
        self._changed: Areas | None = None
        self._asked_for_changes = False

    @property
    def size(self) -> int:
        return self.source.size

    def allocated(self) -> Areas:
        """Where there may be data, to the byte."""
        with self._lock:
            if self._allocated is None:
                self._allocated = Areas(self.size, self._in_use())
            return self._allocated

    def worth_reading(self) -> Areas:
        """The same with small holes filled: what a read takes from the source."""
        allocated = self.allocated()
        with self._lock:
            if self._worth_reading is None:
                self._worth_reading = Areas(self.size, allocated.extents, least_gap=LEAST_HOLE)
            return self._worth_reading

    def changed(self) -> Areas | None:
        """Where it has changed since the earlier restore point; None if the source does not know."""
        with self._lock:
            if not self._asked_for_changes:
                extents = self._dirty()
                self._changed = None if extents is None else Areas(self.size, extents)
                self._asked_for_changes = True
            return self._changed

    def _in_use(self) -> tuple[Extent, ...]:
        try:
            if isinstance(self.source, SparseSource):
                return self.source.extents()
        except (EngineError, OSError):  # then the reads say what is wrong, with the offset
            pass
        return (Extent(0, self.size),)

    def _dirty(self) -> tuple[Extent, ...] | None:
        try:
            return self.source.dirty() if isinstance(self.source, TrackedSource) else None
        except (EngineError, OSError):
            return None
