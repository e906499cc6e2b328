"""One redo log: a sparse VMDK child into which a disk's writes go while its snapshot exists.

Decided here: the file. It is a monolithicSparse VMDK with `parentCID` and `parentFileNameHint`, in whole grains of
64 KiB, copied on the first write and filled up from the layer below; `qemu-img` opens, checks and commits it. A merge
is nothing but writing grains to their place, so merging twice is the same as merging once.

Order of changes: a log appears under its name when it is complete and on stable storage; a new grain is on stable
storage before a table names it; the redundant table is written before the table. So whatever a table names can be
merged, also after a loss of power. A log that was merged is not deleted while another one stands on it, but replaced
in one step by an empty one with the same content id: the chain can be opened at every moment and always shows the
same disk. Not thread-safe for writing: its owner, the chain, holds the lock.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vbtui.engine.block import blocks_of
from vbtui.engine.disk.extents import Extent
from vbtui.engine.disk.vmdk import GRAIN, ParentChanged, RunKind, create_delta, parse_descriptor
from vbtui.engine.disk.vmdk.extent import ReadBelow
from vbtui.engine.disk.vmdk.files import ImageFiles, OpenFile
from vbtui.engine.disk.vmdk.header import read_header
from vbtui.engine.disk.vmdk.sparse import SparseExtent
from vbtui.engine.errors import BadImage
from vbtui.engine.storage import STORAGE, Storage, placed
from vbtui.engine.wire import Buffer
from vbtui.vocabulary import MiB

_PIECE: Final = MiB


@dataclass(frozen=True, slots=True)
class Parent:
    """What a redo log stands on: the file, what the log calls it, and its content id."""

    path: Path
    hint: str
    content_id: int


class RedoLog:
    """One redo log of a disk of `size` bytes. Offsets and lengths in bytes of the disk."""

    def __init__(
        self, path: Path, size: int, parent: Parent, content_id: int, files: ImageFiles, extent: SparseExtent
    ) -> None:
        self.path = path
        self.size = size
        self.parent = parent
        self.content_id = content_id
        self._files = files
        self._extent = extent
        self._grains = sum(blocks_of(piece.length, GRAIN) for piece in self.areas())

    @classmethod
    def create(cls, path: Path, size: int, parent: Parent, storage: Storage = STORAGE) -> RedoLog:
        """A new, empty log over `parent`. Raises FileExistsError, BadName, OSError."""
        if os.path.lexists(path):
            raise FileExistsError(path)
        try:
            _place_empty(path, size, parent, None, storage)
            return cls.open(path, size, parent, storage)
        except BaseException:
            # It may have its name already: left there, it would be in the way of the next one. Nothing is in it.
            storage.unlink(path, missing_ok=True)
            raise

    @classmethod
    def open(
        cls, path: Path, size: int, parent: Parent, storage: Storage = STORAGE, *, writable: bool = True
    ) -> RedoLog:
        """A log that is there.

        Raises BadImage if it is none of a disk of that size over a parent of that name, ParentChanged if its parent
        had another content id, BadVmdk, BadDescriptor, ImageBusy, OSError.
        """
        if path.is_symlink():
            raise BadImage(path, "regular file", "symbolic link")
        files = ImageFiles(writable=writable, storage=storage)
        try:
            file = files.open(path)
            content_id = _checked(file, size, parent)
            header = read_header(path, file.number, file.size)
            extent = SparseExtent(file, header, writable=writable, durable=True)
            return cls(path, size, parent, content_id, files, extent)
        except BaseException:
            files.close()
            raise

    @property
    def as_parent(self) -> Parent:
        """What a log above this one names, in the same folder."""
        return Parent(self.path, self.path.name, self.content_id)

    @property
    def merge_size(self) -> int:
        """Bytes that a merge has to write."""
        return self._grains * GRAIN

    def write(self, offset: int, data: Buffer, below: ReadBelow) -> None:
        """Take a write of any size; grains that it covers only in part are filled up from below first."""
        before = self._extent.grains_added
        try:
            self._extent.write(offset, data, below)
        finally:
            self._grains += self._extent.grains_added - before

    def read_into(self, offset: int, view: memoryview, below: ReadBelow) -> None:
        """Fill `view`: grains that are here from here, the rest from below in runs as long as possible."""
        self._extent.read_into(offset, view, below)

    def areas(self) -> Iterator[Extent]:
        """What is here, in disk order, neighbours put together."""
        start = end = 0
        for run in self._extent.runs(0, self.size):
            if run.kind is RunKind.HOLE:
                continue
            if run.offset != end:
                if start < end:
                    yield Extent(start, end - start)
                start = run.offset
            end = run.end
        if start < end:
            yield Extent(start, end - start)

    def pieces(self) -> Iterator[tuple[int, memoryview]]:
        """(offset, bytes) of all that is here, in disk order, at most 1 MiB each, in a buffer that is used again.

        The log must not be written meanwhile.
        """
        buffer = memoryview(bytearray(min(_PIECE, self.size)))
        for area in self.areas():
            for offset in range(area.offset, area.end, _PIECE):
                piece = buffer[: min(_PIECE, area.end - offset)]
                self._extent.read_into(offset, piece, _nothing_below)
                yield offset, piece

    def sync(self) -> None:
        """Everything written is on stable storage when this returns."""
        self._files.sync()

    def place_empty(self, storage: Storage) -> None:
        """Put an empty log in the place of this one, in one step; this one stays open, without a name."""
        _place_empty(self.path, self.size, self.parent, self.content_id, storage)

    def close(self) -> None:
        """May be called twice; nobody may be reading."""
        try:
            self._extent.close()
        finally:
            self._files.close()


def _place_empty(path: Path, size: int, parent: Parent, content_id: int | None, storage: Storage) -> None:
    with placed(path, storage) as new:
        create_delta(
            new, size, parent_id=parent.content_id, hint=parent.hint, name=path.name, content_id=content_id,
            storage=storage,
        )  # fmt: skip
        number = os.open(new, os.O_RDWR | os.O_CLOEXEC)
        try:
            storage.sync(number)
        finally:
            os.close(number)


def _checked(file: OpenFile, size: int, parent: Parent) -> int:
    """The content id of a log that is what it should be."""
    header = read_header(file.path, file.number, file.size)
    if header.capacity != size or header.grain != GRAIN or header.compressed or not header.descriptor_size:
        expected = f"redo log of a disk of {size} bytes, grains of {GRAIN}"
        raise BadImage(file.path, expected, f"{header.capacity} bytes, grains of {header.grain}")
    descriptor = parse_descriptor(file.path, bytes(file.read(header.descriptor, header.descriptor_size)))
    if descriptor.parent_hint != parent.hint or descriptor.parent_id is None:
        raise BadImage(file.path, f"parent {parent.hint}", f"parent {descriptor.parent_hint}")
    if descriptor.parent_id != parent.content_id:
        raise ParentChanged(file.path, parent.path, f"{descriptor.parent_id:08x}", f"{parent.content_id:08x}")
    return descriptor.content_id


def _nothing_below(offset: int, view: memoryview) -> None:
    raise AssertionError(f"{len(view)} bytes at {offset} are not in the log")
