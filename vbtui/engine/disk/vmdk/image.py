"""A VMDK as a disk: its descriptor, its extents one after the other, and the chain of its parents.

Decided here: how an image and everything that it names is opened. Reading is by position and takes no lock that lasts,
so one object serves several threads; writing goes to the image only, never to a parent. Opened for writing, the content
id changes with the first write, so that children made before are refused: they were made of other bytes. Never here:
the format of any file (`header`, `tables`, `descriptor`).
"""

from __future__ import annotations

import bisect
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from vbtui.engine.disk.extents import Extent
from vbtui.engine.disk.vmdk.descriptor import (
    NO_PARENT,
    Access,
    Descriptor,
    ExtentLine,
    ExtentType,
    parse_descriptor,
    with_content_id,
)
from vbtui.engine.disk.vmdk.errors import BadDescriptor, BadVmdk, ParentChanged, ParentLoop, Part
from vbtui.engine.disk.vmdk.extent import (
    ClosedExtent,
    DiskExtent,
    FlatExtent,
    Run,
    RunKind,
    ZeroExtent,
    fill_zeros,
    joined,
)
from vbtui.engine.disk.vmdk.files import Identity, ImageFiles, OpenFile, named_file
from vbtui.engine.disk.vmdk.header import LINE_ENDS, LINE_ENDS_AT, MAGIC, MOST_DESCRIPTOR, read_header
from vbtui.engine.disk.vmdk.sparse import SparseExtent
from vbtui.engine.storage import STORAGE, Storage
from vbtui.engine.wire import Buffer

MOST_IMAGES: Final = 64
"""Of a chain: a disk of the field has at most 32 snapshots."""


class VmdkDisk:
    """A VMDK image, with the interface of `RawDisk`. Offsets and sizes in bytes."""

    def __init__(
        self,
        path: Path,
        *,
        writable: bool = False,
        within: Path | None = None,
        storage: Storage = STORAGE,
        durable: bool = False,
        _above: tuple[Identity, ...] = (),
        _child: Path | None = None,
    ) -> None:
        """Open the image, its extents and, to be read only, its parents.

        Everything that a descriptor names must lie below `within`; without it, below the folder of `path`. `storage`
        takes every change. `durable`: a new grain is on stable storage before a table names it, and the content id
        changes only by `renew`, because redo logs over the image name it. Raises the errors of `vmdk.errors`, BadImage,
        ImageBusy, OSError.
        """
        self.path = path
        self.writable = writable
        self.parent: VmdkDisk | None = None
        self._files = ImageFiles(writable=writable, storage=storage)
        self._extents: list[DiskExtent] = []
        self._durable = durable
        self._renewed = False
        self._renewing = threading.Lock()
        folder = path.absolute().parent if within is None else within
        try:
            self._file = self._files.open(path)
            if self._file.identity in _above:
                raise ParentLoop(_child or path, path)
            if len(_above) >= MOST_IMAGES:
                raise BadVmdk(path, Part.CHAIN, 0, f"<= {MOST_IMAGES}", f"> {MOST_IMAGES}")
            self.descriptor = self._open_extents(folder)
            self._content_id = self.descriptor.content_id
            self.size = self.descriptor.size
            starts, position = [], 0
            for extent in self._extents:
                starts.append(position)
                position += extent.size
            self._starts = starts
            if self.descriptor.parent_id is not None:
                self._open_parent(folder, (*_above, self._file.identity))
        except BaseException:
            self._files.close()
            raise

    # ---- what it is ------------------------------------------------------------------------------------------------

    @property
    def subformat(self) -> str:
        """The create type, as `monolithicSparse`."""
        return self.descriptor.create_type

    @property
    def content_id(self) -> int:
        """Changes when the content does; a child keeps that of its parent."""
        return self._content_id

    @property
    def files(self) -> tuple[OpenFile, ...]:
        """Of this image, without its parents': the descriptor's first."""
        return self._files.all()

    @property
    def redundant_used(self) -> bool:
        """A first grain directory is damaged, and the redundant one is read in its place."""
        return any(isinstance(one, SparseExtent) and one.redundant_used for one in self._extents)

    def chain(self) -> Iterator[VmdkDisk]:
        """This image, its parent, and so on."""
        image: VmdkDisk | None = self
        while image is not None:
            yield image
            image = image.parent

    # ---- reading and writing ---------------------------------------------------------------------------------------

    def read_into(self, offset: int, view: memoryview) -> None:
        """Fill the caller's buffer. Raises ValueError beyond the end, NoAccess, BadVmdk."""
        if offset < 0 or offset + len(view) > self.size:
            raise ValueError(f"read of {len(view)} bytes at {offset} of a disk of {self.size}")
        for start, extent, inside, length in self._parts(offset, len(view)):
            done = start + inside - offset
            extent.read_into(inside, view[done : done + length], self._below(start))

    def write(self, offset: int, data: Buffer) -> None:
        """Raises ValueError beyond the end or on an image opened for reading, NoAccess, ImageFull."""
        if not self.writable or offset < 0 or offset + len(data) > self.size:
            raise ValueError(f"write of {len(data)} bytes at {offset} of a disk of {self.size}")
        view = memoryview(data)
        if not self._durable:
            self._renew_once()
        for start, extent, inside, length in self._parts(offset, len(view)):
            done = start + inside - offset
            extent.write(inside, view[done : done + length], self._below(start))

    def renew(self) -> None:
        """A new content id, computed from the old one: the same writes to the same image give the same file."""
        new = zlib.crc32(b"written", self._content_id)
        while new in (self._content_id, NO_PARENT):
            new = (new + 1) % 2**32
        at, room = self._descriptor_place
        old = self._file.read(at, room)
        changed = with_content_id(bytes(old), new)
        if at == 0 or len(changed) <= room:
            self._file.write(at, changed)
        self._content_id = new

    def flush(self) -> None:
        self._files.sync()

    def runs(self) -> Iterator[Run]:
        """The whole disk in order, without gaps, neighbours put together, the parents looked through."""
        return joined(self._runs(0, self.size))

    def own_runs(self) -> Iterator[Run]:
        """The same of this image alone: where it has nothing of its own, a HOLE, whatever its parents have."""
        for start, extent, inside, length in self._parts(0, self.size):
            for run in extent.runs(inside, length):
                yield run.moved(start)

    def extents(self) -> tuple[Extent, ...]:
        """Allocated areas in order, in this image or a parent: everything that is neither hole nor said to be zero."""
        found: list[Extent] = []
        for run in self.runs():
            if run.kind in (RunKind.HOLE, RunKind.ZERO):
                continue
            if found and found[-1].end == run.offset:
                found[-1] = Extent(found[-1].offset, found[-1].length + run.length)
            else:
                found.append(Extent(run.offset, run.length))
        return tuple(found)

    def close(self) -> None:
        """May be called twice; nobody may be reading."""
        try:
            for extent in self._extents:
                extent.close()
        finally:
            self._extents = []
            self._files.close()
            if self.parent is not None:
                self.parent.close()

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _parts(self, offset: int, length: int) -> Iterator[tuple[int, DiskExtent, int, int]]:
        """(where the extent begins, extent, offset in it, bytes) of a range."""
        index = bisect.bisect_right(self._starts, offset) - 1
        end = offset + length
        while offset < end:
            start, extent = self._starts[index], self._extents[index]
            piece = min(end, start + extent.size) - offset
            yield start, extent, offset - start, piece
            offset += piece
            index += 1

    def _below(self, start: int) -> Callable[[int, memoryview], None]:
        def read(offset: int, view: memoryview) -> None:
            parent, offset = self.parent, start + offset
            reach = 0 if parent is None else max(0, min(len(view), parent.size - offset))
            if parent is not None and reach:
                parent.read_into(offset, view[:reach])
            fill_zeros(view[reach:])

        return read

    def _runs(self, offset: int, length: int) -> Iterator[Run]:
        for start, extent, inside, size in self._parts(offset, length):
            for own in extent.runs(inside, size):
                run = own.moved(start)
                parent = self.parent
                if run.kind is not RunKind.HOLE or parent is None or run.offset >= parent.size:
                    yield run
                    continue
                reach = min(run.end, parent.size)
                for below in parent._runs(run.offset, reach - run.offset):
                    depth = 0 if below.kind is RunKind.HOLE else below.depth + 1
                    yield Run(below.offset, below.length, below.kind, depth, below.file, below.place)
                if reach < run.end:
                    yield Run(reach, run.end - reach, RunKind.HOLE)

    def _renew_once(self) -> None:
        with self._renewing:
            if not self._renewed:
                self.renew()
                self._renewed = True

    def _open_extents(self, folder: Path) -> Descriptor:
        file, path = self._file, self.path
        start = file.read(0, LINE_ENDS_AT + len(LINE_ENDS))
        if start[: len(MAGIC)] == MAGIC or start[LINE_ENDS_AT:] == LINE_ENDS:
            header = read_header(path, file.number, file.size)
            if not header.descriptor_size:
                raise BadVmdk(path, Part.DESCRIPTOR, 28, "> 0", "0")
            self._descriptor_place = (header.descriptor, header.descriptor_size)
            descriptor = parse_descriptor(path, bytes(file.read(header.descriptor, header.descriptor_size)))
            (line, *others) = descriptor.extents
            if others or line.kind is not ExtentType.SPARSE:
                found = others[0] if others else line
                raise BadDescriptor(path, Part.EXTENT, found.line, "1x SPARSE", str(found.kind))
            if line.size != header.capacity:
                raise BadDescriptor(path, Part.CAPACITY, line.line, str(header.capacity), str(line.size))
            writable = self.writable and line.access is Access.RW
            self._add(line, SparseExtent(file, header, writable=writable, durable=self._durable))
            return descriptor
        if file.size > MOST_DESCRIPTOR:
            raise BadDescriptor(path, Part.DESCRIPTOR, 1, f"<= {MOST_DESCRIPTOR} B", f"{file.size} B")
        self._descriptor_place = (0, file.size)
        descriptor = parse_descriptor(path, bytes(file.read(0, file.size)))
        for line in descriptor.extents:
            self._add(line, self._opened(line, folder))
        return descriptor

    def _opened(self, line: ExtentLine, folder: Path) -> DiskExtent | None:
        """What an extent's line means; None for what nobody may read."""
        if line.kind is ExtentType.ZERO:
            return ZeroExtent(self.path, sum(one.size for one in self._extents), line.size)
        if line.access is Access.NOACCESS:
            return None
        assert line.name is not None
        file = self._files.open(named_file(self.path, line.line, line.name, folder))
        if line.kind is not ExtentType.SPARSE:
            return FlatExtent(file, line.start, line.size)
        header = read_header(file.path, file.number, file.size)
        if header.capacity != line.size:
            raise BadDescriptor(self.path, Part.CAPACITY, line.line, str(header.capacity), str(line.size))
        writable = self.writable and line.access is Access.RW
        return SparseExtent(file, header, writable=writable, durable=self._durable)

    def _add(self, line: ExtentLine, extent: DiskExtent | None) -> None:
        if extent is None or line.access is not Access.RW:
            inner = None if line.access is Access.NOACCESS else extent
            extent = ClosedExtent(self.path, sum(one.size for one in self._extents), line, inner)
        self._extents.append(extent)

    def _open_parent(self, folder: Path, above: tuple[Identity, ...]) -> None:
        descriptor = self.descriptor
        assert descriptor.parent_hint is not None
        path = named_file(self.path, descriptor.parent_line, descriptor.parent_hint, folder)
        parent = VmdkDisk(path, within=folder, _above=above, _child=self.path)
        if parent.content_id != descriptor.parent_id:
            parent.close()
            raise ParentChanged(self.path, path, f"{descriptor.parent_id:08x}", f"{parent.content_id:08x}")
        self.parent = parent
