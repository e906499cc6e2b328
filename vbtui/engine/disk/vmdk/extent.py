"""What every kind of extent can do, and the two that have no tables: FLAT and ZERO.

Decided here: the shape in which a range of a disk is described (`Run`), and how runs of several extents become one.
Offsets given to an extent are its own; the image adds where it begins. Never here: names and descriptors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from vbtui.engine.disk.raw import allocated_extents, read_fully
from vbtui.engine.disk.vmdk.descriptor import ExtentLine
from vbtui.engine.disk.vmdk.errors import BadVmdk, NoAccess, Part
from vbtui.engine.disk.vmdk.files import OpenFile
from vbtui.engine.wire import Buffer
from vbtui.vocabulary import MiB

ReadBelow = Callable[[int, memoryview], None]
"""Fills a buffer from an offset, of this extent, of the layers below: a parent, or zeros."""

_ZEROS: Final = memoryview(bytes(MiB))


class RunKind(StrEnum):
    DATA = "data"
    """Bytes in a file; in a raw image and a flat extent, where the file has no hole."""
    ZERO = "zero"
    """Zeros that somebody said: a zeroed grain, a ZERO extent."""
    HOLE = "hole"
    """Nothing was ever written: reads as zeros."""
    NO_ACCESS = "noaccess"
    """Closed by the descriptor."""


@dataclass(frozen=True, slots=True)
class Run:
    """`length` bytes of the disk from `offset` on that are of one kind and in one image of the chain.

    `depth` 0 is the image itself, 1 its parent, and so on. `place` is the byte of `file` where the run's bytes lie in
    one piece, uncompressed; None where they do not.
    """

    offset: int
    length: int
    kind: RunKind
    depth: int = 0
    file: Path | None = None
    place: int | None = None

    @property
    def end(self) -> int:
        return self.offset + self.length

    def moved(self, by: int) -> Run:
        return replace(self, offset=self.offset + by)


def joined(runs: Iterable[Run]) -> Iterator[Run]:
    """The same with neighbours put together where one continues the other, in the file as well."""
    last: Run | None = None
    for run in runs:
        if last is not None and _continues(last, run):
            last = replace(last, length=last.length + run.length)
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last


def _continues(last: Run, run: Run) -> bool:
    place = None if last.place is None else last.place + last.length
    return (last.kind, last.depth, last.file, place) == (run.kind, run.depth, run.file, run.place)


def fill_zeros(view: memoryview) -> None:
    """Zeros into the caller's buffer, without making as many anew."""
    for start in range(0, len(view), MiB):
        piece = view[start : start + MiB]
        piece[:] = _ZEROS[: len(piece)]


class DiskExtent(Protocol):
    """A part of a disk. Reading takes no lock that a reader of another range waits for."""

    size: int

    def read_into(self, offset: int, view: memoryview, below: ReadBelow) -> None: ...

    def runs(self, offset: int, length: int) -> Iterator[Run]:
        """The range, in order, without gaps. Runs of kind HOLE are what the layers below answer for."""
        ...

    def write(self, offset: int, data: Buffer, below: ReadBelow) -> None: ...

    def close(self) -> None:
        """The owner of the files closes them."""
        ...


class FlatExtent:
    """A range of a file that is the disk's bytes."""

    def __init__(self, file: OpenFile, start: int, size: int) -> None:
        """Raises BadVmdk if the file ends before the extent does."""
        if start + size > file.size:
            raise BadVmdk(file.path, Part.EXTENT_FILE, file.size, f">= {start + size} B", f"{file.size} B")
        self.file = file
        self.size = size
        self._start = start

    def read_into(self, offset: int, view: memoryview, below: ReadBelow) -> None:  # noqa: ARG002 - nothing is below
        if read_fully(self.file.number, view, self._start + offset) != len(view):
            raise BadVmdk(self.file.path, Part.EXTENT_FILE, self._start + offset, f"{len(view)} B", "EOF")

    def runs(self, offset: int, length: int) -> Iterator[Run]:
        start, end = self._start + offset, self._start + offset + length
        position = start
        for extent in allocated_extents(self.file.number, end, start):
            if extent.offset > position:
                yield Run(position - self._start, extent.offset - position, RunKind.HOLE)
            yield Run(extent.offset - self._start, extent.length, RunKind.DATA, 0, self.file.path, extent.offset)
            position = extent.end
        if position < end:
            yield Run(position - self._start, end - position, RunKind.HOLE)

    def write(self, offset: int, data: Buffer, below: ReadBelow) -> None:  # noqa: ARG002
        self.file.write(self._start + offset, data)

    def close(self) -> None:
        """Nothing of its own."""


class ZeroExtent:
    """A range without a file: zeros, never anything else."""

    def __init__(self, path: Path, start: int, size: int) -> None:
        """`path` and `start`, the extent's place on the disk, are for messages."""
        self.size = size
        self._path = path
        self._start = start

    def read_into(self, offset: int, view: memoryview, below: ReadBelow) -> None:  # noqa: ARG002
        fill_zeros(view)

    def runs(self, offset: int, length: int) -> Iterator[Run]:
        yield Run(offset, length, RunKind.ZERO)

    def write(self, offset: int, data: Buffer, below: ReadBelow) -> None:  # noqa: ARG002
        raise NoAccess(self._path, self._start + offset, "ZERO")

    def close(self) -> None:
        """Nothing of its own."""


class ClosedExtent:
    """An extent that its descriptor closes: RDONLY for writing, NOACCESS for both."""

    def __init__(self, path: Path, start: int, line: ExtentLine, inner: DiskExtent | None) -> None:
        """`inner` answers reads; None: nothing does. `start` is its place on the disk, for messages."""
        self.size = line.size
        self._path = path
        self._start = start
        self._word = str(line.access)
        self._inner = inner

    def read_into(self, offset: int, view: memoryview, below: ReadBelow) -> None:
        if self._inner is None:
            raise NoAccess(self._path, self._start + offset, self._word)
        self._inner.read_into(offset, view, below)

    def runs(self, offset: int, length: int) -> Iterator[Run]:
        if self._inner is None:
            yield Run(offset, length, RunKind.NO_ACCESS)
        else:
            yield from self._inner.runs(offset, length)

    def write(self, offset: int, data: Buffer, below: ReadBelow) -> None:  # noqa: ARG002
        raise NoAccess(self._path, self._start + offset, self._word)

    def close(self) -> None:
        if self._inner is not None:
            self._inner.close()
